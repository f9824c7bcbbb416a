// The end of grace: last surrender, shortfalls, deduction, debt, surcharge, banking. Rulebook 9.
// Decided here:
// - What the deduction cannot find free in the holding of the next vintage (sold already, or in open sell orders)
//   becomes debt, so that deduct + debt = 2 S always.
// - Money goes from what is free to the authority's account; the rest is owed and collected later.
// - Offers of the vintage are withdrawn before the step (exchange.cpp), so that nothing counts as banked because it is
//   on offer. Of what is held all the same, banked is counted first.
// - Members' own accounts bank by the same formula (allocation 0), without an assessment.
// - When a vintage did not trade in the month before the surrender day, P is the price of its last trading day before
//   it, and without one the reference price it was listed with.
#include <algorithm>

#include "engine/exchange/months.h"
#include "engine/exchange/registrar.h"
#include "engine/message/special_accounts.h"
#include "registry/rules/compliance.h"

namespace pace {
namespace {

ComplianceStatus status_of(const AccountYear& year, Quantity shortfall, Quantity debt) {
  if (year.figures == 0) return year.allocated == Quantity{} ? ComplianceStatus::not_applicable : ComplianceStatus::C;
  return shortfall == Quantity{} && debt == Quantity{} ? ComplianceStatus::A : ComplianceStatus::B;
}

}  // namespace

Price Registrar::surcharge_price(const YearState& year) const {
  const Date surrender = date_in(Year(year.year.raw() + 1), rules_.surrender_month_day);
  const Date from = months_before(surrender, rules_.surcharge_price_months);
  if (const std::optional<Price> month = average_price(year.vintage, from, surrender)) return *month;
  const std::vector<DayVolume>& days = volumes_[year.vintage.raw() - 1];
  for (auto day = days.rbegin(); day != days.rend(); ++day)
    if (day->day < surrender) return *average_price(year.vintage, day->day, add_days(day->day, 1));
  return instrument(year.vintage)->listed_reference;
}

Quantity Registrar::cancel_units(AccountIndex account, InstrumentId instrument, Quantity most,
                                 CancellationReason reason, EventBuffer& events) {
  const Quantity taken = std::min(most, free_units(account, instrument));
  if (taken <= Quantity{}) return {};
  ledger_.move(account, find(cancellation_account), instrument, taken);
  events.emit(UnitsCancelled{this->account(account).id, instrument, taken, reason});
  return taken;
}

/// Collects a new surcharge and what is owed from before, as far as free money reaches.
void Registrar::collect_surcharge(AccountIndex account, Year year, Cash surcharge, EventBuffer& events) {
  Debt owed = debt(account);
  owed.surcharge += surcharge;
  const Cash collected = std::min(owed.surcharge, ledger_.money(account).free());
  if (collected > Cash{}) ledger_.move_cash(account, find(authority_account), collected);
  owed.surcharge -= collected;
  set_debt(account, owed);
  events.emit(SurchargeCollected{this->account(account).id, year, collected, owed.surcharge});
}

Quantity Registrar::cancel_not_banked(const YearState& year, AccountIndex account, EventBuffer& events) {
  const AccountYear& a = account_year(year, account);
  const Quantity total = ledger_.holding(account, year.vintage).total;
  const Quantity banked = std::min(total, banking_limit(a.allocated, a.net_sales, rules_));
  return cancel_units(account, year.vintage, total - banked, CancellationReason::not_banked, events);
}

/// S's penalty in units: from the next allocation, the rest into the debt. Returns what was deducted.
Quantity Registrar::penalise(YearState& next, AccountIndex account, const Penalty& penalty, EventBuffer& events) {
  if (penalty.deduct + penalty.debt == Quantity{}) return {};
  const Quantity deducted =
      cancel_units(account, next.vintage, penalty.deduct, CancellationReason::penalty_deduction, events);
  AccountYear& of_next = account_year(next, account);
  of_next.deducted += deducted;
  of_next.unreleased = unreleased_of(next, of_next);
  Debt owed = debt(account);
  owed.quantity += penalty.deduct + penalty.debt - deducted;
  set_debt(account, owed);
  return deducted;
}

void Registrar::assess_one(YearState& year, YearState& next, AccountIndex account, Price price,
                           ComplianceStepDone& done, EventBuffer& events) {
  const AccountYear a = account_year(year, account);
  // A record reversed after the surrender leaves more surrendered than owed: nothing is short, nothing comes back.
  const Quantity shortfall = std::max(a.liability - a.surrendered(), Quantity{});
  const Penalty penalty = penalty_of(shortfall, account_year(next, account).allocated, price, rules_);
  ComplianceAssessed result{.principal = this->account(account).id, .year = year.year, .liability = a.liability};
  result.from_credits = a.from_credits;
  result.from_banked = a.from_banked;
  result.from_vintage = a.from_vintage;
  result.shortfall = shortfall;
  result.deducted = penalise(next, account, penalty, events);
  result.debt = debt(account).quantity;
  result.surcharge = penalty.surcharge;
  result.not_banked = cancel_not_banked(year, account, events);
  result.banked = ledger_.holding(account, year.vintage).total;
  result.status = status_of(a, shortfall, result.debt);
  events.emit(result);
  if (penalty.surcharge > Cash{}) collect_surcharge(account, year.year, penalty.surcharge, events);
  ++done.principals;
  done.total += shortfall;
}

/// A person whom the year concerns: allocated, with a figure, or holding its units.
bool Registrar::concerned(const YearState& year, AccountIndex account) const {
  const AccountKind kind = this->account(account).kind;
  if (kind != AccountKind::person && kind != AccountKind::minor) return false;
  const AccountYear& a = account_year(year, account);
  return a.allocated > Quantity{} || a.figures > 0 || ledger_.holding(account, year.vintage).total > Quantity{};
}

Outcome Registrar::check_assessment(Year of, Date today) const {
  const Date due = date_in(Year(of.raw() + 1), rules_.grace_to_month_day);
  if (const Outcome o = check_step(of, due, today); !o.accepted()) return o;
  const YearState* state = year(of);
  const YearState* next = year(Year(of.raw() + 1));
  const YearState* before = year(Year(of.raw() - 1));
  if (state->assessed) return {Reject::step_done, of.raw(), 0};
  if (!state->allocated) return {Reject::no_allocation, of.raw(), 0};
  if (next == nullptr || !next->allocated) return {Reject::no_allocation, of.raw() + 1, 0};
  if (before != nullptr && before->allocated && !before->assessed) return {Reject::step_order, of.raw() - 1, 3};
  if (!state->offsets.empty() && !state->offsets_granted) return {Reject::no_offsets_granted, of.raw(), 0};
  return {};
}

Outcome Registrar::apply(const AssessCompliance& c, const Occasion& at, EventBuffer& events) {
  if (const Outcome o = check_assessment(c.year, at.today()); !o.accepted()) return o;
  YearState& state = *find_year(c.year);
  YearState& next = *find_year(Year(c.year.raw() + 1));
  ComplianceStepDone surrendered{c.year, 2, 0, {}};
  surrender_all(state, surrendered, events);
  events.emit(surrendered);
  ComplianceStepDone assessed{c.year, 3, 0, {}};
  const Price price = surcharge_price(state);
  for (std::uint32_t i = 0; i < accounts_.size(); ++i) {
    const AccountIndex account(i);
    if (concerned(state, account)) assess_one(state, next, account, price, assessed, events);
    if (this->account(account).kind == AccountKind::broker_own) cancel_not_banked(state, account, events);
  }
  state.assessed = true;
  events.emit(assessed);
  return {};
}

}  // namespace pace
