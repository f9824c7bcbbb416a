// The walk of automatic orders (rulebook 6) as a part of the state: bounded steps, saved in the middle, the same
// orders.
#include <doctest/doctest.h>

#include "tests/engine/exchange/world.h"

using namespace pace;
using namespace pace::test;

namespace {

constexpr Sender meter{Role::data_source, 7};

/// ann to dan sell what exceeds their need, three an hour.
void entrust(World& world) {
  world.must(authority, RegisterParty{meter, "METER", "Meter", {}});
  world.must(authority,
             RegisterFactor{FactorId(7), 1, "KG", 1, "KG", 1'000'000, make_date(2026, 1, 1), make_date(2030, 12, 31)});
  world.must(authority, ActivateRules{"2", "", {{"auto_step_accounts", 1}, {"auto_step_s", 60}}});
  std::uint64_t number = 90;
  for (const char* name : {"dan", "ann", "cy", "bo"}) {
    const AccountId account = world.account(name);
    world.must(meter, SubmitEmission{.principal = account,
                                     .source = meter.number,
                                     .device = name,
                                     .period_from = make_date(2026, 1, 1),
                                     .period_to = make_date(2026, 8, 31),
                                     .activity_milli = 400'000,
                                     .factor = FactorId(7),
                                     .factor_version = 1,
                                     .computed = Quantity(400),
                                     .nonce = ++number});
    world.must(registry, GrantEntrustment{.entrustment = EntrustmentId(number),
                                          .principal = account,
                                          .broker = BrokerId(1),
                                          .instruments = InstrumentClass::both,
                                          .sides = Sides::both,
                                          .mode = EntrustmentMode::auto_sell,
                                          .floor = Price(7900),
                                          .start = make_date(2026, 9, 8),
                                          .end = make_date(2027, 12, 31)});
  }
}

std::vector<AccountId> sellers(const Answered& answered) {
  std::vector<AccountId> found;
  for (const Event& event : answered.events)
    if (const auto* accepted = std::get_if<OrderAccepted>(&event)) found.push_back(accepted->principal);
  return found;
}

}  // namespace

TEST_CASE("automatic orders: in the register's order, so many in a step, each step when it is due") {
  World world;
  entrust(world);
  world.until("2026-09-08T15:01");
  CHECK(sellers(world.until("2026-09-09T09:15")) == std::vector{world.account("ann")});
  CHECK(world.exchange().next_due() == world.now() + seconds(60));
  CHECK(sellers(world.until("09:15:59")).empty());
  CHECK(sellers(world.until("09:16")) == std::vector{world.account("bo")});
  CHECK(sellers(world.until("09:20")) == std::vector{world.account("cy"), world.account("dan")});
  CHECK(world.exchange().next_due() == at(make_date(2026, 9, 9), hms(9, 25)));
}

TEST_CASE("automatic orders: a walk that is saved in its middle goes on as if it had never been saved") {
  World world;
  entrust(world);
  world.until("2026-09-08T15:01");
  world.until("2026-09-09T09:16");
  const Bytes bytes = world.state();
  World copy;
  REQUIRE(copy.restore(bytes, world));
  REQUIRE(copy.state() == bytes);
  for (const char* time : {"09:17", "09:18", "09:19", "15:01", "2026-09-16T10:00", "2026-09-23T15:01"}) {
    const Answered one = world.until(time), other = copy.until(time);
    CHECK(one.events == other.events);
  }
  CHECK(copy.state() == world.state());
}

TEST_CASE("automatic orders: a mandate that is revoked before its turn offers nothing") {
  World world;
  entrust(world);
  world.until("2026-09-08T15:01");
  world.until("2026-09-09T09:15");
  world.must(registry, RevokeEntrustment{EntrustmentId(94)});  // bo's
  CHECK(sellers(world.until("09:20")) == std::vector{world.account("cy"), world.account("dan")});
}

TEST_CASE("automatic orders: a walk that the day's end cuts off goes on where it stopped; nobody is offered twice") {
  World world;
  entrust(world);
  world.must(authority, ActivateRules{"3", "", {{"auto_step_s", 3'600}}});
  world.until("2026-09-08T15:01");
  const auto reconcile = [&](std::int64_t difference) {
    world.must(sequencer, ReportReconciliation{local_date(world.now()), difference, world.account("ann"), 10});
  };
  reconcile(5);
  world.until("2026-09-09T13:30");
  reconcile(0);
  CHECK(sellers(world.until("15:01")) == std::vector{world.account("ann"), world.account("bo")});
  SUBCASE("on the next day") {
    CHECK(sellers(world.until("2026-09-10T15:01")) == std::vector{world.account("cy"), world.account("dan")});
    CHECK(sellers(world.until("2026-09-11T15:01")).empty());
  }
  SUBCASE("another release comes first") {
    reconcile(5);
    world.until("2026-09-16T09:00");
    reconcile(0);
    CHECK(sellers(world.until("15:01")).size() == 4);
  }
}
