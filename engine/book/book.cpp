#include "engine/book/book.h"

namespace pace {

void Book::place_iceberg(Slot slot, std::uint32_t open, std::uint32_t display) {
  node(slot).tag |= OrderPool::iceberg_bit;
  node(slot).shown = display;
  pool_->icebergs_[slot] = {.hidden = open - display, .display = display};
  enqueue(slot);
}

void Book::enqueue(Slot slot) {
  Node& order = node(slot);
  Ladder& side = ladder(order.side());
  const LinkRef level = side.level(order.key);
  LinkRef last = link(level).prev;
  if (last == 0) {
    last = level;
    side.mark(order.key);
  }
  order.link = {level, last};
  link(last).next = ref_of(slot);
  link(level).prev = ref_of(slot);
  if (count_.kept) count(slot, open(slot));
}

// Its last order has left.
void Book::clear_level(Slot last) {
  const Node& order = node(last);
  link(order.link.next) = {0, 0};
  ladder(order.side()).clear(order.key);
}

Quantity Book::cancel_counted(Slot slot) {
  const Quantity left = open(slot);
  if (count_.kept) count(slot, -left);
  remove(slot);
  return left;
}

void Book::reduce(OrderId id, Quantity to) {
  const Slot slot = OrderPool::slot(id);
  PACE_CHECK(to > Quantity{} && to < open(slot));
  if (count_.kept) count(slot, to - open(slot));
  take_hidden_first(slot, static_cast<std::uint32_t>((open(slot) - to).raw()));
}

// True: something is left.
bool Book::take_hidden_first(Slot slot, std::uint32_t quantity) {
  const std::uint32_t from_hidden = std::min(quantity, pool_->hidden(node(slot), slot));
  if (from_hidden != 0) pool_->icebergs_[slot].hidden -= from_hidden;
  return (node(slot).shown -= quantity - from_hidden) != 0;
}

void Book::fill_in_call(Slot slot, std::uint32_t quantity) {
  if (!take_hidden_first(slot, quantity)) remove(slot);
}

// --- questions ------------------------------------------------------------------------------------------------------

Book::Slot Book::behind(Slot slot) const {
  const Node& order = node(slot);
  if (pool_->memory_.is_node(order.link.next)) return slot_at(order.link.next);
  const Ladder& side = ladder(order.side());
  const Ladder::Key key = side.worse(order.key);
  return key == Ladder::none ? 0 : slot_at(link(side.level(key)).next);
}

Book::Slot Book::before(Slot slot) const {
  const Node& order = node(slot);
  if (pool_->memory_.is_node(order.link.prev)) return slot_at(order.link.prev);
  const Ladder& side = ladder(order.side());
  return slot_at(link(side.level(side.better(order.key))).prev);
}

std::optional<Price> Book::nth_price(Side side, std::uint32_t n) const {
  const Ladder& levels = ladder(side);
  if (levels.empty()) return std::nullopt;
  Ladder::Key at = levels.best();
  for (Ladder::Key key = at; key != Ladder::none && n != 0; key = levels.worse(key), --n) at = key;
  return levels.price(at);
}

// --- state ----------------------------------------------------------------------------------------------------------

bool Book::restore(const RestingOrder& resting) {
  const Order& order = resting.order;
  const Slot slot = OrderPool::slot(order.id);
  const std::uint64_t generation = order.id.raw() >> OrderPool::slot_bits;
  const bool values_fit = order.price > Price{} && order.price <= book_max_price && order.open > Quantity{} &&
                          order.open <= book_max_quantity && resting.shown > Quantity{} &&
                          resting.shown <= order.open && (order.display > Quantity{} || resting.shown == order.open) &&
                          order.display >= Quantity{} && order.display <= book_max_quantity;
  const bool slot_fits = slot > 0 && slot <= pool_->used_ && generation > 0 &&
                         generation <= OrderPool::last_generation && node(slot).tag == 0 &&
                         resting.arrival < pool_->next_arrival_;
  if (!values_fit || !slot_fits) return false;
  const LinkRef last = link(ladder(order.side).level(ladder(order.side).key(order.price))).prev;
  if (last != 0 && node(slot_at(last)).arrival >= resting.arrival) return false;

  const std::uint64_t next_arrival = std::exchange(pool_->next_arrival_, resting.arrival);
  ++pool_->in_use_;
  place(order, static_cast<std::uint32_t>(order.open.raw()));
  pool_->next_arrival_ = next_arrival;
  if (order.display != Quantity{}) {
    node(slot).tag |= OrderPool::iceberg_bit;
    node(slot).shown = static_cast<std::uint32_t>(resting.shown.raw());
    pool_->icebergs_[slot] = {.hidden = static_cast<std::uint32_t>((order.open - resting.shown).raw()),
                              .display = static_cast<std::uint32_t>(order.display.raw())};
  }
  return true;
}

// Each side's orders are strung together, best price first, and put back one by one.
void Book::move_window(PriceWindow window) {
  count_.kept = false;
  for (Ladder& side : ladders_) {
    LinkRef first = 0, last = 0;
    while (!side.empty()) {
      const LinkRef level = side.level(side.best());
      (last == 0 ? first : link(last).next) = link(level).next;
      last = link(level).prev;
      link(level) = {0, 0};
      side.clear(side.best());
    }
    if (last != 0) link(last).next = 0;
    side.move_window(window);
    for (LinkRef at = first; at != 0;) {
      const LinkRef next = link(at).next;
      enqueue(slot_at(at));
      at = next;
    }
  }
}

void Book::check(bool crossed_allowed) const {
  const std::optional<Price> bid = best(Side::buy), ask = best(Side::sell);
  if (!crossed_allowed && bid && ask) PACE_CHECK(*bid < *ask);
  Offer offer{count_.offer.at, {}, {}};
  for (const Side side : {Side::buy, Side::sell}) {
    const Ladder& levels = ladder(side);
    for (Ladder::Key key = levels.best(); key != Ladder::none; key = levels.worse(key)) {
      const LinkRef level = levels.level(key);
      PACE_CHECK(link(level).next != 0);
      LinkRef before = level;
      Quantity sum;
      for (LinkRef at = link(level).next; at != level; before = at, at = link(at).next) {
        const Node& order = node(slot_at(at));
        PACE_CHECK(order.side() == side && order.key == key && order.link.prev == before);
        PACE_CHECK(order.resting() && order.shown != 0);
        PACE_CHECK(!order.iceberg() || order.shown <= pool_->display_at(slot_at(at)));
        PACE_CHECK(before == level || node(slot_at(before)).arrival < order.arrival);
        sum += open(slot_at(at));
      }
      PACE_CHECK(link(level).prev == before);
      PACE_CHECK(!count_.kept || levels.open_at(key) == sum);
      if (side == Side::buy && levels.price(key) >= offer.at) offer.demand += sum;
      if (side == Side::sell && levels.price(key) <= offer.at) offer.supply += sum;
    }
  }
  PACE_CHECK(!count_.kept || (offer.demand == count_.offer.demand && offer.supply == count_.offer.supply));
}

}  // namespace pace
