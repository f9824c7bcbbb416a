// The compliance year meets the market: what is on offer when its vintage is assessed.
#include <doctest/doctest.h>

#include "tests/engine/exchange/world.h"

using namespace pace;
using namespace pace::test;

TEST_CASE("assessment: offers of the vintage go first, so that nothing is banked because it is on offer") {
  World world;
  world.must(authority, SetCap{Year(2027), Quantity(8'576)});
  world.must(operators,
             ListInstrument{InstrumentId(3), "PCA-2027", InstrumentKind::allowance, Year(2027), {}, Price(8000)});
  world.until("2027-01-04T08:00");
  world.must(authority, RunAllocation{Year(2027)});
  world.until("2027-07-19T10:00");
  NewOrder offer = order(world, "ann", Side::sell, Quantity(1'100), Price(8000));
  offer.instrument = allowance;
  offer.time_in_force = TimeInForce::gtc;
  NewOrder bid = order(world, "bo", Side::buy, Quantity(20), Price(7900));
  bid.instrument = allowance;
  bid.time_in_force = TimeInForce::gtc;
  world.must(broker1, offer);
  world.must(broker1, bid);
  CHECK_FALSE(world.send(authority, AssessCompliance{Year(2026)}).outcome.accepted());
  CHECK(world.orders().size() == 2);

  world.until("2027-07-20T08:00");
  const auto events = world.must(authority, AssessCompliance{Year(2026)}).events;
  REQUIRE(!events.empty());
  const auto* gone = std::get_if<OrderCancelled>(&events[0]);
  REQUIRE(gone != nullptr);
  CHECK(gone->principal == world.account("ann"));
  CHECK(gone->open == Quantity(1'100));
  CHECK(gone->reason == CancelReason::operator_action);
  CHECK(world.orders().size() == 1);
  CHECK(world.holding("ann", allowance).total == Quantity(120));
}
