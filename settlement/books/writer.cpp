#include "settlement/books/writer.h"

#include <algorithm>

#include "settlement/books/day_end.h"
#include "settlement/books/few_rows.h"
#include "settlement/pg/copy.h"
#include "settlement/pg/migrations.h"

namespace pace {

std::span<const pg::Migration> books_migrations();

namespace {

using pg::Connection;
using pg::CopyIn;

std::optional<BrokerId> broker_or_null(BrokerId broker) {
  return broker ? std::optional(broker) : std::nullopt;
}

void write_members(Connection& connection, const Rows& rows) {
  for (const RegisterBroker& broker : rows.brokers)
    connection.exec("INSERT INTO books.brokers (broker, code, title, own_account) VALUES ($1, $2, $3, $4)",
                    {broker.broker, broker.code, broker.title, broker.own_account});
  for (const ListInstrument& instrument : rows.instruments)
    connection.exec("INSERT INTO books.instruments (instrument, symbol, kind, vintage) VALUES ($1, $2, $3, $4)",
                    {instrument.instrument, instrument.symbol, name_of(instrument.kind), instrument.vintage});
}

void write_postings(Connection& connection, const std::vector<PostingRow>& postings) {
  if (postings.empty()) return;
  CopyIn copy(connection,
              "books.postings (sequence, movement, leg, period, account, instrument, broker, amount, kind)");
  for (const PostingRow& p : postings)
    copy.row(p.sequence, p.movement, p.leg, p.period, p.account, p.instrument, broker_or_null(p.broker), p.amount,
             name_of(p.kind));
  copy.finish();
}

void write_trades(Connection& connection, const std::vector<TradeRow>& trades) {
  if (trades.empty()) return;
  CopyIn copy(connection,
              "books.trades (trade, sequence, period, day, instrument, price, quantity, value, kind, aggressor,"
              " buyer, buy_broker, buy_order, buy_fee, buy_commission, seller, sell_broker, sell_order, sell_fee,"
              " sell_commission)");
  for (const TradeRow& row : trades) {
    const Trade& t = row.trade;
    copy.row(t.trade, row.sequence, row.period, row.day, t.instrument, t.price, t.quantity, t.price * t.quantity,
             name_of(t.kind), name_of(t.aggressor), t.buy.account, t.buy.broker, t.buy.order, t.buy.fee,
             t.buy.commission, t.sell.account, t.sell.broker, t.sell.order, t.sell.fee, t.sell.commission);
  }
  copy.finish();
}

void write_broken(Connection& connection, const std::vector<BrokenRow>& broken) {
  for (const BrokenRow& row : broken)
    connection.exec("UPDATE books.trades SET broken_by = $2 WHERE trade = $1", {row.trade, row.opposite});
}

void write_bank_rows(Connection& connection, const std::string& table, const std::vector<BankRow>& rows) {
  if (rows.empty()) return;
  CopyIn copy(connection, "books." + table + " (sequence, period, broker, account, amount, bank_reference)");
  for (const BankRow& row : rows)
    copy.row(row.sequence, row.period, row.broker, row.account, row.amount, row.reference);
  copy.finish();
}

void write_instructions(Connection& connection, const std::vector<WithdrawalInstruction>& instructions) {
  if (instructions.empty()) return;
  static constexpr std::int64_t milli_fen_per_fen = 1000;
  CopyIn copy(connection, "books.bank_instructions (id, period, payer, payee, amount_fen, reference)");
  for (const WithdrawalInstruction& row : instructions)
    copy.row("W-" + std::to_string(row.sequence.raw()), row.period, row.payer,
             "account-" + std::to_string(row.account.raw()), row.amount.raw() / milli_fen_per_fen, row.reference);
  copy.finish();
}

void write_homes(Connection& connection, const Purses& purses) {
  std::vector<std::pair<AccountId, BrokerId>> moved;
  for (const auto& [account, money] : purses)
    if (money.moved) moved.emplace_back(account, money.home);
  if (moved.empty()) return;
  std::sort(moved.begin(), moved.end());  // one order for locks and for the key's pages
  std::vector<AccountId> accounts;
  std::vector<BrokerId> brokers;
  for (const auto& [account, broker] : moved) {
    accounts.push_back(account);
    brokers.push_back(broker);
  }
  connection.exec(
      "INSERT INTO books.money_homes (account, broker) SELECT * FROM unnest($1::bigint[], $2::integer[])"
      " ON CONFLICT (account) DO UPDATE SET broker = excluded.broker",
      {pg::integer_array(std::span<const AccountId>(accounts)), pg::integer_array(std::span<const BrokerId>(brokers))});
}

void write_reports(Connection& connection, const std::vector<ReportRow>& reports) {
  for (const ReportRow& report : reports)
    connection.exec("UPDATE books.reconciliations SET reported_sequence = $2, report_outcome = $3 WHERE report_id = $1",
                    {report.request_id, report.sequence, to_text(report.outcome)});
}

}  // namespace

void migrate_books(Connection& connection) {
  pg::migrate(connection, "books", books_migrations());
}

BooksPosition lock_position(Connection& connection) {
  const pg::Result row = connection.exec("SELECT sequence, period, day FROM books.applied FOR UPDATE");
  return {row.get<Sequence>(0, 0), row.int32(0, 1), row.null(0, 2) ? Date{} : row.date(0, 2)};
}

Members load_members(Connection& connection) {
  Members members;
  const pg::Result known = connection.exec("SELECT broker, own_account FROM books.brokers");
  for (int i = 0; i < known.rows(); ++i) members[known.get<BrokerId>(i, 0)] = known.get<AccountId>(i, 1);
  return members;
}

Purses load_purses(Connection& connection, const std::unordered_set<AccountId>& accounts) {
  Purses purses;
  if (accounts.empty()) return purses;
  const std::vector<AccountId> list(accounts.begin(), accounts.end());
  FewRows probing(connection);
  const pg::Result known = connection.exec(
      "SELECT a, coalesce(h.broker, 0), m.own_account IS NOT NULL, coalesce(b.amount, 0)"
      " FROM unnest($1::bigint[]) a LEFT JOIN books.money_homes h ON h.account = a"
      " LEFT JOIN books.balances b ON b.account = a AND b.instrument = 0"
      " LEFT JOIN books.brokers m ON m.own_account = a",
      {pg::integer_array(std::span<const AccountId>(list))});
  probing.end();
  for (int i = 0; i < known.rows(); ++i)
    purses[known.get<AccountId>(i, 0)] = {known.get<BrokerId>(i, 1), known.boolean(i, 2), known.int64(i, 3), false};
  return purses;
}

void write_rows(Connection& connection, const Rows& rows, const Purses& purses, const BooksPosition& position) {
  write_members(connection, rows);
  write_homes(connection, purses);
  write_trades(connection, rows.trades);
  write_broken(connection, rows.broken);
  write_bank_rows(connection, "deposits", rows.deposits);
  write_bank_rows(connection, "withdrawals", rows.withdrawals);
  write_instructions(connection, rows.instructions);
  write_postings(connection, rows.postings);
  write_reports(connection, rows.reports);
  for (const DayEndRow& day : rows.day_ends) close_day(connection, day);
  connection.exec(
      "UPDATE books.applied SET sequence = $1, period = $2, day = $3",
      {position.sequence, position.period, position.day == Date{} ? pg::Param(std::nullopt) : pg::Param(position.day)});
}

}  // namespace pace
