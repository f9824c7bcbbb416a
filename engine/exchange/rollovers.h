// What the authority could not sell and its next auctions will offer (rulebook 7, after the UK's regulation 6(8)): an
// even part in each of so many auctions of the same instrument from the same account, the last takes the rest; what
// would raise an auction too far above the volume announced is left to the later ones, and what the last cannot take is
// free again. The units stay on their account all the while. Worked examples: docs/decisions/0012.
// Thread rule: owned by the exchange's thread. Invariant: nothing here is 0.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/message/types.h"

namespace pace {

class Rollovers {
 public:
  /// Nothing happens for 0 kilograms or 0 auctions.
  void add(AuctionKind kind, InstrumentId instrument, Quantity unsold, std::int64_t auctions);
  /// Promised to later auctions: no new volume can be announced out of it.
  [[nodiscard]] Quantity pending(AuctionKind kind, InstrumentId instrument) const;
  /// The next auction is announced: its part, at most `room`; the oldest unsold volume first.
  Quantity take(AuctionKind kind, InstrumentId instrument, Quantity room);

  void save(ByteWriter& out) const;
  [[nodiscard]] bool load(ByteReader& in);

 private:
  struct Unsold {
    AuctionKind kind{};
    InstrumentId instrument;
    Quantity left;
    std::uint32_t auctions{};  ///< that are still to take a part
    PACE_FIELDS(Unsold, kind, instrument, left, auctions);
  };
  std::vector<Unsold> unsold_;  // oldest first
};

}  // namespace pace
