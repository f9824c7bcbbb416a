// Call auctions: the indicative price after every change, and the uncrossing. Rulebook 7.
#include "engine/exchange/market.h"

namespace pace {

void Market::indicate(Listing& l, EventBuffer& events) const {
  const AuctionPrice now = l.book.indicative(l.reference);
  events.emit(AuctionIndicative{l.id, now.price, now.volume, now.imbalance});
}

void Market::uncross(Listing& l, EventBuffer& events) {
  Execution execution(*this, l, events, TradeKind::call);
  const AuctionPrice result = l.book.uncross(l.reference, execution);
  execution.settle_pooled();
  if (result.volume == Quantity{}) return;
  l.breaker.restart(result.price);
  events.emit(AuctionUncrossed{l.id, result.price, result.volume});
}

}  // namespace pace
