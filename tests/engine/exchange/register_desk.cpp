#include "tests/engine/exchange/register_desk.h"

namespace pace::test {

namespace {

Capacity desk_capacity() {
  return {.accounts = 1'000, .open_orders = 16, .instruments = 8, .requests_per_day = 16};
}

ListInstrument listing(InstrumentId id, const char* symbol, InstrumentKind kind, std::int32_t vintage,
                       ProjectId project) {
  return {id, symbol, kind, Year(vintage), project, Price(8'000)};
}

}  // namespace

OpenAccount adult(AccountId account) {
  return {account, AccountKind::person, RegionId(1), make_date(1990, 5, 1), PerMille(0), {}};
}

GrantEntrustment mandate(std::uint64_t id, AccountId principal, BrokerId broker) {
  GrantEntrustment m;
  m.entrustment = EntrustmentId(id);
  m.principal = principal;
  m.broker = broker;
  m.instruments = InstrumentClass::both;
  m.sides = Sides::both;
  m.mode = EntrustmentMode::discretionary;
  m.start = make_date(2026, 1, 5);
  m.end = make_date(2029, 12, 31);
  return m;
}

SubmitEmission record(AccountId person, Date from, Date to, std::int64_t kg, std::uint64_t nonce) {
  SubmitEmission r;
  r.principal = person;
  r.source = 1;
  r.device = "METER-1";
  r.period_from = from;
  r.period_to = to;
  r.activity_milli = kg * 1'000;
  r.factor = FactorId(1);
  r.factor_version = 1;
  r.computed = Quantity(kg);
  r.nonce = nonce;
  return r;
}

Desk::Desk() : registrar(desk_capacity(), ledger), now_(*parse_local_time("2026-01-05T08:00")) {
  must(ActivateRules{"test", "test order 1", {{"reserve_permille", 0}}});
  must(RegisterBroker{BrokerId(1), "ONE", "Broker One", house1});
  must(RegisterBroker{BrokerId(2), "TWO", "Broker Two", house2});
  must(RegisterParty{verifier1, "VER", "Verifier", {}});
  must(RegisterParty{source1, "GRID", "Grid company", {}});
  must(RegisterProject{ProjectId(1), "SUN", InstrumentKind::phcer, "M1", 1, RegionId(1), 1, true, false, false});
  must(RegisterProject{ProjectId(2), "DAM", InstrumentKind::phcer, "M2", 1, RegionId(1), 1, false, false, false});
  must(SetCap{Year(2025), Quantity(6'200)});
  must(SetCap{Year(2026), Quantity(6'000)});
  must(SetCap{Year(2027), Quantity(5'820)});
  must(listing(pca25, "PCA-2025", InstrumentKind::allowance, 2025, {}));
  must(listing(pca26, "PCA-2026", InstrumentKind::allowance, 2026, {}));
  must(listing(pca27, "PCA-2027", InstrumentKind::allowance, 2027, {}));
  must(listing(sun26, "PHCER-SUN-2026", InstrumentKind::phcer, 2026, ProjectId(1)));
  must(listing(dam26, "PHCER-DAM-2026", InstrumentKind::phcer, 2026, ProjectId(2)));
  std::uint64_t id = 1;
  for (const AccountId person : {ann, bo, cy, dan, eve}) {
    must(adult(person));
    must(mandate(id++, person, BrokerId(1)));
  }
  // One unit of activity is one kilogram.
  must(RegisterFactor{FactorId(1), 1, "M9", 1, "KG", 1'000'000, make_date(2025, 1, 1), make_date(2030, 12, 31)});
}

void Desk::on(const std::string& date) {
  const Timestamp to = *parse_local_time(date + "T08:00");
  REQUIRE(to >= now_);
  now_ = to;
  events_.clear();
  registrar.due(now_, events_);
  check();
}

std::int64_t Desk::units(AccountId id, InstrumentId instrument) const {
  return ledger.holding(at(id), instrument).total.raw();
}

void Desk::move(AccountId from, AccountId to, InstrumentId instrument, std::int64_t kg) {
  ledger.move(at(from), at(to), instrument, Quantity(kg));
}

void Desk::give(AccountId to, InstrumentId instrument, std::int64_t kg) {
  ledger.issue(at(to), instrument, Quantity(kg));
}

void Desk::emit(AccountId person, std::int32_t year, std::int64_t kg) {
  ++nonce_;
  SubmitEmission r = record(person, make_date(year, 1, 1), make_date(year, 12, 31), kg, 1'000'000 + nonce_);
  r.device = *Code::from("M" + std::to_string(nonce_));
  must(r, source1);
  const EmissionId id = events_of<EmissionRecorded>().at(0).record;
  must(VerifyEmissions{id, id}, verifier1);
}

void Desk::check() const {
  ledger.check();
  registrar.check();
}

}  // namespace pace::test
