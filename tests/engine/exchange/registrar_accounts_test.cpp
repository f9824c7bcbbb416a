#include "tests/engine/exchange/register_desk.h"

namespace pace::test {
namespace {

std::int64_t raw(AccountId id) {
  return static_cast<std::int64_t>(id.raw());
}

TEST_CASE("register: the special accounts are there from genesis, in their order") {
  Ledger ledger;
  const Registrar registrar({.accounts = 200}, ledger);
  REQUIRE(registrar.accounts() == special_accounts.size());
  for (std::uint32_t i = 0; i < special_accounts.size(); ++i) {
    CHECK(registrar.account(AccountIndex(i)).id == special_accounts[i].account);
    CHECK(registrar.account(AccountIndex(i)).kind == special_accounts[i].kind);
    CHECK(registrar.find(special_accounts[i].account) == AccountIndex(i));
  }
  CHECK(registrar.find(ann) == no_account);
}

TEST_CASE("accounts: a number is checked for digits, use, reservation and capacity") {
  Desk desk;
  CHECK(desk.send(adult(AccountId(10'196))) == Outcome{Reject::account_number_malformed, 10'196, 0});
  CHECK(desk.send(adult(ann)) == Outcome{Reject::account_exists, raw(ann), 0});
  CHECK(desk.send(adult(fee_account)).code == Reject::account_exists);
  CHECK(desk.send(adult(account_number(100))) == Outcome{Reject::account_serial_reserved, 100, 101});
  CHECK(desk.send(adult(account_number(1'001))) == Outcome{Reject::too_many_accounts, 1'001, 1'000});
  CHECK(desk.send(adult(account_number(1'000))).accepted());
  AccountIndex index;
  CHECK(desk.registrar.find(account_number(999), index) ==
        Outcome{Reject::unknown_account, raw(account_number(999)), 0});
  CHECK(desk.registrar.find(AccountId(5), index) == Outcome{Reject::account_number_malformed, 5, 0});
}

TEST_CASE("accounts: only persons and minors are opened, minors under an open guardian, add-ons within 200") {
  Desk desk;
  OpenAccount account = adult(account_number(120));
  account.kind = AccountKind::reserve;
  CHECK(desk.send(account).code == Reject::wrong_account_kind);
  account = adult(account_number(120));
  account.guardian = ann;
  CHECK(desk.send(account).code == Reject::guardian_required);
  account.kind = AccountKind::minor;
  account.guardian = {};
  CHECK(desk.send(account).code == Reject::guardian_required);
  account.guardian = house1;
  CHECK(desk.send(account).code == Reject::guardian_required);
  account.guardian = ann;
  account.addons = PerMille(201);
  CHECK(desk.send(account) == Outcome{Reject::weight_out_of_range, 701, 700});
  account.addons = PerMille(-201);
  CHECK(desk.send(account) == Outcome{Reject::weight_out_of_range, 299, 700});
  account.addons = PerMille(200);
  CHECK(desk.send(account).accepted());
  CHECK(desk.registrar.account(desk.at(account.account)).weight == PerMille(700));
}

TEST_CASE("accounts: a frozen account does not trade until the freeze expires") {
  Desk desk;
  const auto trading = [&](Side side) { return desk.registrar.check_trading(desk.at(ann), side, desk.today()).code; };
  desk.must(SetAccountStatus{ann, AccountStatus::frozen, "court 12", make_date(2026, 1, 7)});
  CHECK(trading(Side::sell) == Reject::account_frozen);
  CHECK(trading(Side::buy) == Reject::account_frozen);
  desk.on("2026-01-07");
  CHECK(trading(Side::sell) == Reject::account_frozen);
  desk.on("2026-01-08");
  CHECK(trading(Side::sell) == Reject::none);
  desk.must(SetAccountStatus{ann, AccountStatus::surrender_only, "moved", {}});
  CHECK(trading(Side::buy) == Reject::account_surrender_only);
  CHECK(desk.registrar.check_trading(desk.at(reserve_account), Side::sell, desk.today()).code ==
        Reject::wrong_account_kind);
  CHECK(desk.send(SetAccountStatus{ann, AccountStatus::frozen, "late", make_date(2026, 1, 7)}).code ==
        Reject::value_out_of_range);
  CHECK(desk.send(SetAccountStatus{fee_account, AccountStatus::frozen, "x", {}}).code == Reject::wrong_account_kind);
}

TEST_CASE("accounts: only an empty account is closed, and it stays closed") {
  Desk desk;
  desk.give(ann, sun26, 1);
  CHECK(desk.send(SetAccountStatus{ann, AccountStatus::closed, "r", {}}).code == Reject::account_not_empty);
  desk.must(DepositCash{BrokerId(1), bo, Cash(1'000), "b1"});
  CHECK(desk.send(SetAccountStatus{bo, AccountStatus::closed, "r", {}}).code == Reject::account_not_empty);
  desk.must(SetAccountStatus{cy, AccountStatus::closed, "r", {}});
  CHECK(desk.send(SetAccountStatus{cy, AccountStatus::open, "r", {}}).code == Reject::account_closed);
  CHECK(desk.send(DepositCash{BrokerId(1), cy, Cash(1'000), "b2"}).code == Reject::account_closed);
  CHECK(desk.registrar.check_trading(desk.at(cy), Side::buy, desk.today()).code == Reject::account_closed);
  CHECK(desk.send(mandate(90, cy, BrokerId(1))).code == Reject::account_closed);
}

TEST_CASE("members and parties: each number and code once") {
  Desk desk;
  const AccountId own = account_number(130);
  CHECK(desk.send(RegisterBroker{BrokerId(1), "NEW", "x", own}) == Outcome{Reject::broker_exists, 1, 0});
  CHECK(desk.send(RegisterBroker{BrokerId(3), "TWO", "x", own}) == Outcome{Reject::broker_exists, 2, 0});
  CHECK(desk.send(RegisterBroker{BrokerId(3), "", "x", own}).code == Reject::code_missing);
  CHECK(desk.send(RegisterBroker{BrokerId(3), "A-B", "x", own}).code == Reject::code_missing);
  CHECK(desk.send(RegisterBroker{BrokerId(3), "NEW", "x", ann}).code == Reject::account_exists);
  CHECK(desk.send(RegisterBroker{BrokerId(0), "NEW", "x", own}).code == Reject::unknown_broker);
  CHECK(desk.registrar.broker(BrokerId(3)) == nullptr);
  CHECK(desk.registrar.broker(BrokerId(2))->own == desk.at(house2));
  CHECK(desk.send(RegisterParty{broker1, "B", "x", {}}) ==
        Outcome{Reject::party_role, static_cast<std::int64_t>(Role::broker), 0});
  CHECK(desk.send(RegisterParty{source1, "B", "x", {}}) == Outcome{Reject::party_exists, 1, 0});
}

TEST_CASE("projects: outside the cap's scope, of a credit scheme, with a known verifier") {
  Desk desk;
  RegisterProject p{ProjectId(3), "WIND", InstrumentKind::ccer, "M", 1, RegionId(1), 1, true, false, true};
  CHECK(desk.send(p) == Outcome{Reject::project_inside_cap, 3, 0});
  p.inside_cap = false;
  p.verifier = 9;
  CHECK(desk.send(p) == Outcome{Reject::unknown_party, 9, 0});
  p.verifier = 1;
  p.scheme = InstrumentKind::allowance;
  CHECK(desk.send(p).code == Reject::symbol_malformed);
  p.scheme = InstrumentKind::phcer;
  p.code = "SUN";
  CHECK(desk.send(p) == Outcome{Reject::project_exists, 1, 0});
  p.scheme = InstrumentKind::ccer;
  CHECK(desk.send(p).accepted());
  CHECK(desk.send(p).code == Reject::project_exists);
}

TEST_CASE("instruments: numbered without gaps, named for what they are, within capacity") {
  Desk desk;
  ListInstrument i{InstrumentId(6), "PCA-2028", InstrumentKind::allowance, Year(2028), {}, Price(8'000)};
  const auto with = [&](auto change) {
    ListInstrument changed = i;
    change(changed);
    return desk.send(changed);
  };
  CHECK(with([](auto& x) { x.instrument = InstrumentId(5); }) == Outcome{Reject::instrument_exists, 5, 0});
  CHECK(with([](auto& x) { x.instrument = InstrumentId(7); }) == Outcome{Reject::instrument_not_next, 7, 6});
  CHECK(with([](auto& x) { x.instrument = InstrumentId(0); }) == Outcome{Reject::instrument_not_next, 0, 6});
  CHECK(with([](auto& x) { x.symbol = "PCA-2029"; }).code == Reject::symbol_malformed);
  CHECK(with([](auto& x) { x.project = ProjectId(1); }).code == Reject::symbol_malformed);
  CHECK(with([](auto& x) { x.kind = InstrumentKind::phcer; }) == Outcome{Reject::unknown_project, 0, 0});
  CHECK(with([](auto& x) {
          x.kind = InstrumentKind::ccer;
          x.project = ProjectId(1);
        }).code == Reject::symbol_malformed);
  CHECK(with([](auto& x) { x.vintage = Year(2027), x.symbol = "PCA-2027"; }) ==
        Outcome{Reject::instrument_exists, 3, 0});
  CHECK(with([](auto& x) { x.reference_price = Price(0); }) == Outcome{Reject::price_not_positive, 0, 1});
  desk.must(i);
  desk.must(ListInstrument{InstrumentId(7), "PCA-2029", InstrumentKind::allowance, Year(2029), {}, Price(1)});
  desk.must(ListInstrument{InstrumentId(8), "PCA-2030", InstrumentKind::allowance, Year(2030), {}, Price(1)});
  CHECK(desk.send(ListInstrument{InstrumentId(9), "PCA-2031", InstrumentKind::allowance, Year(2031), {}, Price(1)}) ==
        Outcome{Reject::too_many_instruments, 9, 8});
}

TEST_CASE("client money: whole fen in and out, never more than is free, and not out of a frozen account") {
  Desk desk;
  const auto put = [&](AccountId to, std::int64_t amount, std::uint32_t broker = 1) {
    return desk.send(DepositCash{BrokerId(broker), to, Cash(amount), "s"});
  };
  const auto take = [&](AccountId from, std::int64_t amount) {
    return desk.send(WithdrawCash{BrokerId(1), from, Cash(amount), "s"});
  };
  CHECK(put(ann, 5'000'000).accepted());
  CHECK(put(ann, 0) == Outcome{Reject::amount_not_positive, 0, 1'000});
  CHECK(put(ann, -1'000).code == Reject::amount_not_positive);
  CHECK(put(ann, 1'500) == Outcome{Reject::not_whole_fen, 1'500, 1'000});
  CHECK(put(ann, 1'000, 9) == Outcome{Reject::unknown_broker, 9, 0});
  CHECK(put(house1, 1'000, 2).code == Reject::wrong_account_kind);
  CHECK(put(surrender_account, 1'000).code == Reject::wrong_account_kind);
  CHECK(put(ann, 9'223'372'036'854'775'000).code == Reject::value_out_of_range);
  desk.ledger.hold_cash(desk.at(ann), Cash(4'000'000));
  CHECK(take(ann, 1'001'000) == Outcome{Reject::withdrawal_above_free, 1'001'000, 1'000'000});
  CHECK(take(ann, 1'000'000).accepted());
  CHECK(desk.cash(ann) == 4'000'000);
  desk.must(SetAccountStatus{ann, AccountStatus::frozen, "court", {}});
  CHECK(take(ann, 1'000).code == Reject::account_frozen);
  CHECK(put(ann, 1'000).accepted());
}

TEST_CASE("rules: activated whole or not at all, with their version and legal basis") {
  Desk desk;
  CHECK(desk.send(ActivateRules{"v2", "", {{"fee_permille", 7}, {"nothing", 1}}}) ==
        Outcome{Reject::unknown_rule, 2, 0});
  CHECK(desk.registrar.rules().fee_permille == 5);
  CHECK(desk.registrar.legal_basis() == "test order 1");
  desk.must(ActivateRules{"v2", "", {{"fee_permille", 7}}});
  CHECK(desk.registrar.rules().fee_permille == 7);
  CHECK(desk.registrar.rules_version() == Code("v2"));
  CHECK(desk.registrar.legal_basis().empty());
}

}  // namespace
}  // namespace pace::test
