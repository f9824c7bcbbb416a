// Surrender: granted credits, then banked units, oldest vintage first, then the year's own. Rulebook 9.
// Decided here:
// - Units held for open sell orders are not free and are not taken; what a principal wants to surrender it takes off
//   the market before. Units bought today and units not released yet are taken: surrendering is not selling.
// - A freeze stops what leaves for others, not what is owed to the authority: frozen accounts surrender too.
// - The year's liability comes first, then debts of earlier years, so that a debt never grows (it bears no interest).
// - After the year's assessment RunSurrender collects debts: from units of older vintages, and of the next vintage from
//   what is above the half of the allocation that rulebook 9 leaves to the person; so buying to comply meets a debt.
#include <algorithm>

#include "engine/exchange/registrar.h"
#include "engine/message/special_accounts.h"
#include "registry/rules/compliance.h"

namespace pace {

Debt Registrar::debt(AccountIndex account) const {
  const auto found = debts_.find(account);
  return found == debts_.end() ? Debt{} : found->second;
}

void Registrar::set_debt(AccountIndex account, const Debt& debt) {
  accounts_[account.raw()].selling_frozen = debt.quantity > Quantity{};
  renew(account);
  if (debt.quantity == Quantity{} && debt.surcharge == Cash{})
    debts_.erase(account);
  else
    debts_[account] = debt;
}

Quantity Registrar::surrender_units(AccountIndex account, InstrumentId instrument, Quantity most, Year year,
                                    EventBuffer& events) {
  if (most <= Quantity{}) return {};
  const Quantity taken = std::min(most, free_units(account, instrument));
  if (taken <= Quantity{}) return {};
  ledger_.move(account, find(surrender_account), instrument, taken);
  events.emit(UnitsSurrendered{this->account(account).id, instrument, taken, year});
  return taken;
}

/// What the person's granted offsets still allow, instrument by instrument. Nothing of it beyond 10% of E as it is now.
Quantity Registrar::granted_credits(const YearState& year, AccountIndex account) const {
  const AccountId id = this->account(account).id;
  Quantity sum;
  for (auto at = year.offsets.lower_bound({id, InstrumentId{}}); at != year.offsets.end() && at->first.first == id;
       ++at)
    sum += std::min(at->second.granted - at->second.used, free_units(account, at->first.second));
  const AccountYear& a = account_year(year, account);
  return std::min(sum, std::max(offset_limit(a.liability, rules_) - a.from_credits, Quantity{}));
}

void Registrar::surrender_credits(YearState& year, AccountIndex account, Quantity quantity, EventBuffer& events) {
  const AccountId id = this->account(account).id;
  for (auto at = year.offsets.lower_bound({id, InstrumentId{}}); quantity > Quantity{}; ++at) {
    PACE_CHECK(at != year.offsets.end() && at->first.first == id);
    const Quantity most = std::min(quantity, at->second.granted - at->second.used);
    const Quantity taken = surrender_units(account, at->first.second, most, year.year, events);
    at->second.used += taken;
    quantity -= taken;
  }
}

Quantity Registrar::banked_units(AccountIndex account, Year before) const {
  Quantity sum;
  for (auto at = years_.begin(); at != years_.end() && at->first < before; ++at)
    if (at->second.vintage) sum += free_units(account, at->second.vintage);
  return sum;
}

Quantity Registrar::surrender_banked(AccountIndex account, Year before, Quantity most, Year year, EventBuffer& events) {
  Quantity taken;
  for (auto at = years_.begin(); at != years_.end() && at->first < before; ++at)
    if (at->second.vintage) taken += surrender_units(account, at->second.vintage, most - taken, year, events);
  return taken;
}

Quantity Registrar::surrender_for_year(YearState& year, AccountIndex account, EventBuffer& events) {
  AccountYear& a = account_year(year, account);
  const Quantity need = a.liability - a.surrendered();
  if (need <= Quantity{}) return {};
  const Quantity own = year.vintage ? free_units(account, year.vintage) : Quantity{};
  const Surrender plan = surrender_of(need, {granted_credits(year, account), banked_units(account, year.year), own});
  surrender_credits(year, account, plan.credits, events);
  const Quantity banked = surrender_banked(account, year.year, plan.banked, year.year, events);
  const Quantity vintage = surrender_units(account, year.vintage, plan.vintage, year.year, events);
  PACE_CHECK(banked == plan.banked && vintage == plan.vintage);
  a.from_credits += plan.credits;
  a.from_banked += plan.banked;
  a.from_vintage += plan.vintage;
  return plan.credits + plan.banked + plan.vintage;
}

/// Meets a debt from units of vintages up to and including `year`'s, of which `kept` are left; `run` is the year whose
/// surrender this is.
Quantity Registrar::surrender_for_debt(const YearState& year, AccountIndex account, Quantity kept, Year run,
                                       EventBuffer& events) {
  Debt owed = debt(account);
  if (owed.quantity == Quantity{}) return {};
  Quantity taken = surrender_banked(account, year.year, owed.quantity, run, events);
  if (year.vintage) {
    const Quantity above = std::max(ledger_.holding(account, year.vintage).total - kept, Quantity{});
    taken += surrender_units(account, year.vintage, std::min(owed.quantity - taken, above), run, events);
  }
  owed.quantity -= taken;
  set_debt(account, owed);
  return taken;
}

void Registrar::surrender_all(YearState& year, ComplianceStepDone& done, EventBuffer& events) {
  for (std::uint32_t i = 0; i < accounts_.size(); ++i) {
    const AccountIndex account(i);
    Quantity taken;
    if (i < year.accounts.size()) taken += surrender_for_year(year, account, events);
    taken += surrender_for_debt(year, account, {}, year.year, events);
    if (taken > Quantity{}) ++done.principals;
    done.total += taken;
  }
}

void Registrar::collect_debts(const YearState& next, ComplianceStepDone& done, EventBuffer& events) {
  std::vector<AccountIndex> debtors;
  for (const auto& [account, owed] : debts_) debtors.push_back(account);
  for (const AccountIndex account : debtors) {
    const Quantity own = account_year(next, account).allocated;
    const Quantity kept = own - Quantity(muldiv_floor(own.raw(), rules_.deduct_bound_permille, 1'000));
    const Quantity taken = surrender_for_debt(next, account, kept, done.year, events);
    if (debt(account).surcharge > Cash{}) collect_surcharge(account, done.year, {}, events);
    if (taken > Quantity{}) ++done.principals;
    done.total += taken;
  }
}

Outcome Registrar::apply(const RunSurrender& c, const Occasion& at, EventBuffer& events) {
  const Date due = date_in(Year(c.year.raw() + 1), rules_.surrender_month_day);
  if (const Outcome o = check_step(c.year, due, at.today()); !o.accepted()) return o;
  YearState& state = *find_year(c.year);
  YearState* next = find_year(Year(c.year.raw() + 1));
  ComplianceStepDone done{c.year, 2, 0, {}};
  if (state.assessed) {
    if (debts_.empty() || next->assessed) return {Reject::step_done, c.year.raw(), 0};
    collect_debts(*next, done, events);
  } else {
    if (!state.offsets.empty() && !state.offsets_granted) return {Reject::no_offsets_granted, c.year.raw(), 0};
    surrender_all(state, done, events);
  }
  events.emit(done);
  return {};
}

}  // namespace pace
