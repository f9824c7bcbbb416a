#include <doctest/doctest.h>

#include "registry/rules/compliance.h"
#include "registry/rules/emission.h"

namespace pace {
namespace {

constexpr Rulebook standard;

TEST_CASE("compliance: the rulebook's worked examples") {
  struct Example {
    std::int64_t e, vintage, banked, asked;
    std::int64_t credits, from_banked, from_vintage, shortfall;
  };
  const Example examples[] = {
      {1'000, 1'200, 0, 0, 0, 0, 1'000, 0},         {1'205, 1'000, 100, 300, 120, 100, 985, 0},
      {1'500, 1'200, 0, 0, 0, 0, 1'200, 300},       {9, 0, 0, 5, 0, 0, 0, 9},
      {1'999, 1'200, 50, 500, 199, 50, 1'200, 550},
  };
  for (const Example& x : examples) {
    CAPTURE(x.e);
    const Quantity granted = std::min(Quantity(x.asked), offset_limit(Quantity(x.e), standard));
    CHECK(surrender_of(Quantity(x.e), {granted, Quantity(x.banked), Quantity(x.vintage)}) ==
          Surrender{Quantity(x.credits), Quantity(x.from_banked), Quantity(x.from_vintage), Quantity(x.shortfall)});
  }
}

TEST_CASE("penalty: the rulebook's worked examples") {
  const auto penalty = [](std::int64_t s, std::int64_t next, std::int64_t p) {
    return penalty_of(Quantity(s), Quantity(next), Price(p), standard);
  };
  CHECK(penalty(300, 1'164, 9'749) == Penalty{Quantity(582), Quantity(18), Cash(2'924'700)});
  CHECK(penalty(550, 1'164, 9'749) == Penalty{Quantity(582), Quantity(518), Cash(5'361'950)});
  CHECK(penalty(6'000, 1'164, 9'749) == Penalty{Quantity(582), Quantity(11'418), Cash(50'000'000)});
  CHECK(penalty(100, 1'164, 9'749) == Penalty{Quantity(200), Quantity(0), Cash(974'900)});
  CHECK(penalty(0, 1'164, 9'749) == Penalty{});
  CHECK(penalty(9, 0, 9'749) == Penalty{Quantity(0), Quantity(18), Cash(87'741)});
}

TEST_CASE("penalty: k scales the surcharge, half a milli-fen rounds up, and no product leaves the range") {
  Rulebook rules;
  const auto surcharge = [&](std::int64_t k, std::int64_t s, std::int64_t p) {
    rules.surcharge_permille = k;
    return penalty_of(Quantity(s), Quantity(0), Price(p), rules).surcharge.raw();
  };
  CHECK(surcharge(0, 300, 9'749) == 0);
  CHECK(surcharge(10'000, 300, 9'749) == 29'247'000);
  CHECK(surcharge(500, 1, 9'749) == 4'875);  // 4,874.5
  CHECK(surcharge(499, 1, 9'749) == 4'865);  // 4,864.751
  CHECK(surcharge(10'000, 1'000'000'000'000'000'000, 1'000'000'000'000) == 50'000'000);
}

TEST_CASE("offsets: granted whole up to the limit of the year, and pro rata above it") {
  const std::vector<Quantity> requests{Quantity(100), Quantity(100), Quantity(50)};
  CHECK(grant_offsets(requests, Quantity(250)) == requests);
  CHECK(grant_offsets(requests, Quantity(7)) == std::vector<Quantity>{Quantity(3), Quantity(3), Quantity(1)});
  CHECK(grant_offsets(requests, Quantity(0)) == std::vector<Quantity>{Quantity(0), Quantity(0), Quantity(0)});
  CHECK(grant_offsets({}, Quantity(5)).empty());
}

TEST_CASE("banking: 10% of the allocation and 1.5 of net sales, each rounded down") {
  const auto limit = [](std::int64_t a, std::int64_t sales) {
    return banking_limit(Quantity(a), Quantity(sales), standard).raw();
  };
  CHECK(limit(1'164, 0) == 116);
  CHECK(limit(1'164, 33) == 116 + 49);
  CHECK(limit(1'164, -500) == 116);
  CHECK(limit(0, 101) == 151);
  Rulebook rules;
  rules.banking_mode = static_cast<std::int64_t>(Banking::none);
  CHECK(banking_limit(Quantity(1'164), Quantity(33), rules) == Quantity(0));
  rules.banking_mode = static_cast<std::int64_t>(Banking::unlimited);
  CHECK(banking_limit(Quantity(0), Quantity(0), rules) == Quantity::max());
}

TEST_CASE("emissions: activity times factor, half a kilogram rounds up, exact in decimals") {
  const auto kg = [](std::int64_t milli, std::int64_t micro) {
    const auto result = emission_of(milli, micro);
    return result ? result->raw() : -1;
  };
  CHECK(kg(1'000'000, 581'000) == 581);  // 1,000 kWh at 0.581 kg
  CHECK(kg(1'000, 500'000) == 1);        // 0.5 kg
  CHECK(kg(1'000, 499'999) == 0);        // 0.499999 kg
  CHECK(kg(2'500, 1'000'000) == 3);      // 2.5 kg
  CHECK(kg(0, 581'000) == 0);
  CHECK(kg(-1, 581'000) == -1);
  CHECK(kg(9'223'372'036'854'775'807, 9'223'372'036'854'775'807) == -1);
  CHECK(kg(1'000'000'000'000, 1'000'000) == 1'000'000'000);  // the largest record
  CHECK(kg(1'000'000'000'500, 1'000'000) == -1);
}

TEST_CASE("emissions: what a data source signs is the documented text") {
  SubmitEmission record;
  record.principal = AccountId(10'195);
  record.source = 3;
  record.device = "METER-7";
  record.period_from = make_date(2026, 1, 1);
  record.period_to = make_date(2026, 1, 31);
  record.activity_milli = 250'000;
  record.factor = FactorId(1);
  record.factor_version = 2;
  record.computed = Quantity(145);
  record.nonce = 99;
  const std::string text =
      "pace-emission/1\nprincipal=10195\nsource=3\ndevice=METER-7\nperiod_from=2026-01-01\nperiod_to=2026-01-31\n"
      "activity_milli=250000\nfactor=1\nfactor_version=2\ncomputed=145\nnonce=99\n";
  CHECK(signing_bytes(record) == text);
  record.signature[0] = 1;
  CHECK(signing_bytes(record) == text);
}

}  // namespace
}  // namespace pace
