#include "settlement/books/stretch.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "settlement/books/bank/instructions.h"
#include "settlement/books/reader.h"
#include "settlement/books/writer.h"
#include "settlement/ledger/posting.h"
#include "tests/settlement/books/fake_exchange.h"
#include "tests/settlement/books/fresh_books.h"
#include "tests/settlement/pg/private_cluster.h"

using namespace pace;
using namespace pace::test;

namespace {

struct FreshBooks {
  std::string conninfo;
  pg::Connection connection;
  FreshBooks() : conninfo(fresh_books()), connection(conninfo) { migrate_books(connection); }
  /// Applies everything the exchange has, stretch by stretch.
  void catch_up(FakeExchange& exchange, std::size_t most = 1000) {
    Sequence at{};
    do {
      at = apply_stretch(connection, *exchange.batch(Sequence(1), exchange.released()), exchange.released(), most)
               .position;
    } while (at < exchange.released());
  }
  std::int64_t number(const std::string& sql) { return connection.exec(sql).int64(0, 0); }
  std::int64_t balance(AccountId account, InstrumentId instrument) {
    return number("SELECT coalesce((SELECT amount FROM books.balances WHERE account = " +
                  std::to_string(account.raw()) + " AND instrument = " + std::to_string(instrument.raw()) + "), 0)");
  }
};

/// A day with everything in it.
void play_a_day(FakeExchange& exchange) {
  exchange.found();
  exchange.start_day(first_day);
  exchange.deposit(broker_one, ann, 1'000'000'000);
  exchange.deposit(broker_two, house_two, 50'000'000);
  exchange.issue(bo, allowance, 1200);
  exchange.issue(cy, credit, 300);
  exchange.trade(exchange.make_trade(ann, broker_one, bo, broker_two, allowance, 8001, 13));
  exchange.trade(exchange.make_trade(ann, broker_one, cy, broker_one, credit, 5999, 11));
  exchange.trade(exchange.make_trade(house_two, broker_two, bo, broker_two, allowance, 8100, 200));
  exchange.withdraw(broker_one, ann, 7'000);
  exchange.surrender(bo, allowance, 100);
  exchange.surcharge(bo, 29'247);
  exchange.end_day(first_day);
}

constexpr std::int64_t value_1 = 8001 * 13, value_2 = 5999 * 11, value_3 = 8100 * 200;
constexpr std::int64_t fee_1 = 520, fee_2 = 330, fee_3 = 8100;  // 520.065; 329.945; 8,100

}  // namespace

TEST_CASE("books: a batch applied twice changes nothing") {
  FakeExchange exchange;
  play_a_day(exchange);
  FreshBooks books;
  books.catch_up(exchange);
  const auto postings = books.number("SELECT count(*) FROM books.postings");
  const auto again =
      apply_stretch(books.connection, *exchange.batch(Sequence(1), exchange.released()), exchange.released(), 1000);
  CHECK(again.position == exchange.released());
  CHECK(again.days_ended == 0);
  CHECK(books.number("SELECT count(*) FROM books.postings") == postings);
  CHECK(books.number("SELECT count(*) FROM books.day_ends") == 1);
  CHECK(books.balance(ann, allowance) == 13);
}

TEST_CASE("books: any cut into stretches gives the same books") {
  FakeExchange exchange;
  play_a_day(exchange);
  const auto digest = [&](std::size_t most) {
    FreshBooks books;
    books.catch_up(exchange, most);
    return std::string(books.connection
                           .exec("SELECT md5(string_agg(t, ';' ORDER BY t)) FROM (SELECT p::text AS t FROM"
                                 " books.postings p UNION ALL SELECT b::text FROM books.balances b UNION ALL SELECT"
                                 " s::text FROM books.statements s UNION ALL SELECT n::text FROM"
                                 " books.broker_net_cash n) x")
                           .text(0, 0));
  };
  const std::string whole = digest(1000);
  CHECK(digest(1) == whole);
  CHECK(digest(3) == whole);
}

TEST_CASE("books: limit and gap hold the position") {
  FakeExchange exchange;
  play_a_day(exchange);
  FreshBooks books;
  const auto all = exchange.batch(Sequence(1), exchange.released());
  CHECK(apply_stretch(books.connection, *all, Sequence(6), 1000).position == Sequence(6));
  CHECK(apply_stretch(books.connection, *all, Sequence(6), 1000).position == Sequence(6));
  const auto beyond = exchange.batch(Sequence(9), exchange.released());
  CHECK(apply_stretch(books.connection, *beyond, exchange.released(), 1000).position == Sequence(6));
}

TEST_CASE("books: an entry that cannot be decoded is a fault, nothing of its stretch is applied") {
  FakeExchange exchange;
  exchange.found();
  FreshBooks books;
  const auto good = exchange.batch(Sequence(1), Sequence(1));
  Bytes bytes(good->entry(0).begin(), good->entry(0).end());
  const std::size_t first_end = bytes.size();
  bytes.insert(bytes.end(), {1, 2, 3});
  const EntryBatch damaged(Sequence(1), bytes, {first_end, bytes.size()});
  CHECK_THROWS_WITH_AS(apply_stretch(books.connection, damaged, Sequence(2), 10), doctest::Contains("entry 2"),
                       pg::Fault);
  CHECK(books.number("SELECT sequence FROM books.applied") == 0);
}

TEST_CASE("books: the database refuses postings that do not sum to zero, debts, and changes") {
  FakeExchange exchange;
  play_a_day(exchange);
  FreshBooks books;
  books.catch_up(exchange);
  auto& c = books.connection;
  const std::string insert =
      "INSERT INTO books.postings (sequence, movement, leg, period, account, instrument, amount, kind) VALUES ";
  CHECK_THROWS_WITH_AS(c.script(insert + "(99,0,0,2,0,0,-5,'deposit'),(99,0,1,2,20139,0,6,'deposit')"),
                       doctest::Contains("not to zero"), pg::Fault);
  // The same sum, but of two instruments.
  CHECK_THROWS_WITH_AS(c.script(insert + "(99,0,0,2,0,0,-5,'deposit'),(99,0,1,2,20139,1,5,'deposit')"),
                       doctest::Contains("not to zero"), pg::Fault);
  CHECK_THROWS_WITH_AS(c.script(insert + "(99,0,0,2,999,0,-5,'trade'),(99,0,1,2,0,0,5,'trade')"),
                       doctest::Contains("nothing is negative"), pg::Fault);
  CHECK_THROWS_WITH_AS(c.script("UPDATE books.postings SET amount = amount"), doctest::Contains("never changed"),
                       pg::Fault);
  CHECK_THROWS_WITH_AS(c.script("DELETE FROM books.postings"), doctest::Contains("never changed"), pg::Fault);
  CHECK_THROWS_WITH_AS(c.script("TRUNCATE books.postings"), doctest::Contains("never changed"), pg::Fault);
}

TEST_CASE("day end: statements are right to the milli-fen") {
  FakeExchange exchange;
  play_a_day(exchange);
  exchange.start_day(second_day);
  exchange.deposit(broker_one, ann, 1000);
  exchange.end_day(second_day);
  FreshBooks books;
  books.catch_up(exchange);
  BooksReader reader(books.conninfo);
  const std::int64_t closing = 1'000'000'000 - 7'000 - value_1 - value_2 - fee_1 - fee_2;
  const StatementLine ann_cash{
      ann, cash_asset, 0, 1'000'000'000, -7'000, -(value_1 + value_2), 0, -(fee_1 + fee_2), 0, 0, 0, 0, 0, closing};
  const StatementLine ann_allowance{ann, allowance, 0, 0, 0, 13, 0, 0, 0, 0, 0, 0, 0, 13};
  const StatementLine ann_credit{ann, credit, 0, 0, 0, 11, 0, 0, 0, 0, 0, 0, 0, 11};
  CHECK(reader.statement(first_day, ann) == std::vector{ann_cash, ann_allowance, ann_credit});
  const StatementLine bo_cash{bo,
                              cash_asset,
                              0,
                              0,
                              0,
                              0,
                              value_1 + value_3,
                              -(fee_1 + fee_3),
                              0,
                              0,
                              0,
                              0,
                              -29'247,
                              value_1 + value_3 - fee_1 - fee_3 - 29'247};
  const StatementLine bo_allowance{bo, allowance, 0, 0, 0, 0, -213, 0, 0, 1200, -100, 0, 0, 887};
  CHECK(reader.statement(first_day, bo) == std::vector{bo_cash, bo_allowance});
  CHECK(reader.statement(second_day, ann) ==
        std::vector{StatementLine{ann, cash_asset, closing, 1000, 0, 0, 0, 0, 0, 0, 0, 0, 0, closing + 1000}});
  CHECK(reader.statement(second_day, bo).empty());
}

TEST_CASE("day end: net cash, fee invoices and client money agree with the trades") {
  FakeExchange exchange;
  play_a_day(exchange);
  FreshBooks books;
  books.catch_up(exchange);
  BooksReader reader(books.conninfo);
  const std::int64_t clients_1 = -(value_1 + fee_1) - (value_2 + fee_2) + (value_2 - fee_2);
  const std::int64_t clients_2 = (value_1 - fee_1) + (value_3 - fee_3) - 29'247;
  const std::int64_t fees = 2 * (fee_1 + fee_2 + fee_3);
  const std::int64_t house_2 = -(value_3 + fee_3);
  CHECK(clients_1 + clients_2 + fees + house_2 + 29'247 == 0);
  CHECK(reader.bank_lines(first_day) ==
        std::vector{BankLine{"authority", 0, 0, 0, 29'247, 29'247},
                    BankLine{"clients-1", 0, 1'000'000'000, -7'000, clients_1, 999'993'000 + clients_1},
                    BankLine{"clients-2", 0, 0, 0, clients_2, clients_2}, BankLine{"fees", 0, 0, 0, fees, fees},
                    BankLine{"house-2", 0, 50'000'000, 0, house_2, 50'000'000 + house_2}});
  CHECK(reader.fee_invoices(first_day) ==
        std::vector{
            FeeInvoice{broker_one, 3, Quantity(13 + 11 + 11), Cash(value_1 + 2 * value_2), Cash(fee_1 + 2 * fee_2), {}},
            FeeInvoice{
                broker_two, 3, Quantity(13 + 200 + 200), Cash(value_1 + 2 * value_3), Cash(fee_1 + 2 * fee_3), {}}});
  CHECK(books.number("SELECT sum(amount) FROM books.client_money WHERE broker = 1 AND NOT house") ==
        999'993'000 + clients_1);
  CHECK(books.number("SELECT sum(amount) FROM books.client_money WHERE broker = 2 AND house") == 50'000'000 + house_2);
}

TEST_CASE("day end: a broken trade and its correction leave nothing but their postings") {
  FakeExchange exchange;
  exchange.found();
  exchange.start_day(first_day);
  exchange.deposit(broker_one, ann, 1'000'000'000);
  exchange.issue(bo, allowance, 1200);
  Trade stands = exchange.make_trade(ann, broker_one, bo, broker_two, allowance, 8001, 13);
  exchange.trade(stands);
  Trade broken = exchange.make_trade(ann, broker_one, bo, broker_two, allowance, 8500, 100);
  broken.buy.commission = Cash(17'000);
  exchange.trade(broken);
  Trade opposite = exchange.make_trade(bo, broker_two, ann, broker_one, allowance, 8500, 100);
  opposite.kind = TradeKind::correction;
  for (TradeSide* side : {&opposite.buy, &opposite.sell}) side->fee = -side->fee;
  opposite.sell.commission = Cash(-17'000);
  exchange.append(BreakTrade{broken.trade, "error"},
                  {opposite, TradeBroken{broken.trade, opposite.trade, "error", broken.kind, true}});
  exchange.end_day(first_day);
  FreshBooks books;
  books.catch_up(exchange);
  BooksReader reader(books.conninfo);
  const auto day = reader.day(first_day);
  REQUIRE(day);
  CHECK(day->trades == 1);
  CHECK(day->volume == Quantity(13));
  CHECK(day->high == Price(8001));
  CHECK(day->fees == Cash(2 * fee_1));
  CHECK(reader.fee_invoices(first_day) ==
        std::vector{FeeInvoice{broker_one, 1, Quantity(13), Cash(value_1), Cash(fee_1), {}},
                    FeeInvoice{broker_two, 1, Quantity(13), Cash(value_1), Cash(fee_1), {}}});
  CHECK(reader.statement(first_day, ann).at(0).closing == 1'000'000'000 - value_1 - fee_1);
  CHECK(reader.statement(first_day, ann).at(1).closing == 13);
  CHECK(books.number("SELECT broken_by FROM books.trades WHERE trade = 2") == 3);
  CHECK(books.number("SELECT amount FROM books.balances WHERE instrument = 0 AND account = " +
                     std::to_string(house_one.raw())) == 0);
}

TEST_CASE("day end: a block pays as any trade; what the authority auctions is its money, without fee or invoice") {
  FakeExchange exchange;
  exchange.found();
  exchange.start_day(first_day);
  exchange.deposit(broker_one, ann, 1'000'000'000);
  exchange.deposit(broker_two, cy, 1'000'000'000);
  exchange.issue(bo, allowance, 1'200);
  exchange.issue(auction_account, allowance, 500);
  exchange.issue(reserve_account, allowance, 500);
  Trade block = exchange.make_trade(ann, broker_one, bo, broker_two, allowance, 8000, 1'000);
  block.kind = TradeKind::block;
  block.buy.order = block.sell.order = {};
  exchange.trade(block);
  for (const AccountId seller : {auction_account, reserve_account}) {
    Trade sealed = exchange.make_trade(cy, broker_two, seller, {}, allowance, 9000, 100);
    sealed.kind = TradeKind::auction;
    sealed.buy.order = sealed.sell.order = {};
    sealed.sell.fee = {};
    exchange.trade(sealed);
  }
  exchange.end_day(first_day);
  FreshBooks books;
  books.catch_up(exchange);
  BooksReader reader(books.conninfo);
  const std::int64_t value = 8'000'000, fee = 40'000, sold = 900'000, bid_fee = 4'500;
  CHECK(reader.bank_lines(first_day) ==
        std::vector{BankLine{"authority", 0, 0, 0, 2 * sold, 2 * sold},
                    BankLine{"clients-1", 0, 1'000'000'000, 0, -(value + fee), 1'000'000'000 - value - fee},
                    BankLine{"clients-2", 0, 1'000'000'000, 0, value - fee - 2 * (sold + bid_fee),
                             1'000'000'000 + value - fee - 2 * (sold + bid_fee)},
                    BankLine{"fees", 0, 0, 0, 2 * (fee + bid_fee), 2 * (fee + bid_fee)}});
  CHECK(reader.fee_invoices(first_day) ==
        std::vector{FeeInvoice{broker_one, 1, Quantity(1'000), Cash(value), Cash(fee), {}},
                    FeeInvoice{broker_two, 3, Quantity(1'200), Cash(value + 2 * sold), Cash(fee + 2 * bid_fee), {}}});
  CHECK(books.number("SELECT count(*) FROM books.trades WHERE kind = 'auction' AND seller IN (" +
                     std::to_string(auction_account.raw()) + ", " + std::to_string(reserve_account.raw()) + ")") == 2);
}

TEST_CASE("day end: the figures of the day for people") {
  FakeExchange exchange;
  play_a_day(exchange);
  FreshBooks books;
  books.catch_up(exchange);
  BooksReader reader(books.conninfo);
  const auto day = reader.day(first_day);
  REQUIRE(day);
  CHECK(day->closed);
  CHECK_FALSE(day->reconciled);
  CHECK(day->trades == 3);
  CHECK(day->volume == Quantity(224));
  CHECK(day->value == Cash(value_1 + value_2 + value_3));
  CHECK(day->fees == Cash(2 * (fee_1 + fee_2 + fee_3)));
  CHECK(day->low == Price(5999));
  CHECK(day->high == Price(8100));
  REQUIRE(day->instruments.size() == 2);
  CHECK(day->instruments[0].symbol == "PCA-2026");
  CHECK(day->instruments[0].low == Price(8001));
  CHECK(day->instruments[0].last == Price(8100));
  CHECK_FALSE(reader.day(second_day));
  CHECK(reader.days(10).size() == 1);
  CHECK(reader.total().volume == Quantity(224));
}

TEST_CASE("day end: several in one entry are all closed") {
  FakeExchange exchange;
  exchange.found();
  exchange.append(AdvanceTime{},
                  {TradingDayStarted{first_day}, UnitsIssued{ann, allowance, Quantity(1)}, TradingDayEnded{first_day},
                   TradingDayStarted{second_day}, UnitsIssued{ann, allowance, Quantity(2)}, TradingDayEnded{second_day},
                   UnitsIssued{ann, allowance, Quantity(4)}});
  FreshBooks books;
  books.catch_up(exchange);
  BooksReader reader(books.conninfo);
  CHECK(reader.statement(first_day, ann) ==
        std::vector{StatementLine{ann, allowance, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1}});
  CHECK(reader.statement(second_day, ann) ==
        std::vector{StatementLine{ann, allowance, 1, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 3}});
}

TEST_CASE("bank instructions: each payment stands in one file, a crash in between writes the same file again") {
  FakeExchange exchange;
  play_a_day(exchange);
  FreshBooks books;
  books.catch_up(exchange);
  const TemporaryDirectory directory;
  const auto read = [](const std::filesystem::path& path) {
    std::ifstream in(path);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  const auto file = write_payment_instructions(books.connection, directory.path());
  REQUIRE(file);
  CHECK(file->path.filename() == "payments-000001.csv");
  const std::string text = read(file->path);
  const std::string withdrawal = "W-13,clients-1,account-" + std::to_string(ann.raw()) + R"(,7,"rent, ""June""")";
  CHECK(text.find(withdrawal) != std::string::npos);
  CHECK(text.find("N-1-authority,settlement,authority,29,") != std::string::npos);
  CHECK(file->instructions == 6);
  CHECK_FALSE(write_payment_instructions(books.connection, directory.path()));

  std::filesystem::remove(file->path);  // as after a crash between mark and file
  books.connection.script("UPDATE books.instruction_files SET written = false");
  const auto again = write_payment_instructions(books.connection, directory.path());
  REQUIRE(again);
  CHECK(again->path == file->path);
  CHECK(read(again->path) == text);

  exchange.withdraw(broker_one, ann, 2'000);
  books.catch_up(exchange);
  const auto second = write_payment_instructions(books.connection, directory.path());
  REQUIRE(second);
  CHECK(second->number == 2);
  CHECK(second->total_fen == 2);
}
