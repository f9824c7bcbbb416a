// Block trades where a story cannot tell: bounds, figures in rejects, the saved state, the events' fields.
#include <doctest/doctest.h>

#include "tests/engine/exchange/world.h"

using namespace pace;
using namespace pace::test;

namespace {

ReportBlock block(const World& world, const char* who, Side side, std::int64_t kilograms, std::uint32_t with) {
  return {world.account(who), credit, side, Price(8000), Quantity(kilograms), BrokerId(with), "deal"};
}

struct Desk : World {
  explicit Desk(const Capacity& capacity = small_capacity()) : World(capacity) {
    must(authority, ActivateRules{"2", "", {{"block_minimum_kg", 100}}});
    until("09:30");
  }
};

template <class E>
const E& only(const std::vector<Event>& events) {
  const E* found = nullptr;
  for (const Event& event : events)
    if (const auto* e = std::get_if<E>(&event)) {
      REQUIRE(found == nullptr);
      found = e;
    }
  REQUIRE(found != nullptr);
  return *found;
}

}  // namespace

TEST_CASE("blocks: the trade names both sides' requests, no order, and its day's end publishes it without names") {
  Desk desk;
  CHECK(desk.send(broker1, "a1", block(desk, "ann", Side::sell, 300, 2)).outcome.accepted());
  const Timestamp traded = desk.now();
  const Answered answered = desk.send(broker2, "e1", block(desk, "eve", Side::buy, 300, 1));
  const Trade& trade = only<Trade>(answered.events);
  const Cash fee(12'000);  // 5 per mille of 2.4 million milli-fen
  CHECK(trade.kind == TradeKind::block);
  CHECK(trade.aggressor == Side::buy);
  CHECK(trade.buy == TradeSide{{}, desk.account("eve"), BrokerId(2), "e1", {}, fee, {}});
  CHECK(trade.sell == TradeSide{{}, desk.account("ann"), BrokerId(1), "a1", {}, fee, {}});
  desk.until("10:00");
  CHECK(desk.market().instruments[1].last == Price{});
  const Answered end = desk.until("15:00");
  CHECK(only<BlockPublished>(end.events) == BlockPublished{trade.trade, credit, Price(8000), Quantity(300), traded});
  CHECK(desk.until("2026-09-08T15:00").events.size() > 0);  // a second day publishes nothing again
}

TEST_CASE("blocks: rejects name what was sent and what is allowed") {
  Desk desk;
  const auto refused = [&](ReportBlock c, auto&& change) {
    change(c);
    return desk.send(broker1, c).outcome;
  };
  const ReportBlock good = block(desk, "ann", Side::sell, 300, 2);
  CHECK(refused(good, [](auto& c) { c.quantity = Quantity(99); }) == Outcome{Reject::block_below_minimum, 99, 100});
  CHECK(refused(good, [](auto& c) { c.quantity = Quantity(-1); }) == Outcome{Reject::block_below_minimum, -1, 100});
  CHECK(refused(good, [](auto& c) { c.quantity = Quantity::max(); }) ==
        Outcome{Reject::value_out_of_range, Quantity::max().raw(), 6'000});
  CHECK(refused(good, [](auto& c) { c.price = Price(5'599); }) == Outcome{Reject::block_price, 5'599, 5'600});
  CHECK(refused(good, [](auto& c) { c.price = Price::max(); }) ==
        Outcome{Reject::block_price, Price::max().raw(), 10'400});
  CHECK(refused(good, [](auto& c) { c.price = -Price::max(); }) ==
        Outcome{Reject::block_price, -Price::max().raw(), 5'600});
  CHECK(refused(good, [](auto& c) { c.counter_broker = BrokerId(7); }) == Outcome{Reject::unknown_broker, 7, 0});
  CHECK(refused(good, [](auto& c) { c.instrument = InstrumentId(0); }) == Outcome{Reject::unknown_instrument, 0, 0});
  CHECK(refused(good, [](auto& c) { c.instrument = InstrumentId(3); }) == Outcome{Reject::unknown_instrument, 3, 0});
  CHECK(refused(good, [](auto& c) { c.principal = AccountId(12345); }) ==
        Outcome{Reject::account_number_malformed, 12345, 0});
  CHECK(desk.send(broker1, WithdrawBlock{BlockId(9)}).outcome == Outcome{Reject::unknown_block, 9, 0});
}

TEST_CASE("blocks: so many reports and trades a day, then no more until the next") {
  Capacity capacity = small_capacity();
  capacity.blocks_per_day = 2;
  Desk desk(capacity);
  desk.must(broker1, block(desk, "ann", Side::sell, 300, 2));
  desk.must(broker2, block(desk, "eve", Side::buy, 300, 1));  // they trade: one of two
  desk.must(broker1, block(desk, "bo", Side::sell, 300, 2));
  CHECK(desk.send(broker1, block(desk, "cy", Side::sell, 300, 2)).outcome == Outcome{Reject::too_many_blocks, 2, 2});
  desk.until("2026-09-08T09:30");
  CHECK(desk.send(broker1, block(desk, "cy", Side::sell, 300, 2)).outcome.accepted());
}

TEST_CASE("blocks: a state saved between report and match goes on to the same bytes") {
  Desk desk;
  desk.must(broker1, block(desk, "ann", Side::sell, 300, 2));
  desk.must(broker2, block(desk, "eve", Side::buy, 300, 1));
  desk.must(broker1, block(desk, "bo", Side::buy, 200, 2));
  Desk copy;
  REQUIRE(copy.restore(desk.state(), desk));
  REQUIRE(copy.state() == desk.state());
  for (Desk* one : {&desk, &copy}) one->must(broker2, block(*one, "eve", Side::sell, 200, 1));
  CHECK(copy.state() == desk.state());
  CHECK(desk.until("15:00").events == copy.until("15:00").events);
  CHECK(copy.state() == desk.state());
}

TEST_CASE("blocks: what was sold counts as net sales of the vintage, what was bought against it") {
  Desk desk;
  ReportBlock sale = block(desk, "ann", Side::sell, 600, 2), purchase = block(desk, "eve", Side::buy, 600, 1);
  sale.instrument = purchase.instrument = allowance;
  desk.must(broker1, sale);
  desk.must(broker2, purchase);  // check() after it: net sales of a vintage sum to zero
  CHECK(desk.holding("eve", allowance).total == Quantity(1'800));
}
