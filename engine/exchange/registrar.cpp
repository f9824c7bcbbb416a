// The register itself: accounts, members, parties, projects, instruments, client money.
#include "engine/exchange/registrar.h"

#include <algorithm>

#include "engine/base/account_number.h"
#include "engine/exchange/outcome_number.h"
#include "engine/message/special_accounts.h"
#include "registry/rules/allocation.h"

namespace pace {
namespace {

constexpr Cash one_fen{1'000};

/// A code becomes part of symbols and file names.
bool usable(Code code) {
  return !code.empty() && code.view().find('-') == std::string_view::npos;
}

Outcome code_missing() {
  return {Reject::code_missing, 0, static_cast<std::int64_t>(Code::capacity)};
}

std::string_view scheme_prefix(InstrumentKind kind) {
  switch (kind) {
    case InstrumentKind::allowance:
      return "PCA";
    case InstrumentKind::phcer:
      return "PHCER";
    case InstrumentKind::ccer:
      return "CCER";
  }
  return "";
}

std::string symbol_of(InstrumentKind kind, const Project* project, Year vintage) {
  std::string symbol(scheme_prefix(kind));
  if (project != nullptr) symbol.append("-").append(project->code.view());
  return symbol + "-" + std::to_string(vintage.raw());
}

}  // namespace

Registrar::Registrar(const Capacity& capacity, Ledger& ledger) : capacity_(capacity), ledger_(ledger) {
  PACE_CHECK(ledger_.accounts() == 0 && ledger_.instruments() == 0);
  PACE_CHECK(capacity_.accounts < no_account.raw());
  for (const SpecialAccount& special : special_accounts) open({.id = special.account, .kind = special.kind});
  ledger_.set_fee_account(find(fee_account));
}

// --- accounts -------------------------------------------------------------------------------------------------------

Outcome Registrar::not_found(AccountId id) const {
  return {well_formed(id) ? Reject::unknown_account : Reject::account_number_malformed, number(id), 0};
}

Outcome Registrar::check_new_account(AccountId id) const {
  const std::optional<std::uint64_t> serial = account_serial(id);
  if (!serial) return {Reject::account_number_malformed, number(id), 0};
  if (find(id) != no_account) return {Reject::account_exists, number(id), 0};
  const auto value = static_cast<std::int64_t>(*serial);
  if (*serial < first_open_serial) return {Reject::account_serial_reserved, value, first_open_serial};
  if (*serial > capacity_.accounts)
    return {Reject::too_many_accounts, value, static_cast<std::int64_t>(capacity_.accounts)};
  return {};
}

AccountIndex Registrar::open(const Account& account) {
  const std::uint64_t serial = *account_serial(account.id);
  if (serial >= by_serial_.size()) by_serial_.resize(std::max(serial + 1, std::uint64_t{by_serial_.size()} * 3 / 2));
  const AccountIndex index(static_cast<std::uint32_t>(accounts_.size()));
  accounts_.push_back(account);
  traders_.push_back({.id = account.id});
  by_serial_[serial] = index.raw();
  ledger_.open_account(index);
  make_room();
  return index;
}

Outcome Registrar::check_standing(AccountIndex index, Side side, Date today) const {
  const Account& a = account(index);
  switch (status(index, today)) {
    case AccountStatus::frozen:
      return {Reject::account_frozen, number(a.id), 0};
    case AccountStatus::surrender_only:
      return {Reject::account_surrender_only, number(a.id), 0};
    case AccountStatus::closed:
      return {Reject::account_closed, number(a.id), 0};
    case AccountStatus::open:
      break;
  }
  if (!owns_money(a.kind)) return {Reject::wrong_account_kind, number(a.id), 0};
  if (side == Side::sell && a.selling_frozen) return {Reject::selling_frozen, number(a.id), debt(index).quantity.raw()};
  return {};
}

AccountIndex Registrar::holder_of(AccountIndex index) const {
  const AccountIndex guardian = account(index).guardian;
  if (guardian == no_account || account(guardian).status == AccountStatus::closed) return index;
  return guardian;
}

Quantity Registrar::free_units(AccountIndex index, InstrumentId id) const {
  const Holding& holding = ledger_.holding(index, id);
  return holding.total - holding.held;
}

Outcome Registrar::apply(const OpenAccount& c, const Occasion&, EventBuffer&) {
  if (const Outcome o = check_new_account(c.account); !o.accepted()) return o;
  if (c.kind != AccountKind::person && c.kind != AccountKind::minor)
    return {Reject::wrong_account_kind, number(c.account), 0};
  const std::int64_t base = c.kind == AccountKind::person ? rules_.adult_weight : rules_.minor_weight;
  if (c.addons.raw() < -rules_.addon_bound || c.addons.raw() > rules_.addon_bound) {
    const std::optional<PerMille> weight = try_add(c.addons, PerMille(base));
    return {Reject::weight_out_of_range, weight ? weight->raw() : c.addons.raw(), base + rules_.addon_bound};
  }
  const AccountIndex guardian = find(c.guardian);
  const bool guarded = guardian != no_account && account(guardian).kind == AccountKind::person &&
                       account(guardian).status != AccountStatus::closed;
  if (guarded != (c.kind == AccountKind::minor) || (!guarded && c.guardian))
    return {Reject::guardian_required, number(c.account), 0};
  open({.id = c.account,
        .kind = c.kind,
        .region = c.region,
        .birth = c.birth,
        .weight = weight_of(c.kind, c.addons, rules_),
        .guardian = guarded ? guardian : no_account});
  return {};
}

Outcome Registrar::apply(const SetAccountStatus& c, const Occasion& at, EventBuffer&) {
  AccountIndex index;
  if (const Outcome o = find(c.account, index); !o.accepted()) return o;
  Account& a = accounts_[index.raw()];
  if (!owns_money(a.kind)) return {Reject::wrong_account_kind, number(a.id), 0};
  if (a.status == AccountStatus::closed) return {Reject::account_closed, number(a.id), 0};
  if (c.expiry != Date{} && c.expiry < at.today())
    return {Reject::value_out_of_range, c.expiry.raw(), at.today().raw()};
  if (c.status == AccountStatus::closed) {
    bool empty = ledger_.money(index).total == Cash{};
    for (const Instrument& i : instruments_) empty = empty && ledger_.holding(index, i.id).total == Quantity{};
    if (!empty) return {Reject::account_not_empty, number(a.id), 0};
  }
  a.status = c.status;
  a.status_expiry = c.status == AccountStatus::closed ? Date{} : c.expiry;
  renew(index);
  return {};
}

// --- members, parties, projects, instruments ------------------------------------------------------------------------

const Broker* Registrar::broker(BrokerId id) const {
  const auto at = std::lower_bound(brokers_.begin(), brokers_.end(), id,
                                   [](const Broker& b, BrokerId wanted) { return b.id < wanted; });
  return at != brokers_.end() && at->id == id ? &*at : nullptr;
}

const Party* Registrar::party(Sender id) const {
  const auto at = std::lower_bound(parties_.begin(), parties_.end(), id,
                                   [](const Party& p, Sender wanted) { return p.party < wanted; });
  return at != parties_.end() && at->party == id ? &*at : nullptr;
}

const Project* Registrar::project(ProjectId id) const {
  const auto at = std::lower_bound(projects_.begin(), projects_.end(), id,
                                   [](const Project& p, ProjectId wanted) { return p.id < wanted; });
  return at != projects_.end() && at->id == id ? &*at : nullptr;
}

const Instrument* Registrar::instrument(InstrumentId id) const {
  return id && id.raw() <= instruments_.size() ? &instruments_[id.raw() - 1] : nullptr;
}

Outcome Registrar::apply(const RegisterBroker& c, const Occasion&, EventBuffer&) {
  if (!c.broker) return {Reject::unknown_broker, 0, 0};
  if (!usable(c.code)) return code_missing();
  for (const Broker& b : brokers_)
    if (b.id == c.broker || b.code == c.code) return {Reject::broker_exists, number(b.id), 0};
  if (const Outcome o = check_new_account(c.own_account); !o.accepted()) return o;
  const AccountIndex own = open({.id = c.own_account, .kind = AccountKind::broker_own, .broker = c.broker});
  const auto place = std::find_if(brokers_.begin(), brokers_.end(), [&](const Broker& b) { return b.id > c.broker; });
  brokers_.insert(place, Broker{c.broker, c.code, c.title, own, false});
  return {};
}

Outcome Registrar::apply(const RegisterParty& c, const Occasion&, EventBuffer&) {
  if (c.party.role != Role::verifier && c.party.role != Role::data_source)
    return {Reject::party_role, static_cast<std::int64_t>(c.party.role), 0};
  if (!usable(c.code)) return code_missing();
  if (party(c.party) != nullptr) return {Reject::party_exists, c.party.number, 0};
  const auto place = std::find_if(parties_.begin(), parties_.end(), [&](const Party& p) { return p.party > c.party; });
  parties_.insert(place, Party{c.party, c.code, c.title, c.public_key});
  return {};
}

Outcome Registrar::apply(const RegisterProject& c, const Occasion&, EventBuffer&) {
  if (!c.project) return {Reject::unknown_project, 0, 0};
  if (!usable(c.code)) return code_missing();
  for (const Project& p : projects_)
    if (p.id == c.project || (p.code == c.code && p.scheme == c.scheme))
      return {Reject::project_exists, number(p.id), 0};
  if (!is_credit(c.scheme)) return {Reject::symbol_malformed, number(c.project), 0};
  if (c.inside_cap) return {Reject::project_inside_cap, number(c.project), 0};
  if (party({Role::verifier, c.verifier}) == nullptr) return {Reject::unknown_party, c.verifier, 0};
  const auto place =
      std::find_if(projects_.begin(), projects_.end(), [&](const Project& p) { return p.id > c.project; });
  projects_.insert(place, Project{c.project, c.code, c.scheme, c.verifier, c.offset_eligible});
  return {};
}

Outcome Registrar::apply(const ListInstrument& c, const Occasion&, EventBuffer&) {
  const Project* of = project(c.project);
  if (instrument(c.instrument) != nullptr) return {Reject::instrument_exists, number(c.instrument), 0};
  if (c.instrument.raw() != instruments_.size() + 1)
    return {Reject::instrument_not_next, number(c.instrument), static_cast<std::int64_t>(instruments_.size() + 1)};
  if (c.instrument.raw() > capacity_.instruments)
    return {Reject::too_many_instruments, number(c.instrument), capacity_.instruments};
  if (is_credit(c.kind) && of == nullptr) return {Reject::unknown_project, number(c.project), 0};
  const bool matches = is_credit(c.kind) ? of->scheme == c.kind : !c.project;
  if (!matches || c.vintage < Year(1000) || c.vintage > Year(9999) ||
      c.symbol.view() != symbol_of(c.kind, of, c.vintage))
    return {Reject::symbol_malformed, number(c.instrument), 0};
  for (const Instrument& i : instruments_)
    if (i.symbol == c.symbol) return {Reject::instrument_exists, number(i.id), 0};
  if (c.reference_price < Price(1)) return {Reject::price_not_positive, c.reference_price.raw(), 1};
  instruments_.push_back({c.instrument, c.symbol, c.kind, c.vintage, c.project, c.reference_price});
  volumes_.emplace_back();
  vintages_.push_back(is_credit(c.kind) ? nullptr : &open_year(c.vintage));
  if (vintages_.back() != nullptr) vintages_.back()->vintage = c.instrument;
  ledger_.list_instrument(c.instrument);
  make_room();
  return {};
}

Outcome Registrar::apply(const ActivateRules& c, const Occasion&, EventBuffer&) {
  if (const Outcome o = set_rules(rules_, c.values); !o.accepted()) return o;
  rules_version_ = c.version;
  legal_basis_ = c.legal_basis;
  return {};
}

// --- client money ---------------------------------------------------------------------------------------------------

Outcome Registrar::check_money(BrokerId broker_id, AccountId id, Cash amount, AccountIndex& index) const {
  if (const Outcome o = find(id, index); !o.accepted()) return o;
  if (broker(broker_id) == nullptr) return {Reject::unknown_broker, number(broker_id), 0};
  const Account& a = account(index);
  if (!owns_money(a.kind) || (a.kind == AccountKind::broker_own && a.broker != broker_id))
    return {Reject::wrong_account_kind, number(id), 0};
  if (a.status == AccountStatus::closed) return {Reject::account_closed, number(id), 0};
  if (amount < one_fen) return {Reject::amount_not_positive, amount.raw(), one_fen.raw()};
  if (amount.raw() % one_fen.raw() != 0) return {Reject::not_whole_fen, amount.raw(), one_fen.raw()};
  return {};
}

Outcome Registrar::apply(const DepositCash& c, const Occasion&, EventBuffer&) {
  AccountIndex index;
  if (const Outcome o = check_money(c.broker, c.account, c.amount, index); !o.accepted()) return o;
  // All balances sum to what is at the bank: as long as that fits, every balance does.
  if (!try_add(ledger_.at_bank(), c.amount))
    return {Reject::value_out_of_range, c.amount.raw(), (Cash::max() - ledger_.at_bank()).raw()};
  ledger_.deposit(index, c.amount);
  return {};
}

Outcome Registrar::apply(const WithdrawCash& c, const Occasion& at, EventBuffer&) {
  AccountIndex index;
  if (const Outcome o = check_money(c.broker, c.account, c.amount, index); !o.accepted()) return o;
  if (status(index, at.today()) == AccountStatus::frozen) return {Reject::account_frozen, number(c.account), 0};
  const Cash free = ledger_.money(index).free();
  if (c.amount > free) return {Reject::withdrawal_above_free, c.amount.raw(), free.raw()};
  ledger_.withdraw(index, c.amount);
  return {};
}

}  // namespace pace
