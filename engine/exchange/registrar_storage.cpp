// The register in a snapshot, its lists packed, and its invariants summed again. Canonical: lists in order of opening,
// granting or id; what can be rebuilt (indexes, links) is not written.
#include <algorithm>
#include <span>

#include "engine/base/account_number.h"
#include "engine/base/packed.h"
#include "engine/exchange/registrar.h"
#include "engine/message/codec.h"
#include "engine/message/special_accounts.h"

namespace pace {
namespace {

template <class List>
void put_list(ByteWriter& out, const List& list) {
  PackedWriter packed(out);
  packed.put(static_cast<std::uint64_t>(list.size()));
  for (const auto& item : list) encode_value(packed, item);
}
template <class T>
bool get_list(ByteReader& in, std::vector<T>& list) {
  list.clear();
  PackedReader packed(in);
  const auto count = packed.get<std::uint64_t>();
  if (count > in.remaining()) return false;  // no record is shorter than a byte
  for (std::uint64_t i = 0; in.ok() && i < count; ++i) decode_value(packed, list.emplace_back());
  return in.ok();
}

template <class Key, class Value>
void put_map(ByteWriter& out, const std::map<Key, Value>& map) {
  out.put(static_cast<std::uint64_t>(map.size()));
  for (const auto& [key, value] : map) {
    encode_value(out, key);
    encode_value(out, value);
  }
}
template <class Key, class Value>
bool get_map(ByteReader& in, std::map<Key, Value>& map) {
  map.clear();
  const auto count = in.get<std::uint64_t>();
  for (std::uint64_t i = 0; in.ok() && i < count; ++i) {
    Key key{};
    decode_value(in, key);
    decode_value(in, map[key]);
  }
  return in.ok() && map.size() == count;
}

void put_year(ByteWriter& out, const YearState& year) {
  encode_fields(out, year);
  // Trailing zeros depend on when the list last grew, not on the log's effects: they are not written.
  std::size_t used = year.accounts.size();
  while (used > 0 && year.accounts[used - 1] == AccountYear{}) --used;
  put_list(out, std::span(year.accounts).first(used));
  out.put(static_cast<std::uint64_t>(year.offsets.size()));
  for (const auto& [key, offset] : year.offsets) {
    encode_value(out, key.first);
    encode_value(out, key.second);
    encode_value(out, offset);
  }
}
// What later arithmetic takes for granted; files are read with it before anything else has vouched for them.
bool figures_hold(const YearState& year) {
  const auto permille = [](std::int64_t value) { return value >= 0 && value <= 1'000; };
  if (year.allocated &&
      (!permille(year.release_first_permille) || year.release_parts < 1 || year.release_interval_days < 1))
    return false;
  return std::all_of(year.accounts.begin(), year.accounts.end(), [](const AccountYear& a) {
    return std::min({a.allocated, a.deducted, a.liability, a.from_credits, a.from_banked, a.from_vintage,
                     a.recorded}) >= Quantity{};
  });
}

bool get_year(ByteReader& in, YearState& year) {
  decode_fields(in, year);
  if (!get_list(in, year.accounts) || !figures_hold(year)) return false;
  const auto count = in.get<std::uint64_t>();
  for (std::uint64_t i = 0; in.ok() && i < count; ++i) {
    std::pair<AccountId, InstrumentId> key;
    decode_value(in, key.first);
    decode_value(in, key.second);
    decode_value(in, year.offsets[key]);
  }
  return in.ok() && year.offsets.size() == count;
}

}  // namespace

void Registrar::save(ByteWriter& out) const {
  for (const RuleInfo& rule : rule_table()) out.put(rules_.*(rule.member));
  encode_value(out, rules_version_);
  encode_value(out, legal_basis_);
  encode_value(out, base_year_);
  put_list(out, accounts_);
  put_list(out, brokers_);
  put_list(out, parties_);
  put_list(out, projects_);
  put_list(out, instruments_);
  for (const std::vector<DayVolume>& days : volumes_) put_list(out, days);
  PackedWriter packed(out);
  packed.put(static_cast<std::uint64_t>(entrustments_.size()));
  for (Entrustment e : entrustments_) {
    e.used = used(e);
    encode_value(packed, e);
  }
  out.put(static_cast<std::uint64_t>(factors_.size()));
  for (const auto& [key, factor] : factors_) encode_value(out, factor);
  put_list(out, emissions_);
  put_map(out, applications_);
  out.put(static_cast<std::uint64_t>(years_.size()));
  for (const auto& [number, year] : years_) put_year(out, year);
  put_map(out, debts_);
}

bool Registrar::load(ByteReader& in) {
  for (const RuleInfo& rule : rule_table()) {
    const auto value = rules_.*(rule.member) = in.get<std::int64_t>();
    if (value < rule.lowest || value > rule.highest) return false;
  }
  decode_value(in, rules_version_);
  decode_value(in, legal_basis_);
  decode_value(in, base_year_);
  if (!get_list(in, accounts_) || !get_list(in, brokers_) || !get_list(in, parties_) || !get_list(in, projects_) ||
      !get_list(in, instruments_))
    return false;
  volumes_.assign(instruments_.size(), {});
  for (std::vector<DayVolume>& days : volumes_)
    if (!get_list(in, days)) return false;
  if (!get_list(in, entrustments_)) return false;
  factors_.clear();
  for (auto left = in.get<std::uint64_t>(); in.ok() && left > 0; --left) {
    Factor factor;
    decode_value(in, factor);
    factors_[{factor.id, factor.version}] = factor;
  }
  if (!get_list(in, emissions_) || !get_map(in, applications_)) return false;
  years_.clear();
  for (auto left = in.get<std::uint64_t>(); in.ok() && left > 0; --left) {
    YearState year;
    if (!get_year(in, year)) return false;
    years_[year.year] = std::move(year);
  }
  make_room();
  return get_map(in, debts_) && references_hold() && rebuild_indexes();
}

/// Every record names only what exists: what the rest of the register relies on without asking again.
bool Registrar::references_hold() const {
  const auto account_there = [&](AccountIndex a) { return a.raw() < accounts_.size(); };
  const auto number_there = [&](InstrumentId i) { return i.raw() <= instruments_.size(); };
  if (accounts_.size() < special_accounts.size()) return false;
  for (const Account& a : accounts_)
    if (!well_formed(a.id) || (a.guardian != no_account && !account_there(a.guardian))) return false;
  for (const Broker& b : brokers_)
    if (!account_there(b.own)) return false;
  for (const Instrument& i : instruments_)
    if (is_credit(i.kind) ? project(i.project) == nullptr : !years_.contains(i.vintage)) return false;
  for (const Entrustment& e : entrustments_)
    if (!account_there(e.principal) || e.total_limit < Quantity{} || e.used < Quantity{}) return false;
  for (const EmissionRecord& r : emissions_)
    if (!account_there(r.principal) || !account_there(r.liable) || !years_.contains(year_of(r.period_to))) return false;
  for (const auto& [id, a] : applications_)
    if (!a.instrument || !number_there(a.instrument)) return false;
  for (const auto& [number, year] : years_)
    if (!number_there(year.vintage) || year.accounts.size() > accounts_.size()) return false;
  return debts_.empty() || account_there(debts_.rbegin()->first);
}

bool Registrar::rebuild_indexes() {
  by_serial_.clear();
  traders_.clear();
  for (std::uint32_t i = 0; i < accounts_.size(); ++i) {
    const AccountId id = accounts_[i].id;
    const std::uint64_t serial = id.raw() / 100;
    if (serial > std::max<std::uint64_t>(capacity_.accounts, first_open_serial) || find(id) != no_account) return false;
    if (serial >= by_serial_.size()) by_serial_.resize(std::max(serial + 1, std::uint64_t{by_serial_.size()} * 3 / 2));
    by_serial_[serial] = i;
    traders_.push_back({.id = id});
  }
  count_suspended();
  automatic_.clear();
  mandate_index_.clear();
  for (std::uint32_t slot = 0; slot < entrustments_.size(); ++slot) index_mandate(slot);
  emission_periods_.clear();
  emission_nonces_.clear();
  for (std::uint32_t slot = 0; slot < emissions_.size(); ++slot) index_record(slot);
  vintages_.clear();
  for (auto& [number, year] : years_) set_unreleased(year);
  set_latest_allocated();
  for (const Instrument& i : instruments_) vintages_.push_back(is_credit(i.kind) ? nullptr : &years_.at(i.vintage));
  return true;
}

void Registrar::check() const {
  PACE_CHECK(ledger_.accounts() == accounts_.size() && ledger_.instruments() == instruments_.size());
  for (std::uint32_t i = 0; i < accounts_.size(); ++i) {
    PACE_CHECK(find(accounts_[i].id) == AccountIndex(i) && trader(AccountIndex(i)) == trader_of(AccountIndex(i)));
    PACE_CHECK(accounts_[i].selling_frozen == (debt(AccountIndex(i)).quantity > Quantity{}));
  }
  for (const Entrustment& e : entrustments_)
    PACE_CHECK(used(e) >= Quantity{} && (e.total_limit == Quantity{} || used(e) <= e.total_limit));
  for (const auto& [account, owed] : debts_) PACE_CHECK(owed.quantity >= Quantity{} && owed.surcharge >= Cash{});
  for (const auto& [number, year] : years_) check_year(year);
}

void Registrar::check_year(const YearState& year) const {
  Quantity allocated;
  Quantity liability;
  Quantity net_sales;
  for (const AccountYear& a : year.accounts) {
    PACE_CHECK(a.deducted >= Quantity{} && a.deducted <= a.allocated && a.liability >= Quantity{});
    PACE_CHECK(a.unreleased == unreleased_of(year, a));
    allocated += a.allocated;
    liability += a.liability;
    net_sales += a.net_sales;
  }
  PACE_CHECK(net_sales == Quantity{});
  PACE_CHECK(allocated == year.free_pool);
  if (year.vintage) PACE_CHECK(ledger_.issued(year.vintage) <= year.cap);
  for (const EmissionRecord& r : emissions_)
    if (r.status == EmissionStatus::verified && year_of(r.period_to) == year.year) liability -= r.kg;
  PACE_CHECK(liability == Quantity{});
}

}  // namespace pace
