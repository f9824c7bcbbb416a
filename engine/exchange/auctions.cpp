// Announcing an auction: who sells what, how much of it, from when to when, at what least price.
#include "engine/exchange/auctions.h"

#include <algorithm>

#include "engine/exchange/months.h"

namespace pace {
namespace {

AccountId authority_seller(AuctionKind kind) {
  return kind == AuctionKind::reserve ? reserve_account : auction_account;
}

}  // namespace

Auctions::Auctions(const Capacity& capacity, Market& market, const Registrar& registrar, const Stability& stability)
    : capacity_(capacity), market_(market), registrar_(registrar), stability_(stability) {}

Outcome Auctions::check_times(const AnnounceAuction& c, Auction& auction) const {
  const Timestamp now = market_.time();
  if (c.opens != Timestamp{} && c.opens <= now) return {Reject::auction_times, c.opens.raw(), now.raw()};
  auction.opens = c.opens == Timestamp{} ? now : c.opens;
  auction.closes = c.closes;
  if (c.closes <= auction.opens) return {Reject::auction_times, c.closes.raw(), auction.opens.raw()};
  return {};
}

Outcome Auctions::check_announcement(const Sender& sender, const AnnounceAuction& c, Auction& auction) const {
  const Role seller = c.kind == AuctionKind::one_sided ? Role::broker : Role::authority;
  if (sender.role != seller)
    return {Reject::role_not_permitted, static_cast<std::int64_t>(sender.role), static_cast<std::int64_t>(seller)};
  const Listing* const l = market_.find_listing(c.instrument);
  if (l == nullptr) return {Reject::unknown_instrument, c.instrument.raw(), 0};
  if (l->state == InstrumentState::halted) return {Reject::instrument_halted, l->id.raw(), 0};
  if (const Outcome o = check_times(c, auction); !o.accepted()) return o;
  if (auctions_.size() >= capacity_.auctions)
    return {Reject::too_many_auctions, static_cast<std::int64_t>(auctions_.size()), capacity_.auctions};
  auction.listing.instrument = c.instrument;
  auction.listing.side = Side::sell;
  auction.listing.price = c.reserve_price;
  auction.listing.open = c.quantity;
  return c.kind == AuctionKind::one_sided ? check_listing(c, auction) : check_authority_sale(c, auction);
}

// The seller's mandate must last until the auction closes, as a bidder's must: both are bound until then.
Outcome Auctions::check_listing(const AnnounceAuction& c, Auction& auction) const {
  if (const Outcome o = registrar_.find(c.seller, auction.listing.principal); !o.accepted()) return o;
  const std::int64_t least = registrar_.rules().minimum_order_kg;
  if (c.quantity.raw() < least) return {Reject::quantity_below_minimum, c.quantity.raw(), least};
  return market_.check_commitment(auction.listing, local_date(market_.time()), local_date(c.closes));
}

Outcome Auctions::check_authority_sale(const AnnounceAuction& c, Auction& auction) const {
  const AccountId seller = authority_seller(c.kind);
  if (c.seller && c.seller != seller) return {Reject::wrong_account_kind, static_cast<std::int64_t>(c.seller.raw()), 0};
  if (c.kind == AuctionKind::reserve && !stability_.triggered()) return {Reject::stability_not_triggered, 0, 0};
  const std::int64_t least = registrar_.rules().auction_minimum_bid_kg;
  if (c.quantity.raw() < least) return {Reject::quantity_below_minimum, c.quantity.raw(), least};
  auction.listing.principal = registrar_.find(seller);
  const Quantity free =
      market_.sellable(auction.listing.principal, c.instrument) - rollovers_.pending(c.kind, c.instrument);
  if (c.quantity > free) return {Reject::auction_quantity, c.quantity.raw(), free.raw()};
  if (c.reserve_price < Price{}) return {Reject::price_not_positive, c.reserve_price.raw(), 1};
  if (c.reserve_price > book_max_price)
    return {Reject::value_out_of_range, c.reserve_price.raw(), book_max_price.raw()};
  auction.listing.price = reserve_price(c);
  return {};
}

// What the market paid in the months before this day; an instrument that has not traded has its reference price.
Price Auctions::reserve_price(const AnnounceAuction& c) const {
  if (c.reserve_price > Price{}) return c.reserve_price;
  const Date today = local_date(market_.time());
  const Date from = months_before(today, registrar_.rules().auction_reserve_price_months);
  return registrar_.average_price(c.instrument, from, today).value_or(market_.find_listing(c.instrument)->reference);
}

Outcome Auctions::announce(const Sender& sender, const ClientId& client_id, const AnnounceAuction& c,
                           EventBuffer& events) {
  Auction auction{.id = AuctionId(announced_ + 1), .kind = c.kind};
  auction.listing.client_id = client_id;
  if (sender.role == Role::broker) auction.listing.broker = BrokerId(sender.number);
  if (const Outcome o = check_announcement(sender, c, auction); !o.accepted()) return o;
  if (c.kind != AuctionKind::one_sided) {
    const Quantity room(muldiv_floor(c.quantity.raw(), registrar_.rules().auction_rollover_permille, 1000));
    auction.rolled_over = rollovers_.take(c.kind, c.instrument, room);
    auction.listing.open += auction.rolled_over;
  }
  ++announced_;
  market_.commit(auction.listing);
  events.emit(AuctionAnnounced{auction.id, auction.kind, c.instrument, registrar_.account(auction.listing.principal).id,
                               auction.listing.open, auction.rolled_over, auction.listing.price, auction.opens,
                               auction.closes});
  auctions_.emplace(auction.id, std::move(auction));
  plan();
  return {};
}

void Auctions::plan() {
  next_due_ = Timestamp::max();
  for (const auto& [id, auction] : auctions_)
    if (!auction.waiting) next_due_ = std::min(next_due_, auction.closes);
}

}  // namespace pace
