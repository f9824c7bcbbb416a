#include "settlement/books/reader.h"

#include <algorithm>

namespace pace {
namespace {

using pg::Connection;
using pg::Result;

std::uint64_t count_at(const Result& row, int at, int column) {
  return static_cast<std::uint64_t>(row.int64(at, column));
}

// The day's trades by instrument, those left out that were broken; $1 NULL: of all days.
constexpr auto by_instrument = R"(
  SELECT t.instrument, i.symbol, count(*), sum(t.quantity), sum(t.value), min(t.price), max(t.price),
         (array_agg(t.price ORDER BY t.trade DESC))[1], sum(t.buy_fee + t.sell_fee)
  FROM books.trades t JOIN books.instruments i USING (instrument)
  WHERE ($1::date IS NULL OR t.day = $1::date) AND t.kind <> 'correction' AND t.broken_by IS NULL GROUP BY t.instrument, i.symbol ORDER BY t.instrument)";

void add_trades(Connection& connection, DaySummary& summary, const pg::Param& day) {
  const Result rows = connection.exec(by_instrument, {day});
  for (int i = 0; i < rows.rows(); ++i) {
    InstrumentSummary line{rows.get<InstrumentId>(i, 0), std::string(rows.text(i, 1)), count_at(rows, i, 2),
                           rows.get<Quantity>(i, 3),     rows.get<Cash>(i, 4),         rows.get<Price>(i, 5),
                           rows.get<Price>(i, 6),        rows.get<Price>(i, 7)};
    summary.trades += line.trades;
    summary.volume += line.volume;
    summary.value += line.value;
    summary.fees += rows.get<Cash>(i, 8);
    summary.low = i == 0 ? line.low : std::min(summary.low, line.low);
    summary.high = std::max(summary.high, line.high);
    summary.instruments.push_back(std::move(line));
  }
}

std::optional<DaySummary> load_day(Connection& connection, Date day) {
  const Result end = connection.exec(
      "SELECT r.differing FROM books.day_ends d LEFT JOIN books.reconciliations r ON r.number = d.reconciliation"
      " WHERE d.day = $1 ORDER BY d.period DESC LIMIT 1",
      {day});
  DaySummary summary;
  summary.day = day;
  summary.closed = !end.empty();
  if (summary.closed && !end.null(0, 0)) {
    summary.differing = count_at(end, 0, 0);
    summary.reconciled = summary.differing == 0;
  }
  add_trades(connection, summary, day);
  if (!summary.closed && summary.instruments.empty()) return std::nullopt;
  return summary;
}

/// The period of a closed day; 0 when the day is not closed.
std::int32_t period_of(Connection& connection, Date day) {
  return connection.exec("SELECT coalesce(max(period), 0) FROM books.day_ends WHERE day = $1", {day}).int32(0, 0);
}

}  // namespace

/// Reads change nothing, so a connection that died while it lay idle is simply made again, once.
template <class Work>
auto BooksReader::with_connection(Work work) {
  const std::lock_guard lock(mutex_);
  const bool idle = connection_.has_value();
  if (!idle) connection_.emplace(conninfo_, "pace books reader");
  try {
    return work(*connection_);
  } catch (const pg::Fault& fault) {
    const bool again = idle && !connection_->alive();
    connection_.reset();
    if (!again) throw;
  }
  connection_.emplace(conninfo_, "pace books reader");
  return work(*connection_);
}

std::optional<DaySummary> BooksReader::day(Date day) {
  return with_connection([&](Connection& c) { return load_day(c, day); });
}

std::vector<DaySummary> BooksReader::days(std::size_t limit) {
  return with_connection([&](Connection& c) {
    const Result rows = c.exec(
        "SELECT day FROM books.day_ends UNION SELECT day FROM books.applied WHERE day IS NOT NULL"
        " ORDER BY day DESC LIMIT $1",
        {limit});
    std::vector<DaySummary> days;
    for (int i = 0; i < rows.rows(); ++i)
      if (auto summary = load_day(c, rows.date(i, 0))) days.push_back(std::move(*summary));
    return days;
  });
}

DaySummary BooksReader::total() {
  return with_connection([](Connection& c) {
    DaySummary summary;
    add_trades(c, summary, std::nullopt);
    const Result row = c.exec(
        "SELECT (SELECT day FROM books.applied), (SELECT count(*) FROM books.day_ends), r.differing"
        " FROM (SELECT max(number) AS newest FROM books.reconciliations) n LEFT JOIN books.reconciliations r"
        " ON r.number = n.newest");
    if (!row.null(0, 0)) summary.day = row.date(0, 0);
    summary.closed = row.int64(0, 1) != 0;
    if (!row.null(0, 2)) summary.differing = count_at(row, 0, 2);
    summary.reconciled = !row.null(0, 2) && summary.differing == 0;
    return summary;
  });
}

std::vector<StatementLine> BooksReader::statement(Date day, AccountId account) {
  return with_connection([&](Connection& c) {
    const Result rows = c.exec(
        "SELECT instrument, opening, deposited, withdrawn, bought, sold, fees, commissions, issued, surrendered, "
        "cancelled,"
        " surcharged, closing FROM books.statements WHERE period = $1 AND account = $2 ORDER BY instrument",
        {period_of(c, day), account});
    std::vector<StatementLine> lines;
    for (int i = 0; i < rows.rows(); ++i)
      lines.push_back({account, rows.get<InstrumentId>(i, 0), rows.int64(i, 1), rows.int64(i, 2), rows.int64(i, 3),
                       rows.int64(i, 4), rows.int64(i, 5), rows.int64(i, 6), rows.int64(i, 7), rows.int64(i, 8),
                       rows.int64(i, 9), rows.int64(i, 10), rows.int64(i, 11), rows.int64(i, 12)});
    return lines;
  });
}

std::vector<BankLine> BooksReader::bank_lines(Date day) {
  return with_connection([&](Connection& c) {
    const Result rows = c.exec(
        "SELECT bank_account, opening, deposited, withdrawn, net, closing FROM books.broker_net_cash"
        " WHERE period = $1 ORDER BY bank_account",
        {period_of(c, day)});
    std::vector<BankLine> lines;
    for (int i = 0; i < rows.rows(); ++i)
      lines.push_back({std::string(rows.text(i, 0)), rows.int64(i, 1), rows.int64(i, 2), rows.int64(i, 3),
                       rows.int64(i, 4), rows.int64(i, 5)});
    return lines;
  });
}

std::vector<FeeInvoice> BooksReader::fee_invoices(Date day) {
  return with_connection([&](Connection& c) {
    const Result rows = c.exec(
        "SELECT broker, sides, volume, value, fee, commission FROM books.fee_invoices WHERE period = $1 ORDER BY "
        "broker",
        {period_of(c, day)});
    std::vector<FeeInvoice> invoices;
    for (int i = 0; i < rows.rows(); ++i)
      invoices.push_back({rows.get<BrokerId>(i, 0), count_at(rows, i, 1), rows.get<Quantity>(i, 2),
                          rows.get<Cash>(i, 3), rows.get<Cash>(i, 4), rows.get<Cash>(i, 5)});
    return invoices;
  });
}

std::optional<Reconciliation> BooksReader::last_reconciliation() {
  return with_connection([](Connection& c) { return pace::last_reconciliation(c); });
}

}  // namespace pace
