// Offsets: a broker asks for its principal from 1 May to 10 June, the authority grants all requests together.
// Rulebook 9.
#include <algorithm>

#include "engine/exchange/registrar.h"
#include "registry/rules/compliance.h"

namespace pace {

/// The year has a cap, and its step's day has come.
Outcome Registrar::check_step(Year of, Date due, Date today) const {
  const YearState* state = year(of);
  if (state == nullptr || state->cap == Quantity{}) return {Reject::no_cap, of.raw(), 0};
  if (today < due) return {Reject::surrender_too_early, of.raw(), due.raw()};
  return {};
}

Outcome Registrar::apply(const RequestOffset& c, const Occasion& at, EventBuffer&) {
  AccountIndex principal;
  if (const Outcome o = find(c.principal, principal); !o.accepted()) return o;
  if (!entrusts_credits(principal, BrokerId(at.sender.number), at.today()))
    return {Reject::no_entrustment, static_cast<std::int64_t>(c.principal.raw()), 0};
  YearState* state = find_year(c.year);
  if (state == nullptr || state->cap == Quantity{}) return {Reject::no_cap, c.year.raw(), 0};
  const Year after(c.year.raw() + 1);
  const Date today = at.today();
  if (today < date_in(after, rules_.offset_from_month_day) || today > date_in(after, rules_.offset_to_month_day))
    return {Reject::offset_window, today.raw(), 0};
  if (state->offsets_granted) return {Reject::step_done, c.year.raw(), 0};
  const Instrument* credit = instrument(c.instrument);
  if (credit == nullptr) return {Reject::unknown_instrument, c.instrument.raw(), 0};
  if (!is_credit(credit->kind)) return {Reject::offset_not_credit, c.instrument.raw(), 0};
  if (!project(credit->project)->offset_eligible) return {Reject::project_not_eligible, credit->project.raw(), 0};
  if (c.quantity < Quantity(1)) return {Reject::amount_not_positive, c.quantity.raw(), 1};
  const Quantity free = free_units(principal, c.instrument);
  if (c.quantity > free) return {Reject::not_enough_units, c.quantity.raw(), free.raw()};
  state->offsets[{c.principal, c.instrument}].requested = c.quantity;  // a second request replaces the first
  return {};
}

/// What of the requests can count: within each person's limit and what it still holds, lower instrument numbers first.
std::vector<Quantity> Registrar::countable_offsets(const YearState& year) const {
  std::vector<Quantity> countable;
  AccountId person;
  Quantity left;
  for (const auto& [key, offset] : year.offsets) {
    const AccountIndex index = find(key.first);
    if (key.first != person) left = offset_limit(account_year(year, index).liability, rules_);
    person = key.first;
    countable.push_back(std::min({offset.requested, left, free_units(index, key.second)}));
    left -= countable.back();
  }
  return countable;
}

Outcome Registrar::apply(const GrantOffsets& c, const Occasion& at, EventBuffer& events) {
  const Date due = add_days(date_in(Year(c.year.raw() + 1), rules_.offset_to_month_day), 1);
  if (const Outcome o = check_step(c.year, due, at.today()); !o.accepted()) return o;
  YearState& state = *find_year(c.year);
  if (state.offsets_granted) return {Reject::step_done, c.year.raw(), 0};
  const std::vector<Quantity> granted = grant_offsets(countable_offsets(state), Quantity(rules_.offset_total_kg));
  ComplianceStepDone done{c.year, 1, 0, {}};
  AccountId person;
  std::size_t i = 0;
  for (auto& [key, offset] : state.offsets) {
    offset.granted = granted[i++];
    done.total += offset.granted;
    if (key.first != person) ++done.principals;
    person = key.first;
    events.emit(OffsetGranted{key.first, c.year, key.second, offset.requested, offset.granted});
  }
  state.offsets_granted = true;
  events.emit(done);
  return {};
}

}  // namespace pace
