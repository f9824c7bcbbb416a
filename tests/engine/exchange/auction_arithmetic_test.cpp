// The pure arithmetic of auctions and of the stability rule: the worked examples of docs/decisions/0012.
#include <doctest/doctest.h>

#include "engine/exchange/months.h"
#include "engine/exchange/rollovers.h"
#include "engine/exchange/sealed_bids.h"
#include "engine/exchange/stability.h"

using namespace pace;

namespace {

constexpr AuctionKind pool = AuctionKind::authority, reserve = AuctionKind::reserve;
constexpr InstrumentId one{1}, other{2};

struct Closing {
  const char* what;
  std::vector<SealedBid> bids;  // in order of time
  std::int64_t volume;
  std::int64_t price, sold;
  std::vector<SealedResult::Win> wins;
};

SealedBid bid(std::int64_t fen, std::int64_t kilograms) {
  return {Price(fen), Quantity(kilograms)};
}
SealedResult::Win win(std::uint32_t at, std::int64_t kilograms) {
  return {at, Quantity(kilograms)};
}

/// Months of one price and volume each; 0 kg: no trade.
std::vector<MonthTraded> months(const std::vector<std::pair<std::int64_t, std::int64_t>>& traded) {
  std::vector<MonthTraded> list;
  for (const auto& [fen, kilograms] : traded)
    list.push_back({{}, Quantity(kilograms), Price(fen) * Quantity(kilograms)});
  return list;
}
std::vector<MonthTraded> flat(std::size_t count, std::int64_t fen) {
  return months(std::vector<std::pair<std::int64_t, std::int64_t>>(count, {fen, 10}));
}
std::vector<MonthTraded> operator+(std::vector<MonthTraded> a, const std::vector<MonthTraded>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace

TEST_CASE("sealed bids: the highest win, all pay the lowest that wins") {
  const std::vector<Closing> table = {
      {"nobody bids", {}, 100, 0, 0, {}},
      {"one bid for less", {bid(8000, 40)}, 100, 8000, 40, {win(0, 40)}},
      {"one bid for all", {bid(8000, 100)}, 100, 8000, 100, {win(0, 100)}},
      {"one bid for more", {bid(8000, 140)}, 100, 8000, 100, {win(0, 100)}},
      {"exactly sold out", {bid(9000, 60), bid(8000, 40), bid(7000, 50)}, 100, 8000, 100, {win(0, 60), win(1, 40)}},
      {"the margin takes what is left",
       {bid(7000, 50), bid(9000, 60), bid(8000, 70)},
       100,
       8000,
       100,
       {win(1, 60), win(2, 40)}},
      {"a tie at the margin goes by time",
       {bid(8000, 60), bid(8000, 60), bid(8000, 60), bid(9000, 30)},
       100,
       8000,
       100,
       {win(3, 30), win(0, 60), win(1, 10)}},
      {"a tie above the margin is no tie",
       {bid(9000, 50), bid(9000, 50), bid(8000, 1)},
       101,
       8000,
       101,
       {win(0, 50), win(1, 50), win(2, 1)}},
      {"nothing for sale", {bid(9000, 50)}, 0, 0, 0, {}},
  };
  for (const Closing& row : table) {
    INFO(row.what);
    const SealedResult result = close_sealed(row.bids, Quantity(row.volume));
    CHECK(result.price == Price(row.price));
    CHECK(result.sold == Quantity(row.sold));
    CHECK(result.wins == row.wins);
  }
}

TEST_CASE("sealed bids: one bidder's share is rounded down, and never below the least bid") {
  CHECK(bidder_limit(Quantity(100'000), PerMille(250), Quantity(1'000)) == Quantity(25'000));
  CHECK(bidder_limit(Quantity(10'001), PerMille(250), Quantity(1'000)) == Quantity(2'500));
  CHECK(bidder_limit(Quantity(2'000), PerMille(250), Quantity(1'000)) == Quantity(1'000));
  CHECK(bidder_limit(Quantity(2'000), PerMille(1'000), Quantity(1'000)) == Quantity(2'000));
}

TEST_CASE("rollover: even parts, the last takes the rest") {
  Rollovers r;
  r.add(pool, one, Quantity(10), 4);
  CHECK(r.pending(pool, one) == Quantity(10));
  for (const std::int64_t part : {2, 2, 3, 3, 0}) CHECK(r.take(pool, one, Quantity(100)) == Quantity(part));
  CHECK(r.pending(pool, one) == Quantity(0));
}

TEST_CASE("rollover: what an auction has no room for is left to the later ones, and in the end is free") {
  Rollovers r;
  r.add(pool, one, Quantity(400), 4);
  CHECK(r.take(pool, one, Quantity(40)) == Quantity(40));    // 100 due
  CHECK(r.take(pool, one, Quantity(500)) == Quantity(120));  // 360 over three
  CHECK(r.take(pool, one, Quantity(0)) == Quantity(0));
  CHECK(r.pending(pool, one) == Quantity(240));
  CHECK(r.take(pool, one, Quantity(200)) == Quantity(200));
  CHECK(r.pending(pool, one) == Quantity(0));  // 40 fit nowhere
}

TEST_CASE("rollover: each account and instrument has its own, the oldest goes first, none of nothing is kept") {
  Rollovers r;
  r.add(pool, one, Quantity(0), 4);
  r.add(pool, one, Quantity(100), 0);
  CHECK(r.take(pool, one, Quantity(100)) == Quantity(0));
  r.add(pool, one, Quantity(100), 1);
  r.add(pool, one, Quantity(60), 2);
  r.add(reserve, one, Quantity(7), 1);
  r.add(pool, other, Quantity(8), 1);
  CHECK(r.take(pool, one, Quantity(110)) == Quantity(110));  // 100, and 10 of the 30 due
  CHECK(r.pending(pool, one) == Quantity(50));
  CHECK(r.take(reserve, one, Quantity(110)) == Quantity(7));
  CHECK(r.take(pool, other, Quantity(110)) == Quantity(8));
}

TEST_CASE("stability: each of three months above twice the mean of the two years before them") {
  const Rulebook rules;
  const auto calm = flat(24, 8000), high = flat(1, 16'001), low = flat(1, 16'000), silent = months({{0, 0}});
  const auto triggered = [&](const std::vector<MonthTraded>& list) { return test_stability(list, rules).triggered; };
  CHECK_FALSE(triggered({}));
  CHECK_FALSE(triggered(high + high + high));
  CHECK(triggered(calm + high + high + high));
  CHECK_FALSE(triggered(calm + low + high + high));
  CHECK_FALSE(triggered(calm + high + high + low));
  CHECK_FALSE(triggered(calm + high + high + silent));
  CHECK_FALSE(triggered(calm + high + high + high + high));  // the first high one is now in the mean
  CHECK(triggered(flat(12, 8000) + high + high + high));
  CHECK_FALSE(triggered(flat(11, 8000) + high + high + high));
  CHECK_FALSE(triggered(flat(24, 100) + flat(24, 16'001) + high + high + high));  // older months do not count
}

TEST_CASE("stability: the mean is weighted by volume, and the months in question are not in it") {
  Rulebook rules;
  rules.stability_mean_months = 2;
  rules.stability_months = 1;
  const StabilityTest test = test_stability(months({{9000, 10}, {6000, 30}, {13'501, 5}}), rules);
  CHECK(test.mean == Price(6'750));
  CHECK(test.price == Price(13'501));
  CHECK(test.triggered);
  CHECK_FALSE(test_stability(months({{9000, 10}, {6000, 30}, {13'500, 5}}), rules).triggered);
  CHECK(test_stability(months({{8000, 1}, {0, 0}, {9000, 5}}), rules).mean == Price(8000));
  CHECK(test_stability(months({{0, 0}, {0, 0}, {9000, 5}}), rules).mean == Price(0));
  CHECK(test_stability(months({{9000, 5}}), rules).price == Price(9000));
}

TEST_CASE("months: first days and the same day some months before") {
  const auto day = [](const char* text) { return *parse_date(text); };
  CHECK(first_of_month(day("2026-02-28")) == day("2026-02-01"));
  CHECK(first_of_next_month(day("2026-12-31")) == day("2027-01-01"));
  CHECK(months_before(day("2026-05-31"), 3) == day("2026-02-28"));
  CHECK(months_before(day("2028-05-31"), 3) == day("2028-02-29"));
  CHECK(months_before(day("2026-01-15"), 1) == day("2025-12-15"));
  CHECK(months_before(day("2026-03-15"), 24) == day("2024-03-15"));
}
