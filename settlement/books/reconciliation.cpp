#include "settlement/books/reconciliation.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "engine/base/check.h"
#include "settlement/books/rows.h"
#include "settlement/ledger/posting.h"
#include "settlement/pg/copy.h"

namespace pace {
namespace {

using pg::Connection;

/// One balance of the books as COPY prints it: account, instrument, balance, sum of postings.
struct BookLine {
  AccountId account;
  InstrumentId instrument;
  std::int64_t balance{}, postings{};
};

template <class T>
const char* read_number(const char* from, const char* end, T& value) {
  const auto [at, error] = std::from_chars(from, end, value);
  if (error != std::errc{} || at == end) throw pg::Fault("the books' balances cannot be read");
  return at + 1;  // behind the tab or newline
}

BookLine parse_line(std::string_view text) {
  std::uint64_t account = 0;
  std::uint32_t instrument = 0;
  BookLine line;
  const char* const end = text.data() + text.size();
  const char* at = read_number(text.data(), end, account);
  at = read_number(at, end, instrument);
  at = read_number(at, end, line.balance);
  read_number(at, end, line.postings);
  line.account = AccountId(account);
  line.instrument = InstrumentId(instrument);
  return line;
}

template <class T>
std::pair<AccountId, InstrumentId> key(const T& of) {
  return {of.account, of.instrument};
}

/// Walks engine and books side by side, both in order of account and instrument.
class Comparison {
 public:
  Comparison(const BalancesView& view, Reconciliation& result) : engine_(view.balances), result_(result) {
    std::sort(engine_.begin(), engine_.end(), [](const Balance& a, const Balance& b) { return key(a) < key(b); });
  }

  void take(const BookLine& line) {
    while (at_ < engine_.size() && key(engine_[at_]) < key(line)) missing_from_books(engine_[at_++]);
    std::int64_t engine = 0;
    if (at_ < engine_.size() && key(engine_[at_]) == key(line)) engine = engine_[at_++].amount;
    compare({line.account, line.instrument, engine, line.balance, line.postings});
  }
  void finish() {
    while (at_ < engine_.size()) missing_from_books(engine_[at_++]);
  }

 private:
  void missing_from_books(const Balance& balance) {
    compare({balance.account, balance.instrument, balance.amount, 0, 0});
  }
  void compare(const Difference& line) {
    ++result_.balances_compared;
    if (line.account != last_account_) ++result_.accounts_compared;
    last_account_ = line.account;
    if (line.engine == line.books && line.books == line.postings) return;
    if (result_.differing++ < listed_differences) result_.differences.push_back(line);
  }

