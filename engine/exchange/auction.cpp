// Call auctions: the indicative price after every change, and the uncrossing. Rulebook 7.
#include "engine/exchange/market.h"

namespace pace {

void Market::indicate(const Listing& l, EventBuffer& events) const {
  const AuctionPrice now = l.book.indicative(l.reference);
  events.emit(AuctionIndicative{l.id, now.price, now.volume, now.imbalance});
}

// A halted book stays as it is, crossed perhaps, until it is resumed or the next call ends.
void Market::uncross(Listing& l, EventBuffer& events) {
  if (l.state == InstrumentState::halted) return;
  const AuctionPrice result = l.book.uncross(l.reference, Execution(*this, l, events, TradeKind::call));
  if (result.volume > Quantity{}) events.emit(AuctionUncrossed{l.id, result.price, result.volume});
}

}  // namespace pace
