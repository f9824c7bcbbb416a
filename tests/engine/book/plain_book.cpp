#include "tests/engine/book/plain_book.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <set>

namespace pace::test {

PlainBook::Resting* PlainBook::best(Side side) {
  std::map<Price, Queue>& levels = side == Side::buy ? bids_ : asks_;
  if (levels.empty()) return nullptr;
  return side == Side::buy ? &levels.rbegin()->second.front() : &levels.begin()->second.front();
}

PlainBook::Resting* PlainBook::find(OrderId id) {
  for (auto* levels : {&bids_, &asks_})
    for (auto& [price, queue] : *levels)
      for (Resting& resting : queue)
        if (resting.order.id == id) return &resting;
  return nullptr;
}

PlainBook::Resting PlainBook::remove(OrderId id) {
  const Resting gone = *find(id);
  std::map<Price, Queue>& levels = gone.order.side == Side::buy ? bids_ : asks_;
  Queue& queue = levels[gone.order.price];
  queue.remove_if([&](const Resting& r) { return r.order.id == id; });
  if (queue.empty()) levels.erase(gone.order.price);
  return gone;
}

bool PlainBook::reaches(const Order& order, Price price) const {
  return order.side == Side::buy ? order.price >= price : order.price <= price;
}

bool PlainBook::would_trade(Side side, Price price) const {
  const Resting* other = const_cast<PlainBook*>(this)->best(opposite(side));
  return other != nullptr && reaches({.side = side, .price = price}, other->order.price);
}

void PlainBook::rest(const Order& order) {
  const bool iceberg = order.display > Quantity{} && order.display < order.open;
  Resting resting{order, iceberg ? order.display : order.open, next_age_++};
  if (!iceberg) resting.order.display = Quantity{};
  (order.side == Side::buy ? bids_ : asks_)[order.price].push_back(resting);
}

Entered PlainBook::take(Order order, Story& story) {
  while (order.open > Quantity{}) {
    Resting* maker = best(opposite(order.side));
    if (maker == nullptr || !reaches(order, maker->order.price)) break;
    if (share_principal(maker->order.owner, order.owner) && order.self_trade != SelfTrade::allow) {
      if (order.self_trade == SelfTrade::cancel_newest) return {order.open, false, true};
      story.push_back({.kind = Happening::Kind::prevented, .order = maker->order.id, .open = maker->order.open});
      remove(maker->order.id);
      if (order.self_trade == SelfTrade::cancel_both) return {order.open, false, true};
      continue;
    }
    const Quantity quantity = std::min(order.open, maker->shown);
    order.open -= quantity;
    maker->order.open -= quantity;
    maker->shown -= quantity;
    story.push_back({Happening::Kind::fill, maker->order.id, order.id, order.side, maker->order.price, quantity,
                     maker->order.open, order.open});
    if (maker->shown > Quantity{}) continue;
    const Resting used = remove(maker->order.id);
    if (used.order.open == Quantity{}) continue;
    const Quantity shown = std::min(used.order.display, used.order.open);
    Queue& queue = (used.order.side == Side::buy ? bids_ : asks_)[used.order.price];
    queue.push_back({used.order, shown, next_age_++});
    story.push_back({.kind = Happening::Kind::refill,
                     .order = used.order.id,
                     .side = used.order.side,
                     .price = used.order.price,
                     .quantity = shown,
                     .open = used.order.open});
  }
  return {order.open, false, false};
}

Entered PlainBook::enter(Order order, Story& story) {
  Entered entered = take(order, story);
  if (entered.open == Quantity{} || entered.self_trade) return entered;
  order.open = entered.open;
  rest(order);
  entered.rested = true;
  return entered;
}

Quantity PlainBook::cancel(OrderId id) {
  return remove(id).order.open;
}
Order PlainBook::withdraw(OrderId id) {
  return remove(id).order;
}

void PlainBook::reduce(OrderId id, Quantity open) {
  Resting* resting = find(id);
  resting->order.open = open;
  resting->shown = std::min(resting->shown, open);
}

// Tries it on a copy.
bool PlainBook::can_fill(Order order) const {
  PlainBook copy = *this;
  Story ignored;
  return copy.take(order, ignored).open == Quantity{};
}

std::optional<Price> PlainBook::nth_price(Side side, std::size_t n) const {
  const std::map<Price, Queue>& levels = side == Side::buy ? bids_ : asks_;
  if (levels.empty()) return std::nullopt;
  const auto steps = static_cast<std::ptrdiff_t>(std::min(n, levels.size()) - 1);
  return side == Side::buy ? std::next(levels.rbegin(), steps)->first : std::next(levels.begin(), steps)->first;
}

// Every price that could matter: each order's, its two neighbours, and the reference.
AuctionPrice PlainBook::indicative(Price reference) const {
  const std::vector<Resting> all = orders();
  std::set<Price> prices{reference};
  for (const Resting& r : all)
    for (const int step : {-1, 0, 1}) prices.insert(r.order.price + Price(step));
  AuctionPrice best;
  for (const Price price : prices) {
    if (price <= Price{}) continue;
    Quantity demand, supply;
    for (const Resting& r : all) {
      if (r.order.side == Side::buy && r.order.price >= price) demand += r.order.open;
      if (r.order.side == Side::sell && r.order.price <= price) supply += r.order.open;
    }
    const AuctionPrice here{price, std::min(demand, supply), demand - supply};
    if (here.volume == Quantity{}) continue;
    const auto rank = [&](const AuctionPrice& a) {
      return std::tuple(-a.volume.raw(), std::abs(a.imbalance.raw()), std::abs((a.price - reference).raw()),
                        -a.price.raw());
    };
    if (best.volume == Quantity{} || rank(here) < rank(best)) best = here;
  }
  return best;
}

std::vector<PlainBook::Resting> PlainBook::orders() const {
  std::vector<Resting> all;
  for (auto level = bids_.rbegin(); level != bids_.rend(); ++level)
    all.insert(all.end(), level->second.begin(), level->second.end());
  for (const auto& [price, queue] : asks_) all.insert(all.end(), queue.begin(), queue.end());
  return all;
}

// Plays the call through on two lists, best with best, until it is over or two meet that share a principal: by the mode
// of the newer one goes, or both, and the play begins anew without them.
bool PlainBook::prevent_in_call(Story& story) {
  std::list<Resting> buys, sells;
  for (const Resting& r : orders()) (r.order.side == Side::buy ? buys : sells).push_back(r);
  while (!buys.empty() && !sells.empty() && buys.front().order.price >= sells.front().order.price) {
    Resting &buy = buys.front(), &sell = sells.front();
    const bool buy_is_newer = buy.age > sell.age;
    const SelfTrade mode = (buy_is_newer ? buy : sell).order.self_trade;
    if (share_principal(buy.order.owner, sell.order.owner) && mode != SelfTrade::allow) {
      const bool buy_goes = mode == SelfTrade::cancel_both || (mode == SelfTrade::cancel_newest) == buy_is_newer;
      const bool sell_goes = mode == SelfTrade::cancel_both || !buy_goes;
      for (const auto& [goes, order] : {std::pair(buy_goes, buy.order.id), std::pair(sell_goes, sell.order.id)})
        if (goes)
          story.push_back({.kind = Happening::Kind::prevented, .order = order, .open = remove(order).order.open});
      return true;
    }
    const Quantity quantity = std::min(buy.order.open, sell.order.open);
    if ((buy.order.open -= quantity) == Quantity{}) buys.pop_front();
    if ((sell.order.open -= quantity) == Quantity{}) sells.pop_front();
  }
  return false;
}

AuctionPrice PlainBook::uncross(Price reference, Story& story) {
  while (prevent_in_call(story)) {
  }
  const AuctionPrice auction = indicative(reference);
  for (Quantity left = auction.volume; left > Quantity{};) {
    Resting *buy = best(Side::buy), *sell = best(Side::sell);
    const bool buy_is_newer = buy->age > sell->age;
    Resting *taker = buy_is_newer ? buy : sell, *maker = buy_is_newer ? sell : buy;
    const Quantity quantity = std::min(buy->order.open, sell->order.open);
    left -= quantity;
    for (Resting* side : {maker, taker}) {
      side->order.open -= quantity;
      side->shown = std::min(side->shown, side->order.open);
    }
    story.push_back({Happening::Kind::fill, maker->order.id, taker->order.id, taker->order.side, auction.price,
                     quantity, maker->order.open, taker->order.open});
    for (const Resting* side : {maker, taker})
      if (side->order.open == Quantity{}) remove(side->order.id);
  }
  return auction;
}

}  // namespace pace::test
