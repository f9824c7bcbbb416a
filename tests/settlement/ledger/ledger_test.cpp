#include "settlement/ledger/ledger.h"

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <tuple>

#include "settlement/ledger/fee.h"
#include "settlement/ledger/posting.h"

namespace pace {
namespace {

constexpr AccountIndex fees{0}, ann{1}, bo{2}, cy{3};
constexpr InstrumentId pca{1}, credit{2};
constexpr Date monday{20'000}, tuesday{20'001};

Ledger small_ledger() {
  Ledger ledger;
  for (std::uint32_t i = 0; i < 4; ++i) ledger.open_account(AccountIndex(i));
  ledger.list_instrument(pca);
  ledger.list_instrument(credit);
  ledger.set_fee_account(fees);
  return ledger;
}

Bytes saved(const Ledger& ledger) {
  Bytes bytes;
  ByteWriter out(bytes);
  ledger.save(out);
  return bytes;
}

}  // namespace

TEST_CASE("fee: rounds half up once") {
  CHECK(fee(Cash(100), PerMille(5)) == Cash(1));  // 0.5
  CHECK(fee(Cash(99), PerMille(5)) == Cash(0));   // 0.495
  CHECK(fee(Cash(300), PerMille(5)) == Cash(2));  // 1.5
  CHECK(fee(Cash(0), PerMille(5)) == Cash(0));
  CHECK(fee(Cash(1'999), PerMille(0)) == Cash(0));
  CHECK(fee(Cash::max(), PerMille(1000)) == Cash::max());
  std::mt19937_64 random(7);
  for (int i = 0; i < 10'000; ++i) {
    const auto value = static_cast<std::int64_t>(random() >> (1 + random() % 60));
    const auto rate = static_cast<std::int64_t>(random() % 1001);
    REQUIRE(fee(Cash(value), PerMille(rate)).raw() == muldiv_half_up(value, rate, 1000));
  }
}

TEST_CASE("ledger: a trade moves units, money and both fees, and lets the holds go") {
  Ledger ledger = small_ledger();
  ledger.issue(ann, pca, Quantity(1'000));
  ledger.deposit(bo, Cash(10'000'000));
  ledger.hold_units(ann, pca, Quantity(300));
  ledger.hold_cash(bo, Cash(3'000'000));
  // 200 kg at 80.00 CNY/t; 100 kg stay held, and of the cash what the fill held for a higher limit comes free.
  const Cash value = Price(8'000) * Quantity(200);
  ledger.settle({.buyer = bo,
                 .seller = ann,
                 .units = &ledger.column(pca),
                 .quantity = Quantity(200),
                 .value = value,
                 .buy_fee = fee(value, PerMille(5)),
                 .sell_fee = fee(value, PerMille(5)),
                 .buy_held = Cash(2'000'000),
                 .day = monday});
  CHECK(ledger.holding(ann, pca) == Holding{.total = Quantity(800), .held = Quantity(100)});
  CHECK(ledger.holding(bo, pca) == Holding{.total = Quantity(200), .bought = Quantity(200), .bought_on = monday});
  CHECK(ledger.money(ann) == Money{.total = Cash(1'592'000)});
  CHECK(ledger.money(bo) == Money{.total = Cash(8'392'000), .held = Cash(1'000'000)});
  CHECK(ledger.money(fees) == Money{.total = Cash(16'000)});
  CHECK(ledger.at_bank() == Cash(10'000'000));
  CHECK(ledger.issued(pca) == Quantity(1'000));
  ledger.check();
}

TEST_CASE("ledger: commissions go from each principal to its broker's own account, of what the order held") {
  Ledger ledger = small_ledger();
  ledger.issue(ann, pca, Quantity(100));
  ledger.hold_units(ann, pca, Quantity(100));
  ledger.deposit(bo, Cash(1'000));
  ledger.hold_cash(bo, Cash(1'000));
  ledger.settle({.buyer = bo,
                 .seller = ann,
                 .units = &ledger.column(pca),
                 .quantity = Quantity(10),
                 .value = Cash(800),
                 .buy_fee = Cash(4),
                 .sell_fee = Cash(4),
                 .buy_commission = {Cash(16), cy},
                 .sell_commission = {Cash(8), cy},
                 .buy_held = Cash(820),
                 .day = monday});
  CHECK(ledger.money(bo) == Money{.total = Cash(180), .held = Cash(180)});
  CHECK(ledger.money(ann) == Money{.total = Cash(788)});
  CHECK(ledger.money(cy) == Money{.total = Cash(24)});
  CHECK(ledger.money(fees) == Money{.total = Cash(8)});
  ledger.check();
}

TEST_CASE("ledger: a trade reversed leaves everything as it was, whether of today or of before") {
  for (const Date bought_on : {monday, Date{}}) {
    Ledger ledger = small_ledger();
    ledger.issue(ann, pca, Quantity(100));
    ledger.issue(bo, pca, Quantity(50));
    ledger.deposit(bo, Cash(1'000));
    ledger.hold_units(ann, pca, Quantity(10));
    ledger.hold_cash(bo, Cash(820));
    const Commission bought{Cash(16), cy}, sold{Cash(8), cy};
    ledger.settle({.buyer = bo,
                   .seller = ann,
                   .units = &ledger.column(pca),
                   .quantity = Quantity(10),
                   .value = Cash(800),
                   .buy_fee = Cash(4),
                   .sell_fee = Cash(4),
                   .buy_commission = bought,
                   .sell_commission = sold,
                   .buy_held = Cash(820),
                   .day = monday});
    ledger.reverse({.buyer = bo,
                    .seller = ann,
                    .instrument = pca,
                    .quantity = Quantity(10),
                    .value = Cash(800),
                    .buy_fee = Cash(4),
                    .sell_fee = Cash(4),
                    .buy_commission = bought,
                    .sell_commission = sold,
                    .bought_on = bought_on});
    ledger.check();
    CHECK(ledger.holding(ann, pca) == Holding{.total = Quantity(100)});
    CHECK(ledger.holding(bo, pca).total == Quantity(50));
    // Of another day the units that go are not those that today's lock is for.
    CHECK(ledger.holding(bo, pca).locked(monday) == Quantity(bought_on == monday ? 0 : 10));
    CHECK(ledger.money(bo) == Money{.total = Cash(1'000)});
    CHECK(ledger.money(ann) == Money{});
    CHECK(ledger.money(cy) == Money{});
    CHECK(ledger.money(fees) == Money{});
  }
}

TEST_CASE("ledger: units bought today are locked today only, those of several fills together") {
  Ledger ledger = small_ledger();
  ledger.issue(ann, pca, Quantity(100));
  ledger.hold_units(ann, pca, Quantity(100));
  ledger.deposit(bo, Cash(1'000));
  ledger.hold_cash(bo, Cash(1'000));
  const auto buy = [&](std::int64_t kg, Date day) {
    ledger.settle({.buyer = bo,
                   .seller = ann,
                   .units = &ledger.column(pca),
                   .quantity = Quantity(kg),
                   .value = Cash(100),
                   .buy_held = Cash(100),
                   .day = day});
  };
  buy(10, monday);
  buy(20, monday);
  CHECK(ledger.holding(bo, pca).locked(monday) == Quantity(30));
  CHECK(ledger.holding(bo, pca).locked(tuesday) == Quantity(0));
  buy(5, tuesday);
  CHECK(ledger.holding(bo, pca).locked(tuesday) == Quantity(5));
  // A surrender takes what may be sold first: what was bought today goes last.
  ledger.move(bo, cy, pca, Quantity(32));
  CHECK(ledger.holding(bo, pca).locked(tuesday) == Quantity(3));
  CHECK(ledger.holding(cy, pca).locked(tuesday) == Quantity(0));
  ledger.check();
}

// The ledger's own movements against the legs in posting.h, over random histories.
TEST_CASE("ledger: every movement is what its legs say, and they sum to zero") {
  std::mt19937_64 random(11);
  const auto below = [&](std::int64_t n) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n));
  };
  const auto number = [](AccountIndex a) { return AccountId(a.raw() + 1'000); };
  Ledger ledger = small_ledger();
  std::map<std::tuple<Holder, AccountId, InstrumentId>, std::int64_t> balances;
  const auto post = [&](const auto& legs) {
    REQUIRE(sums_to_zero(legs));
    for (const Leg& leg : legs) balances[{leg.holder, leg.account, leg.instrument}] += leg.amount;
  };
  const auto somebody = [&] { return AccountIndex(static_cast<std::uint32_t>(1 + below(3))); };
  int trades = 0;
  for (int i = 0; i < 20'000; ++i) {
    const AccountIndex from = somebody(), to = somebody();
    const InstrumentId instrument = below(2) == 0 ? pca : credit;
    const Holding& units = ledger.holding(from, instrument);
    const Quantity free_units = units.total - units.held;
    const Cash free_cash = ledger.money(from).free();
    switch (below(8)) {
      case 0: {
        const Quantity q(below(500));
        ledger.issue(to, instrument, q);
        post(issue_legs(number(to), instrument, q));
        break;
      }
      case 1: {
        const Cash c(below(9'000'000));
        ledger.deposit(to, c);
        post(deposit_legs(number(to), c));
        break;
      }
      case 2: {
        const Cash c(below(free_cash.raw() / 4 + 1));
        ledger.withdraw(from, c);
        post(withdrawal_legs(number(from), c));
        break;
      }
      case 3: {
        const Cash c(below(free_cash.raw() / 4 + 1));
        ledger.move_cash(from, to, c);
        post(payment_legs(number(from), number(to), c));
        break;
      }
      case 4: {
        const Quantity q(below(free_units.raw() / 4 + 1));
        ledger.move(from, to, instrument, q);
        post(delivery_legs(number(from), number(to), instrument, q));
        break;
      }
      case 5: {  // held and let go again: no posting
        const Quantity q(below(free_units.raw() + 1));
        ledger.hold_units(from, instrument, q);
        ledger.check();
        ledger.release_units(from, instrument, q);
        break;
      }
      default: {
        const Quantity q(1 + below(200));
        const Cash value = Price(1 + below(20'000)) * q;
        const Cash cost = fee(value, PerMille(5));
        const AccountIndex member = below(2) == 0 ? ann : bo;
        const Cash bought = fee(value, PerMille(below(3) * 20)), sold = fee(value, PerMille(below(2) * 33));
        const Cash held = value + cost + bought + Cash(7);
        if (free_units < q || ledger.money(to).free() < held) break;
        ledger.hold_units(from, instrument, q);
        ledger.hold_cash(to, held);
        ledger.settle({.buyer = to,
                       .seller = from,
                       .units = &ledger.column(instrument),
                       .quantity = q,
                       .value = value,
                       .buy_fee = cost,
                       .sell_fee = cost,
                       .buy_commission = {bought, member},
                       .sell_commission = {sold, bo},
                       .buy_held = held,
                       .day = monday});
        post(legs_of(TradePosting{.buyer = number(to),
                                  .seller = number(from),
                                  .fees = number(fees),
                                  .buy_member = number(member),
                                  .sell_member = number(bo),
                                  .instrument = instrument,
                                  .quantity = q,
                                  .value = value,
                                  .buy_fee = cost,
                                  .sell_fee = cost,
                                  .buy_commission = bought,
                                  .sell_commission = sold}));
        ++trades;
      }
    }
    ledger.check();
  }
  CHECK(trades > 1'000);
  for (std::uint32_t a = 0; a < 4; ++a) {
    const AccountId account = number(AccountIndex(a));
    CHECK(balances[{Holder::account, account, cash_asset}] == ledger.money(AccountIndex(a)).total.raw());
    CHECK(ledger.money(AccountIndex(a)).held == Cash{});
    for (const InstrumentId i : {pca, credit})
      CHECK(balances[{Holder::account, account, i}] == ledger.holding(AccountIndex(a), i).total.raw());
  }
  CHECK(balances[{Holder::bank, {}, cash_asset}] == -ledger.at_bank().raw());
  for (const InstrumentId i : {pca, credit}) CHECK(balances[{Holder::issuance, {}, i}] == -ledger.issued(i).raw());
}

TEST_CASE("posting: legs that do not cancel are told") {
  auto legs = issue_legs(AccountId(1'050), pca, Quantity(5));
  CHECK(sums_to_zero(legs));
  legs[1].amount = 4;
  CHECK_FALSE(sums_to_zero(legs));
  legs = issue_legs(AccountId(1'050), pca, Quantity(5));
  legs[1].instrument = credit;
  CHECK_FALSE(sums_to_zero(legs));
}

TEST_CASE("ledger: comes back from its bytes, the same bytes again") {
  Ledger ledger = small_ledger();
  ledger.issue(ann, pca, Quantity(1'000));
  ledger.issue(cy, credit, Quantity(70));
  ledger.deposit(bo, Cash(123'456));
  ledger.hold_units(ann, pca, Quantity(10));
  ledger.hold_cash(bo, Cash(456));
  const Bytes bytes = saved(ledger);
  Ledger copy;
  ByteReader in(bytes);
  REQUIRE(copy.load(in));
  CHECK(in.done());
  CHECK(saved(copy) == bytes);
  CHECK(copy.holding(ann, pca) == ledger.holding(ann, pca));
  CHECK(copy.holding(ann, credit) == Holding{});
  CHECK(copy.money(bo) == ledger.money(bo));
}

TEST_CASE("ledger: refuses bytes that are cut, or whose sums do not fit") {
  Ledger ledger = small_ledger();
  ledger.issue(ann, pca, Quantity(1'000));
  ledger.deposit(bo, Cash(123'456));
  const Bytes bytes = saved(ledger);
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    ByteReader in(BytesView(bytes.data(), n));
    Ledger copy;
    REQUIRE_FALSE(copy.load(in));
    REQUIRE(copy.accounts() == 0);
  }
  // A changed total of any account, of the bank or of what is issued no longer sums up; it is the sign bit or any
  // other. Totals are packed: bo's takes three bytes, the others' and what is held one each.
  struct Field {
    std::size_t at, bytes;
  };
  for (const Field field : {Field{12, 8}, {20, 1}, {22, 3}, {26, 1}, {28, 1}, {30, 8}}) {
    for (std::size_t bit = 0; bit < 8 * field.bytes; ++bit) {
      Bytes damaged = bytes;
      damaged[field.at + bit / 8] = static_cast<std::uint8_t>(damaged[field.at + bit / 8] ^ 1u << bit % 8);
      ByteReader in(damaged);
      Ledger copy;
      REQUIRE_FALSE(copy.load(in));
    }
  }
}

}  // namespace pace
