// The way of most orders, straight through. An order is plain when nothing about it is special: a limit order, shown
// whole, of a person under the newest mandate, while its instrument trades continuously and breaks no rule. All that
// check_new() asks of such an order is asked here at once, of the same figures, without an outcome: whatever is not
// plain or not allowed goes the general way, which finds the right words for it. So this way takes nothing that the
// general way would refuse; tests/engine/exchange/plain_order_test.cpp holds the two together. Measured over the
// benchmark's flow: 430 instructions for an order, 750 the general way (docs/decisions/0015).
#include "engine/exchange/market.h"

namespace pace {

struct Market::PlainMeans {
  Holding* holding = nullptr;
  Money* money = nullptr;  // bids
  Cash cost;
};

// Market::check_session, check_terms, check_expiry, check_price, Registrar::check_trading.
[[gnu::always_inline]] inline bool Market::plain_terms(const NewOrder& c, const Listing& l) const {
  const Rulebook& rules = registrar_.rules();
  const bool kind = c.order_type == OrderType::limit && c.time_in_force != TimeInForce::fok && !c.post_only &&
                    c.display == Quantity{} && (c.time_in_force != TimeInForce::gtc || c.expiry == Date{});
  return kind && is_continuous(phase_) && l.state == InstrumentState::trading && c.price >= l.lower &&
         c.price <= l.upper && c.quantity.raw() >= rules.minimum_order_kg &&
         c.quantity.raw() <= rules.principal_maximum_order_kg;
}

// Market::check_mandate, check_units, check_position, check_cash.
[[gnu::always_inline]] inline bool Market::plain_means(BrokerId broker, const NewOrder& c, Ticket& ticket,
                                                       PlainMeans& means) {
  const Listing& l = *ticket.listing;
  const AccountIndex principal = ticket.principal;
  const Trader& trader = registrar_.trader(principal);
  if (!trader.allows(broker, day_, l.credit, c.quantity) || !trader.allows(c.side, c.price) || c.quantity > trader.left)
    return false;
  ticket.mandate = {trader.entrustment, trader.mandate, trader.commission};
  Holding& holding = ledger_.at(principal, l.id);
  means.holding = &holding;
  if (c.side == Side::sell)
    return c.quantity <= holding.total - holding.held - holding.locked(day_) - registrar_.unreleased(principal, l.id);
  means.money = &ledger_.at(principal);
  means.cost = held_per_kg(c.price, rates(ticket.mandate.commission)) * c.quantity;
  return means.cost <= means.money->free() &&
         registrar_.far_below_limit(principal, l.id, holding.total + l.bids[principal.raw()] + c.quantity);
}

[[gnu::flatten]] OrderId Market::enter_plain(const MemberRequest& from, const NewOrder& c, EventBuffer& events) {
  Ticket ticket;
  PlainMeans means;
  Listing* const l = ticket.listing = listing(c.instrument);
  if (l == nullptr || !plain_terms(c, *l)) [[unlikely]]
    return {};
  ticket.principal = registrar_.find(c.principal);
  if (ticket.principal == no_account || pool_.full() || pools_.in_use() != 0 ||
      !plain_means(from.broker, c, ticket, means)) [[unlikely]]
    return {};
  ticket.price = c.price;
  ticket.time_in_force = c.time_in_force;
  ticket.expiry = c.time_in_force == TimeInForce::gtc
                      ? add_days(day_, static_cast<std::int32_t>(registrar_.rules().gtc_days))
                      : day_;

  registrar_.use_mandate(ticket.principal, ticket.mandate.slot, c.quantity);
  if (c.side == Side::sell) {
    Ledger::hold(*means.holding, c.quantity);
  } else {
    Ledger::hold(*means.money, means.cost);
    l->bids[ticket.principal.raw()] += c.quantity;
  }
  const OrderId id = take_in(from, c, ticket);
  accept(id, from, c, ticket, events);
  const Order order{id, ticket.principal, c.side, c.self_trade, c.price, c.quantity, {}};
  if (c.time_in_force != TimeInForce::ioc && rests_at_once(*l, order)) [[likely]]
    rest(*l, order, events);
  else
    execute_plain(*l, id, ticket.principal, c, events);
  return id;
}

// Out of the way, so that the order above stays in registers.
[[gnu::noinline]] void Market::execute_plain(Listing& l, OrderId id, AccountIndex principal, const NewOrder& c,
                                             EventBuffer& events) {
  execute(l, {id, principal, c.side, c.self_trade, c.price, c.quantity, {}}, events);
}

}  // namespace pace
