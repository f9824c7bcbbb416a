#include <doctest/doctest.h>

#include "engine/base/account_number.h"
#include "engine/sequencer/verification.h"
#include "tests/engine/sequencer/sequencer_kit.h"

using namespace pace;
using namespace pace::test;

// The sequencer around the real exchange: what recovery must not lose is its whole state.

namespace {

SequencerOptions small_exchange() {
  SequencerOptions options = small();
  options.capacity = {.accounts = 1000, .open_orders = 1000, .instruments = 16, .requests_per_day = 1000};
  return options;
}

// The first day of a market: a broker, two people, money, and the clock through a trading day.
void first_day(Sequencer& sequencer) {
  const Sender operators{Role::exchange_operator, 1}, registry{Role::registry_operator, 1}, bank{Role::bank, 1};
  int n = 0;
  const auto must = [&](const Sender& sender, Command command) {
    const Entry entry = settle(sequencer, request("d" + std::to_string(++n), std::move(command), sender));
    REQUIRE_MESSAGE(entry.outcome.accepted(), to_text(entry.outcome));
  };
  const Date day = make_date(2026, 9, 7);
  must(operators, AdvanceTime{at(day, hms(8, 0))});
  must(operators, RegisterBroker{BrokerId(1), "ONE", "First broker", account_number(201)});
  for (const std::uint64_t serial : {301u, 302u})
    must(registry,
         OpenAccount{account_number(serial), AccountKind::person, RegionId(1), make_date(1990, 1, 1), {}, {}});
  for (const std::uint64_t serial : {301u, 302u})
    must(registry, GrantEntrustment{.entrustment = EntrustmentId(serial),
                                    .principal = account_number(serial),
                                    .broker = BrokerId(1),
                                    .instruments = InstrumentClass::both,
                                    .sides = Sides::both,
                                    .start = day,
                                    .end = make_date(2027, 12, 31)});
  for (const std::uint64_t serial : {201u, 301u, 302u})
    must(bank, DepositCash{BrokerId(1), account_number(serial), Cash(1'000'000), "bank-line"});
  must(operators, ListInstrument{InstrumentId(1), "PCA-2026", InstrumentKind::allowance, Year(2026), {}, Price(8000)});
  must(operators, AdvanceTime{at(day, hms(16, 0))});
}

}  // namespace

TEST_CASE("exchange: snapshot and replay give the same state, and verify agrees") {
  SimulatedDisk disk;
  SequencerOptions options = small_exchange();
  options.snapshot_every = 3;
  Bytes32 before{};
  {
    Sequencer sequencer(options, disk);
    first_day(sequencer);
    before = digest(sequencer).digest;
  }
  const Verified verified = verify(disk, DataDirectory::look(disk, "/data"), {});
  CHECK(verified.digest == before);
  CHECK(verified.snapshots >= 1);
  CHECK(verified.notes.empty());
  for (const bool with_snapshots : {true, false}) {
    if (!with_snapshots)
      for (const std::string& name : disk.names("/data/snapshots")) disk.remove("/data/snapshots/" + name);
    Sequencer sequencer(options, disk);
    CHECK(digest(sequencer).digest == before);
  }
}

TEST_CASE(
    "exchange: after a restart a repeated request still gets its first answer, and the clock stands where it stood") {
  SimulatedDisk disk;
  {
    Sequencer sequencer(small_exchange(), disk);
    first_day(sequencer);
  }
  Sequencer sequencer(small_exchange(), disk);
  const Sequence last = sequencer.released();
  const Entry repeated = settle(
      sequencer,
      request("d7", DepositCash{BrokerId(1), account_number(201), Cash(1'000'000), "bank-line"}, {Role::bank, 1}));
  CHECK(repeated.sequence() == next(last));
  CHECK(repeated.repeats == Sequence(7));
  CHECK(repeated.events.empty());
  CHECK(repeated.stamped.time == at(make_date(2026, 9, 7), hms(16, 0)));
  const Entry back = settle(sequencer, advance("back", at(make_date(2026, 9, 7), hms(15, 0)).raw()));
  CHECK(back.outcome.code == Reject::time_goes_back);
}
