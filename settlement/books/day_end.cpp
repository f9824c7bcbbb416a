#include "settlement/books/day_end.h"

#include <optional>
#include <string>

#include "engine/message/special_accounts.h"
#include "settlement/books/few_rows.h"

namespace pace {
namespace {

// $1 period, $2 first sequence of the period, $3 its last. Rows of the period are found by sequence, the primary key.
// The closing balance is today's less whatever was posted after the day's end.
constexpr auto statements = R"(
  INSERT INTO books.statements
  SELECT $1::integer, d.account, d.instrument, b.amount - coalesce(later.amount, 0) - d.total, d.deposited, d.withdrawn,
         d.bought, d.sold, d.fees, d.commissions, d.issued, d.surrendered, d.cancelled, d.surcharged,
         b.amount - coalesce(later.amount, 0)
  FROM (SELECT account, instrument, sum(amount) AS total,
               coalesce(sum(amount) FILTER (WHERE kind = 'deposit'), 0) AS deposited,
               coalesce(sum(amount) FILTER (WHERE kind = 'withdrawal'), 0) AS withdrawn,
               coalesce(sum(amount) FILTER (WHERE kind = 'trade' AND (amount < 0) = (instrument = 0)), 0) AS bought,
               coalesce(sum(amount) FILTER (WHERE kind = 'trade' AND (amount < 0) <> (instrument = 0)), 0) AS sold,
               coalesce(sum(amount) FILTER (WHERE kind = 'fee'), 0) AS fees,
               coalesce(sum(amount) FILTER (WHERE kind = 'commission'), 0) AS commissions,
               coalesce(sum(amount) FILTER (WHERE kind = 'issue'), 0) AS issued,
               coalesce(sum(amount) FILTER (WHERE kind = 'surrender'), 0) AS surrendered,
               coalesce(sum(amount) FILTER (WHERE kind = 'cancellation'), 0) AS cancelled,
               coalesce(sum(amount) FILTER (WHERE kind = 'surcharge'), 0) AS surcharged
        FROM books.postings
        WHERE sequence BETWEEN $2 AND $3 AND period = $1 AND account <> 0 GROUP BY account, instrument) d
  JOIN books.balances b USING (account, instrument)
  LEFT JOIN (SELECT account, instrument, sum(amount) AS amount FROM books.postings
             WHERE sequence >= $3 AND period > $1 GROUP BY account, instrument) later USING (account, instrument))";

// Every bank account that moved or had money before. A fen is the least the bank moves: the rest is carried.
constexpr auto net_cash = R"(
  WITH moved AS (
    SELECT CASE WHEN p.broker IS NULL THEN CASE WHEN p.account = $4::bigint THEN 'fees'
                                           WHEN p.account IN ($5::bigint, $6::bigint, $7::bigint) THEN 'authority'
                                           ELSE 'account-' || p.account END
                WHEN m.own_account IS NOT NULL THEN 'house-' || p.broker ELSE 'clients-' || p.broker END AS bank_account,
           p.amount, p.kind
    FROM books.postings p LEFT JOIN books.brokers m ON m.own_account = p.account
    WHERE p.sequence BETWEEN $2 AND $3 AND p.period = $1 AND p.instrument = 0 AND p.account <> 0),
  today AS (
    SELECT bank_account, coalesce(sum(amount) FILTER (WHERE kind = 'deposit'), 0) AS deposited,
           coalesce(sum(amount) FILTER (WHERE kind = 'withdrawal'), 0) AS withdrawn,
           coalesce(sum(amount) FILTER (WHERE kind NOT IN ('deposit', 'withdrawal')), 0) AS net
    FROM moved GROUP BY bank_account),
  before AS (SELECT bank_account, closing, carried FROM books.broker_net_cash WHERE period = $1 - 1),
  lines AS (
    SELECT bank_account, coalesce(closing, 0) AS opening, coalesce(deposited, 0) AS deposited,
           coalesce(withdrawn, 0) AS withdrawn, coalesce(net, 0) AS net, coalesce(carried, 0) + coalesce(net, 0) AS due
    FROM today FULL JOIN before USING (bank_account))
  INSERT INTO books.broker_net_cash
  SELECT $1::integer, bank_account, opening, deposited, withdrawn, net, opening + deposited + withdrawn + net,
         trunc(due / 1000), due - 1000 * trunc(due / 1000) FROM lines)";

// The authority sells through no broker and pays no fee.
constexpr auto invoices = R"(
  INSERT INTO books.fee_invoices
  SELECT $1::integer, broker, sum(sign), sum(sign * quantity), sum(sign * value), sum(fee), sum(commission)
  FROM (SELECT CASE kind WHEN 'correction' THEN -1 ELSE 1 END AS sign, * FROM books.trades WHERE period = $1) t,
       LATERAL (VALUES (buy_broker, buy_fee, buy_commission), (sell_broker, sell_fee, sell_commission))
         AS side (broker, fee, commission)
  WHERE broker <> 0 GROUP BY broker)";

constexpr auto instructions = R"(
  INSERT INTO books.bank_instructions (id, period, payer, payee, amount_fen, reference)
  SELECT 'N-' || period || '-' || bank_account, period,
         CASE WHEN instructed_fen < 0 THEN bank_account ELSE 'settlement' END,
         CASE WHEN instructed_fen < 0 THEN 'settlement' ELSE bank_account END, abs(instructed_fen), 'net ' || $2::text
  FROM books.broker_net_cash WHERE period = $1 AND instructed_fen <> 0)";

/// Most days move a few accounts, some (allocation, surrender) move all of them.
void write_statements(pg::Connection& connection, const DayEndRow& day, std::int64_t before) {
  static constexpr std::int64_t few = 50'000;
  const std::int64_t moved =
      connection
          .exec("SELECT count(*) FROM books.postings WHERE sequence BETWEEN $2 AND $3 AND period = $1",
                {day.period, before, day.sequence})
          .int64(0, 0);
  if (moved == 0) return;
  std::optional<FewRows> probing;
  if (moved < few) probing.emplace(connection);
  // Without fresh figures the planner takes the day for a handful of rows and goes through them one by one.
  else
    connection.script("ANALYZE books.postings, books.balances");
  connection.exec(statements, {day.period, before, day.sequence});
  if (probing) probing->end();
}

}  // namespace

void close_day(pg::Connection& connection, const DayEndRow& day) {
  const std::int64_t before =
      connection.exec("SELECT coalesce(max(sequence), 0) FROM books.day_ends WHERE period < $1", {day.period})
          .int64(0, 0);
  connection.exec("INSERT INTO books.day_ends (period, day, sequence) VALUES ($1, $2, $3)",
                  {day.period, day.day, day.sequence});
  write_statements(connection, day, before);
  connection.exec(net_cash,
                  {day.period, before, day.sequence, fee_account, authority_account, auction_account, reserve_account});
  const pg::Result nets =
      connection.exec("SELECT coalesce(sum(net), 0) FROM books.broker_net_cash WHERE period = $1", {day.period});
  if (nets.int64(0, 0) != 0)
    throw pg::Fault("the nets of " + to_text(day.day) + " sum to " + std::string(nets.text(0, 0)) +
                    " milli-fen, not to zero");
  connection.exec(invoices, {day.period});
  connection.exec(instructions, {day.period, to_text(day.day)});
}

}  // namespace pace
