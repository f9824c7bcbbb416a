// What a stretch of the feed writes into the books: plain rows, collected by the projector, written by the writer.
// Thread rule: values.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/message/entry.h"

namespace pace {

/// As in the type books.posting_kind.
enum class PostingKind : std::uint8_t {
  deposit,
  withdrawal,
  trade,
  fee,
  commission,
  issue,
  surrender,
  cancellation,
  surcharge,
  ported
};
PACE_ENUM_NAMES(PostingKind, "deposit", "withdrawal", "trade", "fee", "commission", "issue", "surrender",
                "cancellation", "surcharge", "ported");

/// Outside: the settlement bank for cash, issuance for units.
inline constexpr AccountId outside_account{};

struct PostingRow {
  Sequence sequence;
  std::int32_t movement{};  ///< counts within the entry, from 0
  std::int16_t leg{};
  std::int32_t period{};
  AccountId account;
  InstrumentId instrument;
  BrokerId broker;  ///< 0: none
  std::int64_t amount{};
  PostingKind kind{};
};

struct TradeRow {
  Sequence sequence;
  std::int32_t period{};
  Date day;
  Trade trade;
};

/// A trade of any day that a correction undid.
struct BrokenRow {
  TradeId trade, opposite;
};

/// A deposit or a withdrawal.
struct BankRow {
  Sequence sequence;
  std::int32_t period{};
  BrokerId broker;
  AccountId account;
  Cash amount;
  Reference reference;
};

/// A payment out, to be told to the bank.
struct WithdrawalInstruction {
  Sequence sequence;
  std::int32_t period{};
  std::string payer;
  AccountId account;
  Cash amount;
  Reference reference;
};

struct DayEndRow {
  std::int32_t period{};
  Date day;
  Sequence sequence;
};

/// The books' own report, seen in the log.
struct ReportRow {
  ClientId request_id;
  Sequence sequence;
  Outcome outcome;
};

struct Rows {
  std::vector<PostingRow> postings;
  std::vector<TradeRow> trades;
  std::vector<BrokenRow> broken;
  std::vector<BankRow> deposits, withdrawals;
  std::vector<WithdrawalInstruction> instructions;
  std::vector<RegisterBroker> brokers;
  std::vector<ListInstrument> instruments;
  std::vector<DayEndRow> day_ends;
  std::vector<ReportRow> reports;
};

/// An account's money as the books know it before the stretch, kept up while it is projected.
struct Purse {
  BrokerId home;  ///< under whose bank account it stands; 0: nowhere yet
  bool house{};   ///< the broker's own account
  std::int64_t cash{};
  bool moved{};  ///< home changed in this stretch
};
using Purses = std::unordered_map<AccountId, Purse>;

/// The members' own accounts, which commissions go to.
using Members = std::unordered_map<BrokerId, AccountId>;

/// Where the books stand.
struct BooksPosition {
  Sequence sequence;
  std::int32_t period = 1;
  Date day;  ///< under way; 0 before the first
};

/// "clients-3" or "house-3".
std::string bank_account_name(BrokerId broker, bool house);

}  // namespace pace
