// The parts of Book that its sinks are compiled into. Included by book.h alone.
#pragma once

#include "engine/book/book.h"

namespace pace {

// Cheaper than unlink(), which has to find the level when it is the last order.
[[gnu::always_inline]] inline void Book::pop_front(Ladder& side, Ladder::Key key, LinkRef level) {
  const LinkRef next = link(link(level).next).next;
  link(level).next = next;
  link(next).prev = level;
  if (next == level) {
    link(level) = {0, 0};
    side.clear(key);
  }
}

[[gnu::always_inline]] inline void Book::unlink(Slot slot) {
  const auto [next, prev] = node(slot).link;
  link(prev).next = next;
  link(next).prev = prev;
  if (next == prev) [[unlikely]]  // the level itself, on both sides
    clear_level(slot);
}

// The rare ways out of placing and cancelling, a price's first and last order among them, are calls at the end, so that
// nothing has to be kept in memory for them on the way that nearly all take.
[[gnu::always_inline]] inline void Book::place(const Order& order, std::uint32_t open) {
  const Slot slot = OrderPool::slot(order.id);
  const Ladder& side = ladder(order.side);
  const Ladder::Key key = side.key(order.price);
  constexpr unsigned generation_shift = OrderPool::slot_bits - OrderPool::tag_bits;
  Node& resting = node(slot);
  resting.key = key;
  resting.shown = open;
  resting.owner = order.owner.raw();
  resting.tag = (static_cast<std::uint32_t>(order.id.raw() >> generation_shift) & ~OrderPool::tag_mask) |
                OrderPool::resting_bit | static_cast<std::uint32_t>(order.self_trade) << 1 |
                static_cast<std::uint32_t>(order.side);
  resting.arrival = pool_->next_arrival_++;
  if (order.display.raw() != 0 && order.display.raw() < open) [[unlikely]]
    return place_iceberg(slot, open, static_cast<std::uint32_t>(order.display.raw()));
  const LinkRef level = side.near_level(key), last = link(level).prev;
  if (last == 0 || count_.kept) [[unlikely]]
    return enqueue(slot);
  resting.link = {level, last};
  link(last).next = ref_of(slot);
  link(level).prev = ref_of(slot);
}

[[gnu::always_inline]] inline Quantity Book::cancel(OrderId id) {
  const Slot slot = OrderPool::slot(id);
  Node& order = node(slot);
  const auto [next, prev] = order.link;
  if (next == prev || count_.kept) [[unlikely]]
    return cancel_counted(slot);
  const Quantity left = open(slot);
  link(prev).next = next;
  link(next).prev = prev;
  pool_->release_node(order, slot);
  return left;
}

[[gnu::always_inline]] inline Order Book::withdraw(OrderId id) {
  const Slot slot = OrderPool::slot(id);
  if (count_.kept) [[unlikely]]
    count(slot, -open(slot));
  const Order order = pool_->order(id).order;
  unlink(slot);
  node(slot).tag &= ~OrderPool::resting_bit;
  return order;
}

[[gnu::always_inline]] inline void Book::check_terms(const Order& order) {
  PACE_CHECK(order.price > Price{} && order.price <= book_max_price);
  PACE_CHECK(order.open > Quantity{} && order.open <= book_max_quantity);
}

[[gnu::always_inline]] inline void Book::rest(const Order& order) {
  check_terms(order);
  place(order, static_cast<std::uint32_t>(order.open.raw()));
}

// Nine of ten orders meet nobody. Measured: with matching out of line and the order handed to it as bare numbers, so
// that here it stays in registers, entering one of these takes half the instructions.
template <class Sink>
[[gnu::always_inline]] inline Entered Book::enter(const Order& order, Sink&& sink) {
  check_terms(order);
  if (would_trade(order.side, order.price)) [[unlikely]]
    return enter_trading(order.id.raw(), order.owner.raw(), order.side, order.self_trade, order.price.raw(),
                         order.open.raw(), order.display.raw(), sink);
  place(order, static_cast<std::uint32_t>(order.open.raw()));
  return {order.open, true, false};
}

template <class Sink>
[[gnu::noinline]] Entered Book::enter_trading(OrderId::Rep id, AccountIndex::Rep owner, Side side, SelfTrade self_trade,
                                              Price::Rep price, Quantity::Rep open, Quantity::Rep display, Sink& sink) {
  const Order order{OrderId(id),    AccountIndex(owner), side, self_trade, Price(price),
                    Quantity(open), Quantity(display)};
  const Taken taken = match(order, sink);
  if (taken.open == 0 || taken.self_trade) {
    pool_->release(order.id);
    return {Quantity(taken.open), false, taken.self_trade};
  }
  place(order, taken.open);
  return {Quantity(taken.open), true, false};
}

template <class Sink>
Entered Book::take(const Order& order, Sink&& sink) {
  check_terms(order);
  const Taken taken = match(order, sink);
  pool_->release(order.id);
  return {Quantity(taken.open), false, taken.self_trade};
}

// Two accounts differ in their low bits only, so one comparison with 0 finds the same account and every pooled maker.
template <class Sink>
[[gnu::always_inline]] inline bool Book::share_principal(std::uint32_t one, std::uint32_t other, const Sink& sink) {
  if constexpr (requires { sink.share_principal(AccountIndex(one), AccountIndex(other)); }) {
    if (static_cast<std::int32_t>((one ^ other) | (other & pooled_owner_bit)) > 0) [[likely]]
      return false;
    return one == other || sink.share_principal(AccountIndex(one), AccountIndex(other));
  } else {
    return one == other;
  }
}

template <class Sink>
[[gnu::always_inline]] inline Book::Taken Book::match(const Order& taker, Sink& sink) {
  count_.kept = false;
  Taken taken{static_cast<std::uint32_t>(taker.open.raw()), false};
  Ladder& makers = ladder(opposite(taker.side));
  const Ladder::Key limit = makers.key(taker.price);
  while (makers.best() <= limit)
    if (!fill_level(taker, makers, taken, sink)) break;
  return taken;
}

// Trades with the best level until it or the taker is used up. False: the taker stops.
template <class Sink>
[[gnu::always_inline]] inline bool Book::fill_level(const Order& taker, Ladder& makers, Taken& taken, Sink& sink) {
  const Ladder::Key key = makers.best();
  const Price price = makers.price(key);
  const LinkRef level = makers.level(key);
  for (LinkRef at = link(level).next; at != level;) {
    const Slot slot = slot_at(at);
    Node& maker = node(slot);
    const LinkRef next = maker.link.next;
    if (share_principal(maker.owner, taker.owner.raw(), sink) && taker.self_trade != SelfTrade::allow) [[unlikely]] {
      if (!prevent(taker, slot, sink)) {
        taken.self_trade = true;
        return false;
      }
      at = next;
      continue;
    }
    const std::uint32_t quantity = std::min(taken.open, maker.shown);
    taken.open -= quantity;
    maker.shown -= quantity;
    sink.filled(
        Fill{pool_->id_of(slot), taker.id, taker.side, price, Quantity(quantity), open(slot), Quantity(taken.open)});
    if (maker.shown == 0) {
      if (pool_->hidden(maker, slot) != 0) [[unlikely]] {
        refill(slot, sink);
        at = next != level ? next : at;
      } else {
        pop_front(makers, key, level);
        pool_->release_node(maker, slot);
        at = next;
      }
    }
    if (taken.open == 0) return false;
  }
  return true;
}

template <class Sink>
[[gnu::noinline]] bool Book::prevent(const Order& taker, Slot maker, Sink& sink) {
  if (taker.self_trade == SelfTrade::cancel_newest) return false;
  sink.prevented(pool_->id_of(maker), open(maker));
  remove(maker);
  return taker.self_trade == SelfTrade::cancel_oldest;
}

// The next part of an iceberg goes behind the queue of its price.
template <class Sink>
[[gnu::noinline]] void Book::refill(Slot slot, Sink& sink) {
  Node& order = node(slot);
  OrderPool::Iceberg& iceberg = pool_->icebergs_[slot];
  order.shown = std::min(iceberg.display, iceberg.hidden);
  iceberg.hidden -= order.shown;
  order.arrival = pool_->next_arrival_++;
  if (order.link.next != order.link.prev) {  // alone it is the last already
    unlink(slot);
    enqueue(slot);
  }
  sink.refilled(resting(slot));
}

// Level by level as matching would go: what is shown in order of time, then what icebergs would show after it. An own
// order ends it, or under cancel_oldest is passed over.
template <class Sink>
bool Book::can_fill(const Order& order, const Sink& sink) const {
  const Ladder& makers = ladder(opposite(order.side));
  const Ladder::Key limit = makers.key(order.price);
  Quantity found;
  for (Ladder::Key key = makers.best(); key <= limit && key != Ladder::none; key = makers.worse(key)) {
    Quantity hidden;
    const LinkRef level = makers.level(key);
    for (LinkRef at = link(level).next; at != level; at = link(at).next) {
      const Slot slot = slot_at(at);
      if (order.self_trade != SelfTrade::allow && share_principal(node(slot).owner, order.owner.raw(), sink)) {
        if (order.self_trade == SelfTrade::cancel_oldest) continue;
        return false;
      }
      found += Quantity(node(slot).shown);
      hidden += Quantity(pool_->hidden(node(slot), slot));
      if (found >= order.open) return true;
    }
    found += hidden;
    if (found >= order.open) return true;
  }
  return false;
}

// --- call auction ---------------------------------------------------------------------------------------------------

template <class Sink>
AuctionPrice Book::uncross(Price reference, Sink&& sink) {
  prevent_in_call(sink);
  const AuctionPrice at = indicative(reference);
  count_.kept = false;
  if (at.volume > Quantity{}) PACE_CHECK(trade_call(at.price, sink) == at.volume);
  return at;
}

/// A call on its way, best order against best: who would trade with whom, and how much of the two at hand is left. The
/// pairs do not depend on the price: it only says where they end, and that is where the two no longer cross.
class Book::Pairing {
 public:
  explicit Pairing(Book& book) : book_(book) {
    for (const Side side : {Side::buy, Side::sell}) enter(side, book.front(side));
  }
  [[nodiscard]] Slot slot(Side side) const { return place(side).slot; }
  [[nodiscard]] bool crosses() const {
    return slot(Side::buy) != 0 && slot(Side::sell) != 0 && price(Side::buy) >= price(Side::sell);
  }
  void trade() {
    const Quantity quantity = std::min(place(Side::buy).left, place(Side::sell).left);
    for (const Side side : {Side::buy, Side::sell})
      if ((place(side).left -= quantity) == Quantity{}) enter(side, book_.behind(slot(side)));
  }
  /// Has the order at hand traded with any before?
  [[nodiscard]] bool begun(Side side) const { return place(side).left != book_.open(slot(side)); }
  /// The order at hand goes: what it traded with is at hand again, as if it had never come. REQUIRES: the other side's
  /// has not begun, if this one has.
  void leave(Side side) {
    Quantity undone = book_.open(slot(side)) - place(side).left;
    enter(side, book_.behind(slot(side)));
    for (Place& other = place(opposite(side)); undone > Quantity{}; undone -= other.left) {
      other.slot = book_.before(other.slot);
      other.left = std::min(book_.open(other.slot), undone);
    }
  }

