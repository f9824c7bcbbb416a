// Three ways to know a balance, compared at one sequence number: the engine's state, the books' balance, and the sum of
// the books' postings; and the bank: deposits less withdrawals against the engine's omnibus money (rulebook 8).
// Thread rule: values; the functions are as thread-bound as their connection.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/message/queries.h"
#include "settlement/pg/connection.h"

namespace pace {

/// One balance on which the three do not agree. Instrument 0: cash, milli-fen.
struct Difference {
  AccountId account;
  InstrumentId instrument;
  std::int64_t engine{}, books{}, postings{};
  /// Engine less books; where these agree, books less postings.
  [[nodiscard]] std::int64_t amount() const { return engine != books ? engine - books : books - postings; }
  bool operator==(const Difference&) const = default;
};

struct Reconciliation {
  std::int64_t number{};  ///< of the stored result
  Sequence as_of;
  Date day;  ///< the newest that had ended; before the first end, the engine's
  std::uint64_t balances_compared{}, accounts_compared{};
  Cash engine_at_bank, bank;            ///< the engine's omnibus money; deposits less withdrawals
  std::vector<Difference> differences;  ///< by account, then instrument; the first `listed_differences` of them
  std::uint64_t differing{};            ///< all of them, the bank's included
  ClientId report_id;                   ///< request id of its report to the engine
  /// The first account that differs; account 0 when only the bank does, or nothing.
  [[nodiscard]] Difference first() const;
  [[nodiscard]] bool clean() const { return differing == 0; }
};

inline constexpr std::size_t listed_differences = 1000;

/// Compares and stores. REQUIRES: a transaction in which the books stand at exactly view.as_of.
Reconciliation reconcile(pg::Connection& connection, const BalancesView& view);

/// A stored result with the differences listed. Throws pg::Fault when there is none of that number.
Reconciliation load_reconciliation(pg::Connection& connection, std::int64_t number);
/// The newest stored result; nothing before the first.
std::optional<Reconciliation> last_reconciliation(pg::Connection& connection);

/// A table for people: one line when it is clean, one per difference when it is not.
std::string to_text(const Reconciliation& reconciliation);

}  // namespace pace
