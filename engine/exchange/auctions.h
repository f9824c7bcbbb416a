// Sealed-bid auctions (rulebook 7): one mechanism for one seller's own units, the authority's from the paid pool, and
// the authority's from the reserve while the stability rule has triggered. Bids are sealed and hold their cash; at the
// closing time the highest win and all pay the lowest winning price (sealed_bids.h), person to person. What the
// authority does not sell rolls over (rollovers.h). Decisions: docs/decisions/0012. Events of a closing: the Trades by
// price, then time; BidWithdrawn for what won nothing; AuctionClosed. Invariants: what is listed and bid is held in the
// ledger; no auction stands behind its closing time unless it waits. Thread rule: owned by the exchange's thread.
#pragma once

#include <deque>
#include <map>
#include <vector>

#include "engine/exchange/commitment.h"
#include "engine/exchange/market.h"
#include "engine/exchange/rollovers.h"
#include "engine/exchange/stability.h"

namespace pace {

class Auctions {
 public:
  /// Results that AskAuctions still answers.
  static constexpr std::size_t kept_results = 64;

  /// REQUIRES: all outlive this.
  Auctions(const Capacity& capacity, Market& market, const Registrar& registrar, const Stability& stability);

  // --- commands -----------------------------------------------------------------------------------------------------

  /// One-sided by a broker, for a principal or itself; the others by the authority. Rejects: 103, 201, 202, 204 to 206,
  /// 210, 215, 227, 301, 303 to 307, 402, 403, 405, 415, 441, 443, 448, 455, 501 to 503.
  Outcome announce(const Sender& sender, const ClientId& client_id, const AnnounceAuction& command,
                   EventBuffer& events);
  /// Every bid is let go; the units are free again. Rejects: 440.
  Outcome cancel(const CancelAuction& command, EventBuffer& events);
  /// From its opening until it closes, at any hour. Rejects: 201, 202, 204 to 206, 215, 301, 303 to 307, 402, 405, 415,
  /// 440, 442, 444 to 446, 449, 456, 457, 504, 505.
  Outcome bid(const MemberRequest& from, const BidAuction& command, EventBuffer& events);
  /// The bidder's broker only. Rejects: 442, 447.
  Outcome withdraw(const MemberRequest& from, const WithdrawBid& command, EventBuffer& events);

  // --- time and what others change ----------------------------------------------------------------------------------

  /// The next closing; Timestamp::max(): none.
  [[nodiscard]] Timestamp next_due() const { return next_due_; }
  /// Closes what is due at the market's time. A halted instrument's auction, and any while the opening is blocked,
  /// waits.
  void due(EventBuffer& events);
  /// A halt or a blocked opening ended: closes what has waited for it, in order of closing time.
  void close_waiting(EventBuffer& events);
  /// Bids under the mandate go, and the auction of a seller whose mandate it was.
  void entrustment_revoked(EntrustmentId entrustment, EventBuffer& events);
  /// Bids of accounts that may no longer buy go, and auctions of those that may no longer sell.
  void standing_changed(Date today, EventBuffer& events);
  /// Auctions in which a principal sells this instrument go. The authority's own units are nobody's to bank: its stay.
  void withdraw_offers(InstrumentId instrument, EventBuffer& events);
  /// All that a member bids and lists goes.
  void drop(BrokerId broker, CancelReason reason, EventBuffer& events);

  // --- views, proof, storage ----------------------------------------------------------------------------------------

  /// Results, then what stands; by number.
  [[nodiscard]] std::vector<AuctionView> views() const;
  void collect(std::vector<Commitment>& commitments) const;
  void check() const;
  void save(ByteWriter& out) const;
  /// After market and register. False when the bytes are not these.
  [[nodiscard]] bool load(ByteReader& in);

 private:
  struct Bidder {
    Quantity quantity;
    std::int64_t bids{};
    bool operator==(const Bidder&) const = default;
  };
  struct Auction {
    AuctionId id;
    AuctionKind kind{};
    Commitment listing;  ///< of the seller; its price is the reserve price
    Quantity rolled_over;
    Timestamp opens, closes;
    bool waiting{};
    PACE_FIELDS(Auction, id, kind, listing, rolled_over, opens, closes, waiting);  // and the bids
    std::map<BidId, Commitment> bids;
    std::map<AccountIndex, Bidder> bidders;  ///< sums of the bids
  };
  using Place = std::map<AuctionId, Auction>::iterator;

  // announcing (auctions.cpp)
  [[nodiscard]] Outcome check_announcement(const Sender& sender, const AnnounceAuction& c, Auction& auction) const;
  [[nodiscard]] Outcome check_times(const AnnounceAuction& c, Auction& auction) const;
  [[nodiscard]] Outcome check_listing(const AnnounceAuction& c, Auction& auction) const;
  [[nodiscard]] Outcome check_authority_sale(const AnnounceAuction& c, Auction& auction) const;
  [[nodiscard]] Price reserve_price(const AnnounceAuction& c) const;
  void plan();
  // bids (auction_bids.cpp)
  [[nodiscard]] bool open(const Auction& auction) const;
  [[nodiscard]] Outcome check_bid(const BidAuction& c, const Auction& auction, Commitment& bid) const;
  [[nodiscard]] Outcome check_bid_terms(const BidAuction& c, const Auction& auction) const;
  [[nodiscard]] Outcome check_bidder(const BidAuction& c, const Auction& auction, AccountIndex bidder) const;
  void add(Auction& auction, BidId id, const Commitment& bid);
  void remove(Auction& auction, std::map<BidId, Commitment>::iterator bid, CancelReason reason, EventBuffer& events);
  template <class Goes>
  void sweep_bids(CancelReason reason, EventBuffer& events, Goes&& goes);
  // closing (auction_close.cpp)
  [[nodiscard]] bool must_wait(const Auction& auction) const;
  [[nodiscard]] std::vector<AuctionId> in_order(bool waiting) const;
  void close(Place place, EventBuffer& events);
  void sell(Auction& auction, AuctionView& result, EventBuffer& events);
  void cancel(Place place, EventBuffer& events);
  void finish(Place place, const AuctionView& result, EventBuffer& events);
  template <class Goes>
  void cancel_listings(EventBuffer& events, Goes&& goes);

  [[nodiscard]] AuctionView view(const Auction& auction) const;
  [[nodiscard]] bool load_auction(ByteReader& in);

  Capacity capacity_;
  Market& market_;
  const Registrar& registrar_;
  const Stability& stability_;
  std::map<AuctionId, Auction> auctions_;  // announced and not over
  std::deque<AuctionView> results_;        // oldest first
  Rollovers rollovers_;
  std::uint32_t announced_ = 0;  // ever, so that ids are new
  std::uint64_t bids_ = 0;
  Timestamp next_due_ = Timestamp::max();
};

}  // namespace pace
