#include "engine/exchange/prefunding.h"

#include <doctest/doctest.h>

#include <random>

#include "settlement/ledger/fee.h"

using namespace pace;

TEST_CASE("prefunding: the hold per kilogram pays every split into fills, at the limit or better, commission and all") {
  std::mt19937_64 random(20260907);
  const auto pick = [&](std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(high - low + 1));
  };
  for (int round = 0; round < 20'000; ++round) {
    const Price limit(pick(1, 20'000));
    const Rates rates{static_cast<std::uint8_t>(pick(0, 100)), static_cast<std::uint8_t>(pick(0, 1) * pick(0, 200))};
    Quantity open(pick(1, 60));
    Cash held = held_per_kg(limit, rates) * open;
    while (open > Quantity{}) {
      const Quantity filled(pick(1, open.raw()));
      const Cash value = Price(pick(1, limit.raw())) * filled;
      const Cash let_go = held_per_kg(limit, rates) * filled;
      REQUIRE(value + fee(value, PerMille(rates.fee)) + fee(value, PerMille(rates.commission)) <= let_go);
      held -= let_go;
      open -= filled;
    }
    REQUIRE(held == Cash{});
  }
}

TEST_CASE("prefunding: one fee over the whole order would not be enough") {
  // 1 kg at 100 fen/t is 100 milli-fen; the fee of 0.5 rounds up to 1 on each of two fills, but 200 owe 1 in one.
  const Cash one = Price(100) * Quantity(1), two = Price(100) * Quantity(2);
  CHECK(fee(one, PerMille(5)) + fee(one, PerMille(5)) > fee(two, PerMille(5)));
  CHECK(held_per_kg(Price(100), Rates{5, 0}) * Quantity(2) >= two + fee(one, PerMille(5)) + fee(one, PerMille(5)));
}
