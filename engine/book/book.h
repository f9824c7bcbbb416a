// One order book: price, then time (rulebook 7). Orders match against the other side first and then rest; during a call
// auction they rest without matching and uncross() trades them all at one price.
// Fills and what else happens to resting orders on the way go to a sink, a template parameter, so that the exchange
// settles each fill as it happens. A sink has:
//
//   void filled(const Fill&);                          one trade
//   void refilled(const RestingOrder&);                an iceberg showed its next part, behind its price's queue
//   void prevented(OrderId order, Quantity open);      a resting order was cancelled by self-trade prevention
//   bool share_principal(AccountIndex, AccountIndex);  only if there are pooled orders: asked when one of two meets the
//   other
//
// A sink must not call the book or the pool. The slot of an order that is gone after the call is not reused before the
// next acquire(), so what the exchange keeps by slot can be read in the sink and after it.
// Invariants: outside a call the book is not crossed; each level's queue is in order of arrival; a resting order shows
// something. check() walks it all.
// Thread rule: owned by the exchange's thread; books that share a pool share a thread.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "engine/base/check.h"
#include "engine/book/ladder.h"
#include "engine/book/order.h"
#include "engine/book/pool.h"

namespace pace {

class Book {
 public:
  Book(OrderPool& pool, PriceWindow window)
      : pool_(&pool),
        links_(pool.memory_.first()),
        ladders_{Ladder(Side::buy, pool.memory_, window), Ladder(Side::sell, pool.memory_, window)} {}

  // --- continuous -------------------------------------------------------------------------------------------------

  /// Matches, then rests what is left (DAY and GTC). The order's slot is released when nothing rests.
  /// REQUIRES: `order.id` from acquire() or withdraw(); price and quantity within the book's limits.
  template <class Sink>
  Entered enter(const Order& order, Sink&& sink);
  /// Matches and never rests (IOC, FOK after can_fill, market within its bound); releases the slot.
  template <class Sink>
  Entered take(const Order& order, Sink&& sink);

  /// Whether the whole order would fill now, its self-trade mode taken into account (FOK).
  template <class Sink>
  [[nodiscard]] bool can_fill(const Order& order, const Sink& sink) const;
  /// Whether an order at this price would meet the other side (post-only).
  [[nodiscard]] bool would_trade(Side side, Price price) const {
    const Ladder& other = ladder(opposite(side));
    return other.best() <= Ladder::mirrored(ladder(side).key(price));
  }

  // --- resting orders ---------------------------------------------------------------------------------------------

  /// Takes the order out and releases its slot. Returns what was open. REQUIRES: it rests in this book.
  Quantity cancel(OrderId id);
  /// Takes the order out and keeps its slot, so that it can enter again changed, its priority lost. REQUIRES: as above.
  [[nodiscard]] Order withdraw(OrderId id);
  /// Reduces what is open, from the hidden part first; priority stays. REQUIRES: as above, 0 < open < the order's open.
  void reduce(OrderId id, Quantity open);

  // --- call auction -----------------------------------------------------------------------------------------------

  /// Rests without matching. REQUIRES: as enter(), and that the book is in a call, where it may be crossed afterwards,
  /// or that the order would not trade.
  void rest(const Order& order);
  /// The price of the call as it stands: greatest volume, then least imbalance, then nearest the reference, then
  /// higher (rulebook 7). Self-trade prevention is not foreseen in it. The first question of a call walks its orders;
  /// from then on the book keeps count, and a question costs what the price has moved since the last one, in levels.
  [[nodiscard]] AuctionPrice indicative(Price reference);
  /// Trades the call at one price and leaves the book uncrossed. Orders that would trade with their own principal are
  /// cancelled first, by the mode of the newer of the two, and the price is that of the call without them. An iceberg
  /// gives all of its quantity in its turn, the hidden part first, so nothing is refilled in a call. `imbalance` is
  /// what stays behind at that price.
  template <class Sink>
  AuctionPrice uncross(Price reference, Sink&& sink);

  // --- views ------------------------------------------------------------------------------------------------------

  [[nodiscard]] std::optional<Price> best(Side side) const {
    const Ladder& l = ladder(side);
    return l.empty() ? std::nullopt : std::optional(l.price(l.best()));
  }
  /// Price of the nth level from the best (1, 2 …), of the last one when there are fewer; nothing when there is none.
  [[nodiscard]] std::optional<Price> nth_price(Side side, std::uint32_t n) const;
  /// visit(Price, Quantity shown, std::uint32_t orders) for the best `depth` levels, best first.
  template <class Visit>
  void for_each_level(Side side, std::uint32_t depth, Visit&& visit) const;
  /// visit(const RestingOrder&) in canonical order: buy side, then sell side; best price first; oldest first.
  template <class Visit>
  void for_each_order(Visit&& visit) const;
  /// visit(const RestingOrder&) of the orders that one of this side and price would meet, in their order, until it
  /// returns false.
  template <class Visit>
  void for_each_met(Side side, Price price, Visit&& visit) const;

