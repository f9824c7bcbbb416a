#include "tests/engine/exchange/register_desk.h"

namespace pace::test {
namespace {

ApplyCredits application(std::vector<SplitShare> split = {{ann, 100}, {bo, 100}, {cy, 50}}) {
  return {ApplicationId(1), sun26, Quantity(10), std::move(split)};
}

TEST_CASE("credits: applied for, stated, published seven working days, approved, issued by the recorded split") {
  Desk desk;
  desk.must(application(), broker1);
  CHECK(desk.send(DecideCredits{ApplicationId(1), true, "ok"}) ==
        Outcome{Reject::application_state, 1, static_cast<std::int64_t>(ApplicationStatus::applied)});
  desk.must(StateCredits{ApplicationId(1), Quantity(7)}, verifier1);
  desk.on("2026-01-14");  // Monday the 5th; the seventh working day after it is Wednesday the 14th
  CHECK(desk.send(DecideCredits{ApplicationId(1), true, "ok"}) ==
        Outcome{Reject::split_notice, make_date(2026, 1, 14).raw(), make_date(2026, 1, 15).raw()});
  desk.on("2026-01-15");
  desk.must(DecideCredits{ApplicationId(1), true, "ok"});
  CHECK(desk.units(ann, sun26) == 3);
  CHECK(desk.units(bo, sun26) == 3);
  CHECK(desk.units(cy, sun26) == 1);
  CHECK(desk.events_of<UnitsIssued>().size() == 3);
  CHECK(desk.ledger.issued(sun26) == Quantity(7));
  CHECK(desk.send(DecideCredits{ApplicationId(1), true, "ok"}).code == Reject::application_state);
}

TEST_CASE("credits: a refusal needs no notice and issues nothing") {
  Desk desk;
  desk.must(application(), broker1);
  desk.must(StateCredits{ApplicationId(1), Quantity(7)}, verifier1);
  desk.must(DecideCredits{ApplicationId(1), false, "no"});
  CHECK(desk.ledger.issued(sun26) == Quantity(0));
  CHECK(desk.send(StateCredits{ApplicationId(1), Quantity(7)}, verifier1).code == Reject::application_state);
}

TEST_CASE("credits: the split names entrusting principals once each with positive shares") {
  Desk desk;
  const auto split = [&](std::vector<SplitShare> s) { return desk.send(application(std::move(s)), broker1).code; };
  CHECK(split({}) == Reject::split_malformed);
  CHECK(split({{ann, 1}, {bo, 1}, {ann, 1}}) == Reject::split_malformed);
  CHECK(split({{ann, 0}}) == Reject::split_malformed);
  CHECK(split({{ann, -1}}) == Reject::split_malformed);
  CHECK(split({{ann, 9'223'372'036'854'775'807}, {bo, 1}}) == Reject::split_malformed);
  CHECK(split({{account_number(150), 1}}) == Reject::unknown_account);
  CHECK(split({{house1, 1}}) == Reject::no_entrustment);
  CHECK(desk.send(application(), broker2).code == Reject::no_entrustment);
  desk.must(ActivateRules{"v", "", {{"pool_principals", 2}}});
  CHECK(desk.send(application(), broker1) == Outcome{Reject::split_malformed, 1, 2});
  desk.must(SetAccountStatus{ann, AccountStatus::closed, "r", {}});
  CHECK(split({{ann, 1}}) == Reject::account_closed);
}

TEST_CASE("credits: a mandate for allowances alone is enough to be given credits, not to surrender them") {
  Desk desk;
  const AccountId fay = account_number(120);
  desk.must(adult(fay));
  GrantEntrustment m = mandate(50, fay, BrokerId(1));
  m.instruments = InstrumentClass::allowances;
  desk.must(m);
  desk.must(application({{fay, 1}}), broker1);
  desk.give(fay, sun26, 5);
  desk.on("2027-05-10");
  CHECK(desk.send(RequestOffset{fay, Year(2026), sun26, Quantity(1)}, broker1).code == Reject::no_entrustment);
}

TEST_CASE("credits: instrument, quantity, ids and verifier are checked") {
  Desk desk;
  const auto with = [&](auto change) {
    ApplyCredits a = application();
    change(a);
    return desk.send(a, broker1);
  };
  CHECK(with([](auto& a) { a.instrument = pca26; }) == Outcome{Reject::offset_not_credit, 2, 0});
  CHECK(with([](auto& a) { a.instrument = InstrumentId(9); }).code == Reject::unknown_instrument);
  CHECK(with([](auto& a) { a.quantity = Quantity(0); }).code == Reject::amount_not_positive);
  CHECK(with([](auto& a) { a.quantity = Quantity::max(); }).code == Reject::value_out_of_range);
  CHECK(with([](auto& a) { a.application = ApplicationId(0); }).code == Reject::unknown_application);
  CHECK(desk.send(application(), {Role::broker, 9}) == Outcome{Reject::unknown_broker, 9, 0});
  CHECK(with([](auto&) {}).accepted());
  CHECK(with([](auto&) {}) == Outcome{Reject::application_exists, 1, 0});
  CHECK(desk.send(StateCredits{ApplicationId(2), Quantity(1)}, verifier1).code == Reject::unknown_application);
  CHECK(desk.send(DecideCredits{ApplicationId(2), true, "x"}).code == Reject::unknown_application);
  CHECK(desk.send(StateCredits{ApplicationId(1), Quantity(1)}, {Role::verifier, 2}) ==
        Outcome{Reject::wrong_verifier, 2, 1});
  CHECK(desk.send(StateCredits{ApplicationId(1), Quantity(11)}, verifier1) ==
        Outcome{Reject::verified_above_applied, 11, 10});
  CHECK(desk.send(StateCredits{ApplicationId(1), Quantity(-1)}, verifier1).code == Reject::amount_not_positive);
}

}  // namespace
}  // namespace pace::test
