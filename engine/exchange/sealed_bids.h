// The arithmetic of a sealed-bid auction (rulebook 7): the highest prices win, all winners pay the lowest winning bid,
// at the margin the earlier bid comes first and the last one takes what is left. Worked examples: docs/decisions/0012.
// Thread rule: pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/units.h"

namespace pace {

struct SealedBid {
  Price price;
  Quantity quantity;
};

struct SealedResult {
  struct Win {
    std::uint32_t bid;  ///< place in the list
    Quantity quantity;
    bool operator==(const Win&) const = default;
  };
  Price price;  ///< 0: nothing was sold
  Quantity sold;
  std::vector<Win> wins;  ///< by price, then time
};

/// `bids` in order of time, each of at least 1 kg. REQUIRES: volume >= 0, and the sum of the bids fits.
[[nodiscard]] SealedResult close_sealed(std::span<const SealedBid> bids, Quantity volume);

/// The most one bidder may bid for: so many thousandths of the volume, but never less than the least bid allowed.
[[nodiscard]] constexpr Quantity bidder_limit(Quantity volume, PerMille share, Quantity least) {
  const Quantity limit(muldiv_floor(volume.raw(), share.raw(), 1000));
  return limit < least ? least : limit;
}

}  // namespace pace