  /// Puts an order back as for_each_order gave it, in that order, the pool loaded before. False when it cannot be so.
  [[nodiscard]] bool restore(const RestingOrder& resting);
  /// Moves the fast price window, e.g. to a new reference price. Changes no outcome. Walks every order.
  void move_window(PriceWindow window);
  /// Walks every order; aborts on the first invariant that fell. `crossed_allowed` during a call.
  void check(bool crossed_allowed) const;

 private:
  using Slot = std::uint32_t;
  using Node = OrderPool::Node;
  struct Taken {
    std::uint32_t open;
    bool self_trade;
  };

  [[nodiscard]] Ladder& ladder(Side side) { return ladders_[static_cast<std::size_t>(side)]; }
  [[nodiscard]] const Ladder& ladder(Side side) const { return ladders_[static_cast<std::size_t>(side)]; }
  [[nodiscard]] Link& link(LinkRef ref) { return links_[ref]; }
  [[nodiscard]] const Link& link(LinkRef ref) const { return links_[ref]; }
  [[nodiscard]] Node& node(Slot slot) { return reinterpret_cast<Node*>(links_)[slot]; }
  [[nodiscard]] const Node& node(Slot slot) const { return reinterpret_cast<const Node*>(links_)[slot]; }
  static constexpr LinkRef ref_of(Slot slot) { return slot * LinkMemory::units_per_node; }
  static constexpr Slot slot_at(LinkRef ref) { return ref / LinkMemory::units_per_node; }
  [[nodiscard]] Quantity open(Slot slot) const {
    return Quantity(std::int64_t{node(slot).shown} + pool_->hidden(node(slot), slot));
  }
  [[nodiscard]] RestingOrder resting(Slot slot) const { return pool_->order(pool_->id_of(slot)); }

  static void check_terms(const Order& order);
  /// The same principal on both sides? A sink that knows no pooled orders costs one comparison; the others' cost two.
  template <class Sink>
  static bool share_principal(std::uint32_t one, std::uint32_t other, const Sink& sink);
  template <class Sink>
  Entered enter_trading(OrderId::Rep id, AccountIndex::Rep owner, Side side, SelfTrade self_trade, Price::Rep price,
                        Quantity::Rep open, Quantity::Rep display, Sink& sink);
  template <class Sink>
  Taken match(const Order& taker, Sink& sink);
  template <class Sink>
  bool fill_level(const Order& taker, Ladder& makers, Taken& taken, Sink& sink);
  /// Self-trade prevention in matching. True: the taker goes on.
  template <class Sink>
  bool prevent(const Order& taker, Slot maker, Sink& sink);
  template <class Sink>
  void refill(Slot slot, Sink& sink);
  class Pairing;
  template <class Sink>
  void prevent_in_call(Sink& sink);
  template <class Sink>
  Quantity trade_call(Price price, Sink& sink);
  bool take_hidden_first(Slot slot, std::uint32_t quantity);
  void fill_in_call(Slot slot, std::uint32_t quantity);

  /// Behind the queue of its price; in a call it is counted.
  void enqueue(Slot slot);
  void pop_front(Ladder& side, Ladder::Key key, LinkRef level);
  void unlink(Slot slot);
  void clear_level(Slot last);
  Quantity cancel_counted(Slot slot);
  [[gnu::always_inline]] void remove(Slot slot) {
    unlink(slot);
    pool_->release_node(node(slot), slot);
  }
  void place(const Order& order, std::uint32_t open);
  void place_iceberg(Slot slot, std::uint32_t open, std::uint32_t display);
  /// visit(Slot) along a level's queue.
  template <class Visit>
  void for_each_slot(LinkRef level, Visit&& visit) const {
    for (LinkRef at = link(level).next; at != level; at = link(at).next) visit(slot_at(at));
  }
  /// The order behind this one in its side's priority, 0 when it is the last.
  [[nodiscard]] Slot behind(Slot slot) const;
  /// The order before it. REQUIRES: there is one.
  [[nodiscard]] Slot before(Slot slot) const;
  [[nodiscard]] Slot front(Side side) const {
    return ladder(side).empty() ? 0 : slot_at(link(ladder(side).level(ladder(side).best())).next);
  }

  void begin_count();
  void count(Slot slot, Quantity change);

  OrderPool* pool_;
  Link* links_;  // the pool's: one step less to each order
  /// Kept from the first question for the indicative price to the end of the call, with what is open at each level.
  struct Count {
    bool kept = false;
    Offer offer;
  };
  Count count_;
  std::array<Ladder, 2> ladders_;
};

}  // namespace pace

#include "engine/book/book_impl.h"
