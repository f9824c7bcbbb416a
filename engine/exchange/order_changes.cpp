// Cancel and replace, one order or many.
#include "engine/exchange/market.h"

namespace pace {

// --- cancel ----------------------------------------------------------------------------------------------------------

Outcome Market::check_own_order(const MemberRequest& from, OrderId order) const {
  if (!pool_.resting(order)) return {Reject::unknown_order, static_cast<std::int64_t>(order.raw()), 0};
  if (request_of(record(order)).sender.number != from.broker.raw())
    return {Reject::not_your_order, static_cast<std::int64_t>(order.raw()), 0};
  return {};
}

// Rulebook 7: nobody may step out of a call at the last moment, after having shaped its indicative price.
bool Market::call_ending() const {
  return is_call(phase_) && now_ + seconds(registrar_.rules().call_no_cancel_s) >= phase_ends_;
}

// A volatility call that is no longer than that leaves cancels free, or there would be no time for any.
bool Market::cancels_frozen(const Listing& l) const {
  if (call_ending()) return true;
  const Rulebook& rules = registrar_.rules();
  return l.state == InstrumentState::volatility_call && rules.call_no_cancel_s < rules.breaker_call_s &&
         now_ + seconds(rules.call_no_cancel_s) >= l.call_ends;
}

Outcome Market::check_cancel_time(const Listing& l) const {
  if (cancels_frozen(l)) return {Reject::call_auction_no_cancel, 0, registrar_.rules().call_no_cancel_s};
  return {};
}

[[gnu::flatten]] Outcome Market::cancel_order(const MemberRequest& from, OrderId order, EventBuffer& events) {
  if (const Outcome o = check_own_order(from, order); !o.accepted()) return o;
  Listing& l = listing_of(record(order));
  if (l.plain_prices == 0) [[unlikely]]
    return cancel_watched(l, order, events);
  drop(l, order, l.book.cancel(order), CancelReason::requested, events);
  return {};
}

[[gnu::noinline]] Outcome Market::cancel_watched(Listing& l, OrderId order, EventBuffer& events) {
  if (const Outcome o = check_cancel_time(l); !o.accepted()) return o;
  cancel(l, order, CancelReason::requested, events);
  if (in_call(l)) indicate(l, events);
  return {};
}

void Market::cancel(Listing& l, OrderId order, CancelReason reason, EventBuffer& events) {
  const Quantity open = l.book.cancel(order);
  drop(l, order, open, reason, events);
  if (l.limit.since != Timestamp{}) [[unlikely]]
    watch_limit(l);
}

Outcome Market::mass_cancel(const Sender& sender, const MassCancel& c, EventBuffer& events) {
  const bool member = sender.role == Role::broker;
  if (member && c.broker && c.broker.raw() != sender.number) return {Reject::not_your_order, 0, 0};
  const bool reason_fits = c.reason == CancelReason::mass_cancel || c.reason == CancelReason::disconnect ||
                           (!member && c.reason == CancelReason::operator_action);
  if (!reason_fits) return {Reject::value_out_of_range, static_cast<std::int64_t>(c.reason), 0};
  const BrokerId broker = member ? BrokerId(sender.number) : c.broker;
  if (broker && registrar_.broker(broker) == nullptr) return {Reject::unknown_broker, broker.raw(), 0};
  if (c.instrument && listing(c.instrument) == nullptr) return {Reject::unknown_instrument, c.instrument.raw(), 0};
  AccountIndex principal = no_account;
  if (c.principal)
    if (const Outcome o = registrar_.find(c.principal, principal); !o.accepted()) return o;
  if (member && (c.instrument ? cancels_frozen(*listing(c.instrument)) : call_ending()))
    return {Reject::call_auction_no_cancel, 0, registrar_.rules().call_no_cancel_s};

  // A pooled order goes whole with any of its principals: what its broker declared no longer stands.
  const auto is_principal = [&](AccountIndex account, EntrustmentId) { return account == principal; };
  // Over all instruments a member's cancel leaves out those whose volatility call is about to end.
  sweep(events, [&](const Listing& l, const Order& order) -> std::optional<CancelReason> {
    const bool hit = (!broker || info(order.id).broker == broker) && (!c.instrument || l.id == c.instrument) &&
                     (!c.principal || any_principal(info(order.id), is_principal)) &&
                     (c.side == Sides::both || static_cast<Sides>(order.side) == c.side);
    return hit && !(member && cancels_frozen(l)) ? std::optional(c.reason) : std::nullopt;
  });
  return {};
}

// --- replace ---------------------------------------------------------------------------------------------------------

[[gnu::noinline, gnu::flatten]] Outcome Market::replace_order(const MemberRequest& from, OrderId order,
                                                              const ReplaceOrder& c, EventBuffer& events) {
  Change wanted;
  if (const Outcome o = check_change(from, order, c, wanted); !o.accepted()) return o;
  change(listing_of(record(order)), from, order, wanted, events);
  return {};
}

Outcome Market::check_change(const MemberRequest& from, OrderId id, const ReplaceOrder& c, Change& wanted) {
  if (const Outcome o = check_own_order(from, id); !o.accepted()) return o;
  const OrderRecord& order = record(id);
  const AccountIndex principal = pool_.owner(id);
  if (is_pooled(principal)) return {Reject::pooled_order_not_replaced, static_cast<std::int64_t>(id.raw()), 0};
  const Listing& l = listing_of(order);
  if (l.plain_prices == 0) [[unlikely]] {
    if (const Outcome o = check_session(l); !o.accepted()) return o;
    if (const Outcome o = check_cancel_time(l); !o.accepted()) return o;
  }
  if (c.price == order.price() && c.quantity == order.quantity()) return {Reject::replace_changes_nothing, 0, 0};
  // Of an ordinary person, at a price that lets plain orders in: neither the account nor the limits need be asked.
  const bool plain = registrar_.trader(principal).broker == from.broker && l.takes_plain_orders_at(c.price);
  const AccountKind kind = plain ? AccountKind::person : registrar_.account(principal).kind;
  if (const Outcome o = check_quantity(c.quantity, kind); !o.accepted()) return o;
  if (const Quantity display = pool_.display(id); display > Quantity{} && c.quantity > order.quantity())
    if (const Outcome o = check_display(display, c.quantity); !o.accepted()) return o;
  const Quantity open = pool_.open(id), filled = order.quantity() - open;
  if (c.quantity <= filled) return {Reject::replace_below_filled, c.quantity.raw(), filled.raw()};
  if (!plain) [[unlikely]]
    if (const Outcome o = check_price(l, c.price); !o.accepted()) return o;
  if (order.post_only() && !in_call(l) && c.price != order.price())
    if (const Outcome o = check_post_only(l, order.side(), c.price); !o.accepted()) return o;
  if (!plain) [[unlikely]]
    if (const Outcome o = registrar_.check_trading(principal, order.side(), day_); !o.accepted()) return o;
  wanted = {.price = c.price,
            .quantity = c.quantity,
            .open = c.quantity - filled,
            .open_before = open,
            .keeps_priority = c.price == order.price() && c.quantity < order.quantity()};
  if (wanted.keeps_priority) return {};
  if (pools_.in_use() != 0) [[unlikely]]
    if (const Outcome o = check_settlements(l, order.side(), c.price, wanted.open, principal, 0); !o.accepted())
      return o;
  return check_change_funds(order, principal, l, wanted);
}

// Only what the change adds is asked for.
Outcome Market::check_change_funds(const OrderRecord& order, AccountIndex principal, const Listing& l,
                                   const Change& wanted) const {
  const Quantity more = std::max(wanted.open - wanted.open_before, Quantity{});
  if (order.mandate != 0)
    if (const Outcome o = check_changed_mandate(order, principal, wanted, more); !o.accepted()) return o;
  if (more > Quantity{}) {
    if (order.side() == Side::sell) return check_units(principal, l.id, more);
    if (const Outcome o = check_position(principal, l, more); !o.accepted()) return o;
  }
  if (order.side() == Side::sell) return {};
  return check_cash(principal, held_per_kg(wanted.price, rates(order.rates.commission)) * wanted.open -
                                   order.hold(wanted.open_before));
}

// The mandate the order was entered under. It is in force: an order does not outlive its mandate.
Outcome Market::check_changed_mandate(const OrderRecord& order, AccountIndex principal, const Change& wanted,
                                      Quantity more) const {
  const Trader& trader = registrar_.trader(principal);
  if (trader.mandate == order.mandate && trader.allows(order.side(), wanted.price) &&
      wanted.quantity.raw() <= trader.order_limit && more <= trader.left) [[likely]]
    return {};
  const Entrustment& mandate = registrar_.mandate_at(order.mandate);
  const bool below = order.side() == Side::sell && wanted.price < mandate.floor;
  const bool above = order.side() == Side::buy && mandate.ceiling > Price{} && wanted.price > mandate.ceiling;
  if (below || above)
    return {Reject::entrustment_price, wanted.price.raw(), (below ? mandate.floor : mandate.ceiling).raw()};
  if (mandate.order_limit > Quantity{} && wanted.quantity > mandate.order_limit)
    return {Reject::entrustment_order_quantity, wanted.quantity.raw(), mandate.order_limit.raw()};
  if (const Quantity left = registrar_.mandate_left(mandate); more > left)
    return {Reject::entrustment_total_quantity, more.raw(), left.raw()};
  return {};
}

// As if it let go of all that it held and held anew: only the difference moves.
[[gnu::always_inline]] inline void Market::change_hold(Listing& l, const OrderRecord& order, AccountIndex principal,
                                                       const Change& wanted, Cash held_before) {
  const Quantity more = wanted.open - wanted.open_before;
  if (more >= Quantity{})
    registrar_.use_mandate(principal, order.mandate, more);
  else
    registrar_.give_back_mandate(principal, order.mandate, -more);
  if (order.side() == Side::sell) {
    Holding& units = ledger_.at(principal, *l.units);
    return more >= Quantity{} ? Ledger::hold(units, more) : Ledger::release(units, -more);
  }
  l.bids[principal.raw()] += more;
  Money& money = ledger_.at(principal);
  const Cash cost = order.hold(wanted.open) - held_before;
  cost >= Cash{} ? Ledger::hold(money, cost) : Ledger::release(money, -cost);
}

void Market::change(Listing& l, const MemberRequest& from, OrderId id, const Change& wanted, EventBuffer& events) {
  const AccountIndex principal = pool_.owner(id);
  OrderRecord& order = record(id);
  const ClientId& client_id_before = request_of(order).request_id;
  const Cash held_before = order.side() == Side::buy ? order.hold(wanted.open_before) : Cash{};
  order.price_fen = static_cast<std::uint32_t>(wanted.price.raw());
  order.quantity_kg = static_cast<std::uint32_t>(wanted.quantity.raw());
  order.request = from.reference;
  // A reduction is not asked for money, so it must not need any: it keeps its rates as it keeps its place.
  if (!wanted.keeps_priority) order.rates = rates(order.rates.commission);
  change_hold(l, order, principal, wanted, held_before);
  events.emit_fields<OrderReplaced>(id, from.broker, client_id_before, from.client_id, registrar_.trader(principal).id,
                                    l.id, order.side(), wanted.price, wanted.quantity, wanted.open,
                                    wanted.keeps_priority);
  if (wanted.keeps_priority) {
    l.book.reduce(id, wanted.open);
    if (in_call(l)) indicate(l, events);
    return;
  }
  Order entering = l.book.withdraw(id);
  entering.price = wanted.price;
  entering.open = wanted.open;
  if (!in_call(l) && rests_at_once(l, entering)) [[likely]]
    rest(l, entering, events);
  else
    execute(l, entering, events);
}

// --- cancelled by others ---------------------------------------------------------------------------------------------

void Market::entrustment_revoked(EntrustmentId entrustment, EventBuffer& events) {
  sweep(events, [&](const Listing&, const Order& order) -> std::optional<CancelReason> {
    const auto is_revoked = [&](AccountIndex, EntrustmentId id) { return id == entrustment; };
    return any_principal(info(order.id), is_revoked) ? std::optional(CancelReason::entrustment_revoked) : std::nullopt;
  });
}

void Market::withdraw_offers(InstrumentId instrument, EventBuffer& events) {
  sweep(events, [&](const Listing& l, const Order& order) {
    return l.id == instrument && order.side == Side::sell ? std::optional(CancelReason::operator_action) : std::nullopt;
  });
}

void Market::standing_changed(Date today, EventBuffer& events) {
  sweep(events, [&](const Listing&, const Order& order) -> std::optional<CancelReason> {
    const auto is_barred = [&](AccountIndex principal, EntrustmentId) {
      return !registrar_.check_trading(principal, order.side, today).accepted();
    };
    return any_principal(info(order.id), is_barred) ? std::optional(CancelReason::operator_action) : std::nullopt;
  });
}

}  // namespace pace
