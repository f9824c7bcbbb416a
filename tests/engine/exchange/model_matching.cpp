// The model's books: who trades with whom, at which price, and what goes. Rulebook 7.
#include <algorithm>
#include <cstdlib>
#include <tuple>

#include "tests/engine/exchange/model.h"

namespace pace::test {
namespace {

std::int64_t fee(std::int64_t value, std::int64_t rate) {
  return (value * rate + 500) / 1000;
}

}  // namespace

// --- matching --------------------------------------------------------------------------------------------------------

std::vector<Model::Order*> Model::sorted(Book& book, Side side) {
  std::vector<Order*> found;
  for (Order& o : book.orders)
    if (o.side == side) found.push_back(&o);
  std::sort(found.begin(), found.end(), [&](const Order* a, const Order* b) {
    if (a->price != b->price) return side == Side::buy ? a->price > b->price : a->price < b->price;
    return a->arrival < b->arrival;
  });
  return found;
}

Model::Order* Model::best(Book& book, Side side) {
  const std::vector<Order*> all = sorted(book, side);
  return all.empty() ? nullptr : all.front();
}

Model::Order* Model::find(const Sender& sender, OrderId number, const ClientId& id) {
  for (auto& [instrument, book] : books_)
    for (Order& o : book.orders) {
      const bool named = !number && o.broker == BrokerId(sender.number) && std::count(o.ids.begin(), o.ids.end(), id);
      if (named || (number && o.number == number)) return &o;
    }
  return nullptr;
}

void Model::rest(Book& book, Order order) {
  if (order.display >= order.open) order.display = 0;  // all of it shows, now and later
  order.shown = order.display != 0 ? order.display : order.open;
  order.arrival = ++arrivals_;
  book.orders.push_back(order);
}

void Model::execute(Book& book, Order order) {
  if (in_call()) return rest(book, order);
  if (order.time_in_force == TimeInForce::fok) {
    Book trial = book;
    Order tried = order;
    if (!match(trial, tried, false) || tried.open != 0) return cancel(order, CancelReason::fok_unfilled);
  }
  const bool went_through = match(book, order, true);
  if (order.open == 0) return;
  if (!went_through) return cancel(order, CancelReason::self_trade);
  if (!keeps(order.time_in_force)) return cancel(order, CancelReason::ioc_remainder);
  rest(book, order);
}

// False: it met its own principal and goes. On trial only the two orders' quantities change.
bool Model::match(Book& book, Order& taker, bool for_good) {
  while (taker.open > 0) {
    Order* maker = best(book, opposite(taker.side));
    if (maker == nullptr || !crosses(taker.side, taker.price, maker->price)) return true;
    const auto gone = [&] { std::erase_if(book.orders, [&](const Order& o) { return &o == maker; }); };
    if (maker->principal == taker.principal && taker.self_trade != SelfTrade::allow) {
      if (taker.self_trade == SelfTrade::cancel_newest) return false;
      if (for_good)
        cancel(*maker, CancelReason::self_trade);
      else
        gone();
      if (taker.self_trade == SelfTrade::cancel_both) return false;
      continue;
    }
    const std::int64_t quantity = std::min(taker.open, maker->shown);
    if (for_good) {
      const bool buys = taker.side == Side::buy;
      deal(buys ? taker : *maker, buys ? *maker : taker, maker->price, quantity);
    }
    taker.open -= quantity;
    maker->open -= quantity;
    maker->shown -= quantity;
    if (maker->open == 0) {
      gone();
    } else if (maker->shown == 0) {  // an iceberg's next part goes behind all others
      maker->shown = std::min(maker->display, maker->open);
      maker->arrival = ++arrivals_;
    }
  }
  return true;
}

void Model::deal(Order& buy, Order& sell, std::int64_t price, std::int64_t quantity) {
  const std::int64_t value = price * quantity, buy_fee = fee(value, buy.rate), sell_fee = fee(value, sell.rate);
  Account &buyer = accounts_.at(buy.principal), &seller = accounts_.at(sell.principal);
  buyer.cash -= value + buy_fee;
  seller.cash += value - sell_fee;
  fees_ += buy_fee + sell_fee;
  buyer.units[buy.instrument] += quantity;
  seller.units[sell.instrument] -= quantity;
  buyer.bought_today[buy.instrument] += quantity;
  for (Order* o : {&buy, &sell}) {
    o->value += value;
    if (o->mandate) mandates_.at(o->mandate).filled += quantity;
  }
  deals_.push_back(name_of_order(buy) + " " + name_of_order(sell) + " " + std::to_string(quantity) + "kg@" +
                   std::to_string(price) + " fees " + std::to_string(buy_fee) + " " + std::to_string(sell_fee));
}

// Of an order that rests, or of one on its way.
void Model::cancel(const Order& order, CancelReason reason) {
  cancels_.push_back(name_of_order(order) + " " + std::to_string(order.open) + "kg " + std::string(name_of(reason)));
  std::erase_if(books_.at(order.instrument).orders, [&](const Order& o) { return &o == &order; });
}

// --- calls -----------------------------------------------------------------------------------------------------------

// Price and volume: the greatest volume, then the least imbalance, then nearest the reference, then higher.
std::pair<std::int64_t, std::int64_t> Model::call_price(const Book& book) const {
  std::int64_t best_price = 0, best_volume = 0, best_imbalance = 0;
  for (std::int64_t price = book.lower; price <= book.upper; ++price) {
    std::int64_t demand = 0, supply = 0;
    for (const Order& o : book.orders) {
      if (o.side == Side::buy && o.price >= price) demand += o.open;
      if (o.side == Side::sell && o.price <= price) supply += o.open;
    }
    const std::int64_t volume = std::min(demand, supply), imbalance = std::abs(demand - supply);
    const std::int64_t away = std::abs(price - book.reference), best_away = std::abs(best_price - book.reference);
    const bool nearer = away < best_away || (away == best_away && price > best_price);
    if (volume > best_volume || (volume > 0 && volume == best_volume &&
                                 (imbalance < best_imbalance || (imbalance == best_imbalance && nearer)))) {
      best_price = price;
      best_volume = volume;
      best_imbalance = imbalance;
    }
  }
  return {best_price, best_volume};
}

void Model::uncross(Book& book) {
  if (book.halted) return;
  auto [price, volume] = call_price(book);
  while (volume > 0 && prevent_self_trades(book, volume)) std::tie(price, volume) = call_price(book);
  while (volume > 0) {
    Order &buy = *best(book, Side::buy), &sell = *best(book, Side::sell);
    const std::int64_t quantity = std::min(buy.open, sell.open);
    deal(buy, sell, price, quantity);
    volume -= quantity;
    for (Order* o : {&buy, &sell}) {
      o->open -= quantity;
      o->shown = std::min(o->shown, o->open);  // what an iceberg hides goes first
    }
    std::erase_if(book.orders, [](const Order& o) { return o.open == 0; });
  }
}

// Pairs the orders as if they traded; where a principal would meet itself, the newer order's mode says who goes.
bool Model::prevent_self_trades(Book& book, std::int64_t volume) {
  std::vector<Order*> bids = sorted(book, Side::buy), asks = sorted(book, Side::sell);
  std::vector<const Order*> gone;
  std::map<const Order*, std::int64_t> open;
  for (const Order& o : book.orders) open[&o] = o.open;
  for (std::size_t b = 0, a = 0; volume > 0 && b < bids.size() && a < asks.size();) {
    Order &bid = *bids[b], &ask = *asks[a];
    const bool bid_newer = bid.arrival > ask.arrival;
    const SelfTrade mode = bid_newer ? bid.self_trade : ask.self_trade;
    if (bid.principal == ask.principal && mode != SelfTrade::allow) {
      const bool newest = mode == SelfTrade::cancel_newest, both = mode == SelfTrade::cancel_both;
      if (both || newest == bid_newer) gone.push_back(bids[b++]);
      if (both || newest != bid_newer) gone.push_back(asks[a++]);
      continue;
    }
    const std::int64_t quantity = std::min({volume, open[&bid], open[&ask]});
    volume -= quantity;
    if ((open[&bid] -= quantity) == 0) ++b;
    if ((open[&ask] -= quantity) == 0) ++a;
  }
  std::vector<ClientId> ids;
  for (const Order* o : gone) ids.push_back(o->ids.back());
  for (const ClientId& id : ids)
    for (const Order& o : book.orders)
      if (o.ids.back() == id) {
        cancel(o, CancelReason::self_trade);
        break;
      }
  return !ids.empty();
}

}  // namespace pace::test
