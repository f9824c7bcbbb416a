// `pace bench exchange`: the whole state machine trades a flow exactly as the book alone does.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "tools/pace/bench_flow.h"
#include "tools/pace/exchange_flow.h"

namespace pace::test {
namespace {

using tool::FlowKind;
using tool::FlowMessage;

struct MadeFlow {
  tool::FlowHeader header{};
  std::vector<FlowMessage> messages;
};

// Around one price, so that orders meet, fill in part, and are replaced after that; some cancels come too late.
MadeFlow make_flow(std::size_t size, std::uint32_t instruments) {
  std::mt19937_64 random(4);
  const auto pick = [&](std::uint64_t n) { return static_cast<std::uint32_t>(random() % n); };
  MadeFlow flow;
  std::vector<FlowMessage> entered;
  while (flow.messages.size() < size) {
    const std::uint32_t kind = entered.empty() ? 0 : pick(10);
    FlowMessage m{.side = static_cast<std::uint8_t>(pick(2)),
                  .instrument = static_cast<std::uint16_t>(pick(instruments)),
                  .account = 1 + pick(20)};
    if (kind >= 6) m = entered[entered.size() - 1 - pick(std::min<std::uint64_t>(entered.size(), 60))];
    m.kind = kind < 5 ? FlowKind::add : kind < 6 ? FlowKind::ioc : kind < 8 ? FlowKind::cancel : FlowKind::replace;
    m.time_ns = flow.messages.size() * 100;
    m.quantity = m.kind == FlowKind::cancel ? 0 : 1 + pick(30);
    const auto price = static_cast<std::int32_t>(1'990 + pick(12) + (m.side == 0 ? 0 : 8));
    m.price = m.kind == FlowKind::cancel ? 0 : price + (price == m.price);  // a replacement changes the price
    if (kind < 6) {
      m.id = entered.size() + 1;
      entered.push_back(m);
    } else if (m.kind == FlowKind::replace) {
      entered[m.id - 1].price = m.price;
    }
    flow.messages.push_back(m);
  }
  flow.header = {.instruments = instruments,
                 .timed = size,
                 .lowest_price = 1,
                 .highest_price = 4'000,
                 .highest_id = entered.size(),
                 .most_resting = entered.size()};
  return flow;
}

}  // namespace

TEST_CASE("bench exchange: the state machine's trades and rejects are the book's, and its sums hold") {
  const MadeFlow made = make_flow(20'000, 3);
  const tool::Flow flow{made.header, made.messages};
  tool::FlowEngine<tool::NoReport> book(flow.header);
  tool::ExchangeFlow exchange(flow);
  for (const FlowMessage& m : flow.messages) {
    book.apply(m);
    exchange.apply(m);
  }
  REQUIRE(book.totals().trades > 3'000);
  REQUIRE(book.totals().rejects > 1'000);
  CHECK(exchange.totals() == book.totals());
  CHECK(exchange.resting() == book.resting());
  exchange.exchange().check();
}

}  // namespace pace::test
