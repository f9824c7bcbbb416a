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
  const auto listed = [&](const char* seller, std::int64_t kilograms) {
    return AnnounceAuction{.kind = AuctionKind::one_sided,
                           .seller = world.account(seller),
                           .instrument = allowance,
                           .quantity = Quantity(kilograms),
                           .reserve_price = Price(7000),
                           .closes = at(make_date(2027, 7, 22), hms(14, 0))};
  };
  world.must(broker1, listed("cy", 1'100));
  world.must(broker1, BidAuction{AuctionId(1), world.account("dan"), Price(8000), Quantity(50)});

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

  // The auction that cy listed is called off, its bid with it, and what was listed is not banked either.
  REQUIRE(events.size() > 2);
  const auto* bid_gone = std::get_if<BidWithdrawn>(&events[1]);
  const auto* called_off = std::get_if<AuctionClosed>(&events[2]);
  REQUIRE((bid_gone != nullptr && called_off != nullptr));
  CHECK(bid_gone->reason == CancelReason::auction_cancelled);
  CHECK(called_off->cancelled);
  CHECK(called_off->unsold == Quantity(1'100));
  CHECK(world.holding("cy", allowance).total == Quantity(120));
  CHECK(world.holding("cy", allowance).held == Quantity{});
  CHECK(world.holdings("dan").cash_held == Cash{});
}
