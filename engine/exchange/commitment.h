// A promise to buy or sell outside the books: one reported side of a block trade, a bid or the listing in a sealed-bid
// auction. Like an open order it holds what it may need from the moment it is made, and counts towards the position
// limit (rulebook 7, prefunding). Market makes, settles and lets go of it (commitments.cpp).
// Thread rule: a value, owned by the exchange's thread.
#pragma once

#include <cstdint>

#include "engine/exchange/prefunding.h"
#include "engine/message/types.h"

namespace pace {

struct Commitment {
  ClientId client_id;
  BrokerId broker;  ///< 0: the authority sells
  AccountIndex principal;
  InstrumentId instrument;
  EntrustmentId entrustment;  ///< 0 for a member's own account and the authority's
  Side side{};
  Rates rates;  ///< in force when it was made; 0 for the authority's accounts
  Price price;  ///< the worst it takes
  Quantity open;
  PACE_FIELDS(Commitment, client_id, broker, principal, instrument, entrustment, side, rates, price, open);

  /// Cash that `quantity` of it holds, if it buys.
  [[nodiscard]] Cash hold(Quantity quantity) const { return held_per_kg(price, rates) * quantity; }
};

}  // namespace pace