  std::vector<Balance> engine_;
  Reconciliation& result_;
  std::size_t at_ = 0;
  AccountId last_account_;
};

void compare_accounts(Connection& connection, const BalancesView& view, Reconciliation& result) {
  Comparison comparison(view, result);
  pg::copy_out(connection,
               "COPY (SELECT account, instrument, coalesce(b.amount, 0), coalesce(p.amount, 0) FROM books.balances b"
               " FULL JOIN (SELECT account, instrument, sum(amount) AS amount FROM books.postings"
               "            GROUP BY account, instrument) p USING (account, instrument)"
               " WHERE account <> 0 ORDER BY account, instrument) TO STDOUT",
               [&](std::string_view line) { comparison.take(parse_line(line)); });
  comparison.finish();
}

/// The bank's side: what came in less what went out, against the engine's omnibus money and the books' own.
void compare_bank(Connection& connection, const BalancesView& view, Reconciliation& result) {
  const pg::Result sums = connection.exec(
      "SELECT (SELECT coalesce(sum(amount), 0) FROM books.deposits) - (SELECT coalesce(sum(amount), 0) FROM"
      " books.withdrawals), -coalesce((SELECT amount FROM books.balances WHERE account = 0 AND instrument = 0), 0)");
  result.engine_at_bank = view.at_bank;
  result.bank = sums.get<Cash>(0, 0);
  const Difference line{outside_account, cash_asset, view.at_bank.raw(), sums.int64(0, 1), result.bank.raw()};
  if (line.engine == line.books && line.books == line.postings) return;
  ++result.differing;
  result.differences.push_back(line);
}

/// Days that were not compared yet, or differed, rest on this comparison now.
void link_days(Connection& connection, const Reconciliation& result) {
  connection.exec(
      "UPDATE books.day_ends d SET reconciliation = $1 WHERE reconciliation IS NULL OR"
      " (SELECT differing <> 0 FROM books.reconciliations WHERE number = d.reconciliation)",
      {result.number});
}

void store(Connection& connection, Reconciliation& result) {
  result.number = connection
                      .exec(
                          "INSERT INTO books.reconciliations (as_of, day, balances_compared, accounts_compared,"
                          " engine_at_bank, bank, differing, report_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
                          " RETURNING number",
                          {result.as_of, result.day, result.balances_compared, result.accounts_compared,
                           result.engine_at_bank, result.bank, result.differing, result.report_id})
                      .int64(0, 0);
  if (result.differences.empty()) return;
  pg::CopyIn copy(connection,
                  "books.reconciliation_differences (reconciliation, account, instrument, engine, books, postings)");
  for (const Difference& line : result.differences)
    copy.row(result.number, line.account, line.instrument, line.engine, line.books, line.postings);
  copy.finish();
}

}  // namespace

Difference Reconciliation::first() const {
  for (const Difference& line : differences)
    if (line.account != outside_account) return line;
  return differences.empty() ? Difference{} : differences.front();
}

Reconciliation reconcile(Connection& connection, const BalancesView& view) {
  Reconciliation result;
  result.as_of = view.as_of;
  const pg::Result ended = connection.exec("SELECT max(day) FROM books.day_ends");
  result.day = ended.null(0, 0) ? view.day : ended.date(0, 0);
  const auto id = ClientId::from("recon-" + std::to_string(view.as_of.raw()));
  PACE_CHECK(id);
  result.report_id = *id;
  compare_bank(connection, view, result);
  compare_accounts(connection, view, result);
  store(connection, result);
  link_days(connection, result);
  return result;
}

Reconciliation load_reconciliation(Connection& connection, std::int64_t number) {
  const pg::Result row = connection.exec(
      "SELECT as_of, day, balances_compared, accounts_compared, engine_at_bank, bank, differing, report_id"
      " FROM books.reconciliations WHERE number = $1",
      {number});
  if (row.empty()) throw pg::Fault("there is no reconciliation " + std::to_string(number));
  Reconciliation result;
  result.number = number;
  result.as_of = row.get<Sequence>(0, 0);
  result.day = row.date(0, 1);
  result.balances_compared = static_cast<std::uint64_t>(row.int64(0, 2));
  result.accounts_compared = static_cast<std::uint64_t>(row.int64(0, 3));
  result.engine_at_bank = row.get<Cash>(0, 4);
  result.bank = row.get<Cash>(0, 5);
  result.differing = static_cast<std::uint64_t>(row.int64(0, 6));
  result.report_id = *ClientId::from(row.text(0, 7));
  const pg::Result lines = connection.exec(
      "SELECT account, instrument, engine, books, postings FROM books.reconciliation_differences"
      " WHERE reconciliation = $1 ORDER BY account, instrument",
      {number});
  for (int i = 0; i < lines.rows(); ++i)
    result.differences.push_back({lines.get<AccountId>(i, 0), lines.get<InstrumentId>(i, 1), lines.int64(i, 2),
                                  lines.int64(i, 3), lines.int64(i, 4)});
  return result;
}

std::optional<Reconciliation> last_reconciliation(Connection& connection) {
  const pg::Result row = connection.exec("SELECT max(number) FROM books.reconciliations");
  if (row.null(0, 0)) return std::nullopt;
  return load_reconciliation(connection, row.int64(0, 0));
}

std::string to_text(const Reconciliation& r) {
  std::string text = "reconciliation " + std::to_string(r.number) + " as of sequence " + std::to_string(r.as_of.raw()) +
                     ", " + to_text(r.day) + ": " + std::to_string(r.balances_compared) + " balances of " +
                     std::to_string(r.accounts_compared) + " accounts compared, bank " + std::to_string(r.bank.raw()) +
                     " milli-fen, " + std::to_string(r.differing) + " differ\n";
  if (r.clean()) return text;
  text += "account         instrument               engine                books             postings\n";
  for (const Difference& line : r.differences) {
    char row[128];
    std::snprintf(row, sizeof row, "%-15s %10u %20lld %20lld %20lld\n",
                  line.account == outside_account ? "bank" : std::to_string(line.account.raw()).c_str(),
                  line.instrument.raw(), static_cast<long long>(line.engine), static_cast<long long>(line.books),
                  static_cast<long long>(line.postings));
    text += row;
  }
  if (r.differing > r.differences.size()) text += "… and more\n";
  return text;
}

}  // namespace pace
