#include "gateway/ws/recent_messages.h"

#include <doctest/doctest.h>

using namespace pace;

TEST_CASE("conversation: messages are kept up to a number, and what is gone is known") {
  RecentMessages recent(Sequence(5));
  CHECK_FALSE(recent.after(Sequence(4)));
  CHECK(recent.after(Sequence(5))->empty());
  for (std::uint64_t i = 1; i <= RecentMessages::most_messages + 1; ++i)
    recent.add(Sequence(5 + i), std::make_shared<const std::string>(std::to_string(i)));
  CHECK_FALSE(recent.after(Sequence(5)));
  CHECK(recent.after(Sequence(6))->size() == RecentMessages::most_messages);
  recent.add(Sequence(9000), std::make_shared<const std::string>(RecentMessages::most_bytes, 'x'));
  CHECK_FALSE(recent.after(Sequence(6)));
  CHECK(recent.after(Sequence(8999))->size() == 1);
}
