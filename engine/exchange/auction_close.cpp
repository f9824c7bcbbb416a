// The end of an auction: closed in its time, or cancelled before.
#include <algorithm>

#include "engine/exchange/auctions.h"
#include "engine/exchange/sealed_bids.h"

namespace pace {

// Nothing is delivered of a halted instrument, nor while the books differ.
bool Auctions::must_wait(const Auction& auction) const {
  return market_.opening_blocked() ||
         market_.find_listing(auction.listing.instrument)->state == InstrumentState::halted;
}

/// What is due at the market's time, or what has waited: by closing time, then number.
std::vector<AuctionId> Auctions::in_order(bool waiting) const {
  std::vector<AuctionId> found;
  for (const auto& [id, auction] : auctions_)
    if (auction.waiting == waiting && auction.closes <= market_.time()) found.push_back(id);
  std::stable_sort(found.begin(), found.end(),
                   [&](AuctionId a, AuctionId b) { return auctions_.at(a).closes < auctions_.at(b).closes; });
  return found;
}

void Auctions::due(EventBuffer& events) {
  for (const AuctionId id : in_order(false)) {
    const Place place = auctions_.find(id);
    if (must_wait(place->second))
      place->second.waiting = true;
    else
      close(place, events);
  }
  plan();
}

void Auctions::close_waiting(EventBuffer& events) {
  for (const AuctionId id : in_order(true))
    if (const Place place = auctions_.find(id); !must_wait(place->second)) close(place, events);
}

void Auctions::close(Place place, EventBuffer& events) {
  Auction& auction = place->second;
  AuctionView result = view(auction);
  result.state = AuctionState::closed;
  sell(auction, result, events);
  while (!auction.bids.empty()) remove(auction, auction.bids.begin(), CancelReason::outbid, events);
  result.unsold = auction.listing.open;
  if (auction.kind != AuctionKind::one_sided)
    rollovers_.add(auction.kind, auction.listing.instrument, result.unsold, registrar_.rules().auction_rollovers);
  finish(place, result, events);
}

void Auctions::sell(Auction& auction, AuctionView& result, EventBuffer& events) {
  std::vector<SealedBid> sealed;
  std::vector<std::map<BidId, Commitment>::iterator> bids;
  for (auto bid = auction.bids.begin(); bid != auction.bids.end(); ++bid) {
    sealed.push_back({bid->second.price, bid->second.open});
    bids.push_back(bid);
  }
  const SealedResult sold = close_sealed(sealed, auction.listing.open);
  for (const auto& [bid, quantity] : sold.wins) {
    Commitment& won = bids[bid]->second;
    auction.bidders[won.principal].quantity -= quantity;
    market_.settle(won, auction.listing, {sold.price, quantity, TradeKind::auction, Side::buy}, events);
    if (won.open > Quantity{}) continue;
    if (--auction.bidders[won.principal].bids == 0) auction.bidders.erase(won.principal);
    auction.bids.erase(bids[bid]);
  }
  result.price = sold.price;
  result.volume = sold.sold;
}

Outcome Auctions::cancel(const CancelAuction& c, EventBuffer& events) {
  const Place place = auctions_.find(c.auction);
  if (place == auctions_.end()) return {Reject::unknown_auction, c.auction.raw(), 0};
  cancel(place, events);
  return {};
}

// What had rolled over into it rolls on; what was announced is the authority's to announce again.
void Auctions::cancel(Place place, EventBuffer& events) {
  Auction& auction = place->second;
  while (!auction.bids.empty()) remove(auction, auction.bids.begin(), CancelReason::auction_cancelled, events);
  AuctionView result = view(auction);
  result.state = AuctionState::cancelled;
  result.unsold = auction.listing.open;
  rollovers_.add(auction.kind, auction.listing.instrument, auction.rolled_over, registrar_.rules().auction_rollovers);
  finish(place, result, events);
}

void Auctions::finish(Place place, const AuctionView& result, EventBuffer& events) {
  market_.let_go(place->second.listing);
  events.emit(AuctionClosed{result.auction, result.kind, result.instrument, result.price, result.volume, result.unsold,
                            result.state == AuctionState::cancelled});
  if (results_.size() == kept_results) results_.pop_front();
  results_.push_back(result);
  auctions_.erase(place);
  plan();
}

}  // namespace pace
