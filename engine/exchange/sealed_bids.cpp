#include "engine/exchange/sealed_bids.h"

#include <algorithm>
#include <numeric>

namespace pace {

SealedResult close_sealed(std::span<const SealedBid> bids, Quantity volume) {
  std::vector<std::uint32_t> order(bids.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return bids[a].price > bids[b].price; });
  SealedResult result;
  for (const std::uint32_t bid : order) {
    const Quantity won = std::min(bids[bid].quantity, volume - result.sold);
    if (won == Quantity{}) break;
    result.wins.push_back({bid, won});
    result.sold += won;
    result.price = bids[bid].price;
  }
  return result;
}

}  // namespace pace
