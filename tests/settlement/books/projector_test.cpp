#include "settlement/books/projector.h"

#include <doctest/doctest.h>

#include <map>

#include "tests/settlement/books/fake_exchange.h"

using namespace pace;
using namespace pace::test;

namespace {

struct Projected {
  BooksPosition position;
  Purses purses;
  Rows rows;

  explicit Projected(FakeExchange& exchange) {
    const auto batch = exchange.batch(Sequence(1), exchange.released());
    std::vector<Entry> entries;
    std::unordered_set<AccountId> accounts;
    Members members;
    for (std::size_t i = 0; i < batch->size(); ++i) {
      entries.push_back(*decode_entry(batch->entry(i)));
      collect_money_accounts(entries.back(), members, accounts);
    }
    for (const AccountId account : accounts) purses[account] = {};
    Projector projector(position, members, purses, rows);
    for (const Entry& entry : entries) projector.take(entry);
  }
  std::int64_t balance(AccountId account, InstrumentId instrument) const {
    std::int64_t sum = 0;
    for (const PostingRow& p : rows.postings)
      if (p.account == account && p.instrument == instrument) sum += p.amount;
    return sum;
  }
};

void check_sums(const Rows& rows) {
  std::map<std::tuple<Sequence, std::int32_t, InstrumentId>, std::int64_t> sums;
  for (const PostingRow& p : rows.postings) sums[{p.sequence, p.movement, p.instrument}] += p.amount;
  CHECK_FALSE(sums.empty());
  for (const auto& [entry, sum] : sums) CHECK(sum == 0);
}

}  // namespace

TEST_CASE("projector: every movement is posted, its legs sum to zero") {
  FakeExchange exchange;
  exchange.found();
  exchange.deposit(broker_one, ann, 1'000'000);
  exchange.issue(bo, allowance, 1200);
  exchange.trade(exchange.make_trade(ann, broker_one, bo, broker_two, allowance, 8001, 13));
  exchange.surrender(bo, allowance, 100);
  exchange.cancel_units(bo, allowance, 7);
  exchange.surcharge(ann, 500, 12);
  exchange.withdraw(broker_one, ann, 3000);
  const Projected p(exchange);
  check_sums(p.rows);
  const std::int64_t value = 8001 * 13, fee = 520;  // 104,013 milli-fen; 5 per mille is 520.065
  CHECK(p.balance(ann, cash_asset) == 1'000'000 - value - fee - 500 - 3000);
  CHECK(p.balance(bo, cash_asset) == value - fee);
  CHECK(p.balance(fee_account, cash_asset) == 2 * fee);
  CHECK(p.balance(authority_account, cash_asset) == 500);
  CHECK(p.balance(outside_account, cash_asset) == -(1'000'000 - 3000));
  CHECK(p.balance(ann, allowance) == 13);
  CHECK(p.balance(bo, allowance) == 1200 - 13 - 100 - 7);
  CHECK(p.balance(surrender_account, allowance) == 100);
  CHECK(p.balance(cancellation_account, allowance) == 7);
  CHECK(p.balance(outside_account, allowance) == -1200);
}

TEST_CASE("projector: a commission goes to the member's own account, under its own bank account") {
  FakeExchange exchange;
  exchange.found();
  exchange.deposit(broker_one, ann, 1'000'000);
  exchange.issue(bo, allowance, 1200);
  Trade trade = exchange.make_trade(ann, broker_one, bo, broker_two, allowance, 8000, 10);
  trade.buy.commission = Cash(1600);
  trade.sell.commission = Cash(800);
  exchange.trade(trade);
  const Projected p(exchange);
  check_sums(p.rows);
  CHECK(p.balance(ann, cash_asset) == 1'000'000 - 80'000 - 400 - 1600);
  CHECK(p.balance(bo, cash_asset) == 80'000 - 400 - 800);
  CHECK(p.balance(house_one, cash_asset) == 1600);
  CHECK(p.balance(house_two, cash_asset) == 800);
  CHECK(bank_account_name(p.purses.at(house_two).home, p.purses.at(house_two).house) == "house-2");
  int commissions = 0;
  for (const PostingRow& posting : p.rows.postings) commissions += posting.kind == PostingKind::commission;
  CHECK(commissions == 4);
}

TEST_CASE("projector: rejected and repeated commands move nothing, what was due with them does") {
  FakeExchange exchange;
  exchange.append(DepositCash{broker_one, ann, Cash(1000), "a"}, {}, {Reject::unknown_account, 1, 0});
  exchange.append(DepositCash{broker_one, ann, Cash(1000), "a"}, {}, {}, Sequence(1));
  exchange.append(DepositCash{broker_one, ann, Cash(1000), "a"}, {UnitsIssued{bo, allowance, Quantity(5)}},
                  {Reject::unknown_account, 1, 0});
  const Projected p(exchange);
  CHECK(p.rows.deposits.empty());
  CHECK(p.rows.postings.size() == 2);
  CHECK(p.balance(bo, allowance) == 5);
  CHECK(p.position.sequence == Sequence(3));
}

TEST_CASE("projector: money stands with the broker of its last deposit, all of it moves there") {
  FakeExchange exchange;
  exchange.found();
  exchange.deposit(broker_one, ann, 5000);
  exchange.deposit(broker_two, ann, 2000);
  exchange.withdraw(broker_one, ann, 1000);
  exchange.deposit(broker_one, house_one, 9000);
  const Projected p(exchange);
  check_sums(p.rows);
  std::map<BrokerId, std::int64_t> with;
  for (const PostingRow& posting : p.rows.postings)
    if (posting.account == ann) with[posting.broker] += posting.amount;
  CHECK(with[broker_one] == 0);
  CHECK(with[broker_two] == 6000);
  CHECK(p.rows.instructions.at(0).payer == "clients-2");
  CHECK(p.purses.at(ann).home == broker_two);
  CHECK(bank_account_name(p.purses.at(house_one).home, p.purses.at(house_one).house) == "house-1");
}

TEST_CASE("projector: what follows a day's end belongs to the next, in the same entry too") {
  FakeExchange exchange;
  exchange.start_day(first_day);
  exchange.append(AdvanceTime{}, {UnitsIssued{ann, allowance, Quantity(1)}, TradingDayEnded{first_day},
                                  UnitsIssued{ann, allowance, Quantity(2)}, TradingDayStarted{second_day},
                                  TradingDayEnded{second_day}, UnitsIssued{ann, allowance, Quantity(4)}});
  const Projected p(exchange);
  REQUIRE(p.rows.day_ends.size() == 2);
  CHECK(p.rows.day_ends[0].period == 1);
  CHECK(p.rows.day_ends[1].day == second_day);
  std::map<std::int32_t, std::int64_t> periods;
  for (const PostingRow& posting : p.rows.postings)
    if (posting.account == ann) periods[posting.period] += posting.amount;
  CHECK(periods == std::map<std::int32_t, std::int64_t>{{1, 1}, {2, 2}, {3, 4}});
}
