#include "tests/engine/exchange/register_desk.h"

namespace pace::test {
namespace {

Bytes saved(const Desk& desk) {
  Bytes bytes;
  ByteWriter out(bytes);
  desk.ledger.save(out);
  desk.registrar.save(out);
  return bytes;
}

/// A register with something in every list.
void fill(Desk& desk) {
  desk.must(RunAllocation{Year(2026)});
  desk.must(ReleaseAllocation{Year(2026)});
  desk.give(bo, sun26, 300);
  GrantEntrustment limited = mandate(70, account_number(160), BrokerId(2));
  desk.must(adult(limited.principal));
  limited.total_limit = Quantity(50);
  desk.must(limited);
  desk.registrar.use_entrustment(desk.registrar.find(limited.principal), limited.entrustment, Quantity(20));
  desk.must(ApplyCredits{ApplicationId(4), sun26, Quantity(10), {{ann, 1}, {bo, 2}}}, broker1);
  desk.on("2027-01-02");
  desk.must(RunAllocation{Year(2027)});
  desk.emit(ann, 2026, 1'000);
  desk.emit(cy, 2026, 1'500);
  desk.must(record(bo, make_date(2026, 3, 1), make_date(2026, 3, 31), 7, 5), source1);
  desk.registrar.note_trade(pca26, desk.today(), Quantity(10), Cash(80'000), desk.at(ann), desk.at(bo));
  desk.on("2027-05-10");
  desk.must(RequestOffset{bo, Year(2026), sun26, Quantity(4)}, broker1);
  desk.on("2027-07-20");
  desk.must(GrantOffsets{Year(2026)});
  desk.must(AssessCompliance{Year(2026)});
}

class Loaded {
 public:
  explicit Loaded(const Bytes& bytes) {
    ByteReader in(bytes);
    good = ledger.load(in) && registrar.load(in) && in.done();
  }
  Ledger ledger;
  Registrar registrar{{.accounts = 1'000, .open_orders = 16, .instruments = 8, .requests_per_day = 16}, ledger};
  bool good = false;
};

TEST_CASE("register storage: what is loaded saves to the same bytes and goes on in the same way") {
  Desk desk;
  fill(desk);
  const Bytes bytes = saved(desk);
  Loaded other(bytes);
  REQUIRE(other.good);
  other.registrar.check();
  Bytes again;
  ByteWriter out(again);
  other.ledger.save(out);
  other.registrar.save(out);
  CHECK(again == bytes);

  CHECK(other.registrar.entrustment_left(EntrustmentId(70)) == Quantity(30));
  CHECK(other.registrar.debt(other.registrar.find(cy)).quantity == desk.registrar.debt(desk.at(cy)).quantity);
  CHECK(other.registrar.next_due() == desk.registrar.next_due());
  const Entrustment* found = nullptr;
  CHECK(other.registrar
            .check_entrustment(other.registrar.find(ann), BrokerId(1), InstrumentKind::phcer, Side::buy, Price(1),
                               Quantity(1), desk.today(), found)
            .accepted());
  EventBuffer events;
  const Occasion occasion{source1, *parse_local_time("2027-07-21")};
  CHECK(other.registrar.apply(record(bo, make_date(2026, 3, 1), make_date(2026, 3, 31), 7, 6), occasion, events) ==
        Outcome{Reject::duplicate_record, 6, 3});
  CHECK(other.registrar.apply(record(bo, make_date(2027, 3, 1), make_date(2027, 3, 31), 7, 5), occasion, events) ==
        Outcome{Reject::duplicate_record, 5, 3});
}

TEST_CASE("register storage: bytes cut anywhere are refused") {
  Desk desk;
  fill(desk);
  const Bytes bytes = saved(desk);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const Loaded other(Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)));
    REQUIRE_FALSE(other.good);
  }
}

// The check sum of a snapshot file stands before this; what gets past it must still not stop the process.
TEST_CASE("register storage: a byte changed anywhere is refused or read, never fatal") {
  Desk desk;
  fill(desk);
  const Bytes bytes = saved(desk);
  std::size_t refused = 0;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    Bytes changed = bytes;
    changed[at] ^= 0x80;  // of a figure's last byte: its sign
    refused += Loaded(changed).good ? 0 : 1;
  }
  CHECK(refused > 0);
}

TEST_CASE("register storage: the order of the years' lists growing leaves no trace") {
  const auto play = [](bool early) {
    Desk desk;
    if (early) desk.registrar.note_trade(pca26, desk.today(), Quantity(5), Cash(5), desk.at(bo), desk.at(ann));
    desk.must(adult(account_number(150)));
    if (!early) desk.registrar.note_trade(pca26, desk.today(), Quantity(5), Cash(5), desk.at(bo), desk.at(ann));
    return saved(desk);
  };
  CHECK(play(true) == play(false));
}

}  // namespace
}  // namespace pace::test
