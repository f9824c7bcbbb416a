#include "tests/engine/exchange/register_desk.h"

namespace pace::test {
namespace {

/// A register in which fay (serial 120) has one mandate, number 50, of broker 1; its terms are the test's.
class Mandated : public Desk {
 public:
  Mandated() { must(adult(fay)); }
  static constexpr AccountId fay = account_number(120);

  Outcome order(Side side, std::int64_t price, std::int64_t kg, InstrumentKind kind = InstrumentKind::allowance,
                std::uint32_t broker = 1) {
    found = nullptr;
    return registrar.check_entrustment(at(fay), BrokerId(broker), kind, side, Price(price), Quantity(kg), today(),
                                       found);
  }
  const Entrustment* found = nullptr;
};

std::int64_t raw(AccountId id) {
  return static_cast<std::int64_t>(id.raw());
}

TEST_CASE("mandate: covers its broker, class, side and days, and names itself when it does") {
  Mandated desk;
  GrantEntrustment m = mandate(50, Mandated::fay, BrokerId(1));
  m.instruments = InstrumentClass::allowances;
  m.sides = Sides::sell;
  m.start = make_date(2026, 1, 6);
  m.end = make_date(2026, 1, 7);
  CHECK(desk.order(Side::sell, 1, 1) == Outcome{Reject::no_entrustment, raw(Mandated::fay), 0});
  desk.must(m);
  CHECK(desk.order(Side::sell, 1, 1) == Outcome{Reject::entrustment_not_active, 50, 0});
  desk.on("2026-01-06");
  CHECK(desk.order(Side::sell, 1, 1).accepted());
  REQUIRE(desk.found != nullptr);
  CHECK(desk.found->id == EntrustmentId(50));
  CHECK(desk.order(Side::buy, 1, 1) == Outcome{Reject::entrustment_side, 50, 0});
  CHECK(desk.order(Side::sell, 1, 1, InstrumentKind::phcer).code == Reject::no_entrustment);
  CHECK(desk.order(Side::sell, 1, 1, InstrumentKind::allowance, 2).code == Reject::no_entrustment);
  desk.on("2026-01-08");
  CHECK(desk.order(Side::sell, 1, 1).code == Reject::entrustment_not_active);
}

TEST_CASE("mandate: floor for sells, ceiling for buys, limit per order") {
  Mandated desk;
  GrantEntrustment m = mandate(50, Mandated::fay, BrokerId(1));
  m.floor = Price(7'000);
  m.ceiling = Price(9'000);
  m.order_limit = Quantity(100);
  desk.must(m);
  CHECK(desk.order(Side::sell, 6'999, 10) == Outcome{Reject::entrustment_price, 6'999, 7'000});
  CHECK(desk.order(Side::sell, 7'000, 10).accepted());
  CHECK(desk.order(Side::buy, 9'001, 10) == Outcome{Reject::entrustment_price, 9'001, 9'000});
  CHECK(desk.order(Side::buy, 9'000, 10).accepted());
  CHECK(desk.order(Side::buy, 1, 101) == Outcome{Reject::entrustment_order_quantity, 101, 100});
}

TEST_CASE("mandate: the total limit counts what is used and gets back what is cancelled") {
  Mandated desk;
  GrantEntrustment m = mandate(50, Mandated::fay, BrokerId(1));
  m.total_limit = Quantity(100);
  desk.must(m);
  CHECK(desk.order(Side::buy, 1, 100).accepted());
  desk.registrar.use_entrustment(desk.registrar.find(Mandated::fay), EntrustmentId(50), Quantity(70));
  CHECK(desk.registrar.entrustment_left(EntrustmentId(50)) == Quantity(30));
  CHECK(desk.order(Side::buy, 1, 31) == Outcome{Reject::entrustment_total_quantity, 31, 30});
  desk.registrar.give_back_entrustment(desk.registrar.find(Mandated::fay), EntrustmentId(50), Quantity(20));
  CHECK(desk.order(Side::buy, 1, 50).accepted());
  CHECK(desk.order(Side::buy, 1, 51).code == Reject::entrustment_total_quantity);
  CHECK(desk.registrar.entrustment_left(EntrustmentId(1)) == Quantity::max());
}

TEST_CASE("mandate: one broker per class; another takes over the day after a revocation") {
  Mandated desk;
  desk.must(mandate(50, Mandated::fay, BrokerId(1)));
  GrantEntrustment other = mandate(51, Mandated::fay, BrokerId(2));
  CHECK(desk.send(other) == Outcome{Reject::another_broker_active, raw(Mandated::fay), 50});
  desk.must(RevokeEntrustment{EntrustmentId(50)});
  CHECK(desk.order(Side::buy, 1, 1).code == Reject::no_entrustment);
  CHECK(desk.send(other) ==
        Outcome{Reject::entrustment_terms, make_date(2026, 1, 5).raw(), make_date(2026, 1, 6).raw()});
  other.start = make_date(2026, 1, 6);
  desk.must(other);
  CHECK(desk.order(Side::buy, 1, 1, InstrumentKind::allowance, 2).code == Reject::entrustment_not_active);
  desk.on("2026-01-06");
  CHECK(desk.order(Side::buy, 1, 1, InstrumentKind::allowance, 2).accepted());
  CHECK(desk.send(RevokeEntrustment{EntrustmentId(50)}).code == Reject::entrustment_not_active);
  CHECK(desk.send(RevokeEntrustment{EntrustmentId(99)}) == Outcome{Reject::unknown_entrustment, 99, 0});
}

TEST_CASE("mandate: two brokers may serve two classes") {
  Mandated desk;
  GrantEntrustment credits = mandate(50, Mandated::fay, BrokerId(1));
  credits.instruments = InstrumentClass::credits;
  GrantEntrustment allowances = mandate(51, Mandated::fay, BrokerId(2));
  allowances.instruments = InstrumentClass::allowances;
  desk.must(credits);
  desk.must(allowances);
  CHECK(desk.order(Side::buy, 1, 1, InstrumentKind::ccer, 1).accepted());
  CHECK(desk.order(Side::buy, 1, 1, InstrumentKind::allowance, 2).accepted());
  CHECK(desk.order(Side::buy, 1, 1, InstrumentKind::allowance, 1).code == Reject::no_entrustment);
}

TEST_CASE("mandate: new terms of the same broker hold from the next day, the old ones until then") {
  Mandated desk;
  GrantEntrustment m = mandate(50, Mandated::fay, BrokerId(1));
  m.order_limit = Quantity(100);
  desk.must(m);
  m.entrustment = EntrustmentId(51);
  m.order_limit = Quantity(200);
  CHECK(desk.send(m).code == Reject::entrustment_terms);
  m.start = make_date(2026, 1, 6);
  desk.must(m);
  CHECK(desk.order(Side::buy, 1, 150) == Outcome{Reject::entrustment_order_quantity, 150, 100});
  desk.on("2026-01-06");
  CHECK(desk.order(Side::buy, 1, 150).accepted());
  CHECK(desk.found->id == EntrustmentId(51));
}

TEST_CASE("mandate: terms that cannot hold are refused") {
  Mandated desk;
  const auto with = [&](auto change) {
    GrantEntrustment m = mandate(50, Mandated::fay, BrokerId(1));
    change(m);
    return desk.send(m).code;
  };
  CHECK(with([](auto& m) { m.end = make_date(2026, 1, 4); }) == Reject::entrustment_terms);
  CHECK(with([](auto& m) { m.start = make_date(2025, 1, 1), m.end = make_date(2026, 1, 4); }) ==
        Reject::entrustment_terms);
  CHECK(with([](auto& m) { m.floor = Price(-1); }) == Reject::entrustment_terms);
  CHECK(with([](auto& m) { m.ceiling = Price(-1); }) == Reject::entrustment_terms);
  CHECK(with([](auto& m) { m.order_limit = Quantity(-1); }) == Reject::entrustment_terms);
  CHECK(with([](auto& m) { m.total_limit = Quantity(-1); }) == Reject::entrustment_terms);
  CHECK(with([](auto& m) { m.total_limit = Quantity(5), m.order_limit = Quantity(6); }) == Reject::entrustment_terms);
  CHECK(with([](auto& m) { m.fee = PerMille(51); }) == Reject::entrustment_terms);
  CHECK(with([](auto& m) { m.fee = PerMille(-1); }) == Reject::entrustment_terms);
  CHECK(with([](auto& m) { m.mode = EntrustmentMode::auto_sell, m.sides = Sides::buy; }) == Reject::entrustment_terms);
  CHECK(with([](auto& m) { m.mode = EntrustmentMode::auto_comply, m.sides = Sides::sell; }) ==
        Reject::entrustment_terms);
  CHECK(with([](auto& m) { m.entrustment = EntrustmentId(1); }) == Reject::entrustment_exists);
  CHECK(with([](auto& m) { m.entrustment = EntrustmentId(0); }) == Reject::unknown_entrustment);
  CHECK(with([](auto& m) { m.broker = BrokerId(7); }) == Reject::unknown_broker);
  CHECK(with([](auto& m) { m.principal = house1; }) == Reject::wrong_account_kind);
  CHECK(with([](auto& m) { m.principal = account_number(121); }) == Reject::unknown_account);
  CHECK(with([](auto& m) { m.start = make_date(2025, 1, 1), m.end = make_date(2026, 1, 5); }) == Reject::none);
}

}  // namespace
}  // namespace pace::test
