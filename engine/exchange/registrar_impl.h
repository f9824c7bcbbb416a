// The parts of Registrar that every order goes through, compiled into the market (measured: most orders break no rule,
// and then the call and the outcome copied through it cost more than the check). What refuses an order stands in the
// .cpp files, out of the way. Included by registrar.h alone.
#pragma once

#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/divide.h"
#include "engine/exchange/registrar.h"

namespace pace {

// --- accounts -------------------------------------------------------------------------------------------------------

// The check digits are part of the number, so a number that is on the register is well formed.
[[gnu::always_inline]] inline bool Registrar::locate(AccountId id, AccountIndex& index) const {
  const std::uint32_t* const cell = by_serial_.data() + hundredth(id.raw());
  if (cell >= by_serial_.data() + by_serial_.size()) [[unlikely]]  // compared as addresses: cheaper than the size
    return false;
  index = AccountIndex(*cell);
  return trader(index).id == id;
}

[[gnu::always_inline]] inline AccountIndex Registrar::find(AccountId id) const {
  AccountIndex index;
  return locate(id, index) ? index : no_account;
}

[[gnu::always_inline]] inline Outcome Registrar::find(AccountId id, AccountIndex& index) const {
  index = find(id);
  if (index != no_account) [[likely]]
    return {};
  return not_found(id);
}

inline AccountStatus Registrar::status(AccountIndex index, Date today) const {
  const Account& a = account(index);
  return a.status_expiry != Date{} && today > a.status_expiry ? AccountStatus::open : a.status;
}

[[gnu::always_inline]] inline Outcome Registrar::check_trading(AccountIndex index, Side side, Date today) const {
  const Account& a = account(index);
  if (a.status == AccountStatus::open && owns_money(a.kind) && !a.selling_frozen) [[likely]]
    return {};
  return check_standing(index, side, today);
}

// --- mandates -------------------------------------------------------------------------------------------------------

inline bool Entrustment::in_force(Date today) const {
  return !revoked && start <= today && today <= end;
}

[[gnu::always_inline]] inline bool Entrustment::covers(InstrumentKind kind) const {
  return instruments == InstrumentClass::both || (instruments == InstrumentClass::credits) == is_credit(kind);
}

[[gnu::always_inline]] inline bool Entrustment::covers(Side side) const {
  return sides == Sides::both || (sides == Sides::buy) == (side == Side::buy);
}

[[gnu::always_inline]] inline void Registrar::use_mandate(AccountIndex principal, std::uint32_t slot,
                                                          Quantity quantity) {
  Trader& t = traders_[principal.raw()];
  if (t.mandate != slot) [[unlikely]]
    return use_older_mandate(slot, quantity);
  t.left -= quantity;
  PACE_CHECK(quantity >= Quantity{} && t.left >= Quantity{});
}

[[gnu::always_inline]] inline void Registrar::give_back_mandate(AccountIndex principal, std::uint32_t slot,
                                                                Quantity quantity) {
  Trader& t = traders_[principal.raw()];
  if (t.mandate != slot) [[unlikely]]
    return give_back_older_mandate(slot, quantity);
  t.left += quantity;
  PACE_CHECK(quantity >= Quantity{} && t.left <= t.total);
}

inline void Registrar::use_entrustment(AccountIndex principal, EntrustmentId id, Quantity quantity) {
  if (id) use_mandate(principal, mandate_slot(principal, id), quantity);
}
inline void Registrar::give_back_entrustment(AccountIndex principal, EntrustmentId id, Quantity quantity) {
  if (id) give_back_mandate(principal, mandate_slot(principal, id), quantity);
}

// --- years ----------------------------------------------------------------------------------------------------------

[[gnu::always_inline]] inline AccountYear& Registrar::account_year(YearState& year, AccountIndex account) {
  if (year.accounts.data() + account.raw() >= year.accounts.data() + year.accounts.size()) [[unlikely]]
    year.accounts.resize(accounts_.size());
  return year.accounts[account.raw()];
}

[[gnu::always_inline]] inline const AccountYear& Registrar::account_year(const YearState& year,
                                                                         AccountIndex account) const {
  if (year.accounts.data() + account.raw() < year.accounts.data() + year.accounts.size()) [[likely]]
    return year.accounts[account.raw()];
  return no_account_year;
}

[[gnu::always_inline]] inline Quantity Registrar::unreleased(AccountIndex account, InstrumentId instrument) const {
  const YearState* year = vintages_[instrument.raw() - 1];
  return year == nullptr ? Quantity{} : account_year(*year, account).unreleased;
}

// A principal's limit is the greater of two figures; most positions lie below the first, which needs no sum and no
// division: position <= floor(own * rate / 1000) just when 1000 * position <= own * rate.
[[gnu::always_inline]] inline bool Registrar::within_position_limit(AccountIndex index, InstrumentId instrument,
                                                                    Quantity position) const {
  const YearState* year = vintages_[instrument.raw() - 1];
  if (year == nullptr) year = latest_allocated_;
  if (year != nullptr && account(index).kind <= AccountKind::minor) [[likely]] {
    const std::int64_t own = account_year(*year, index).allocated.raw();
    std::int64_t scaled{}, bound{};
    if (!__builtin_mul_overflow(position.raw(), 1000, &scaled) &&
        !__builtin_mul_overflow(own, rules_.position_allocation_permille, &bound) && scaled <= bound) [[likely]]
      return true;
  }
  return position <= position_limit(index, instrument);
}

// As above: most positions are below the share of the first figure, which is the least that the limit can be.
[[gnu::always_inline]] inline bool Registrar::is_large(AccountIndex index, InstrumentId instrument,
                                                       Quantity position) const {
  const YearState* year = vintages_[instrument.raw() - 1];
  if (year == nullptr) year = latest_allocated_;
  if (year != nullptr && account(index).kind <= AccountKind::minor) [[likely]] {
    const std::int64_t own = account_year(*year, index).allocated.raw();
    const std::int64_t rate = rules_.position_allocation_permille * rules_.large_holder_permille;
    std::int64_t scaled{}, bound{};
    if (!__builtin_mul_overflow(position.raw(), 1'000'000, &scaled) && !__builtin_mul_overflow(own, rate, &bound) &&
        scaled < bound) [[likely]]
      return false;
  }
  return reaches_share(index, instrument, position);
}

// One compare for both of the above. A share of the limit's first figure that makes a large holder is within the limit:
// large_holder_permille is at most 1,000.
[[gnu::always_inline]] inline bool Registrar::far_below_limit(AccountIndex person, InstrumentId instrument,
                                                              Quantity position) const {
  const YearState* year = vintages_[instrument.raw() - 1];
  if (year == nullptr) year = latest_allocated_;
  if (year == nullptr) [[unlikely]]
    return false;
  std::int64_t scaled{}, bound{};
  return !__builtin_mul_overflow(position.raw(), 1'000'000, &scaled) &&
         !__builtin_mul_overflow(account_year(*year, person).allocated.raw(),
                                 rules_.position_allocation_permille * rules_.large_holder_permille, &bound) &&
         scaled < bound;
}

[[gnu::always_inline]] inline void Registrar::note_delivery(InstrumentId instrument, Quantity quantity,
                                                            AccountIndex buyer, AccountIndex seller) {
  YearState* vintage = vintages_[instrument.raw() - 1];
  if (vintage == nullptr) return;
  account_year(*vintage, seller).net_sales += quantity;
  account_year(*vintage, buyer).net_sales -= quantity;
}

[[gnu::always_inline]] inline void Registrar::note_trade(InstrumentId instrument, Date day, Quantity quantity,
                                                         Cash value, AccountIndex buyer, AccountIndex seller) {
  std::vector<DayVolume>& days = volumes_[instrument.raw() - 1];
  if (days.empty() || days.back().day != day) [[unlikely]] {
    PACE_CHECK(days.empty() || days.back().day < day);
    days.push_back({day, {}, {}});
  }
  days.back().volume += quantity;
  days.back().value += value;
  note_delivery(instrument, quantity, buyer, seller);
}

}  // namespace pace
