#include "registry/rules/allocation.h"

#include <doctest/doctest.h>

#include <numeric>

#include "engine/base/hex.h"
#include "registry/rules/split.h"

namespace pace {
namespace {

using Numbers = std::vector<std::int64_t>;

Numbers raw(const std::vector<Quantity>& quantities) {
  Numbers numbers;
  for (const Quantity q : quantities) numbers.push_back(q.raw());
  return numbers;
}
Numbers shared(std::int64_t total, const Numbers& weights) {
  return raw(share_out(Quantity(total), weights));
}
Numbers allocated(std::int64_t pool, const Numbers& weights, std::int32_t year = 2026) {
  return raw(allocate(Quantity(pool), Year(year), weights, [](std::uint32_t i) { return std::to_string(i + 1); }));
}

TEST_CASE("cap: falls by 3% a year, rounded once") {
  const auto path = [](std::int64_t base, std::int64_t r, std::int32_t n) {
    return cap_on_path(Quantity(base), PerMille(r), n).raw();
  };
  CHECK(path(120'000'000, 30, 0) == 120'000'000);
  CHECK(path(120'000'000, 30, 1) == 116'400'000);
  CHECK(path(120'000'000, 30, 5) == 103'048'083);  // 120e6 * 0.97^5 = 103,048,083.08
  CHECK(path(100, 30, 3) == 91);                   // 91.2673; rounding each year would give 90
  CHECK(path(120'000'000, 30, 20) == 65'255'321);  // 120e6 * 0.97^20 = 65,255,321.15
  CHECK(path(9'000'000'000'000'000'000, 0, 200) == 9'000'000'000'000'000'000);
  CHECK(path(120'000'000, 1'000, 1) == 0);
}

TEST_CASE("cap: reserve and paid pool are rounded down, the rest is allocated") {
  CHECK(divide_cap(Quantity(120'000'000), PerMille(50), PerMille(0)) ==
        Pools{Quantity(6'000'000), Quantity(0), Quantity(114'000'000)});
  CHECK(divide_cap(Quantity(999), PerMille(50), PerMille(100)) == Pools{Quantity(49), Quantity(99), Quantity(851)});
  CHECK(divide_cap(Quantity(7), PerMille(500), PerMille(500)) == Pools{Quantity(3), Quantity(3), Quantity(1)});
}

TEST_CASE("weights: adults 1.0, minors 0.5, add-ons on top, nobody else") {
  const Rulebook rules;
  CHECK(weight_of(AccountKind::person, PerMille(0), rules) == PerMille(1'000));
  CHECK(weight_of(AccountKind::person, PerMille(200), rules) == PerMille(1'200));
  CHECK(weight_of(AccountKind::person, PerMille(-200), rules) == PerMille(800));
  CHECK(weight_of(AccountKind::minor, PerMille(50), rules) == PerMille(550));
  CHECK(weight_of(AccountKind::broker_own, PerMille(0), rules) == PerMille(0));
  CHECK(weight_of(AccountKind::reserve, PerMille(0), rules) == PerMille(0));
}

TEST_CASE("largest remainder: the rulebook's pooled order") {
  CHECK(shared(7, {100, 100, 50}) == Numbers{3, 3, 1});
  CHECK(shared(7, {100, 50, 100}) == Numbers{3, 1, 3});
}

TEST_CASE("largest remainder: ties go in declared order") {
  CHECK(shared(1, {1, 1, 1}) == Numbers{1, 0, 0});
  CHECK(shared(5, {1, 1, 1}) == Numbers{2, 2, 1});
  CHECK(shared(0, {1, 1}) == Numbers{0, 0});
  CHECK(shared(3, {0, 7, 0}) == Numbers{0, 3, 0});
}

TEST_CASE("largest remainder: shares sum to the total for every total, at the edge of 64 bits too") {
  const Numbers weights{3, 1, 4, 1, 5, 9, 2, 6, 0, 5'000'000'000'000'000'000};
  for (const std::int64_t total : {0LL, 1LL, 2LL, 97LL, 1'000'003LL, 9'223'372'036'854'775'807LL}) {
    const Numbers shares = shared(total, weights);
    CHECK(std::accumulate(shares.begin(), shares.end(), std::int64_t{0}) == total);
    CHECK(shares[8] == 0);
  }
}

TEST_CASE("weights: a negative one or an overflowing sum has no total") {
  CHECK(weight_sum(Numbers{1, 2, 3}) == 6);
  CHECK_FALSE(weight_sum(Numbers{1, -1}).has_value());
  CHECK_FALSE(weight_sum(Numbers{9'223'372'036'854'775'807, 1}).has_value());
}

TEST_CASE("allocation: the rulebook's worked example") {
  CHECK(allocated(10, {1'000, 1'000, 500}) == Numbers{4, 4, 2});
}

// Recompute with: printf 1/2026 | sha256sum; 1/2026 -> 349f…, 2/2026 -> 03d4…, 3/2026 -> b8ed…
TEST_CASE("allocation: of three equal weights the lowest hash of account and year takes the odd kilogram") {
  CHECK(allocated(100, {7, 7, 7}) == Numbers{33, 34, 33});
  CHECK(allocated(101, {7, 7, 7}) == Numbers{34, 34, 33});
  CHECK(to_hex(tie_hash("1", Year(2026))).substr(0, 8) == "349fcae5");
  CHECK(to_hex(tie_hash("2", Year(2026))).substr(0, 8) == "03d4656f");
  CHECK(to_hex(tie_hash("3", Year(2026))).substr(0, 8) == "b8ed55b5");
}

TEST_CASE("allocation: a larger remainder beats a lower hash") {
  CHECK(allocated(2, {600, 500, 900}) == Numbers{1, 0, 1});  // 0.6, 0.5, 0.9: account 2 has the lowest hash
}

TEST_CASE(
    "allocation: 100,000 people with mixed weights sum to the pool exactly, and equal weights differ by 1 kg at most") {
  Numbers weights;
  for (std::int64_t i = 0; i < 100'000; ++i) weights.push_back(i % 7 == 0 ? 500 : 800 + i % 401);
  const Numbers quantities = allocated(114'000'001, weights);
  CHECK(std::accumulate(quantities.begin(), quantities.end(), std::int64_t{0}) == 114'000'001);
  const std::int64_t sum = *weight_sum(weights);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const std::int64_t floor = muldiv_floor(114'000'001, weights[i], sum);
    REQUIRE(quantities[i] >= floor);
    REQUIRE(quantities[i] <= floor + 1);
  }
}

TEST_CASE("allocation: the inputs digest is the SHA-256 of the documented text") {
  const Pools pools = divide_cap(Quantity(1'000), PerMille(50), PerMille(0));
  AllocationDigest digest(Year(2026), Quantity(1'000), pools);
  digest.add("110", PerMille(1'000));
  digest.add("207", PerMille(500));
  CHECK(digest.finish() == sha256("pace-allocation/1\nyear=2026\ncap=1000\nreserve=50\npaid_pool=0\nfree_pool=950\n"
                                  "110,1000\n207,500\n"));
}

TEST_CASE("release: half at once, then 26 equal parts, the last takes the remainder") {
  const ReleaseSchedule schedule;
  const auto after = [&](std::int64_t parts) { return released(Quantity(1'163), parts, schedule).raw(); };
  CHECK(after(0) == 0);
  CHECK(after(1) == 581);       // floor(1163 / 2)
  CHECK(after(2) == 581 + 22);  // 582 / 26 = 22 and 10 over
  CHECK(after(26) == 581 + 25 * 22);
  CHECK(after(27) == 1'163);
  CHECK(released(Quantity(1), 1, schedule) == Quantity(0));
  CHECK(released(Quantity(1), 27, schedule) == Quantity(1));
}

TEST_CASE("distribution: equal shares have Gini 0, one who has all of ten has 0.9, and deciles add up") {
  const Distribution equal = distribution_of(std::vector<Quantity>(20, Quantity(5)));
  CHECK(equal.gini_millionths == 0);
  CHECK(equal.deciles[0] == Quantity(10));
  std::vector<Quantity> one(10);
  one[3] = Quantity(100);
  const Distribution all = distribution_of(one);
  CHECK(all.gini_millionths == 900'000);
  CHECK(all.deciles[9] == Quantity(100));
  CHECK(all.deciles[8] == Quantity(0));
  CHECK(distribution_of({}).gini_millionths == 0);
}

}  // namespace
}  // namespace pace
