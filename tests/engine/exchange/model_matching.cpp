// The model's books: who trades with whom, at which price, and what goes. Rulebook 7.
#include <algorithm>
#include <cstdlib>
#include <limits>
#include <tuple>

#include "tests/engine/exchange/model.h"

namespace pace::test {
namespace {

std::int64_t fee(std::int64_t value, std::int64_t rate) {
  return (value * rate + 500) / 1000;  // rounded half up
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

bool Model::share_principal(const Order& one, const Order& other) const {
  return any_part(one, [&](const Part& mine) {
    return any_part(other, [&](const Part& theirs) { return mine.principal == theirs.principal; });
  });
}

void Model::execute(Book& book, Order order) {
  if (in_call(book)) return rest(book, order);
  const Order* other = best(book, opposite(order.side));
  const bool meets = other != nullptr && crosses(order.side, order.price, other->price);
  if (meets && !(breaker_allows(book, other->price) && breaker_allows(book, order.price)))
    return trade_to_bound(book, order);
  trade(book, order);
}

void Model::trade(Book& book, Order order) {
  if (order.time_in_force == TimeInForce::fok && !can_fill(book, order))
    return cancel(order, CancelReason::fok_unfilled);
  const bool went_through = match(book, order, true);
  if (order.open == 0) return;
  if (!went_through) return cancel(order, CancelReason::self_trade);
  if (!keeps(order.time_in_force)) return cancel(order, CancelReason::ioc_remainder);
  rest(book, order);
}

bool Model::can_fill(const Book& book, const Order& order) {
  Book trial = book;
  Order tried = order;
  return match(trial, tried, false) && tried.open == 0;
}

// False: it met its own principal and goes. On trial only the two orders' quantities change.
bool Model::match(Book& book, Order& taker, bool for_good) {
  bool goes_on = true;
  while (goes_on && taker.open > 0) {
    Order* maker = best(book, opposite(taker.side));
    if (maker == nullptr || !crosses(taker.side, taker.price, maker->price)) break;
    const auto gone = [&] { std::erase_if(book.orders, [&](const Order& o) { return &o == maker; }); };
    if (share_principal(*maker, taker) && taker.self_trade != SelfTrade::allow) {
      if (taker.self_trade == SelfTrade::cancel_newest) {
        goes_on = false;
        break;
      }
      if (for_good) share_out();
      if (for_good)
        cancel(*maker, CancelReason::self_trade);
      else
        gone();
      goes_on = taker.self_trade != SelfTrade::cancel_both;
      continue;
    }
    const std::int64_t quantity = std::min(taker.open, maker->shown), price = maker->price;
    taker.open -= quantity;
    maker->open -= quantity;
    maker->shown -= quantity;
    if (for_good) {
      if (!fills_.empty() && fills_.back().price != price) share_out();
      deal(taker.side == Side::buy ? taker : *maker, taker.side == Side::buy ? *maker : taker, price, quantity);
      book.traded.emplace_back(now_.raw(), price);
      if (!taker.pooled) share_out();
    }
    if (maker->open == 0) {
      gone();
    } else if (maker->shown == 0) {  // an iceberg's next part goes behind all others
      maker->shown = std::min(maker->display, maker->open);
      maker->arrival = ++arrivals_;
      if (for_good) share_out();
    }
  }
  if (for_good) share_out();
  return goes_on;
}

// --- the circuit breaker ---------------------------------------------------------------------------------------------

// A move of so many thousandths within five minutes, in parts of five seconds: from the lowest and the highest price of
// the window, and the one that stood when it began.
std::pair<std::int64_t, std::int64_t> Model::breaker_bounds(const Book& book) const {
  constexpr std::int64_t part = 5'000'000'000;
  const std::int64_t first = now_.raw() / part - 60, permille = rules_.at("breaker_move_permille");
  std::int64_t low = 0, high = 0;
  const auto count = [&](std::int64_t price) {
    low = low == 0 ? price : std::min(low, price);
    high = std::max(high, price);
  };
  std::int64_t stood = 0;
  for (const auto& [when, price] : book.traded) {
    if (when / part < first)
      stood = price;
    else
      count(price);
  }
  if (stood != 0) count(stood);
  if (low == 0) return {0, std::numeric_limits<std::int64_t>::max()};
  return {high - high * permille / 1000, low + low * permille / 1000};
}

bool Model::breaker_allows(const Book& book, std::int64_t price) const {
  const auto [lowest, highest] = breaker_bounds(book);
  return price >= lowest && price <= highest;
}

// As far as the bound. If anybody but itself stands beyond it for what is left, the call begins.
void Model::trade_to_bound(Book& book, Order order) {
  const auto [lowest, highest] = breaker_bounds(book);
  const bool best_is_within = breaker_allows(book, best(book, opposite(order.side))->price);
  Order within = order;
  within.price = order.side == Side::buy ? highest : lowest;
  if (order.time_in_force == TimeInForce::fok) {
    if ((best_is_within && can_fill(book, within)) || !can_fill(book, order)) return trade(book, order);
    begin_break(book);
    return cancel(order, CancelReason::fok_unfilled);
  }
  if (best_is_within) {
    const bool went_through = match(book, within, true);
    order.open = within.open;
    order.value = within.value;
    if (order.open == 0) return;
    if (!went_through) return cancel(order, CancelReason::self_trade);
  }
  Order least = order;
  least.open = 1;
  if (!can_fill(book, least)) return trade(book, order);
  begin_break(book);
  if (keeps(order.time_in_force)) return rest(book, order);
  cancel(order, CancelReason::ioc_remainder);
}

void Model::begin_break(Book& book) {
  book.breaking = true;
  book.call_ends = Timestamp(now_.raw() + rules_.at("breaker_call_s") * 1'000'000'000);
}

// --- trades ----------------------------------------------------------------------------------------------------------

// What pooled orders trade waits until it can be shared out: at one price in one command, or in one call.
void Model::deal(Order& buy, Order& sell, std::int64_t price, std::int64_t quantity) {
  for (Order* o : {&buy, &sell}) o->value += price * quantity;
  if (buy.pooled || sell.pooled) return fills_.push_back({buy, sell, price, quantity});
  settle(buy, stakes_.at(buy.stake).parts.front(), sell, stakes_.at(sell.stake).parts.front(), price, quantity);
}

// Kilogram by kilogram to whoever is furthest behind of what it is due of all fills, the first of the equal ones. Then
// person to person, in declared order.
void Model::share_out() {
  std::map<std::uint64_t, std::int64_t> traded;
  for (const Fill& fill : fills_)
    for (const Order* order : {&fill.buy, &fill.sell})
      if (order->pooled) traded[order->stake] += fill.quantity;
  for (const auto& [id, kilograms] : traded) {
    Stake& stake = stakes_.at(id);
    std::int64_t whole = 0;
    for (const Part& part : stake.parts) whole += part.declared;
    stake.filled += kilograms;
    for (std::int64_t i = 0; i < kilograms; ++i) {
      const auto behind = [&](const Part& part) {
        return part.declared * stake.filled - (part.filled + part.due) * whole;
      };
      ++std::max_element(stake.parts.begin(), stake.parts.end(), [&](const Part& a, const Part& b) {
          return behind(a) < behind(b);
        })->due;
    }
  }
  const auto next = [&](const Order& order, std::int64_t& most) -> Part& {
    std::vector<Part>& parts = stakes_.at(order.stake).parts;
    if (!order.pooled) return parts.front();
    Part& part = *std::find_if(parts.begin(), parts.end(), [](const Part& p) { return p.due > 0; });
    most = std::min(most, part.due);
    return part;
  };
  for (const Fill& fill : fills_)
    for (std::int64_t left = fill.quantity; left > 0;) {
      std::int64_t quantity = left;
      Part &buyer = next(fill.buy, quantity), &seller = next(fill.sell, quantity);
      settle(fill.buy, buyer, fill.sell, seller, fill.price, quantity);
      if (fill.buy.pooled) buyer.due -= quantity;
      if (fill.sell.pooled) seller.due -= quantity;
      left -= quantity;
    }
  fills_.clear();
}

void Model::settle(const Order& buy, Part& buyer, const Order& sell, Part& seller, std::int64_t price,
                   std::int64_t quantity) {
  const std::int64_t value = price * quantity;
  Done trade{.instrument = buy.instrument, .price = price, .quantity = quantity, .day = day_};
  trade.buy = {buyer.principal, buyer.mandate, buy.broker, fee(value, buy.rate), fee(value, buyer.commission)};
  trade.sell = {seller.principal, seller.mandate, sell.broker, fee(value, sell.rate), fee(value, seller.commission)};
  accounts_.at(buyer.principal).cash -= value;
  accounts_.at(seller.principal).cash += value;
  for (const Leg* leg : {&trade.buy, &trade.sell}) {
    accounts_.at(leg->account).cash -= leg->fee + leg->commission;
    fees_ += leg->fee;
    for (auto& [id, account] : accounts_)
      if (account.member == leg->broker) account.cash += leg->commission;
    if (leg->mandate) mandates_.at(leg->mandate).filled += quantity;
  }
  accounts_.at(buyer.principal).units[buy.instrument] += quantity;
  accounts_.at(buyer.principal).bought_today[buy.instrument] += quantity;
  accounts_.at(seller.principal).units[sell.instrument] -= quantity;
  buyer.filled += quantity;
  seller.filled += quantity;
  done_.push_back(trade);
  deals_.push_back(said(name_of_order(buy), name_of_order(sell), trade));
}

std::string Model::said(const std::string& buyer, const std::string& seller, const Done& t) {
  const bool own =
      t.buy.broker == t.sell.broker && static_cast<bool>(t.buy.mandate) != static_cast<bool>(t.sell.mandate);
  return buyer + " " + seller + " " + std::to_string(t.quantity) + "kg@" + std::to_string(t.price) + " fees " +
         std::to_string(t.buy.fee) + " " + std::to_string(t.sell.fee) + " commissions " +
         std::to_string(t.buy.commission) + " " + std::to_string(t.sell.commission) + (own ? " flagged" : "");
}

// Of an order that rests, or of one on its way.
void Model::cancel(const Order& order, CancelReason reason) {
  cancels_.push_back(name_of_order(order) + " " + std::to_string(order.open) + "kg " + std::string(name_of(reason)));
  std::erase_if(books_.at(order.instrument).orders, [&](const Order& o) { return &o == &order; });
}

// --- calls -----------------------------------------------------------------------------------------------------------

// The greatest volume, then the least imbalance, then nearest the reference, then higher.
Model::CallPrice Model::call_price(const Book& book) const {
  CallPrice best;
  for (std::int64_t price = book.lower; price <= book.upper; ++price) {
    std::int64_t demand = 0, supply = 0;
    for (const Order& o : book.orders) {
      if (o.side == Side::buy && o.price >= price) demand += o.open;
      if (o.side == Side::sell && o.price <= price) supply += o.open;
    }
    const CallPrice here{price, std::min(demand, supply), demand - supply};
    if (here.volume == 0) continue;
    const auto rank = [&](const CallPrice& c) {
      return std::tuple(-c.volume, std::abs(c.imbalance), std::abs(c.price - book.reference), -c.price);
    };
    if (best.volume == 0 || rank(here) < rank(best)) best = here;
  }
  return best;
}

void Model::uncross(Book& book) {
  if (book.halted) return;
  while (prevent_self_trade(book)) {
  }
  auto [price, volume, imbalance] = call_price(book);
  bool traded = false;
  while (volume > 0) {
    Order &buy = *best(book, Side::buy), &sell = *best(book, Side::sell);
    const std::int64_t quantity = std::min(buy.open, sell.open);
    volume -= quantity;
    for (Order* o : {&buy, &sell}) {
      o->open -= quantity;
      o->shown = std::min(o->shown, o->open);  // what an iceberg hides goes first
    }
    deal(buy, sell, price, quantity);
    traded = true;
    std::erase_if(book.orders, [](const Order& o) { return o.open == 0; });
  }
  share_out();
  if (traded) book.traded = {{now_.raw(), price}};
}

// Pairs the orders as if they traded. Where a principal would meet itself, the newer order's mode says who goes, and it
// begins anew without.
bool Model::prevent_self_trade(Book& book) {
  const std::vector<Order*> bids = sorted(book, Side::buy), asks = sorted(book, Side::sell);
  std::map<const Order*, std::int64_t> open;
  for (const Order& o : book.orders) open[&o] = o.open;
  for (std::size_t b = 0, a = 0; b < bids.size() && a < asks.size() && bids[b]->price >= asks[a]->price;) {
    const Order &bid = *bids[b], &ask = *asks[a];
    const bool bid_newer = bid.arrival > ask.arrival;
    const SelfTrade mode = bid_newer ? bid.self_trade : ask.self_trade;
    if (share_principal(bid, ask) && mode != SelfTrade::allow) {
      const bool newest = mode == SelfTrade::cancel_newest, both = mode == SelfTrade::cancel_both;
      std::vector<ClientId> gone;
      if (both || newest == bid_newer) gone.push_back(bid.ids.back());
      if (both || newest != bid_newer) gone.push_back(ask.ids.back());
      for (const ClientId& id : gone)
        cancel(
            *std::find_if(book.orders.begin(), book.orders.end(), [&](const Order& o) { return o.ids.back() == id; }),
            CancelReason::self_trade);
      return true;
    }
    const std::int64_t quantity = std::min(open[&bid], open[&ask]);
    if ((open[&bid] -= quantity) == 0) ++b;
    if ((open[&ask] -= quantity) == 0) ++a;
  }
  return false;
}

}  // namespace pace::test