 private:
  struct Place {
    Slot slot;
    Quantity left;
  };
  [[nodiscard]] Place& place(Side side) { return places_[static_cast<std::size_t>(side)]; }
  [[nodiscard]] const Place& place(Side side) const { return places_[static_cast<std::size_t>(side)]; }
  [[nodiscard]] Price price(Side side) const { return book_.ladder(side).price(book_.node(slot(side)).key); }
  void enter(Side side, Slot next) { place(side) = {next, next != 0 ? book_.open(next) : Quantity{}}; }

  Book& book_;
  std::array<Place, 2> places_;
};

// Goes through the call as it would trade and cancels where a principal would meet itself. An order that goes gives
// back what it was paired with, so its cost is at most the kilograms it had open, and those are held for it (0016).
template <class Sink>
void Book::prevent_in_call(Sink& sink) {
  Pairing pairing(*this);
  while (pairing.crosses()) {
    const Slot bid = pairing.slot(Side::buy), ask = pairing.slot(Side::sell);
    const bool bid_newer = node(bid).arrival > node(ask).arrival;
    const SelfTrade mode = node(bid_newer ? bid : ask).self_trade();
    if (mode == SelfTrade::allow || !share_principal(node(bid).owner, node(ask).owner, sink)) {
      pairing.trade();
      continue;
    }
    const bool bid_goes = mode == SelfTrade::cancel_both || bid_newer == (mode == SelfTrade::cancel_newest);
    const bool ask_goes = mode == SelfTrade::cancel_both || !bid_goes;
    const bool sell_first = pairing.begun(Side::sell);
    if (ask_goes && sell_first) pairing.leave(Side::sell);
    if (bid_goes && pairing.slot(Side::buy) == bid) pairing.leave(Side::buy);
    if (ask_goes && pairing.slot(Side::sell) == ask) pairing.leave(Side::sell);
    for (const auto& [slot, goes] : {std::pair(bid, bid_goes), std::pair(ask, ask_goes)}) {
      if (!goes) continue;
      sink.prevented(pool_->id_of(slot), open(slot));
      cancel(pool_->id_of(slot));
    }
  }
}

template <class Sink>
Quantity Book::trade_call(Price price, Sink& sink) {
  Quantity volume;
  const Ladder &bids = ladder(Side::buy), &asks = ladder(Side::sell);
  while (bids.best() <= bids.key(price) && asks.best() <= asks.key(price)) {
    const Slot bid = front(Side::buy), ask = front(Side::sell);
    const Side newer = node(bid).arrival > node(ask).arrival ? Side::buy : Side::sell;
    const Slot taker = newer == Side::buy ? bid : ask, maker = newer == Side::buy ? ask : bid;
    const Quantity quantity = std::min(open(bid), open(ask));
    volume += quantity;
    sink.filled(Fill{pool_->id_of(maker), pool_->id_of(taker), newer, price, quantity, open(maker) - quantity,
                     open(taker) - quantity});
    for (const Slot slot : {maker, taker}) fill_in_call(slot, static_cast<std::uint32_t>(quantity.raw()));
  }
  return volume;
}

// --- views ----------------------------------------------------------------------------------------------------------

template <class Visit>
void Book::for_each_level(Side side, std::uint32_t depth, Visit&& visit) const {
  const Ladder& levels = ladder(side);
  for (Ladder::Key key = levels.best(); key != Ladder::none && depth != 0; key = levels.worse(key), --depth) {
    Quantity shown;
    std::uint32_t orders = 0;
    for_each_slot(levels.level(key), [&](Slot slot) {
      shown += Quantity(node(slot).shown);
      ++orders;
    });
    visit(levels.price(key), shown, orders);
  }
}

template <class Visit>
void Book::for_each_order(Visit&& visit) const {
  for (const Side side : {Side::buy, Side::sell})
    for (Slot slot = front(side); slot != 0; slot = behind(slot)) visit(resting(slot));
}

template <class Visit>
void Book::for_each_met(Side side, Price price, Visit&& visit) const {
  const Ladder& makers = ladder(opposite(side));
  const Ladder::Key limit = makers.key(price);
  for (Ladder::Key key = makers.best(); key <= limit && key != Ladder::none; key = makers.worse(key)) {
    const LinkRef level = makers.level(key);
    for (LinkRef at = link(level).next; at != level; at = link(at).next)
      if (!visit(resting(slot_at(at)))) return;
  }
}

}  // namespace pace
