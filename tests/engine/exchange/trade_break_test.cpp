// Trade break where figures say it better than the stories of tests/scenario: how far back, prices, the state.
#include <doctest/doctest.h>

#include "tests/engine/exchange/world.h"

using namespace pace;
using namespace pace::test;

namespace {

void trade(World& world, std::int64_t fen, std::int64_t kilograms = 10) {
  world.must(broker1, order(world, "ann", Side::sell, Quantity(kilograms), Price(fen)));
  world.must(broker1, order(world, "bo", Side::buy, Quantity(kilograms), Price(fen)));
}

Outcome break_trade(World& world, std::uint64_t number) {
  return world.send(authority, BreakTrade{TradeId(number), "error"}).outcome;
}

Price reference_next_day(World& world) {
  world.until("2026-09-08T09:15");
  return world.market().instruments[1].reference;
}

}  // namespace

TEST_CASE("trade break: the newest 64 trades can be broken, corrections count among them") {
  World world;
  world.until("09:30");
  for (int i = 0; i < 70; ++i) trade(world, 8000);
  CHECK(break_trade(world, 6) == Outcome{Reject::unknown_trade, 6, 7});
  CHECK(break_trade(world, 7).accepted());
  CHECK(break_trade(world, 7) == Outcome{Reject::unknown_trade, 7, 8});
  CHECK(break_trade(world, 71) == Outcome{Reject::trade_broken_already, 71, 0});
  CHECK(break_trade(world, 72) == Outcome{Reject::unknown_trade, 72, 8});
}

TEST_CASE("trade break: only the authority breaks trades") {
  World world;
  world.until("09:30");
  trade(world, 8000);
  for (const Sender& sender : {operators, broker1, registry})
    CHECK(world.send(sender, BreakTrade{TradeId(1), "no"}).outcome.code == Reject::role_not_permitted);
}

TEST_CASE("trade break: the correction is the opposite, its fees negative, its orders the broken trade's") {
  World world;
  world.until("09:30");
  trade(world, 8000, 100);
  const auto events = world.must(authority, BreakTrade{TradeId(1), "error"}).events;
  REQUIRE(events.size() == 2);
  const auto& opposite = std::get<Trade>(events[0]);
  CHECK(opposite.trade == TradeId(2));
  CHECK(opposite.kind == TradeKind::correction);
  CHECK(opposite.aggressor == Side::sell);
  CHECK(opposite.buy.account == world.account("ann"));
  CHECK(opposite.sell.account == world.account("bo"));
  CHECK(opposite.buy.fee == Cash(-4'000));
  CHECK(opposite.sell.fee == Cash(-4'000));
  CHECK(opposite.buy.order != OrderId{});
  CHECK(std::get<TradeBroken>(events[1]) == TradeBroken{TradeId(1), TradeId(2), "error", TradeKind::continuous, true});
}

TEST_CASE("trade break: a trade broken on its day makes no reference price, one broken later has made it") {
  World world;
  world.until("09:30");
  world.must(authority, ActivateRules{"2", "", {{"reference_volume_kg", 0}}});
  trade(world, 8000);
  trade(world, 8200);
  SUBCASE("the same day") {
    CHECK(break_trade(world, 2).accepted());
    CHECK(reference_next_day(world) == Price(8000));
  }
  SUBCASE("in the evening, all of them") {
    world.until("18:00");
    for (const std::uint64_t number : {1, 2}) CHECK(break_trade(world, number).accepted());
    CHECK(reference_next_day(world) == Price(8000));
  }
  SUBCASE("the day after") {
    CHECK(reference_next_day(world) == Price(8100));
    CHECK(break_trade(world, 2).accepted());
    CHECK(reference_next_day(world) == Price(8100));
  }
}

TEST_CASE("trade break: what was saved before can be broken after, with the same bytes") {
  World world;
  world.until("09:30");
  for (int i = 0; i < 70; ++i) trade(world, 8000);
  CHECK(break_trade(world, 20).accepted());
  World copy;
  REQUIRE(copy.restore(world.state(), world));
  CHECK(copy.state() == world.state());
  for (const std::uint64_t number : {20, 30, 5}) CHECK(break_trade(copy, number) == break_trade(world, number));
  CHECK(copy.state() == world.state());
  Capacity other = small_capacity();
  other.breakable_trades = 32;
  World fewer(other);
  CHECK_FALSE(fewer.restore(world.state(), world));
}
