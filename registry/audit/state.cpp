#include "registry/audit/state.h"

#include <algorithm>

#include "engine/message/special_accounts.h"

namespace pace::audit {

State::State() {
  for (const SpecialAccount& special : special_accounts) accounts_[special.account].kind = special.kind;
}

void State::breach(Sequence at, std::string text) {
  breaches_.push_back({at, std::move(text)});
}

InstrumentState* State::find_instrument(InstrumentId id) {
  const auto found = instruments_.find(id);
  return found == instruments_.end() ? nullptr : &found->second;
}

AccountState& State::account(AccountId id) {
  return accounts_[id];
}

void State::open(Sequence at, AccountId id, AccountKind kind, RegionId region, AccountId guardian) {
  AccountState& opened = account(id);
  if (opened.opened_at) breach(at, "account " + std::to_string(id.raw()) + " is opened twice");
  opened.kind = kind;
  opened.region = region;
  opened.guardian = guardian;
  opened.opened_at = at;
}

void State::apply_command(const Entry& entry) {
  const Sequence at = entry.sequence();
  const Command& command = entry.stamped.request.command;
  if (const auto* rules = std::get_if<ActivateRules>(&command)) {
    legal_basis_ = rules->legal_basis;
    if (!set_rules(rules_, rules->values).accepted()) breach(at, "rules were activated that the rulebook refuses");
  } else if (const auto* listing = std::get_if<ListInstrument>(&command)) {
    instruments_[listing->instrument].listing = *listing;
    instruments_[listing->instrument].reference = listing->reference_price;
  } else if (const auto* project = std::get_if<RegisterProject>(&command)) {
    projects_[project->project] = *project;
  } else if (const auto* opened = std::get_if<OpenAccount>(&command)) {
    open(at, opened->account, opened->kind, opened->region, opened->guardian);
  } else if (const auto* broker = std::get_if<RegisterBroker>(&command)) {
    open(at, broker->own_account, AccountKind::broker_own, {}, {});
  } else if (const auto* status = std::get_if<SetAccountStatus>(&command)) {
    account(status->account).status = status->status;
  } else if (const auto* cap = std::get_if<SetCap>(&command)) {
    if (!caps_.try_emplace(cap->year, cap->cap).second)
      breach(at, "the cap of " + std::to_string(cap->year.raw()) + " is set twice");
  }
}

Quantity& State::holding(AccountState& account, InstrumentId instrument) {
  for (auto& [held, quantity] : account.holdings)
    if (held == instrument) return quantity;
  return account.holdings.emplace_back(instrument, Quantity{}).second;
}

void State::issue(Sequence at, AccountId to, InstrumentId instrument, Quantity quantity) {
  if (quantity <= Quantity{}) breach(at, "an issue of " + std::to_string(quantity.raw()) + " kg");
  holding(account(to), instrument) += quantity;
  InstrumentState* const listed = find_instrument(instrument);
  if (listed == nullptr)
    return breach(at, "instrument " + std::to_string(instrument.raw()) + " is issued before it is listed");
  listed->issued += quantity;
}

void State::move(Sequence at, AccountId from, AccountId to, InstrumentId instrument, Quantity quantity) {
  Quantity& source = holding(account(from), instrument);
  if (quantity < Quantity{} || source < quantity)
    breach(at, "account " + std::to_string(from.raw()) + " gives " + std::to_string(quantity.raw()) +
                   " kg of instrument " + std::to_string(instrument.raw()) + " but holds " +
                   std::to_string(source.raw()) + " kg");
  source -= quantity;
  holding(account(to), instrument) += quantity;
  InstrumentState* const listed = find_instrument(instrument);
  if (listed == nullptr)
    return breach(at, "instrument " + std::to_string(instrument.raw()) + " moves before it is listed");
  if (to == surrender_account) listed->surrendered += quantity;
  if (to == cancellation_account) listed->cancelled += quantity;
}

Cash State::post(Sequence at, AccountId id, Cash amount) {
  if (!id) {
    bank_ += amount;
    return bank_;
  }
  Cash& cash = account(id).cash;
  cash += amount;
  if (cash < Cash{})
    breach(at, "account " + std::to_string(id.raw()) + " stands at " + std::to_string(cash.raw()) + " milli-fen");
  return cash;
}

std::vector<std::pair<AccountId, const AccountState*>> State::accounts() const {
  std::vector<std::pair<AccountId, const AccountState*>> sorted;
  sorted.reserve(accounts_.size());
  for (const auto& [id, account] : accounts_) sorted.emplace_back(id, &account);
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  return sorted;
}

Quantity State::held(InstrumentId instrument) const {
  Quantity sum;
  for (const auto& [id, account] : accounts_) {
    if (id == surrender_account || id == cancellation_account) continue;
    for (const auto& [held, quantity] : account.holdings)
      if (held == instrument) sum += quantity;
  }
  return sum;
}

void State::check_sums() {
  for (const auto& [id, instrument] : instruments_) {
    const std::string symbol(instrument.listing.symbol.view());
    const Quantity sum = held(id) + instrument.surrendered + instrument.cancelled;
    if (sum != instrument.issued)
      breach({}, symbol + ": issued " + std::to_string(instrument.issued.raw()) +
                     " kg, but held, surrendered and cancelled are " + std::to_string(sum.raw()) + " kg");
    if (instrument.listing.kind != InstrumentKind::allowance) continue;
    const auto cap = caps_.find(instrument.listing.vintage);
    const Quantity allowed = cap == caps_.end() ? Quantity{} : cap->second;
    if (instrument.issued > allowed)
      breach({}, symbol + ": issued " + std::to_string(instrument.issued.raw()) + " kg, above the cap of " +
                     std::to_string(allowed.raw()) + " kg");
  }
  Cash money = bank_;
  for (const auto& [id, account] : accounts_) money += account.cash;
  if (money != Cash{})
    breach({}, "money on accounts and at the bank differ by " + std::to_string(money.raw()) + " milli-fen");
}

}  // namespace pace::audit
