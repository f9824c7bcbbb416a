// What most orders are asked, at once. An order is plain when nothing about it is special: a limit order, shown
// whole, of a person under the newest mandate, while its instrument trades continuously and breaks no rule. All that
// check_new() asks of such an order is asked here at once, of the same figures, without an outcome: whatever is not
// plain or not allowed goes the general way, which finds the right words for it. So this way takes nothing that the
// general way would refuse; tests/engine/exchange/plain_order_test.cpp holds the two together. Conditions stand one by
// one, each said to be unlikely: a chain of them the compiler takes for a coin tossed at every link, and what follows
// for a rare case, compiled for size (measured; docs/decisions/0015).
#include "engine/exchange/market.h"

namespace pace {

// Market::check_session, check_terms, check_expiry, check_price.
[[gnu::always_inline]] inline bool Market::plain_terms(const NewOrder& c, const Listing& l) const {
  const Rulebook& rules = registrar_.rules();
  if ((static_cast<unsigned>(c.order_type) | static_cast<unsigned>(c.post_only)) != 0) [[unlikely]]
    return false;
  if ((c.display.raw() | c.expiry.raw()) != 0 || c.time_in_force == TimeInForce::fok) [[unlikely]]
    return false;
  if (!l.takes_plain_orders_at(c.price)) [[unlikely]]
    return false;
  if (c.quantity.raw() < rules.minimum_order_kg) [[unlikely]]
    return false;
  return c.quantity.raw() <= rules.principal_maximum_order_kg;
}

// check_units; and holds them. A bid and an offer are asked last, so that what is looked at here is held here.
[[gnu::always_inline]] inline bool Market::offer_plain(const NewOrder& c, const Listing& l, AccountIndex principal,
                                                       const Trader& trader) {
  if (c.price.raw() < trader.floor) [[unlikely]]
    return false;
  Holding& h = ledger_.at(principal, *l.units);
  if (c.quantity > h.total - h.held - h.locked(day_) - registrar_.unreleased(principal, l.id)) [[unlikely]]
    return false;
  Ledger::hold(h, c.quantity);
  return true;
}

// check_cash, check_position.
[[gnu::always_inline]] inline bool Market::bid_plain(const NewOrder& c, Listing& l, AccountIndex principal,
                                                     const Trader& trader) {
  if (c.price.raw() > trader.ceiling) [[unlikely]]
    return false;
  Quantity& bids = l.bids[principal.raw()];
  const Quantity wanted = bids + c.quantity;
  if (!registrar_.far_below_limit(principal, l.id, ledger_.at(principal, *l.units).total + wanted)) [[unlikely]]
    return false;
  Money& money = ledger_.at(principal);
  const Cash cost = held_per_kg(c.price, rates(trader.commission)) * c.quantity;
  if (cost > money.free()) [[unlikely]]
    return false;
  Ledger::hold(money, cost);
  bids = wanted;
  return true;
}

[[gnu::flatten]] OrderId Market::enter_plain(const MemberRequest& from, const NewOrder& c, EventBuffer& events) {
  Listing* const l = listing_place(c.instrument);
  if (!listed(l)) [[unlikely]]
    return {};
  if (!plain_terms(c, *l)) [[unlikely]]
    return {};
  AccountIndex principal;
  if (!registrar_.locate(c.principal, principal)) [[unlikely]]
    return {};
  if (pool_.full() || pools_.in_use() != 0) [[unlikely]]
    return {};
  Trader& trader = registrar_.trader(principal);
  if (!trader.allows(from.broker, day_, l->credit, c.quantity)) [[unlikely]]
    return {};
  if (c.entrustment && c.entrustment != trader.entrustment) [[unlikely]]
    return {};
  const bool held = c.side == Side::sell ? offer_plain(c, *l, principal, trader) : bid_plain(c, *l, principal, trader);
  if (!held) [[unlikely]]
    return {};
  trader.use(c.quantity);

  Ticket ticket{.listing = l,
                .principal = principal,
                .mandate = {trader.entrustment, trader.mandate, trader.commission},
                .price = c.price,
                .expiry = day_,
                .time_in_force = c.time_in_force};
  if (c.time_in_force == TimeInForce::gtc) [[unlikely]]
    ticket.expiry = add_days(day_, static_cast<std::int32_t>(registrar_.rules().gtc_days));
  const OrderId id = take_in(from, c, ticket);
  accept(id, from, c, ticket, events);
  if (c.time_in_force == TimeInForce::ioc || l->book.would_trade(c.side, c.price)) [[unlikely]]
    execute_plain(*l, id, principal, c, events);
  else
    rest(*l, {id, principal, c.side, c.self_trade, c.price, c.quantity, {}}, events);
  return id;
}

// Out of the way, so that the order above stays in registers. What execute() asks besides is known of a plain order.
[[gnu::noinline, gnu::flatten]] void Market::execute_plain(Listing& l, OrderId id, AccountIndex principal,
                                                           const NewOrder& c, EventBuffer& events) {
  const Order order{id, principal, c.side, c.self_trade, c.price, c.quantity, {}};
  if (l.book.would_trade(order.side, order.price) && !within_bounds(l, order)) [[unlikely]]
    trade_to_bound(l, order, events);
  else
    trade(l, order, events);
}

}  // namespace pace
