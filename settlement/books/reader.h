// What REST, pages and reports ask of the books. Figures are those of the books' position, which may be seconds behind
// the market. Thread rule: any thread; calls wait for each other and for PostgreSQL (never call from an I/O thread
// that others wait on). Throws pg::Fault while PostgreSQL is away; the next call tries again.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/message/types.h"
#include "settlement/books/reconciliation.h"

namespace pace {

struct InstrumentSummary {
  InstrumentId instrument;
  std::string symbol;
  std::uint64_t trades{};
  Quantity volume;
  Cash value;
  Price low, high, last;
};

/// One trading day.
struct DaySummary {
  Date day;
  bool closed{};      ///< statements, net cash and invoices are written: settled
  bool reconciled{};  ///< compared, without a difference
  std::uint64_t differing{};
  std::uint64_t trades{};
  Quantity volume;
  Cash value;
  Cash fees;  ///< both sides
  Price low, high;
  std::vector<InstrumentSummary> instruments;  ///< those that traded, by number
};

/// One account and asset over one trading day; effects on the account are signed. Instrument 0: cash, milli-fen.
struct StatementLine {
  AccountId account;
  InstrumentId instrument;
  std::int64_t opening{}, deposited{}, withdrawn{}, bought{}, sold{}, fees{}, commissions{}, issued{}, surrendered{},
      cancelled{}, surcharged{}, closing{};
  bool operator==(const StatementLine&) const = default;
};

/// Money at one bank account over one trading day: a broker's clients ("clients-3"), a broker's own ("house-3"), the
/// exchange's fees ("fees") or the authority's ("authority").
struct BankLine {
  std::string bank_account;
  std::int64_t opening{}, deposited{}, withdrawn{}, net{},
      closing{};  ///< net: all that is neither deposit nor withdrawal
  bool operator==(const BankLine&) const = default;
};

struct FeeInvoice {
  BrokerId broker;
  std::uint64_t sides{};
  Quantity volume;
  Cash value, fee;
  Cash commission;  ///< what the member charged its principals: earned, not owed
  bool operator==(const FeeInvoice&) const = default;
};

class BooksReader {
 public:
  explicit BooksReader(std::string conninfo) : conninfo_(std::move(conninfo)) {}

  /// Nothing when the day is not in the books.
  std::optional<DaySummary> day(Date day);
  /// Newest first.
  std::vector<DaySummary> days(std::size_t limit);
  /// All trades of all days.
  DaySummary total();
  /// What moved on the account that day; empty when nothing did.
  std::vector<StatementLine> statement(Date day, AccountId account);
  std::vector<BankLine> bank_lines(Date day);
  std::vector<FeeInvoice> fee_invoices(Date day);
  std::optional<Reconciliation> last_reconciliation();

 private:
  template <class Work>
  auto with_connection(Work work);

  std::string conninfo_;
  std::mutex mutex_;
  std::optional<pg::Connection> connection_;
};

}  // namespace pace
