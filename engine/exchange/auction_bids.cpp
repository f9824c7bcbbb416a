// Bids: sealed, checked and held like orders, until the auction closes.
#include "engine/exchange/auctions.h"
#include "engine/exchange/sealed_bids.h"

namespace pace {

bool Auctions::open(const Auction& auction) const {
  return auction.opens <= market_.time() && market_.time() < auction.closes;
}

Outcome Auctions::check_bid_terms(const BidAuction& c, const Auction& auction) const {
  const Rulebook& rules = registrar_.rules();
  const std::int64_t least =
      auction.kind == AuctionKind::one_sided ? rules.minimum_order_kg : rules.auction_minimum_bid_kg;
  if (c.quantity.raw() < least) return {Reject::bid_below_minimum, c.quantity.raw(), least};
  const Price reserve = auction.listing.price;
  if (c.price < reserve) return {Reject::bid_below_reserve, c.price.raw(), reserve.raw()};
  if (auction.bids.size() >= capacity_.bids_per_auction)
    return {Reject::too_many_bids, static_cast<std::int64_t>(auction.bids.size()), capacity_.bids_per_auction};
  return {};
}

// The bidder is the principal, whoever brings its bids. One seller may sell all to one buyer; the authority may not.
Outcome Auctions::check_bidder(const BidAuction& c, const Auction& auction, AccountIndex bidder) const {
  const Rulebook& rules = registrar_.rules();
  if (bidder == auction.listing.principal)
    return {Reject::bidder_is_seller, static_cast<std::int64_t>(c.principal.raw()), 0};
  const auto known = auction.bidders.find(bidder);
  const Bidder standing = known == auction.bidders.end() ? Bidder{} : known->second;
  if (standing.bids >= rules.auction_bidder_bids)
    return {Reject::too_many_own_bids, standing.bids, rules.auction_bidder_bids};
  const Quantity volume = auction.listing.open;
  const Quantity most =
      auction.kind == AuctionKind::one_sided
          ? volume
          : bidder_limit(volume, PerMille(rules.auction_bidder_permille), Quantity(rules.auction_minimum_bid_kg));
  if (c.quantity <= most - standing.quantity) return {};
  return {Reject::bidder_maximum, try_add(standing.quantity, c.quantity).value_or(Quantity::max()).raw(), most.raw()};
}

Outcome Auctions::check_bid(const BidAuction& c, const Auction& auction, Commitment& bid) const {
  if (!open(auction)) return {Reject::auction_not_open, auction.id.raw(), 0};
  if (market_.find_listing(bid.instrument)->state == InstrumentState::halted)
    return {Reject::instrument_halted, bid.instrument.raw(), 0};
  if (const Outcome o = registrar_.find(c.principal, bid.principal); !o.accepted()) return o;
  if (const Outcome o = check_bid_terms(c, auction); !o.accepted()) return o;
  if (const Outcome o = check_bidder(c, auction, bid.principal); !o.accepted()) return o;
  return market_.check_commitment(bid, local_date(market_.time()), local_date(auction.closes));
}

Outcome Auctions::bid(const MemberRequest& from, const BidAuction& c, EventBuffer& events) {
  const Place place = auctions_.find(c.auction);
  if (place == auctions_.end()) return {Reject::unknown_auction, c.auction.raw(), 0};
  Auction& auction = place->second;
  Commitment bid{.client_id = from.client_id,
                 .broker = from.broker,
                 .instrument = auction.listing.instrument,
                 .side = Side::buy,
                 .price = c.price,
                 .open = c.quantity};
  if (const Outcome o = check_bid(c, auction, bid); !o.accepted()) return o;
  const BidId id(++bids_);
  market_.commit(bid);
  add(auction, id, bid);
  events.emit(BidAccepted{auction.id, id, from.broker, from.client_id, c.principal, c.price, c.quantity});
  return {};
}

void Auctions::add(Auction& auction, BidId id, const Commitment& bid) {
  auction.bids.emplace(id, bid);
  Bidder& bidder = auction.bidders[bid.principal];
  bidder.quantity += bid.open;
  ++bidder.bids;
}

void Auctions::remove(Auction& auction, std::map<BidId, Commitment>::iterator at, CancelReason reason,
                      EventBuffer& events) {
  const auto& [id, bid] = *at;
  market_.let_go(bid);
  const auto bidder = auction.bidders.find(bid.principal);
  bidder->second.quantity -= bid.open;
  if (--bidder->second.bids == 0) auction.bidders.erase(bidder);
  events.emit(
      BidWithdrawn{auction.id, id, bid.broker, bid.client_id, registrar_.account(bid.principal).id, bid.open, reason});
  auction.bids.erase(at);
}

Outcome Auctions::withdraw(const MemberRequest& from, const WithdrawBid& c, EventBuffer& events) {
  for (auto& [number, auction] : auctions_) {
    const auto bid = auction.bids.find(c.bid);
    if (bid == auction.bids.end() || bid->second.broker != from.broker) continue;
    if (!open(auction)) return {Reject::auction_not_open, number.raw(), 0};
    remove(auction, bid, CancelReason::requested, events);
    return {};
  }
  // One answer for "not there" and "not yours": bids are sealed.
  return {Reject::unknown_bid, static_cast<std::int64_t>(c.bid.raw()), 0};
}

// --- bids that others end --------------------------------------------------------------------------------------------

template <class Goes>
void Auctions::sweep_bids(CancelReason reason, EventBuffer& events, Goes&& goes) {
  for (auto& [number, auction] : auctions_)
    for (auto bid = auction.bids.begin(); bid != auction.bids.end();) {
      const auto at = bid++;
      if (goes(at->second)) remove(auction, at, reason, events);
    }
}

template <class Goes>
void Auctions::cancel_listings(EventBuffer& events, Goes&& goes) {
  for (Place next = auctions_.begin(); next != auctions_.end();) {
    const Place at = next++;
    if (at->second.kind == AuctionKind::one_sided && goes(at->second.listing)) cancel(at, events);
  }
}

void Auctions::entrustment_revoked(EntrustmentId entrustment, EventBuffer& events) {
  const auto under = [&](const Commitment& c) { return c.entrustment == entrustment; };
  sweep_bids(CancelReason::entrustment_revoked, events, under);
  cancel_listings(events, under);
}

void Auctions::standing_changed(Date today, EventBuffer& events) {
  const auto barred = [&](const Commitment& c) {
    return !registrar_.check_trading(c.principal, c.side, today).accepted();
  };
  sweep_bids(CancelReason::operator_action, events, barred);
  cancel_listings(events, barred);
}

void Auctions::withdraw_offers(InstrumentId instrument, EventBuffer& events) {
  cancel_listings(events, [&](const Commitment& c) { return c.instrument == instrument; });
}

void Auctions::drop(BrokerId broker, CancelReason reason, EventBuffer& events) {
  const auto through = [&](const Commitment& c) { return c.broker == broker; };
  sweep_bids(reason, events, through);
  cancel_listings(events, through);
}

}  // namespace pace
