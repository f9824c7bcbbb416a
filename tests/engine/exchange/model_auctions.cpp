// The model's sealed-bid auctions: one seller's and the authority's, and what the authority could not sell. Rulebook 7;
// what the rulebook leaves open is decided in docs/decisions/0012.
#include <algorithm>
#include <numeric>

#include "engine/message/special_accounts.h"
#include "tests/engine/exchange/model.h"

namespace pace::test {
namespace {

std::string kilograms(std::int64_t quantity) {
  return std::to_string(quantity) + "kg";
}

Date months_earlier(Date date, int months) {
  CivilDate c = civil(date);
  for (int i = 0; i < months; ++i)
    if (--c.month == 0) c = {c.year - 1, 12, c.day};
  Date day = make_date(c.year, c.month, c.day);
  while (civil(day).month != c.month) day = add_days(day, -1);  // the month has no such day
  return day;
}

}  // namespace

// --- announcing ------------------------------------------------------------------------------------------------------

Reject Model::act(const StampedCommand& c, const AnnounceAuction& a) {
  const bool one_sided = a.kind == AuctionKind::one_sided;
  if ((c.request.sender.role == Role::broker) != one_sided) return Reject::role_not_permitted;
  const auto book = books_.find(a.instrument);
  if (book == books_.end()) return Reject::unknown_instrument;
  if (book->second.halted) return Reject::instrument_halted;
  const Timestamp opens = a.opens == Timestamp{} ? now_ : a.opens;
  if (opens < now_ || a.opens == now_ || a.closes <= opens) return Reject::auction_times;
  const NewOrder terms{
      .instrument = a.instrument, .side = Side::sell, .price = a.reserve_price, .quantity = a.quantity};
  Auction auction{.id = AuctionId(last_auction_ + 1),
                  .kind = a.kind,
                  .listing = order_of(c, terms),
                  .opens = opens,
                  .closes = a.closes};
  Part part{.principal = one_sided ? a.seller : auction_account, .mandate = {}, .declared = a.quantity.raw()};
  if (one_sided) {
    if (!accounts_.contains(a.seller)) return Reject::unknown_account;
    if (a.quantity.raw() < rules_.at("minimum_order_kg")) return Reject::quantity_below_minimum;
    if (a.reserve_price < Price(1)) return Reject::price_not_positive;
    const Reject no = check_part(auction.listing, part, {local_date(now_), local_date(a.closes)});
    if (no != Reject::none) return no;
  } else {
    if (const Reject no = check_sale(a); no != Reject::none) return no;
    auction.listing.price = a.reserve_price > Price{} ? a.reserve_price.raw() : rule_price(a.instrument);
    auction.listing.rate = 0;
    auction.listing.broker = BrokerId{};
    auction.rolled_over = roll_over(a.instrument, a.quantity.raw() * rules_.at("auction_rollover_permille") / 1000);
    part.declared += auction.rolled_over;
  }
  ++last_auction_;
  auction.listing.stake = ++last_stake_;
  stakes_[auction.listing.stake] = {{part}, 0};
  auctions_said_.push_back("announced " + std::to_string(last_auction_) + " " + kilograms(part.declared) + " with " +
                           kilograms(auction.rolled_over) + " @ " + std::to_string(auction.listing.price));
  auctions_.push_back(auction);
  return Reject::none;
}

// The authority sells what its pool has and is not promised. The stability rule never triggers here.
Reject Model::check_sale(const AnnounceAuction& a) const {
  const AccountId pool = a.kind == AuctionKind::reserve ? reserve_account : auction_account;
  if (a.seller && a.seller != pool) return Reject::wrong_account_kind;
  if (a.kind == AuctionKind::reserve) return Reject::stability_not_triggered;
  if (a.quantity.raw() < rules_.at("auction_minimum_bid_kg")) return Reject::quantity_below_minimum;
  if (a.quantity.raw() > balance(pool, a.instrument).sellable - promised(a.instrument)) return Reject::auction_quantity;
  return a.reserve_price < Price{} ? Reject::price_not_positive : Reject::none;
}

// What the books' trades of the last three months paid, or the reference price.
std::int64_t Model::rule_price(InstrumentId instrument) const {
  const Date today = local_date(now_), from = months_earlier(today, 3);
  std::int64_t value = 0, volume = 0;
  for (const Done& trade : done_) {
    if (!trade.makes_price || trade.instrument != instrument || trade.day < from || trade.day >= today) continue;
    value += trade.price * trade.quantity;
    volume += trade.quantity;
  }
  return volume == 0 ? books_.at(instrument).reference : (2 * value + volume) / (2 * volume);
}

std::int64_t Model::promised(InstrumentId instrument) const {
  return std::accumulate(unsold_.begin(), unsold_.end(), std::int64_t{0}, [&](std::int64_t sum, const Unsold& u) {
    return sum + (u.instrument == instrument ? u.left : 0);
  });
}

// An even part of each, the last auction takes the rest of it; and no more than there is room for.
std::int64_t Model::roll_over(InstrumentId instrument, std::int64_t room) {
  std::int64_t taken = 0;
  for (Unsold& u : unsold_) {
    if (u.instrument != instrument) continue;
    const std::int64_t part = std::min(u.left / u.auctions--, room - taken);
    u.left -= part;
    taken += part;
  }
  std::erase_if(unsold_, [](const Unsold& u) { return u.auctions == 0 || u.left == 0; });
  return taken;
}

// --- bids ------------------------------------------------------------------------------------------------------------

Reject Model::act(const StampedCommand& c, const BidAuction& b) {
  const auto at = std::find_if(auctions_.begin(), auctions_.end(), [&](const Auction& a) { return a.id == b.auction; });
  if (at == auctions_.end()) return Reject::unknown_auction;
  if (!is_open(*at)) return Reject::auction_not_open;
  if (books_.at(at->listing.instrument).halted) return Reject::instrument_halted;
  if (!accounts_.contains(b.principal)) return Reject::unknown_account;
  if (const Reject no = check_bid(b, *at); no != Reject::none) return no;
  if (const Reject no = check_bidder(b, *at); no != Reject::none) return no;
  const NewOrder terms{
      .instrument = at->listing.instrument, .side = Side::buy, .price = b.price, .quantity = b.quantity};
  Bid bid{BidId(last_bid_ + 1), order_of(c, terms)};
  Part part{.principal = b.principal, .mandate = {}, .declared = b.quantity.raw()};
  const Reject no = check_part(bid.side, part, {local_date(now_), local_date(at->closes)});
  if (no != Reject::none) return no;
  ++last_bid_;
  bid.side.stake = ++last_stake_;
  stakes_[bid.side.stake] = {{part}, 0};
  at->bids.push_back(bid);
  return Reject::none;
}

Reject Model::check_bid(const BidAuction& b, const Auction& auction) const {
  const bool one_sided = auction.kind == AuctionKind::one_sided;
  if (b.quantity.raw() < rules_.at(one_sided ? "minimum_order_kg" : "auction_minimum_bid_kg"))
    return Reject::bid_below_minimum;
  return b.price.raw() < auction.listing.price ? Reject::bid_below_reserve : Reject::none;
}

// The bidder is the principal, all its bids together. Of a principal's auction it may have all.
Reject Model::check_bidder(const BidAuction& b, const Auction& auction) const {
  const Part& seller = parts(auction.listing).front();
  if (b.principal == seller.principal) return Reject::bidder_is_seller;
  std::int64_t bids = 0, most = seller.open();
  if (auction.kind != AuctionKind::one_sided)
    most = std::max(most * rules_.at("auction_bidder_permille") / 1000, rules_.at("auction_minimum_bid_kg"));
  for (const Bid& bid : auction.bids) {
    const Part& part = parts(bid.side).front();
    if (part.principal != b.principal) continue;
    ++bids;
    most -= part.open();
  }
  if (bids >= rules_.at("auction_bidder_bids")) return Reject::too_many_own_bids;
  return b.quantity.raw() > most ? Reject::bidder_maximum : Reject::none;
}

Reject Model::act(const StampedCommand& c, const WithdrawBid& w) {
  for (Auction& auction : auctions_)
    for (const Bid& bid : auction.bids) {
      if (bid.id != w.bid || bid.side.broker != BrokerId(c.request.sender.number)) continue;
      if (!is_open(auction)) return Reject::auction_not_open;
      cancels_.push_back(name_of_order(bid.side) + " bid " + kilograms(parts(bid.side).front().open()) + " requested");
      std::erase_if(auction.bids, [&](const Bid& other) { return other.id == w.bid; });
      return Reject::none;
    }
  return Reject::unknown_bid;
}

// --- the end ---------------------------------------------------------------------------------------------------------

// The highest bid first, the earlier of two equal ones; all pay what the last of them bid.
void Model::close(std::size_t at) {
  const Auction auction = auctions_[at];
  std::vector<Bid> bids = auction.bids;
  std::stable_sort(bids.begin(), bids.end(), [](const Bid& a, const Bid& b) { return a.side.price > b.side.price; });
  std::int64_t left = parts(auction.listing).front().open(), price = 0, sold = 0;
  std::vector<std::int64_t> won;
  for (const Bid& bid : bids) {
    won.push_back(std::min(left, bid.side.quantity));
    if (won.back() > 0) price = bid.side.price;
    left -= won.back();
  }
  for (std::size_t i = 0; i < bids.size(); ++i) {
    if (won[i] == 0) continue;
    settle(bids[i].side, stakes_.at(bids[i].side.stake).parts.front(), auction.listing,
           stakes_.at(auction.listing.stake).parts.front(), price, won[i]);
    done_.back().makes_price = false;
    sold += won[i];
  }
  if (auction.kind != AuctionKind::one_sided && left > 0 && rules_.at("auction_rollovers") > 0)
    unsold_.push_back({auction.listing.instrument, left, rules_.at("auction_rollovers")});
  finish(at, CancelReason::outbid, price, sold);
}

// What had rolled over into it rolls on.
void Model::call_off(std::size_t at) {
  const Auction& auction = auctions_[at];
  if (auction.rolled_over > 0 && rules_.at("auction_rollovers") > 0)
    unsold_.push_back({auction.listing.instrument, auction.rolled_over, rules_.at("auction_rollovers")});
  finish(at, CancelReason::auction_cancelled, 0, 0);
}

void Model::finish(std::size_t at, CancelReason reason, std::int64_t price, std::int64_t sold) {
  const Auction& auction = auctions_[at];
  for (const Bid& bid : auction.bids)
    if (const Part& part = parts(bid.side).front(); part.open() > 0)
      cancels_.push_back(name_of_order(bid.side) + " bid " + kilograms(part.open()) + " " +
                         std::string(name_of(reason)));
  auctions_said_.push_back((reason == CancelReason::outbid ? "closed " : "called off ") +
                           std::to_string(auction.id.raw()) + " " + kilograms(sold) + " @ " + std::to_string(price) +
                           " unsold " + kilograms(parts(auction.listing).front().open()));
  auctions_.erase(auctions_.begin() + static_cast<std::ptrdiff_t>(at));
}

// A halt is over: what has waited for it closes, in order of closing time.
void Model::close_waiting() {
  for (;;) {
    std::size_t next = auctions_.size();
    for (std::size_t i = 0; i < auctions_.size(); ++i) {
      const Auction& auction = auctions_[i];
      if (!auction.waiting || books_.at(auction.listing.instrument).halted) continue;
      if (next == auctions_.size() || auction.closes < auctions_[next].closes) next = i;
    }
    if (next == auctions_.size()) return;
    close(next);
  }
}

Reject Model::act(const StampedCommand&, const CancelAuction& c) {
  for (std::size_t i = 0; i < auctions_.size(); ++i)
    if (auctions_[i].id == c.auction) {
      call_off(i);
      return Reject::none;
    }
  return Reject::unknown_auction;
}

}  // namespace pace::test
