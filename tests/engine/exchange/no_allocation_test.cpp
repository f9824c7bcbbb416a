// After its start the exchange takes no memory for what members do (STYLE, memory): orders, fills, cancels, replaces,
// mass cancels, calls, rejects, and every phase of the day. Only a day's start makes room, for the day's requests and
// where the price window moves. The commands are made beforehand in a world, then applied to an exchange that has its
// state; only the applying is counted.
#include <doctest/doctest.h>

#include "engine/base/account_number.h"
#include "tests/engine/exchange/allocations.h"
#include "tests/engine/exchange/traffic.h"

using namespace pace;
using namespace pace::test;

namespace {

struct Recorded {
  World world;  // as it was when the recording began
  std::vector<StampedCommand> commands;
};

// `warm_up` steps go unrecorded.
template <class Step>
void record(Recorded& recorded, int warm_up, int steps, Step&& step) {
  for (int i = 0; i < warm_up; ++i) step(recorded.world);
  World playing;
  REQUIRE(playing.restore(recorded.world.state(), recorded.world));
  playing.record(&recorded.commands);
  for (int i = 0; i < steps; ++i) step(playing);
}

struct Tally {
  std::uint64_t trades = 0, accepted = 0, rejected = 0, days = 0;
};

// The commands that allocated though no day started in them, by name and place: empty when all is well.
std::string allocating(Recorded& recorded, Tally& tally) {
  Exchange& exchange = recorded.world.exchange();
  EventBuffer events;
  for (int i = 0; i < 1'000; ++i) events.emit(Trade{});  // grown to what one command may say: it is used again
  std::string found;
  for (const StampedCommand& c : recorded.commands) {
    events.clear();
    const std::uint64_t before = allocations();
    const Applied applied = exchange.apply(c.sequence, c.time, c.request, events);
    const std::uint64_t taken = allocations() - before;
    bool starts_day = false;
    for (const Event& event : events.decode()) {
      tally.trades += std::holds_alternative<Trade>(event);
      starts_day |= std::holds_alternative<TradingDayStarted>(event);
    }
    tally.days += starts_day;
    ++(applied.outcome.accepted() ? tally.accepted : tally.rejected);
    if (taken != 0 && !starts_day)
      found += std::string(name_of(c.request.command)) + " " + std::to_string(c.sequence.raw()) + " at " +
               to_text(c.time) + ": " + std::to_string(taken) + "\n";
  }
  return found;
}

}  // namespace

TEST_CASE("no allocation: the counter counts") {
  if (!allocations_are_counted()) return;
  const std::uint64_t before = allocations();
  std::vector<int> one(1);
  CHECK(one.data() != nullptr);
  CHECK(allocations() == before + 1);
}

TEST_CASE("no allocation: 50,000 commands of members over many days take no memory") {
  if (!allocations_are_counted()) return;
  Recorded recorded;
  Traffic traffic(11);
  record(recorded, 2'000, 50'000, [&](World& world) { return traffic.member_step(world); });
  Tally tally;
  CHECK(allocating(recorded, tally) == "");
  MESSAGE(tally.accepted, " accepted, ", tally.rejected, " rejected, ", tally.trades, " trades, ", tally.days, " days");
  CHECK(tally.trades > 5'000);
  CHECK(tally.rejected > 5'000);
  CHECK(tally.days > 10);
}

TEST_CASE("no allocation: repeats of requests take no memory") {
  if (!allocations_are_counted()) return;
  Recorded recorded;
  Traffic traffic(12);
  record(recorded, 500, 500, [&](World& world) {
    traffic.member_step(world);
    return world.send(broker1, "again", order(world, "ann", Side::buy, Quantity(20), Price(7990)));
  });
  Tally tally;
  CHECK(allocating(recorded, tally) == "");
}

TEST_CASE("no allocation: an account opened late gets its first units without taking memory") {
  if (!allocations_are_counted()) return;
  Recorded recorded;
  std::uint32_t member = 2;
  record(recorded, 0, 200, [&](World& world) {
    if (member == 2) world.until("09:30");
    const BrokerId late(++member);
    const AccountId own = account_number(500 + member);
    world.must(operators, RegisterBroker{late, Code(("M" + std::to_string(member)).c_str()), "Late", own});
    world.must(bank, DepositCash{late, own, Cash(100'000'000), "late"});
    NewOrder ask = order(world, "ann", Side::sell, Quantity(10), Price(8000));
    NewOrder bid = order(world, "ann", Side::buy, Quantity(10), Price(8000));
    ask.instrument = bid.instrument = member % 2 == 0 ? credit : allowance;
    bid.principal = own;
    world.send(broker1, ask);
    return world.send({Role::broker, member}, bid);
  });
  Tally tally;
  const std::string found = allocating(recorded, tally);
  CHECK(found.find("new_order") == std::string::npos);
  CHECK(tally.trades > 100);
}
