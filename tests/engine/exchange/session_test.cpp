// The day and what changes with it, where a table or a figure says it better than the stories of tests/scenario.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/engine/exchange/world.h"

using namespace pace;
using namespace pace::test;

namespace {

std::string phases(const std::vector<Event>& events) {
  std::string said;
  for (const Event& event : events) {
    if (const auto* started = std::get_if<TradingDayStarted>(&event)) said += "start " + to_text(started->day) + "\n";
    if (const auto* phase = std::get_if<PhaseChanged>(&event)) said += std::string(name_of(phase->phase)) + "\n";
    if (const auto* ended = std::get_if<TradingDayEnded>(&event)) said += "end " + to_text(ended->day) + "\n";
  }
  return said;
}

template <class E>
std::vector<E> of_type(const std::vector<Event>& events) {
  std::vector<E> found;
  for (const Event& event : events)
    if (const E* e = std::get_if<E>(&event)) found.push_back(*e);
  return found;
}

}  // namespace

TEST_CASE("session: a jump of the clock plays every phase of every day in order") {
  World world;
  const Answered answered = world.until("2026-09-08T10:00");
  CHECK(phases(answered.events) ==
        "start 2026-09-07\nopening_call\npre_open\nmorning\nlunch\nafternoon\nclosing_call\nclosed\nend 2026-09-07\n"
        "start 2026-09-08\nopening_call\npre_open\nmorning\n");
  CHECK(world.market().phase == Phase::morning);
  CHECK(world.market().day == make_date(2026, 9, 8));
}

TEST_CASE("session: next_due is when the clock must tick") {
  World world;
  CHECK(world.exchange().next_due() == at(make_date(2026, 9, 7), hms(9, 15)));
  world.until("09:15");
  CHECK(world.exchange().next_due() == at(make_date(2026, 9, 7), hms(9, 25)));
  world.until("2026-09-08T23:00");  // the next weekly release falls on Wednesday at midnight
  CHECK(world.exchange().next_due() == at(make_date(2026, 9, 9), 0));
}

TEST_CASE("session: a holiday is no trading day") {
  World world;
  world.must(authority, SetHolidays{Year(2026), {make_date(2026, 9, 7)}});
  CHECK(phases(world.until("2026-09-08T09:15").events) == "start 2026-09-08\nopening_call\n");
}

