// The price of a call auction (rulebook 7). Going up in price, demand falls after each bid's price and supply rises at
// each ask's, so volume, the lesser of the two, grows up to the price where they meet and shrinks from there on. Hence
// only two stretches of price can win: the last one where demand covers supply, and the one above it.
#include <algorithm>
#include <cstdlib>

#include "engine/book/book.h"

namespace pace {
namespace {

struct Choice {
  AuctionPrice at;
  std::int64_t distance;  // from the reference

  // Greatest volume, then least imbalance, then nearest the reference. The rulebook's "then higher" has nothing left to
  // decide: between two prices equally far lies the reference itself, where volume is no less and imbalance no more.
  [[nodiscard]] bool better_than(const Choice& other) const {
    if (at.volume != other.at.volume) return at.volume > other.at.volume;
    const std::int64_t mine = std::abs(at.imbalance.raw()), theirs = std::abs(other.at.imbalance.raw());
    if (mine != theirs) return mine < theirs;
    return distance < other.distance;
  }
};

// Walks from stretch to stretch of prices at which the offer is the same.
struct Walk {
  const Ladder &bids, &asks;

  // The stretch that `price` lies in. REQUIRES: an ask at or below it.
  [[nodiscard]] Price first(Price price) const {
    const Price ask = asks.price(asks.better(asks.key(price) + 1));
    const Ladder::Key bid = bids.worse(bids.key(price));
    return bid == Ladder::none ? ask : std::max(ask, bids.price(bid) + Price(1));
  }
  // REQUIRES: a bid at or above it.
  [[nodiscard]] Price last(Price price) const {
    const Price bid = bids.price(bids.better(bids.key(price) + 1));
    const Ladder::Key ask = asks.worse(asks.key(price));
    return ask == Ladder::none ? bid : std::min(bid, asks.price(ask) - Price(1));
  }
  [[nodiscard]] Offer above(const Offer& o) const {
    const Price end = last(o.at), next = end + Price(1);
    return {next, o.demand - bids.open_at(bids.key(end)), o.supply + asks.open_at(asks.key(next))};
  }
  [[nodiscard]] Offer below(const Offer& o) const {
    const Price start = first(o.at), next = start - Price(1);
    return {next, o.demand + bids.open_at(bids.key(next)), o.supply - asks.open_at(asks.key(start))};
  }
  [[nodiscard]] Choice nearest(const Offer& o, Price reference) const {
    const Price price = std::clamp(reference, first(o.at), last(o.at));
    return {{price, std::min(o.demand, o.supply), o.demand - o.supply}, std::abs((price - reference).raw())};
  }
};

}  // namespace

// What is open at each level, and the offer at the lowest price that could be the call's.
void Book::begin_count() {
  const Price lowest = ladder(Side::sell).price(ladder(Side::sell).best());
  count_ = {true, {lowest, {}, {}}};
  for (const Side at : {Side::buy, Side::sell}) {
    Ladder& side = ladder(at);
    for (Ladder::Key key = side.best(); key != Ladder::none; key = side.worse(key)) {
      Quantity sum;
      for_each_slot(side.level(key), [&](Slot slot) { sum += open(slot); });
      side.open(key) = sum;
      if (at == Side::buy && side.price(key) >= lowest) count_.offer.demand += sum;
      if (at == Side::sell && side.price(key) == lowest) count_.offer.supply += sum;
    }
  }
}

// A resting order's quantity changes, or it came (the whole of it), or it is about to go.
void Book::count(Slot slot, Quantity change) {
  const Node& order = node(slot);
  Ladder& side = ladder(order.side());
  const bool came_first = change > Quantity{} && order.link.next == order.link.prev;
  Quantity& level = side.open(order.key);
  level = came_first ? change : level + change;
  const Price price = side.price(order.key);
  if (order.side() == Side::buy && price >= count_.offer.at) count_.offer.demand += change;
  if (order.side() == Side::sell && price <= count_.offer.at) count_.offer.supply += change;
}

AuctionPrice Book::indicative(Price reference) {
  const Walk walk{ladder(Side::buy), ladder(Side::sell)};
  if (walk.bids.empty() || walk.asks.empty()) return {};
  const Price lowest = walk.asks.price(walk.asks.best());
  if (walk.bids.price(walk.bids.best()) < lowest) return {};
  if (!count_.kept) begin_count();

  Offer& now = count_.offer;
  while (now.demand < now.supply && walk.first(now.at) != lowest) now = walk.below(now);
  Offer next = now;
  while (now.demand > now.supply) {
    next = walk.above(now);
    if (next.demand < next.supply) break;
    now = next;
  }
  Choice best{};
  if (now.supply > Quantity{}) best = walk.nearest(now, reference);
  if (now.demand > now.supply && next.demand > Quantity{}) {
    const Choice other = walk.nearest(next, reference);
    if (other.better_than(best)) best = other;
  }
  return best.at;
}

}  // namespace pace
