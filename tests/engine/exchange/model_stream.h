// What the model's test tries: random commands for a world, mostly ones that fit, now and then one that does not.
// Thread rule: a value beside its world.
#pragma once

#include <random>
#include <utility>

#include "tests/engine/exchange/world.h"

namespace pace::test {

/// PCA-2027: allocated and not released yet, 2,000 kg of it in the authority's pool. Listed beside the world's two.
inline constexpr InstrumentId next_allowance{3};

inline constexpr const char* names[] = {"ann", "bo", "cy", "dan", "eve", "fay", "guy", "house1", "house2"};

class Stream {
 public:
  /// Lists next_allowance, and takes most of everybody's money, so that it runs short. REQUIRES: `world` outlives this.
  Stream(World& world, std::uint64_t seed);

  /// Sends the next command.
  Answered next();
  /// It was a pooled order.
  [[nodiscard]] bool pooled() const { return pooled_; }

 private:
  std::int64_t pick(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(high - low + 1));
  }
  bool one_in(std::int64_t n) { return pick(1, n) == 1; }
  const char* who() { return names[pick(0, 8)]; }
  Price price() { return Price(one_in(12) ? pick(7'100, 8'900) : pick(7'995, 8'005)); }
  Quantity quantity() { return Quantity(one_in(25) ? pick(1, 25'000) : pick(5, 250)); }
  Sender broker(const Sender& right) { return !one_in(20) ? right : right == broker1 ? broker2 : broker1; }
  InstrumentId instrument() { return one_in(20) ? next_allowance : one_in(3) ? allowance : credit; }

  Answered choose();
  Answered auction();
  AuctionId some_auction();
  Answered announce();
  Answered bid();
  std::uint64_t some_block();
  std::uint64_t some_trade();
  Answered enter_pool();
  Answered report_block();
  Answered enter();
  std::pair<OrderView, bool> some_order();
  Answered leave();
  Answered replace();
  MassCancel sweep();
  Answered operate();
  ActivateRules some_rule();
  GrantEntrustment some_mandate();
  Answered advance();

  World& world_;
  std::mt19937_64 random_;
  std::uint64_t trades_ = 0, blocks_ = 0, bids_ = 0, last_mandate_ = 100;
  bool pooled_ = false;
  ReportBlock last_block_;
  BrokerId last_reporter_;
};

}  // namespace pace::test
