// A checked order goes live: it holds what it may cost, meets the other side, and rests or leaves.
#include "engine/exchange/market.h"

namespace pace {

[[gnu::flatten]] Placed Market::enter_order(const MemberRequest& from, const NewOrder& c, EventBuffer& events) {
  Ticket ticket;
  const Outcome outcome = check_new(from, c, ticket);
  if (!outcome.accepted()) return {outcome, {}};
  return {outcome, place(from, c, ticket, events)};
}

OrderId Market::place(const MemberRequest& from, const NewOrder& c, const Ticket& ticket, EventBuffer& events) {
  const OrderId id = pool_.acquire(ticket.principal);
  const OpenOrder order{.client_id = from.client_id,
                        .broker = from.broker,
                        .principal = ticket.principal,
                        .instrument = c.instrument,
                        .price_fen = static_cast<std::uint32_t>(ticket.price.raw()),
                        .quantity_kg = static_cast<std::uint32_t>(c.quantity.raw()),
                        .entrustment = ticket.mandate.entrustment,
                        .filled_value = {},
                        .expiry = ticket.expiry,
                        .rates = rates(ticket.mandate.commission),
                        .side = c.side,
                        .time_in_force = ticket.time_in_force,
                        .order_type = c.order_type,
                        .post_only = c.post_only};
  put(id, order, from.reference);
  if (is_pooled(ticket.principal)) [[unlikely]]
    hold_parts(*ticket.listing, order);
  else
    hold(*ticket.listing, order, c.quantity);
  events.emit(OrderAccepted{id, from.broker, from.client_id, c.principal, ticket.mandate.entrustment, c.instrument,
                            c.side, c.order_type, ticket.time_in_force, ticket.price, c.quantity, c.display});
  execute(*ticket.listing, Order{id, ticket.principal, c.side, c.self_trade, ticket.price, c.quantity, c.display},
          events);
  return id;
}

void Market::execute(Listing& l, const Order& order, EventBuffer& events) {
  if (in_call(l)) return await_call(l, order, events);
  if (l.book.would_trade(order.side, order.price) && !within_bounds(l, order)) [[unlikely]]
    trade_to_bound(l, order, events);
  else
    trade(l, order, events);
  if (l.limit.since != Timestamp{}) [[unlikely]]
    watch_limit(l);
}

void Market::trade(Listing& l, const Order& order, EventBuffer& events) {
  const TimeInForce time_in_force = static_cast<TimeInForce>(record(order.id).time_in_force);
  if (time_in_force == TimeInForce::fok && !can_fill(l, order)) {
    pool_.release(order.id);
    drop(l, order.id, order.open, CancelReason::fok_unfilled, events);
    return;
  }
  Execution execution(*this, l, events, TradeKind::continuous);
  const bool rests = time_in_force == TimeInForce::day || time_in_force == TimeInForce::gtc;
  const Entered entered = rests ? l.book.enter(order, execution) : l.book.take(order, execution);
  if (is_pooled(order.owner)) [[unlikely]]
    execution.settle_pooled();
  if (entered.rested) {
    rested(l, order, entered.open, events);
    if (order.price == (order.side == Side::buy ? l.upper : l.lower)) [[unlikely]]
      watch_limit(l);
  } else if (entered.open > Quantity{}) {
    drop(l, order.id, entered.open, entered.self_trade ? CancelReason::self_trade : CancelReason::ioc_remainder,
         events);
  }
}

void Market::rested(const Listing& l, const Order& order, Quantity open, EventBuffer& events) {
  const bool iceberg = order.display > Quantity{} && order.display < open;
  events.emit(OrderRested{order.id, l.id, order.side, order.price, open, iceberg ? order.display : open});
}

// Hold before booking, not at the fill: two resting bids could otherwise spend the same cash, and the later fill would
// find no one to pay it. Rulebook 7, prefunding.
void Market::hold(Listing& l, const OpenOrder& order, Quantity open) {
  registrar_.use_entrustment(order.principal, order.entrustment, open);
  if (order.side == Side::sell) {
    ledger_.hold_units(order.principal, l.id, open);
  } else {
    ledger_.hold_cash(order.principal, order.hold(open));
    l.bids[order.principal.raw()] += open;
  }
}

void Market::let_go(Listing& l, const OpenOrder& order, Quantity open) {
  registrar_.give_back_entrustment(order.principal, order.entrustment, open);
  if (order.side == Side::sell) {
    ledger_.release_units(order.principal, l.id, open);
  } else {
    ledger_.release_cash(order.principal, order.hold(open));
    l.bids[order.principal.raw()] -= open;
  }
}

void Market::drop(Listing& l, OrderId id, Quantity open, CancelReason reason, EventBuffer& events) {
  const OpenOrder order = info(id);
  if (is_pooled(order.principal)) [[unlikely]]
    let_go_parts(l, order);
  else
    let_go(l, order, open);
  events.emit(OrderCancelled{id, order.broker, order.client_id, principal_of(order), l.id, order.side, order.price(),
                             open, reason});
  if (is_pooled(order.principal)) [[unlikely]]
    pools_.close(order.principal);
}

// Delivery versus payment: units, money and fees move in this one step, and each side's hold for the fill is let go of.
// Both orders' records are read whole here: a filled order's slot is not taken again before the command ends.
[[gnu::always_inline]] inline void Market::Execution::settle_here(const Fill& fill, const OpenOrder& buy,
                                                                  const OpenOrder& sell) {
  const bool taker_buys = fill.taker_side == Side::buy;
  const Settlement settlement = market_.settlement_of(buy, sell, listing_.id, fill.price, fill.quantity);
  const Cash value = settlement.value;
  market_.ledger_.settle(settlement);
  listing_.bids[buy.principal.raw()] -= fill.quantity;
  market_.record(fill.maker).filled_value += value;
  market_.record(fill.taker).filled_value += value;
  listing_.last = fill.price;
  if (kind_ == TradeKind::continuous) {
    listing_.day_value += value;
    listing_.day_volume += fill.quantity;
    listing_.breaker.note(fill.price);
  }
  market_.registrar_.note_trade(listing_.id, market_.day_, fill.quantity, value, buy.principal, sell.principal);

  const OrderId buy_id = taker_buys ? fill.taker : fill.maker, sell_id = taker_buys ? fill.maker : fill.taker;
  const Quantity buy_open = taker_buys ? fill.taker_open : fill.maker_open;
  const Quantity sell_open = taker_buys ? fill.maker_open : fill.taker_open;
  const auto account = [&](const OpenOrder& order) { return market_.registrar_.account(order.principal).id; };
  const TradeId trade = market_.trades_.add({{listing_.id, fill.price, fill.quantity, kind_, fill.taker_side},
                                             {buy_id, buy.entrustment, buy.principal, buy.rates},
                                             {sell_id, sell.entrustment, sell.principal, sell.rates}});
  events_.emit(Trade{trade, listing_.id, fill.price, fill.quantity, fill.taker_side, kind_,
                     TradeSide{buy_id, account(buy), buy.broker, buy.client_id, buy_open, settlement.buy_fee,
                               settlement.buy_commission.amount},
                     TradeSide{sell_id, account(sell), sell.broker, sell.client_id, sell_open, settlement.sell_fee,
                               settlement.sell_commission.amount},
                     own_against_principal(buy, sell)});
}

// The sides are put together one by one, by name: of each only what settling needs is then ever read (measured:
// fifty instructions a trade less than putting both together and choosing).
void Market::Execution::filled(const Fill& fill) {
  const OrderPool& pool = market_.pool_;
  if (is_pooled(pool.owner(fill.maker)) || is_pooled(pool.owner(fill.taker))) [[unlikely]]
    return pooled(fill);
  const bool taker_buys = fill.taker_side == Side::buy;
  settle_here(fill, market_.info(taker_buys ? fill.taker : fill.maker),
              market_.info(taker_buys ? fill.maker : fill.taker));
}

void Market::Execution::settle(const Fill& fill, const OpenOrder& maker, const OpenOrder& taker) {
  if (fill.taker_side == Side::buy)
    settle_here(fill, taker, maker);
  else
    settle_here(fill, maker, taker);
}

}  // namespace pace
