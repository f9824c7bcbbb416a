// The price of a call auction (rulebook 7).
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

}  // namespace

Quantity Book::level_open(const Level& level) const {
  Quantity sum;
  for (Slot slot = level.head; slot != 0; slot = node(slot).next) sum += open(slot);
  return sum;
}

// Goes up from the best ask to the best bid. Demand falls after each bid price, supply rises at each ask price; between
// two such prices nothing changes, so there the price nearest the reference stands for all.
AuctionPrice Book::indicative(Price reference) const {
  const Ladder &bids = ladder(Side::buy), &asks = ladder(Side::sell);
  if (bids.empty() || asks.empty() || bids.price(bids.best()) < asks.price(asks.best())) return {};
  const Price lowest = asks.price(asks.best()), highest = bids.price(bids.best());
  Quantity demand, supply;
  Ladder::Key bid = Ladder::none, ask = asks.best();  // the next price of each side, going up
  for (Ladder::Key key = bids.best(); key != Ladder::none && bids.price(key) >= lowest; key = bids.worse(key)) {
    demand += level_open(bids.level(key));
    bid = key;
  }

  Choice best{};
  const auto consider = [&](Price price) {
    const Choice choice{{price, std::min(demand, supply), demand - supply}, std::abs((price - reference).raw())};
    if (choice.at.volume > Quantity{} && choice.better_than(best)) best = choice;
  };
  while (bid != Ladder::none) {
    const bool at_ask = ask != Ladder::none && asks.price(ask) <= bids.price(bid);
    const Price price = at_ask ? asks.price(ask) : bids.price(bid);
    if (at_ask) {
      supply += level_open(asks.level(ask));
      ask = asks.worse(ask);
    }
    consider(price);
    if (bids.price(bid) == price) {
      demand -= level_open(bids.level(bid));
      bid = bids.better(bid);
    }
    if (bid == Ladder::none) break;
    const Price next = ask != Ladder::none ? std::min(asks.price(ask), bids.price(bid)) : bids.price(bid);
    if (next - price > Price(1)) consider(std::clamp(reference, price + Price(1), next - Price(1)));
  }
  PACE_CHECK(best.at.volume == Quantity{} || (best.at.price >= lowest && best.at.price <= highest));
  return best.at;
}

}  // namespace pace
