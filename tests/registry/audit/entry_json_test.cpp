#include <doctest/doctest.h>

#include "registry/audit/entry_json.h"
#include "tests/registry/audit/small_log.h"

namespace pace::audit {

TEST_CASE("entry json: every entry comes back from its line") {
  for (const Entry& entry : small_log()) CHECK(entry_from_json(to_json(entry)) == entry);
}

TEST_CASE("entry json: odd texts, extreme numbers and repeats come back") {
  Entry entry = small_log()[1];
  std::get<RegisterBroker>(entry.stamped.request.command).title = "a\"b\\c\n\x01\xe7\xa2\xb3,}";
  entry.repeats = Sequence(1);
  CHECK(entry_from_json(to_json(entry)) == entry);
  entry = small_log()[4];
  entry.outcome.value = std::numeric_limits<std::int64_t>::min();
  entry.outcome.limit = std::numeric_limits<std::int64_t>::max();
  CHECK(entry_from_json(to_json(entry)) == entry);
}

TEST_CASE("entry json: a line with any byte flipped is refused or is the line of another entry") {
  for (const Entry& entry : small_log()) {
    const std::string line = to_json(entry);
    for (std::size_t i = 0; i < line.size(); ++i) {
      std::string flipped = line;
      flipped[i] = static_cast<char>(flipped[i] ^ 1);
      const auto read = entry_from_json(flipped);
      if (!read) continue;
      REQUIRE_FALSE(*read == entry);
      REQUIRE(to_json(*read) == flipped);
    }
    REQUIRE_FALSE(entry_from_json(line.substr(0, line.size() - 1)));
    REQUIRE_FALSE(entry_from_json(line + " "));
  }
}

}  // namespace pace::audit
