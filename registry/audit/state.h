// What the entries add up to: instruments, accounts, units and money, re-derived from the log alone and independent of
// the exchange's own tables. A movement that could not be (more than was there) is kept as a breach, never skipped
// silently. Thread rule: one thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/message/entry.h"
#include "registry/rules/rulebook.h"

namespace pace::audit {

/// Something that the rules forbid, found in the log. `record` is its sequence number; 0 when it is about the whole.
struct Breach {
  Sequence record;
  std::string text;
};

struct InstrumentState {
  ListInstrument listing;
  Quantity issued, surrendered, cancelled;
  Price reference, lower, upper;
};

struct AccountState {
  AccountKind kind{};
  AccountStatus status{};
  RegionId region;
  AccountId guardian;
  Sequence opened_at;
  Cash cash;
  std::vector<std::pair<InstrumentId, Quantity>> holdings;  // few per account: a list beats a map
};

class State {
 public:
  State();  ///< with the accounts that exist from genesis
  /// Registers what the command itself sets: instruments, accounts, caps, projects. REQUIRES: the entry was accepted
  /// and is no repeat.
  void apply_command(const Entry& entry);

  /// Units appear on `to`.
  void issue(Sequence at, AccountId to, InstrumentId instrument, Quantity quantity);
  void move(Sequence at, AccountId from, AccountId to, InstrumentId instrument, Quantity quantity);
  /// Adds to an account's cash and returns the balance after.
  Cash post(Sequence at, AccountId account, Cash amount);

  [[nodiscard]] InstrumentState* find_instrument(InstrumentId id);
  /// The account, made on first use; one that no command opened has opened_at 0.
  AccountState& account(AccountId id);
  [[nodiscard]] const std::map<InstrumentId, InstrumentState>& instruments() const { return instruments_; }
  [[nodiscard]] const std::map<ProjectId, RegisterProject>& projects() const { return projects_; }
  [[nodiscard]] const std::map<Year, Quantity>& caps() const { return caps_; }
  [[nodiscard]] const Rulebook& rules() const { return rules_; }
  /// In order of account number.
  [[nodiscard]] std::vector<std::pair<AccountId, const AccountState*>> accounts() const;
  /// Empty: pilot mode.
  [[nodiscard]] const std::string& legal_basis() const { return legal_basis_; }
  /// kg on all accounts but the surrender and cancellation account.
  [[nodiscard]] Quantity held(InstrumentId instrument) const;

  void breach(Sequence at, std::string text);
  [[nodiscard]] const std::vector<Breach>& breaches() const { return breaches_; }
  /// The sums of rulebook 2 and 8 over everything: units per instrument, caps, money against the bank.
  void check_sums();

 private:
  void open(Sequence at, AccountId id, AccountKind kind, RegionId region, AccountId guardian);
  Quantity& holding(AccountState& account, InstrumentId instrument);

  std::map<InstrumentId, InstrumentState> instruments_;
  std::map<ProjectId, RegisterProject> projects_;
  std::map<Year, Quantity> caps_;
  Rulebook rules_;
  std::unordered_map<AccountId, AccountState> accounts_;
  std::string legal_basis_;
  Cash bank_;  // the omnibus account's other side
  std::vector<Breach> breaches_;
};

}  // namespace pace::audit