TEST_CASE("reference price: the day's volume-weighted continuous price, once more than 100 t traded") {
  for (const auto& [kilograms, reference] : {std::pair{100'000, 8000}, {100'001, 8100}}) {
    World world;
    // Credits enough for the house to sell what a day's reference price needs.
    world.must(registry, GrantEntrustment{.entrustment = EntrustmentId(90),
                                          .principal = world.account("fay"),
                                          .broker = BrokerId(2),
                                          .instruments = InstrumentClass::both,
                                          .sides = Sides::both,
                                          .start = local_date(world.now()),
                                          .end = make_date(2027, 1, 1)});
    world.must(broker2, ApplyCredits{ApplicationId(3), credit, Quantity(200'000), {{world.account("fay"), 1}}});
    world.must(verifier, StateCredits{ApplicationId(3), Quantity(200'000)});
    world.until("2026-09-08T09:30");
    world.must(authority, DecideCredits{ApplicationId(3), true, "test"});
    world.must(authority, ActivateRules{"2",
                                        "",
                                        {{"principal_maximum_order_kg", 200'000},
                                         {"position_member_base_permille", 1'000},
                                         {"position_base_permille", 1'000},
                                         {"position_allocation_permille", 100'000}}});
    world.must(bank, DepositCash{BrokerId(1), world.account("ann"), Cash(100'000'000'000), "more"});
    NewOrder sell = order(world, "fay", Side::sell, Quantity(kilograms), Price(8100));
    NewOrder buy = order(world, "ann", Side::buy, Quantity(kilograms), Price(8100));
    world.must(broker2, sell);
    world.must(broker1, buy);
    const auto set = of_type<ReferencePriceSet>(world.until("2026-09-09T09:15").events);
    REQUIRE(set.size() == 2);
    CHECK(set[1] == ReferencePriceSet{credit, Price(reference), Price(reference * 9 / 10), Price(reference * 11 / 10)});
    CHECK(set[0].reference == Price(8000));
  }
}

TEST_CASE("price limits: a GTC order outside the new day's limits is cancelled before the opening") {
  World world;
  world.until("09:30");
  NewOrder bid = order(world, "ann", Side::buy, Quantity(10), Price(7200));
  bid.time_in_force = TimeInForce::gtc;
  world.must(broker1, bid);
  world.must(authority, ActivateRules{"2", "", {{"price_limit_permille", 50}}});
  const auto cancelled = of_type<OrderCancelled>(world.until("2026-09-08T09:15").events);
  REQUIRE(cancelled.size() == 1);
  CHECK(cancelled[0].reason == CancelReason::price_limit);
  CHECK(world.holdings("ann").cash_held == Cash{});
}

TEST_CASE("reconciliation: a difference blocks the next opening until a clean report, which opens late") {
  World world;
  world.until("15:00");
  world.must(sequencer, ReportReconciliation{make_date(2026, 9, 7), 5, world.account("bo"), 10});
  CHECK(phases(world.until("2026-09-08T10:00").events).empty());
  const Answered rejected = world.send(broker1, order(world, "ann", Side::buy, Quantity(20), Price(8000)));
  CHECK(rejected.outcome ==
        Outcome{Reject::reconciliation_blocks_opening, 5, static_cast<std::int64_t>(world.account("bo").raw())});
  const Answered opened = world.must(sequencer, ReportReconciliation{make_date(2026, 9, 7), 0, {}, 10});
  CHECK(phases(opened.events) == "start 2026-09-08\nmorning\n");
  world.must(broker1, order(world, "ann", Side::buy, Quantity(20), Price(8000)));
  CHECK(phases(world.until("15:00").events) == "lunch\nafternoon\nclosing_call\nclosed\nend 2026-09-08\n");
}

TEST_CASE("reconciliation: a day blocked to its end never was; a difference in session blocks the next day") {
  World world;
  world.until("10:00");
  world.must(sequencer, ReportReconciliation{make_date(2026, 9, 4), 1, {}, 10});
  CHECK(world.market().phase == Phase::morning);
  world.must(broker1, order(world, "ann", Side::buy, Quantity(20), Price(8000)));
  CHECK(phases(world.until("2026-09-09T08:00").events) == "lunch\nafternoon\nclosing_call\nclosed\nend 2026-09-07\n");
  CHECK(phases(world.must(sequencer, ReportReconciliation{make_date(2026, 9, 8), 0, {}, 10}).events).empty());
  CHECK(phases(world.until("2026-09-09T09:15").events) == "start 2026-09-09\nopening_call\n");
}

TEST_CASE("entrustment: revoking cancels the principal's open orders under it, and no others") {
  World world;
  world.until("09:30");
  world.must(broker1, order(world, "ann", Side::sell, Quantity(20), Price(8000)));
  world.must(broker1, order(world, "bo", Side::sell, Quantity(20), Price(8000)));
  const auto cancelled = of_type<OrderCancelled>(world.must(registry, RevokeEntrustment{EntrustmentId(1)}).events);
  REQUIRE(cancelled.size() == 1);
  CHECK(cancelled[0].principal == world.account("ann"));
  CHECK(cancelled[0].reason == CancelReason::entrustment_revoked);
  CHECK(world.orders().size() == 1);
}

TEST_CASE("entrustment: a GTC order does not outlive its mandate") {
  World world;
  world.must(registry, GrantEntrustment{.entrustment = EntrustmentId(91),
                                        .principal = world.account("fay"),
                                        .broker = BrokerId(2),
                                        .instruments = InstrumentClass::both,
                                        .sides = Sides::both,
                                        .start = local_date(world.now()),
                                        .end = make_date(2026, 9, 8)});
  world.until("09:30");
  NewOrder sell = order(world, "fay", Side::sell, Quantity(20), Price(8000));
  sell.time_in_force = TimeInForce::gtc;
  world.must(broker2, sell);
  CHECK(of_type<OrderCancelled>(world.until("2026-09-08T15:00").events).empty());
  const auto cancelled = of_type<OrderCancelled>(world.until("2026-09-09T09:15").events);
  REQUIRE(cancelled.size() == 1);
  CHECK(cancelled[0].reason == CancelReason::entrustment_revoked);
}

TEST_CASE("entrustment: its total counts open and filled quantity, and gives back what is cancelled") {
  World world;
  world.must(registry, GrantEntrustment{.entrustment = EntrustmentId(92),
                                        .principal = world.account("fay"),
                                        .broker = BrokerId(2),
                                        .instruments = InstrumentClass::both,
                                        .sides = Sides::both,
                                        .floor = Price(7900),
                                        .order_limit = Quantity(80),
                                        .total_limit = Quantity(100),
                                        .start = local_date(world.now()),
                                        .end = make_date(2026, 12, 31)});
  world.until("09:30");
  const auto sell = [&](std::int64_t kilograms) {
    return order(world, "fay", Side::sell, Quantity(kilograms), Price(8000));
  };
  world.must(broker1, order(world, "ann", Side::buy, Quantity(30), Price(8000)));
  CHECK(world.send(broker2, "f1", sell(60)).outcome.accepted());  // 30 filled, 30 open
  CHECK(world.send(broker2, sell(50)).outcome == Outcome{Reject::entrustment_total_quantity, 50, 40});
  const auto change = [&](const char* to, std::int64_t kilograms, std::int64_t price) {
    return world.send(broker2, to, ReplaceOrder{{}, "f1", Price(price), Quantity(kilograms)}).outcome;
  };
  CHECK(change("f2", 90, 8000) == Outcome{Reject::entrustment_order_quantity, 90, 80});
  CHECK(change("f3", 60, 7800) == Outcome{Reject::entrustment_price, 7800, 7900});
  CHECK(change("f4", 80, 8000).accepted());
  CHECK(world.send(broker2, sell(40)).outcome == Outcome{Reject::entrustment_total_quantity, 40, 20});
  world.must(broker2, CancelOrder{{}, "f4"});
  CHECK(world.send(broker2, sell(71)).outcome == Outcome{Reject::entrustment_total_quantity, 71, 70});
  world.must(broker2, sell(70));
}

TEST_CASE("entrustment: a raised replacement is held to what is left of the total") {
  World world;
  world.must(registry, GrantEntrustment{.entrustment = EntrustmentId(93),
                                        .principal = world.account("fay"),
                                        .broker = BrokerId(2),
                                        .instruments = InstrumentClass::both,
                                        .sides = Sides::both,
                                        .total_limit = Quantity(100),
                                        .start = local_date(world.now()),
                                        .end = make_date(2026, 12, 31)});
  world.until("09:30");
  CHECK(world.send(broker2, "f1", order(world, "fay", Side::sell, Quantity(60), Price(8000))).outcome.accepted());
  CHECK(world.send(broker2, ReplaceOrder{{}, "f1", Price(8000), Quantity(101)}).outcome ==
        Outcome{Reject::entrustment_total_quantity, 41, 40});
}

TEST_CASE("account status: freezing cancels what the account offers and bids, and it may not order") {
  World world;
  world.until("09:30");
  world.must(broker1, order(world, "ann", Side::sell, Quantity(20), Price(8000)));
  world.must(broker1, order(world, "ann", Side::buy, Quantity(20), Price(7900)));
  world.must(broker1, order(world, "bo", Side::buy, Quantity(20), Price(7900)));
  const auto answered =
      world.must(registry, SetAccountStatus{world.account("ann"), AccountStatus::frozen, "court 7", {}});
  const auto cancelled = of_type<OrderCancelled>(answered.events);
  REQUIRE(cancelled.size() == 2);
  CHECK(cancelled[0].reason == CancelReason::operator_action);
  CHECK(world.orders().size() == 1);
  CHECK(world.send(broker1, order(world, "ann", Side::sell, Quantity(20), Price(8000))).outcome.code ==
        Reject::account_frozen);
}

TEST_CASE("mass cancel: by a member its own, by the operator any, filtered by principal, instrument and side") {
  World world;
  world.until("09:30");
  const auto fill = [&] {
    for (const char* who : {"ann", "bo", "eve"}) {
      world.must(world.broker_of(who), order(world, who, Side::sell, Quantity(20), Price(8000)));
      world.must(world.broker_of(who), order(world, who, Side::buy, Quantity(20), Price(7900)));
      NewOrder other = order(world, who, Side::buy, Quantity(20), Price(7900));
      other.instrument = allowance;
      world.must(world.broker_of(who), other);
    }
  };
  const auto cancels = [&](const Sender& sender, const MassCancel& command) {
    return of_type<OrderCancelled>(world.must(sender, command).events).size();
  };
  fill();
  CHECK(cancels(broker1, {.side = Sides::both, .reason = CancelReason::mass_cancel}) == 6);
  CHECK(cancels(broker1, {.side = Sides::both, .reason = CancelReason::disconnect}) == 0);
  CHECK(cancels(broker2,
                {.principal = world.account("eve"), .side = Sides::buy, .reason = CancelReason::mass_cancel}) == 2);
  CHECK(cancels(operators, {.side = Sides::both, .reason = CancelReason::operator_action}) == 1);
  fill();
  CHECK(cancels(operators, {.broker = BrokerId(2), .side = Sides::both, .reason = CancelReason::operator_action}) == 3);
  CHECK(cancels(operators, {.instrument = allowance, .side = Sides::both, .reason = CancelReason::operator_action}) ==
        2);
  CHECK(cancels(operators, {.side = Sides::sell, .reason = CancelReason::operator_action}) == 2);
  CHECK(world.orders().size() == 2);
}

TEST_CASE("fees: an order keeps the fee it was entered under") {
  World world;
  world.until("09:30");
  world.must(broker1, order(world, "ann", Side::buy, Quantity(100), Price(8000)));
  world.must(authority, ActivateRules{"2", "", {{"fee_permille", 100}}});
  const Answered sold = world.must(broker1, order(world, "bo", Side::sell, Quantity(100), Price(8000)));
  const auto trades = of_type<Trade>(sold.events);
  REQUIRE(trades.size() == 1);
  CHECK(trades[0].buy.fee == Cash(4'000));
  CHECK(trades[0].sell.fee == Cash(80'000));
}
