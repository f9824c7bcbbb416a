#include "settlement/books/books.h"

#include <doctest/doctest.h>

#include <thread>

#include "settlement/books/reader.h"
#include "settlement/books/writer.h"
#include "tests/settlement/books/fake_exchange.h"
#include "tests/settlement/books/fresh_books.h"
#include "tests/settlement/pg/private_cluster.h"

using namespace pace;
using namespace pace::test;

namespace {

constexpr auto patience = std::chrono::milliseconds(8000);

BooksOptions quick() {
  BooksOptions options;
  options.longest_backoff = std::chrono::milliseconds(50);
  options.report_again = std::chrono::milliseconds(200);
  options.answer_patience = std::chrono::milliseconds(300);
  return options;
}

template <class Condition>
bool eventually(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < deadline) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

void open_day(FakeExchange& exchange) {
  exchange.found();
  exchange.start_day(first_day);
  exchange.deposit(broker_one, ann, 1'000'000'000);
  exchange.issue(bo, allowance, 1200);
}

}  // namespace

TEST_CASE("books: a day end is compared at one sequence number and reported clean") {
  FakeExchange exchange;
  open_day(exchange);
  exchange.trade(exchange.make_trade(ann, broker_one, bo, broker_two, allowance, 8001, 13));
  exchange.end_day(first_day);
  exchange.busy = 2;
  Books books(fresh_books(), exchange, exchange, exchange, quick());
  books.start();
  REQUIRE(eventually([&] { return !exchange.reports().empty(); }));
  const ReportReconciliation report = exchange.reports().front();
  CHECK(report.day == first_day);
  CHECK(report.difference == 0);
  CHECK(report.account == AccountId{});
  CHECK(report.accounts_compared == 3);  // ann, bo, fees
  REQUIRE(books.wait_for(exchange.released(), patience));
  CHECK(books.status().reconciliations == 1);
  CHECK(books.status().days_closed == 1);
  CHECK(books.status().lag == 0);
}

TEST_CASE("books: a block trade and an authority's auction reconcile to zero") {
  FakeExchange exchange;
  open_day(exchange);
  exchange.issue(auction_account, allowance, 300);
  Trade block = exchange.make_trade(ann, broker_one, bo, broker_two, allowance, 8001, 1'000);
  block.kind = TradeKind::block;
  block.buy.order = block.sell.order = {};
  exchange.trade(block);
  Trade sealed = exchange.make_trade(ann, broker_one, auction_account, {}, allowance, 9'999, 111);
  sealed.kind = TradeKind::auction;
  sealed.buy.order = sealed.sell.order = {};
  sealed.sell.fee = {};
  exchange.trade(sealed);
  exchange.end_day(first_day);
  Books books(fresh_books(), exchange, exchange, exchange, quick());
  books.start();
  REQUIRE(eventually([&] { return !exchange.reports().empty(); }));
  const ReportReconciliation report = exchange.reports().front();
  CHECK(report.difference == 0);
  CHECK(report.accounts_compared == 4);  // ann, bo, fees, the paid pool
}

TEST_CASE("books: the engine may be ahead of the day end when it is asked") {
  FakeExchange exchange;
  open_day(exchange);
  exchange.end_day(first_day);
  exchange.batch_entries = 3;
  int more = 0;
  exchange.before_answer = [&] {
    for (; more < 20; ++more) exchange.deposit(broker_two, cy, 1000);
  };
  Books books(fresh_books(), exchange, exchange, exchange, quick());
  books.start();
  REQUIRE(eventually([&] { return !exchange.reports().empty(); }));
  CHECK(exchange.reports().front().difference == 0);
  CHECK(exchange.reports().front().accounts_compared == 3);  // cy is in
}

TEST_CASE("books: a wrong balance is found, named and reported; put right, the next comparison is clean") {
  FakeExchange exchange;
  open_day(exchange);
  const std::string conninfo = fresh_books();
  Books books(conninfo, exchange, exchange, exchange, quick());
  books.start();
  REQUIRE(books.wait_for(exchange.released(), patience));
  pg::Connection tamper(conninfo);
  tamper.exec("UPDATE books.balances SET amount = amount + 1 WHERE account = $1 AND instrument = 0", {ann});
  exchange.end_day(first_day);
  REQUIRE(eventually([&] { return !exchange.reports().empty(); }));
  CHECK(exchange.reports().front().account == ann);
  CHECK(exchange.reports().front().difference == -1);
  BooksReader reader(conninfo);
  const auto found = reader.last_reconciliation();
  REQUIRE(found);
  CHECK(found->differing == 1);
  CHECK(found->differences == std::vector{Difference{ann, {}, 1'000'000'000, 1'000'000'001, 1'000'000'000}});
  CHECK(to_text(*found).find(std::to_string(ann.raw())) != std::string::npos);
  CHECK(reader.day(first_day)->differing == 1);

  tamper.exec("UPDATE books.balances SET amount = amount - 1 WHERE account = $1 AND instrument = 0", {ann});
  CHECK(books.reconcile(patience).clean());
  REQUIRE(eventually([&] { return exchange.reports().size() == 2; }));
  CHECK(exchange.reports().back().difference == 0);
  CHECK(exchange.reports().back().day == first_day);
  CHECK(reader.day(first_day)->reconciled);
}

TEST_CASE("books: a balance only the engine has, and one it lacks, are both found") {
  FakeExchange exchange;
  open_day(exchange);
  exchange.change_engine(cy, credit, 5);
  exchange.change_engine(bo, allowance, -1200);
  Books books(fresh_books(), exchange, exchange, exchange, quick());
  books.start();
  const Reconciliation result = books.reconcile(patience);
  CHECK(result.differences == std::vector{Difference{bo, allowance, 0, 1200, 1200}, Difference{cy, credit, 5, 0, 0}});
  CHECK(result.first().account == bo);
  CHECK(result.first().amount() == -1200);
}

TEST_CASE("books: money the bank does not have is found") {
  FakeExchange exchange;
  open_day(exchange);
  const std::string conninfo = fresh_books();
  Books books(conninfo, exchange, exchange, exchange, quick());
  books.start();
  REQUIRE(books.wait_for(exchange.released(), patience));
  pg::Connection(conninfo).script("UPDATE books.deposits SET amount = amount - 1000");
  const Reconciliation result = books.reconcile(patience);
  REQUIRE(result.differing == 1);
  CHECK(result.first() == Difference{{}, {}, 1'000'000'000, 1'000'000'000, 999'999'000});
  CHECK(to_text(result).find("bank ") != std::string::npos);
}

TEST_CASE("books: stopped and started again they go on at their position") {
  FakeExchange exchange;
  open_day(exchange);
  const std::string conninfo = fresh_books();
  {
    Books books(conninfo, exchange, exchange, exchange, quick());
    books.start();
    REQUIRE(books.wait_for(exchange.released(), patience));
    books.stop();
    books.stop();
  }
  exchange.answers = false;  // the day ends, and the engine does not answer this run
  exchange.end_day(first_day);
  {
    Books books(conninfo, exchange, exchange, exchange, quick());
    books.start();
    REQUIRE(books.wait_for(exchange.released(), patience));
    CHECK_THROWS_WITH_AS((void)books.reconcile(std::chrono::milliseconds(100)), doctest::Contains("does not answer"),
                         pg::Fault);
  }
  CHECK(exchange.reports().empty());
  exchange.answers = true;
  Books books(conninfo, exchange, exchange, exchange, quick());
  books.start();
  REQUIRE(eventually([&] { return exchange.reports().size() == 1; }));
  REQUIRE(books.wait_for(exchange.released(), patience));
  CHECK(pg::Connection(conninfo)
            .exec("SELECT amount FROM books.balances WHERE account = $1 AND instrument = 0", {ann})
            .int64(0, 0) == 1'000'000'000);
  CHECK(pg::Connection(conninfo).exec("SELECT count(*) FROM books.day_ends").int64(0, 0) == 1);
  std::this_thread::sleep_for(std::chrono::milliseconds(400));  // longer than report_again
  CHECK(exchange.reports().size() == 1);                        // seen in the feed, so not sent again
}

TEST_CASE("books: PostgreSQL stopped in the middle, they wait and catch up") {
  PrivateCluster& cluster = shared_cluster();
  FakeExchange exchange;
  exchange.batch_entries = 20;
  open_day(exchange);
  Books books(fresh_books(), exchange, exchange, exchange, quick());
  books.start();
  REQUIRE(books.wait_for(exchange.released(), patience));
  cluster->stop();
  for (int i = 0; i < 500; ++i) exchange.deposit(broker_one, bo, 1000);
  REQUIRE(eventually([&] { return !books.status().connected; }));
  CHECK_FALSE(books.status().last_error.empty());
  CHECK(books.status().lag == 500);
  CHECK_THROWS_AS((void)books.reconcile(std::chrono::milliseconds(100)), pg::Fault);
  cluster->start();
  REQUIRE(books.wait_for(exchange.released(), patience));
  CHECK(books.status().connected);
  CHECK(books.status().last_error.empty());
  CHECK(books.reconcile(patience).clean());
  books.stop();
}

TEST_CASE("books: started before PostgreSQL is there, they begin when it comes") {
  PrivateCluster& cluster = shared_cluster();
  const std::string conninfo = fresh_books();
  cluster->stop();
  FakeExchange exchange;
  open_day(exchange);
  Books books(conninfo, exchange, exchange, exchange, quick());
  books.start();
  REQUIRE(eventually([&] { return books.status().faults > 1; }));
  CHECK(books.position() == Sequence{});
  cluster->start();
  CHECK(books.wait_for(exchange.released(), patience));
  books.stop();
}
