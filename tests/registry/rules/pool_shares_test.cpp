// A pooled order's fills and their shares, rulebook 6 and docs/decisions/0013.
#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "registry/rules/split.h"

namespace pace {
namespace {

using Numbers = std::vector<std::int64_t>;

/// A pool whose fills are shared out one after the other; parts that are filled leave it, as in the exchange.
class Pool {
 public:
  explicit Pool(Numbers declared) : declared_(std::move(declared)), has_(declared_.size(), 0) {
    total_ = std::accumulate(declared_.begin(), declared_.end(), std::int64_t{0});
  }

  Numbers fill(std::int64_t kilograms) {
    std::vector<PoolPart> parts;
    std::vector<std::size_t> whose;
    for (std::size_t i = 0; i < declared_.size(); ++i) {
      if (has_[i] == declared_[i]) continue;
      parts.push_back({Quantity(declared_[i]), Quantity(has_[i]), {}, 0});
      whose.push_back(i);
    }
    share_fill(Quantity(kilograms), Quantity(total_), Quantity(filled_), parts, scratch_);
    filled_ += kilograms;
    Numbers shares(declared_.size(), 0);
    for (std::size_t i = 0; i < parts.size(); ++i) has_[whose[i]] += shares[whose[i]] = parts[i].share.raw();
    return shares;
  }

  [[nodiscard]] const Numbers& declared() const { return declared_; }
  [[nodiscard]] const Numbers& has() const { return has_; }
  [[nodiscard]] std::int64_t total() const { return total_; }
  [[nodiscard]] std::int64_t filled() const { return filled_; }

 private:
  Numbers declared_, has_;
  std::int64_t total_ = 0, filled_ = 0;
  std::vector<std::uint64_t> scratch_;
};

/// The rule as it is said: kilogram by kilogram to whoever is furthest behind, the first of the equal ones.
Numbers one_by_one(const Pool& pool, std::int64_t kilograms) {
  Numbers shares(pool.declared().size(), 0);
  for (std::int64_t k = 0; k < kilograms; ++k) {
    const auto behind = [&](std::size_t i) {
      return pool.declared()[i] * (pool.filled() + kilograms) - (pool.has()[i] + shares[i]) * pool.total();
    };
    std::size_t furthest = 0;
    for (std::size_t i = 1; i < shares.size(); ++i)
      if (behind(i) > behind(furthest)) furthest = i;
    ++shares[furthest];
  }
  return shares;
}

}  // namespace

TEST_CASE("pool shares: the rulebook's example, and that rounding evens out over further fills") {
  Pool pool({100, 100, 50});
  CHECK(pool.fill(7) == Numbers{3, 3, 1});
  CHECK(pool.fill(7) == Numbers{3, 2, 2});  // 5.6, 5.6, 2.8 are due by now
  CHECK(pool.fill(1) == Numbers{0, 1, 0});  // 6, 6, 3
  CHECK(pool.fill(235) == Numbers{94, 94, 47});
  CHECK(pool.has() == pool.declared());
}

TEST_CASE("pool shares: a kilogram at a time goes round in declared order") {
  Pool pool({10, 10, 10});
  for (int round = 0; round < 10; ++round) {
    CHECK(pool.fill(1) == Numbers{1, 0, 0});
    CHECK(pool.fill(1) == Numbers{0, 1, 0});
    CHECK(pool.fill(1) == Numbers{0, 0, 1});
  }
}

TEST_CASE("pool shares: one fill is shared as share_out does") {
  std::mt19937_64 random(7);
  for (int round = 0; round < 2'000; ++round) {
    Numbers declared(1 + random() % 40);
    for (std::int64_t& kg : declared) kg = static_cast<std::int64_t>(1 + random() % (round % 3 == 0 ? 3 : 20'000));
    Pool pool(declared);
    const auto fill = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(pool.total() + 1));
    Numbers expected;
    for (const Quantity q : share_out(Quantity(fill), declared)) expected.push_back(q.raw());
    REQUIRE(pool.fill(fill) == expected);
  }
}

TEST_CASE("pool shares: whatever the fills, the furthest behind comes first and nobody gets more than it declared") {
  std::mt19937_64 random(8);
  for (int round = 0; round < 400; ++round) {
    Numbers declared(1 + random() % 12);
    for (std::int64_t& kg : declared) kg = static_cast<std::int64_t>(1 + random() % (round % 2 == 0 ? 7 : 300));
    Pool pool(declared);
    while (pool.filled() < pool.total()) {
      const auto most = static_cast<std::uint64_t>(pool.total() - pool.filled());
      const auto fill = static_cast<std::int64_t>(1 + random() % std::min<std::uint64_t>(most, 1 + random() % 60));
      const Numbers expected = one_by_one(pool, fill), shares = pool.fill(fill);
      REQUIRE(shares == expected);
      REQUIRE(std::accumulate(shares.begin(), shares.end(), std::int64_t{0}) == fill);
      for (std::size_t i = 0; i < declared.size(); ++i) {
        REQUIRE(pool.has()[i] <= declared[i]);
        // Less than a kilogram ahead of its part of all that is filled so far.
        REQUIRE((pool.has()[i] - 1) * pool.total() < declared[i] * pool.filled());
      }
    }
    REQUIRE(pool.has() == declared);
  }
}

TEST_CASE("pool shares: the largest pool there is") {
  const std::size_t principals = 10'000;
  Pool pool(Numbers(principals, 20'000));
  CHECK(pool.fill(3) == [&] {
    Numbers expected(principals, 0);
    expected[0] = expected[1] = expected[2] = 1;
    return expected;
  }());
  pool.fill(pool.total() - 3);
  CHECK(pool.has() == pool.declared());
  Pool widest({0x7fff'ffff, 0x7fff'ffff, 1});
  CHECK(widest.fill(0xffff'fffe) == Numbers{0x7fff'ffff, 0x7fff'fffe, 1});
}

}  // namespace pace
