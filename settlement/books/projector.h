// From entries to rows: every entry that changes units or money, and the days. No database: what it must know of the
// books before (position, purses) is handed in, so its postings can be tested as values.
// Thread rule: one thread.
#pragma once

#include <span>
#include <unordered_set>
#include <vector>

#include "engine/message/entry.h"
#include "settlement/books/rows.h"
#include "settlement/ledger/posting.h"

namespace pace {

/// Accounts whose money an entry moves, the exchange's own accounts left out: whose purses the projector needs. A new
/// member is added to `members`. REQUIRES: the entries in order.
void collect_money_accounts(const Entry& entry, Members& members, std::unordered_set<AccountId>& accounts);

class Projector {
 public:
  /// `purses` has every account that collect_money_accounts names, `members` every member; all outlive the projector.
  Projector(BooksPosition& position, const Members& members, Purses& purses, Rows& rows)
      : position_(position), members_(members), purses_(purses), rows_(rows) {}

  /// REQUIRES: the entry after position.sequence.
  void take(const Entry& entry);

 private:
  void on(const Entry& entry, const TradingDayStarted& event);
  void on(const Entry& entry, const TradingDayEnded& event);
  void on(const Entry& entry, const Trade& event);
  void on(const Entry& entry, const TradeBroken& event);
  void on(const Entry& entry, const UnitsIssued& event);
  void on(const Entry& entry, const UnitsSurrendered& event);
  void on(const Entry& entry, const UnitsCancelled& event);
  void on(const Entry& entry, const SurchargeCollected& event);
  void on(const Entry& entry, const DepositCash& command);
  void on(const Entry& entry, const WithdrawCash& command);
  void on(const Entry& entry, const RegisterBroker& command);
  void on(const Entry& entry, const ListInstrument& command);

  void post(PostingKind kind, std::span<const Leg> legs);
  void post_leg(PostingKind kind, const Leg& leg);
  void give_home(AccountId account, BrokerId broker);
  void port(AccountId account, Purse& purse, BrokerId to);
  Purse* purse(AccountId account);

  [[nodiscard]] AccountId member_of(const TradeSide& side) const;

  BooksPosition& position_;
  const Members& members_;
  Purses& purses_;
  Rows& rows_;
  std::int32_t movement_ = 0;
  std::int16_t leg_ = 0;
};

}  // namespace pace
