// What everybody may see of the auctions, their part of the state, and the sums that prove it.
#include <algorithm>

#include "engine/exchange/auctions.h"
#include "engine/message/codec.h"

namespace pace {

AuctionView Auctions::view(const Auction& auction) const {
  const Timestamp now = market_.time();
  const AuctionState state = auction.waiting       ? AuctionState::waiting
                             : now < auction.opens ? AuctionState::announced
                                                   : AuctionState::open;
  return {.auction = auction.id,
          .kind = auction.kind,
          .instrument = auction.listing.instrument,
          .state = state,
          .quantity = auction.listing.open,
          .rolled_over = auction.rolled_over,
          .reserve_price = auction.listing.price,
          .opens = auction.opens,
          .closes = auction.closes};
}

std::vector<AuctionView> Auctions::views() const {
  std::vector<AuctionView> views(results_.begin(), results_.end());
  for (const auto& [id, auction] : auctions_) views.push_back(view(auction));
  std::sort(views.begin(), views.end(), [](const auto& a, const auto& b) { return a.auction < b.auction; });
  return views;
}

void Auctions::collect(std::vector<Commitment>& commitments) const {
  for (const auto& [id, auction] : auctions_) {
    commitments.push_back(auction.listing);
    for (const auto& [bid, commitment] : auction.bids) commitments.push_back(commitment);
  }
}

void Auctions::check() const {
  Timestamp due = Timestamp::max();
  for (const auto& [id, auction] : auctions_) {
    PACE_CHECK(id.raw() <= announced_ && auction.listing.open > Quantity{} && auction.opens < auction.closes);
    PACE_CHECK(auction.waiting ? must_wait(auction) : market_.time() < auction.closes);
    if (!auction.waiting) due = std::min(due, auction.closes);
    std::map<AccountIndex, Bidder> sums;
    for (const auto& [number, bid] : auction.bids) {
      PACE_CHECK(number.raw() <= bids_ && bid.open > Quantity{} && bid.price >= auction.listing.price);
      PACE_CHECK(bid.principal != auction.listing.principal);
      sums[bid.principal].quantity += bid.open;
      ++sums[bid.principal].bids;
    }
    PACE_CHECK(sums == auction.bidders);
  }
  PACE_CHECK(due == next_due_ && results_.size() <= kept_results);
}

void Auctions::save(ByteWriter& out) const {
  out.put(announced_);
  out.put(bids_);
  rollovers_.save(out);
  encode_value(out, std::vector<AuctionView>(results_.begin(), results_.end()));
  out.put(static_cast<std::uint32_t>(auctions_.size()));
  for (const auto& [id, auction] : auctions_) {
    encode_fields(out, auction);
    out.put(static_cast<std::uint32_t>(auction.bids.size()));
    for (const auto& [number, bid] : auction.bids) {
      encode_value(out, number);
      encode_value(out, bid);
    }
  }
}

bool Auctions::load(ByteReader& in) {
  announced_ = in.get<std::uint32_t>();
  bids_ = in.get<std::uint64_t>();
  if (!rollovers_.load(in)) return false;
  std::vector<AuctionView> results;
  decode_value(in, results);
  results_.assign(results.begin(), results.end());
  const auto count = in.get<std::uint32_t>();
  if (!in.ok() || results_.size() > kept_results || count > capacity_.auctions) return false;
  for (std::uint32_t i = 0; i < count; ++i)
    if (!load_auction(in)) return false;
  plan();
  return true;
}

bool Auctions::load_auction(ByteReader& in) {
  Auction auction;
  decode_fields(in, auction);
  const auto bids = in.get<std::uint32_t>();
  if (!in.ok() || bids > capacity_.bids_per_auction || !market_.restore(auction.listing)) return false;
  for (std::uint32_t i = 0; i < bids; ++i) {
    BidId id;
    Commitment bid;
    decode_value(in, id);
    decode_value(in, bid);
    if (!in.ok() || !market_.restore(bid)) return false;
    add(auction, id, bid);
  }
  return auctions_.emplace(auction.id, std::move(auction)).second;
}

}  // namespace pace
