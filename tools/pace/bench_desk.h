// The market that `pace bench path` and `pace bench snapshot` drive: opened through the command port like any other,
// then orders without end from a seed. Four brokers trade for the principals; units and money are ample, so that a run
// is about orders.
//   55 % limit orders that rest, 30 % cancels by ClOrdID, 15 % limit orders that reach over the spread
// Thread rule: one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "engine/exchange/exchange.h"
#include "tools/pace/draw.h"

namespace pace::tool {

class OrderDesk {
 public:
  /// Each principal holds units of `vintages` instruments; the orders are for the first.
  OrderDesk(std::uint32_t principals, std::uint32_t vintages, std::uint64_t seed);
  static constexpr std::uint32_t most_principals = 20'000'000;

  /// Room for the principals and for `requests` orders in the trading day.
  [[nodiscard]] Capacity capacity(std::uint64_t requests) const;

  /// Every command that opens the market, in order, up to the morning session on a simulated clock. Spread over days,
  /// as no day takes more requests than it remembers.
  void open(const std::function<void(Request)>& submit);
  /// How many those are.
  [[nodiscard]] std::uint64_t opening_commands() const;
  /// The next order, or cancel.
  [[nodiscard]] Request next();

 private:
  [[nodiscard]] ClientId fresh_id(char kind);
  [[nodiscard]] Request order(bool resting);
  [[nodiscard]] Request cancel();

  void open_principal(std::uint32_t person, const std::function<void(const Sender&, Command)>& send);
  [[nodiscard]] std::uint32_t opening_days() const;

  std::uint32_t principals_, vintages_;
  Draw draw_;
  std::uint64_t ids_ = 0;
  struct Sent {
    std::uint32_t broker;
    ClientId id;
  };
  std::vector<Sent> live_;  ///< sent to rest and not cancelled since; some have traded
};

}  // namespace pace::tool
