// Cap, allocation, timed release, and the figures the market takes from them. Rulebook 3 and 7.
#include <algorithm>

#include "engine/exchange/registrar.h"
#include "engine/message/special_accounts.h"
#include "registry/rules/allocation.h"

namespace pace {
namespace {

/// So far above any country's emissions, and so far below the range, that no sum or product of rulebook 3 leaves it.
constexpr Quantity largest_cap{100'000'000'000'000};

ReleaseSchedule schedule_of(const YearState& year) {
  return {PerMille(year.release_first_permille), year.release_parts};
}

Outcome year_reject(Reject code, Year year) {
  return {code, year.raw(), 0};
}

}  // namespace

YearState& Registrar::open_year(Year year) {
  YearState& state = years_[year];
  state.year = year;
  make_room();
  return state;
}

YearState* Registrar::find_year(Year year) {
  const auto at = years_.find(year);
  return at == years_.end() ? nullptr : &at->second;
}

const YearState* Registrar::year(Year year) const {
  const auto at = years_.find(year);
  return at == years_.end() ? nullptr : &at->second;
}

Outcome Registrar::apply(const SetCap& c, const Occasion&, EventBuffer&) {
  if (c.year < Year(1000) || c.year > Year(9999)) return {Reject::value_out_of_range, c.year.raw(), 9999};
  if (const YearState* state = year(c.year); state != nullptr && state->cap != Quantity{})
    return {Reject::cap_exists, c.year.raw(), state->cap.raw()};
  if (c.cap < Quantity(1)) return {Reject::amount_not_positive, c.cap.raw(), 1};
  if (c.cap > largest_cap) return {Reject::value_out_of_range, c.cap.raw(), largest_cap.raw()};
  if (base_year_ != Year{}) {
    const std::int64_t last = base_year_.raw() + rules_.cap_firm_years + rules_.cap_indicative_years;
    if (c.year < base_year_) return {Reject::value_out_of_range, c.year.raw(), base_year_.raw()};
    if (c.year.raw() > last) return {Reject::value_out_of_range, c.year.raw(), last};
    const Quantity path = cap_on_path(years_.at(base_year_).cap, PerMille(rules_.cap_reduction_permille),
                                      c.year.raw() - base_year_.raw());
    if (c.cap > path) return {Reject::cap_above_path, c.cap.raw(), path.raw()};
  } else {
    base_year_ = c.year;
  }
  open_year(c.year).cap = c.cap;
  return {};
}

std::vector<AccountIndex> Registrar::weighted_accounts(Date today) const {
  std::vector<AccountIndex> weighted;
  for (const std::uint32_t cell : by_serial_) {          // rising account numbers, the order of the inputs digest
    if (accounts_[cell].weight <= PerMille{}) continue;  // the first, which stands for none as well, has none
    const AccountStatus now = status(AccountIndex(cell), today);
    if (now == AccountStatus::open || now == AccountStatus::frozen) weighted.emplace_back(cell);
  }
  return weighted;
}

Outcome Registrar::apply(const RunAllocation& c, const Occasion& at, EventBuffer& events) {
  YearState* year = find_year(c.year);
  if (year == nullptr || year->cap == Quantity{}) return year_reject(Reject::no_cap, c.year);
  if (year->allocated) return year_reject(Reject::allocation_exists, c.year);
  if (!year->vintage) return year_reject(Reject::vintage_not_listed, c.year);
  const std::vector<AccountIndex> accounts = weighted_accounts(at.today());
  if (accounts.empty()) return year_reject(Reject::no_weight, c.year);

  const Pools pools = divide_cap(year->cap, PerMille(rules_.reserve_permille), PerMille(rules_.paid_pool_permille));
  const auto text_of = [&](std::uint32_t i) { return std::to_string(account(accounts[i]).id.raw()); };
  AllocationComputed computed{c.year, year->cap, pools.reserve, pools.paid_pool, pools.free_pool, accounts.size(),
                              0,      {}};
  AllocationDigest digest(c.year, year->cap, pools);
  std::vector<std::int64_t> weights;
  weights.reserve(accounts.size());
  for (std::uint32_t i = 0; i < accounts.size(); ++i) {
    const PerMille weight = account(accounts[i]).weight;
    weights.push_back(weight.raw());
    computed.weight_sum += weight.raw();
    digest.add(text_of(i), weight);
  }
  computed.inputs_digest = digest.finish();
  const std::vector<Quantity> shares = allocate(pools.free_pool, c.year, weights, text_of);

  events.emit(computed);
  issue(find(reserve_account), year->vintage, pools.reserve, events);
  issue(find(auction_account), year->vintage, pools.paid_pool, events);
  for (std::size_t i = 0; i < accounts.size(); ++i) allocate_to(*year, accounts[i], shares[i], events);
  year->allocated = true;
  year->reserve = pools.reserve;
  year->paid_pool = pools.paid_pool;
  year->free_pool = pools.free_pool;
  year->release_from = date_in(c.year, rules_.release_month_day);
  year->release_first_permille = rules_.release_first_permille;
  year->release_parts = rules_.release_parts;
  year->release_interval_days = rules_.release_interval_days;
  set_unreleased(*year);
  set_latest_allocated();
  PACE_CHECK(ledger_.issued(year->vintage) == year->cap);
  return {};
}

void Registrar::issue(AccountIndex to, InstrumentId instrument, Quantity quantity, EventBuffer& events) {
  if (quantity == Quantity{}) return;
  ledger_.issue(to, instrument, quantity);
  events.emit(UnitsIssued{account(to).id, instrument, quantity});
}

void Registrar::allocate_to(YearState& year, AccountIndex index, Quantity quantity, EventBuffer& events) {
  const AccountIndex holder = holder_of(index);
  events.emit(AllowanceAllocated{account(index).id, account(holder).id, year.year, account(index).weight, quantity});
  account_year(year, holder).allocated += quantity;
  issue(holder, year.vintage, quantity, events);
}

// --- release --------------------------------------------------------------------------------------------------------

Timestamp Registrar::next_release(const YearState& year) const {
  if (!year.release_authorised || year.parts_released > year.release_parts) return Timestamp::max();
  const auto days = static_cast<std::int32_t>(year.parts_released * year.release_interval_days);
  return pace::at(add_days(year.release_from, days), 0);
}

void Registrar::release_part(YearState& year, EventBuffer& events) {
  const std::uint16_t part = year.parts_released++;
  Quantity total;
  for (const AccountYear& a : year.accounts) total += released(a.allocated, year.parts_released, schedule_of(year));
  set_unreleased(year);
  events.emit(AllowancesReleased{year.year, part, total});
}

Outcome Registrar::apply(const ReleaseAllocation& c, const Occasion& at, EventBuffer& events) {
  YearState* year = find_year(c.year);
  if (year == nullptr || !year->allocated) return year_reject(Reject::no_allocation, c.year);
  if (year->release_authorised) return year_reject(Reject::release_exists, c.year);
  year->release_authorised = true;
  while (next_release(*year) <= at.time) release_part(*year, events);
  return {};
}

Timestamp Registrar::next_due() const {
  Timestamp next = Timestamp::max();
  for (const auto& [number, year] : years_) next = std::min(next, next_release(year));
  return next;
}

void Registrar::due(Timestamp now, EventBuffer& events) {
  for (Timestamp next = next_due(); next <= now; next = next_due())
    for (auto& [number, year] : years_)
      if (next_release(year) == next) release_part(year, events);
}

// A deduction takes what is unreleased first, so it shortens the tail of the schedule.
Quantity Registrar::unreleased_of(const YearState& year, const AccountYear& a) {
  if (!year.allocated) return {};
  const Quantity tail = a.allocated - released(a.allocated, year.parts_released, schedule_of(year));
  return std::max(tail - a.deducted, Quantity{});
}

void Registrar::set_unreleased(YearState& year) {
  for (AccountYear& a : year.accounts) a.unreleased = unreleased_of(year, a);
}

void Registrar::set_latest_allocated() {
  latest_allocated_ = nullptr;
  for (const auto& [number, year] : years_)
    if (year.allocated) latest_allocated_ = &year;
}

// --- what the market measures by ------------------------------------------------------------------------------------

Quantity Registrar::allocated(AccountIndex account, Year number) const {
  const YearState* state = year(number);
  return state == nullptr ? Quantity{} : account_year(*state, account).allocated;
}

Quantity Registrar::outstanding_liability(AccountIndex account) const {
  Quantity sum = debt(account).quantity;
  for (const auto& [number, year] : years_) {
    if (year.assessed) continue;
    const AccountYear& a = account_year(year, account);
    sum += std::max(a.liability - a.surrendered(), Quantity{});
  }
  return sum;
}

Quantity Registrar::position_limit(AccountIndex index, InstrumentId instrument) const {
  const Account& a = account(index);
  const YearState* measure = vintages_[instrument.raw() - 1];
  if (measure == nullptr) measure = latest_allocated_;
  if (measure == nullptr || !measure->allocated) return Quantity::max();
  if (a.kind == AccountKind::broker_own) {
    const Quantity base(muldiv_floor(measure->cap.raw(), rules_.position_base_permille, 1'000));
    return Quantity(muldiv_floor(base.raw(), rules_.position_member_base_permille, 1'000)) +
           Quantity(muldiv_floor((measure->cap - base).raw(), rules_.position_member_rest_permille, 1'000));
  }
  if (a.kind != AccountKind::person && a.kind != AccountKind::minor) return Quantity::max();
  const std::int64_t own = account_year(*measure, index).allocated.raw();
  return std::max(Quantity(muldiv_floor(own, rules_.position_allocation_permille, 1'000)),
                  outstanding_liability(index));
}

bool Registrar::reaches_share(AccountIndex index, InstrumentId instrument, Quantity position) const {
  const Quantity limit = position_limit(index, instrument);
  if (limit == Quantity::max() || position <= Quantity{}) return false;
  const Quantity whole(muldiv_floor(limit.raw(), rules_.large_holder_permille, 1'000));
  const bool exact = limit.raw() % 1'000 * rules_.large_holder_permille % 1'000 == 0;
  return position > whole || (exact && position == whole);
}

void Registrar::make_room() {
  for (auto& [number, year] : years_)
    if (year.accounts.capacity() < accounts_.size()) year.accounts.reserve(accounts_.capacity());
  for (std::vector<DayVolume>& days : volumes_)
    if (days.size() == days.capacity()) days.reserve(2 * days.size() + 64);
}

void Registrar::uncount_trade(InstrumentId instrument, Quantity quantity, Cash value) {
  std::vector<DayVolume>& days = volumes_[instrument.raw() - 1];
  PACE_CHECK(!days.empty() && quantity <= days.back().volume && value <= days.back().value);
  days.back().volume -= quantity;
  days.back().value -= value;
  if (days.back().volume == Quantity{}) days.pop_back();
}

DayVolume Registrar::traded(InstrumentId instrument, Date from, Date to) const {
  DayVolume sum{from, {}, {}};
  for (const DayVolume& day : volumes_[instrument.raw() - 1]) {
    if (day.day < from || day.day >= to) continue;
    sum.volume += day.volume;
    sum.value += day.value;
  }
  return sum;
}

std::optional<Price> Registrar::average_price(InstrumentId instrument, Date from, Date to) const {
  const DayVolume sum = traded(instrument, from, to);
  if (sum.volume == Quantity{}) return std::nullopt;
  return Price(muldiv_half_up(sum.value.raw(), 1, sum.volume.raw()));
}

}  // namespace pace
