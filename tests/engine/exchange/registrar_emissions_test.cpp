#include "tests/engine/exchange/register_desk.h"

namespace pace::test {
namespace {

const Date jan1 = make_date(2026, 1, 1), jan31 = make_date(2026, 1, 31);

/// A register on 2 February 2026.
class Metered : public Desk {
 public:
  Metered() { on("2026-02-02"); }
  template <class Change>
  Outcome submit(Change change, Sender sender = source1) {
    SubmitEmission r = record(ann, jan1, jan31, 100, 1);
    change(r);
    return send(r, sender);
  }
  Outcome submit() {
    return submit([](auto&) {});
  }
  [[nodiscard]] std::int64_t liability(AccountId id) const { return registrar.outstanding_liability(at(id)).raw(); }
};

TEST_CASE("emissions: a record is received as provisional and counts once verified") {
  Metered desk;
  CHECK(desk.submit().accepted());
  CHECK(desk.events_of<EmissionRecorded>() ==
        std::vector{EmissionRecorded{EmissionId(1), Year(2026), EmissionStatus::provisional}});
  CHECK(desk.liability(ann) == 0);
  desk.must(VerifyEmissions{EmissionId(1), EmissionId(1)}, verifier1);
  CHECK(desk.events_of<EmissionStateChanged>() ==
        std::vector{EmissionStateChanged{EmissionId(1), ann, Year(2026), EmissionStatus::verified, Quantity(100),
                                         Quantity(100)}});
  CHECK(desk.liability(ann) == 100);
  desk.must(VerifyEmissions{EmissionId(1), EmissionId(1)}, verifier1);
  CHECK(desk.events().empty());
  CHECK(desk.liability(ann) == 100);
}

TEST_CASE("emissions: the same period or nonce again is a duplicate, and the answer names the first record") {
  Metered desk;
  desk.submit();
  CHECK(desk.submit() == Outcome{Reject::duplicate_record, 1, 1});
  CHECK(desk.submit([](auto& r) { r.nonce = 2; }) == Outcome{Reject::duplicate_record, 2, 1});
  CHECK(desk.submit([](auto& r) { r.device = "METER-2"; }) == Outcome{Reject::duplicate_record, 1, 1});
  CHECK(desk.submit([](auto& r) { r.nonce = 2, r.device = "METER-2"; }).accepted());
  CHECK(desk.submit([](auto& r) { r.nonce = 3, r.period_to = make_date(2026, 1, 30); }).accepted());
}

TEST_CASE("emissions: a correction is a reversal and a new record of the same period") {
  Metered desk;
  desk.submit();
  desk.must(VerifyEmissions{EmissionId(1), EmissionId(1)}, verifier1);
  desk.must(ReverseEmission{EmissionId(1), "meter swapped"}, verifier1);
  CHECK(desk.liability(ann) == 0);
  CHECK(desk.send(ReverseEmission{EmissionId(1), "again"}, verifier1) ==
        Outcome{Reject::emission_state, 1, static_cast<std::int64_t>(EmissionStatus::reversed)});
  CHECK(desk.send(DisputeEmission{EmissionId(1), "late"}, verifier1).code == Reject::emission_state);
  CHECK(desk.submit() == Outcome{Reject::duplicate_record, 1, 1});  // its nonce stays used
  CHECK(desk.submit([](auto& r) { r.nonce = 2; }).accepted());
  CHECK(desk.submit([](auto& r) { r.nonce = 3; }) == Outcome{Reject::duplicate_record, 3, 2});
}

TEST_CASE("emissions: a disputed record does not count and is not verified again") {
  Metered desk;
  desk.submit();
  desk.must(VerifyEmissions{EmissionId(1), EmissionId(1)}, verifier1);
  desk.must(DisputeEmission{EmissionId(1), "objection"}, verifier1);
  CHECK(desk.liability(ann) == 0);
  desk.must(VerifyEmissions{EmissionId(1), EmissionId(1)}, verifier1);
  CHECK(desk.liability(ann) == 0);
  CHECK(desk.send(DisputeEmission{EmissionId(1), "again"}, verifier1).code == Reject::emission_state);
  desk.must(ReverseEmission{EmissionId(1), "settled"}, verifier1);
}

TEST_CASE("emissions: a minor's kilograms are the guardian's liability") {
  Metered desk;
  const AccountId child = account_number(140);
  desk.must(OpenAccount{child, AccountKind::minor, RegionId(1), make_date(2020, 1, 1), PerMille(0), ann});
  CHECK(desk.submit([&](auto& r) { r.principal = child; }).accepted());
  desk.must(VerifyEmissions{EmissionId(1), EmissionId(1)}, verifier1);
  CHECK(desk.liability(ann) == 100);
  CHECK(desk.liability(child) == 0);
}

TEST_CASE("emissions: a record that is wrong is refused with what is wrong about it") {
  Metered desk;
  const auto code = [&](auto change) { return desk.submit(change); };
  CHECK(code([](auto& r) { r.source = 2; }) == Outcome{Reject::source_mismatch, 2, 1});
  CHECK(desk.submit([](auto& r) { r.source = 2; }, {Role::data_source, 2}) == Outcome{Reject::unknown_party, 2, 0});
  CHECK(code([](auto& r) { r.principal = account_number(150); }).code == Reject::unknown_account);
  CHECK(code([](auto& r) { r.principal = house1; }).code == Reject::wrong_account_kind);
  CHECK(code([](auto& r) { r.computed = Quantity(101); }) == Outcome{Reject::computed_mismatch, 101, 100});
  CHECK(code([](auto& r) { r.factor_version = 2; }) == Outcome{Reject::unknown_factor, 1, 0});
  CHECK(code([](auto& r) { r.activity_milli = -1; }).code == Reject::value_out_of_range);
  CHECK(code([](auto& r) { r.activity_milli = 9'000'000'000'000'000; }).code == Reject::value_out_of_range);
  CHECK(code([](auto& r) { r.period_to = make_date(2025, 12, 31); }) ==
        Outcome{Reject::period_malformed, make_date(2025, 12, 31).raw(), jan1.raw()});
  CHECK(code([](auto& r) { r.period_from = make_date(2025, 12, 31); }).code == Reject::period_malformed);
  CHECK(code([](auto& r) { r.period_to = make_date(2026, 2, 3); }) ==
        Outcome{Reject::period_not_over, make_date(2026, 2, 3).raw(), make_date(2026, 2, 2).raw()});
  CHECK(code([](auto& r) { r.period_from = make_date(2024, 1, 1), r.period_to = make_date(2024, 1, 31); }) ==
        Outcome{Reject::no_cap, 2024, 0});
  desk.must(SetAccountStatus{ann, AccountStatus::closed, "r", {}});
  CHECK(desk.submit().code == Reject::account_closed);
}

TEST_CASE("emissions: ids that do not exist are refused") {
  Metered desk;
  desk.submit();
  CHECK(desk.send(VerifyEmissions{EmissionId(0), EmissionId(1)}, verifier1) == Outcome{Reject::unknown_emission, 0, 0});
  CHECK(desk.send(VerifyEmissions{EmissionId(1), EmissionId(2)}, verifier1) == Outcome{Reject::unknown_emission, 2, 0});
  CHECK(desk.send(DisputeEmission{EmissionId(2), "x"}, verifier1) == Outcome{Reject::unknown_emission, 2, 0});
  CHECK(desk.send(ReverseEmission{EmissionId(0), "x"}, verifier1) == Outcome{Reject::unknown_emission, 0, 0});
}

TEST_CASE("factors: a new version ends the one before from tomorrow on, never backwards") {
  Metered desk;
  RegisterFactor f{FactorId(1), 2, "M9", 1, "KG", 2'000'000, make_date(2026, 2, 2), make_date(2030, 12, 31)};
  CHECK(desk.send(f) == Outcome{Reject::factor_backwards, 1, make_date(2026, 2, 2).raw()});
  f.valid_from = make_date(2026, 2, 3);
  desk.must(f);
  CHECK(desk.send(f) == Outcome{Reject::factor_exists, 1, 0});
  CHECK(desk.submit().accepted());  // January by version 1
  desk.on("2026-03-01");
  const auto february = [&](std::uint16_t version, std::int32_t first, std::int64_t kg) {
    return desk.submit([&](auto& r) {
      r.nonce = 10, r.factor_version = version, r.computed = Quantity(kg);
      r.period_from = make_date(2026, 2, first), r.period_to = make_date(2026, 2, 28);
    });
  };
  CHECK(february(1, 1, 100) == Outcome{Reject::factor_not_valid, 1, 0});
  CHECK(february(2, 1, 200).code == Reject::factor_not_valid);
  CHECK(february(2, 3, 200).accepted());
  f.version = 3;
  f.valid_to = make_date(2026, 1, 1);
  CHECK(desk.send(f).code == Reject::period_malformed);
  f.micro_kg_per_unit = -1;
  CHECK(desk.send(f).code == Reject::value_out_of_range);
  f.factor = FactorId(0);
  CHECK(desk.send(f).code == Reject::unknown_factor);
}

}  // namespace
}  // namespace pace::test
