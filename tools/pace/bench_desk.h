// The market that `pace bench path` drives: opened through the command port like any other, then orders without end
// from a seed. Four brokers trade for the principals; units and money are ample, so that a run is about orders.
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
  OrderDesk(std::uint32_t principals, std::uint64_t seed);

  /// Room for the principals and for `requests` commands in the trading day.
  [[nodiscard]] static Capacity capacity(std::uint32_t principals, std::uint64_t requests);

  /// Every command that opens the market, in order, up to the morning session on a simulated clock.
  void open(const std::function<void(Request)>& submit);
  /// The next order, or cancel.
  [[nodiscard]] Request next();

 private:
  [[nodiscard]] ClientId fresh_id(char kind);
  [[nodiscard]] Request order(bool resting);
  [[nodiscard]] Request cancel();

  std::uint32_t principals_;
  Draw draw_;
  std::uint64_t ids_ = 0;
  struct Sent {
    std::uint32_t broker;
    ClientId id;
  };
  std::vector<Sent> live_;  ///< sent to rest and not cancelled since; some have traded
};

}  // namespace pace::tool
