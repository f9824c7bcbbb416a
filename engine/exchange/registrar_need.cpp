// What the automatic modes of a mandate go by: the projected need of a year, and what a principal has for it.
// Rulebook 6; docs/decisions/0013.
#include <algorithm>
#include <bit>

#include "engine/exchange/registrar.h"
#include "registry/rules/compliance.h"
#include "registry/rules/need.h"

namespace pace {

void Registrar::mark_automatic(AccountIndex principal) {
  const std::size_t word = principal.raw() / 64;
  if (word >= automatic_.size()) automatic_.resize(word + 1);
  automatic_[word] |= std::uint64_t{1} << principal.raw() % 64;
}

AccountIndex Registrar::next_automatic(AccountIndex from) const {
  std::size_t word = from.raw() / 64;
  if (word >= automatic_.size()) return no_account;
  std::uint64_t bits = automatic_[word] & (~std::uint64_t{0} << from.raw() % 64);
  while (bits == 0) {
    if (++word == automatic_.size()) return no_account;
    bits = automatic_[word];
  }
  return AccountIndex(static_cast<std::uint32_t>(word * 64 + static_cast<std::size_t>(std::countr_zero(bits))));
}

const Entrustment* Registrar::mandate_in_force(AccountIndex principal, InstrumentKind kind, Date today) const {
  for (std::uint32_t link = trader(principal).mandate; link != 0; link = entrustments_[link - 1].older)
    if (const Entrustment& e = entrustments_[link - 1]; e.in_force(today) && e.covers(kind)) return &e;
  return nullptr;
}

// --- the need --------------------------------------------------------------------------------------------------------

std::optional<Quantity> Registrar::projected_need(AccountIndex account, Year of) const {
  const auto recorded = [&](Year number) {
    const YearState* state = year(number);
    if (state == nullptr) return RecordedEmissions{};
    const AccountYear& a = account_year(*state, account);
    return RecordedEmissions{a.recorded, a.recorded_to};
  };
  const std::optional<Quantity> emissions =
      projected_emissions(of, recorded(of), recorded(Year(static_cast<Year::Rep>(of.raw() - 1))));
  const YearState* state = year(of);
  if (!emissions || state == nullptr) return emissions;
  return std::max(*emissions - account_year(*state, account).surrendered(), Quantity{});
}

std::optional<Quantity> Registrar::projected_need_to(AccountIndex account, Year last) const {
  const std::optional<Quantity> own = projected_need(account, last);
  if (!own) return std::nullopt;
  Quantity sum = *own + debt(account).quantity;
  for (const auto& [number, state] : years_)
    if (number < last && !state.assessed && state.vintage) sum += projected_need(account, number).value_or(Quantity{});
  return sum;
}

Quantity Registrar::units_for(AccountIndex account, Year of) const {
  Quantity sum;
  for (const auto& [number, state] : years_)
    if (number <= of && state.vintage)
      sum += std::max(free_units(account, state.vintage) - unreleased(account, state.vintage), Quantity{});
  return sum;
}

Quantity Registrar::credits_for(AccountIndex account, Year of, Quantity need) const {
  const YearState& state = years_.at(of);
  if (state.offsets_granted) return granted_credits(state, account);
  const AccountId id = this->account(account).id;
  Quantity sum;
  for (auto at = state.offsets.lower_bound({id, InstrumentId{}}); at != state.offsets.end() && at->first.first == id;
       ++at)
    sum += std::min(at->second.requested, free_units(account, at->first.second));
  return std::min(sum, offset_limit(need, rules_));
}

// --- when ------------------------------------------------------------------------------------------------------------

std::uint64_t Registrar::parts_released() const {
  std::uint64_t parts = 0;
  for (const auto& [number, state] : years_) parts += state.parts_released;
  return parts;
}

const YearState* Registrar::latest_released() const {
  const YearState* latest = nullptr;
  for (const auto& [number, state] : years_)
    if (state.parts_released != 0 && !state.assessed) latest = &state;
  return latest;
}

const YearState* Registrar::year_to_comply(Date today) const {
  for (const auto& [number, state] : years_) {
    if (state.assessed || !state.vintage) continue;
    const Year after(static_cast<Year::Rep>(number.raw() + 1));
    const Date due = date_in(after, rules_.surrender_month_day);
    const Date from = add_days(due, -static_cast<std::int32_t>(rules_.auto_comply_days));
    if (from <= today && today <= date_in(after, rules_.grace_to_month_day)) return &state;
  }
  return nullptr;
}

}  // namespace pace
