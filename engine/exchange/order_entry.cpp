// A checked order goes live: it holds what it may cost, meets the other side, and rests or leaves.
#include "engine/exchange/market.h"

namespace pace {

[[gnu::flatten]] Placed Market::enter_order(const MemberRequest& from, const NewOrder& c, EventBuffer& events) {
  Ticket ticket;
  const Outcome outcome = check_new(from, c, ticket);
  if (!outcome.accepted()) return {outcome, {}};
  const OrderId id = take_in(from, c, ticket);
  hold(*ticket.listing, record(id), ticket.principal, c.quantity);
  accept(id, from, c, ticket, events);
  execute(*ticket.listing, {id, ticket.principal, c.side, c.self_trade, ticket.price, c.quantity, c.display}, events);
  return {outcome, id};
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
  const TimeInForce time_in_force = record(order.id).time_in_force();
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

void Market::drop(Listing& l, OrderId id, Quantity open, CancelReason reason, EventBuffer& events) {
  const AccountIndex principal = pool_.owner(id);
  if (is_pooled(principal)) [[unlikely]]
    return drop_pool(l, id, open, reason, events);
  const OrderRecord& order = record(id);
  const Remembered& request = request_of(order);
  let_go(l, order, principal, open);
  events.emit_fields<OrderCancelled>(id, BrokerId(request.sender.number), request.request_id,
                                     registrar_.trader(principal).id, l.id, order.side(), order.price(), open, reason);
}

// Delivery versus payment: units, money and fees move in this one step, and each side's hold for the fill is let go of.
// Both orders' records are read here: a filled order's slot is not taken again before the command ends.
[[gnu::always_inline]] inline void Market::Execution::settle_here(const Fill& fill, const BookParty& buy,
                                                                  const BookParty& sell) {
  const bool taker_buys = fill.taker_side == Side::buy;
  const Settlement settlement = market_.settlement_of(buy, sell, listing_, fill.price, fill.quantity);
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
  const auto account = [&](const BookParty& party) { return market_.registrar_.trader(party.principal).id; };
  const TradeId trade = market_.trades_.add({{listing_.id, fill.price, fill.quantity, kind_, fill.taker_side},
                                             {buy_id, buy.mandate, buy.principal, buy.rates},
                                             {sell_id, sell.mandate, sell.principal, sell.rates}});
  const bool own = own_against_principal(buy.broker, buy.mandate != 0, sell.broker, sell.mandate != 0);
  events_.emit_fields<Trade>(trade, listing_.id, fill.price, fill.quantity, fill.taker_side, kind_, buy_id,
                             account(buy), buy.broker, buy.client_id, buy_open, settlement.buy_fee,
                             settlement.buy_commission.amount, sell_id, account(sell), sell.broker, sell.client_id,
                             sell_open, settlement.sell_fee, settlement.sell_commission.amount, own);
}

[[gnu::always_inline]] inline Market::BookParty Market::Execution::party(OrderId id, AccountIndex principal) const {
  const OrderRecord& order = market_.record(id);
  const Remembered& request = market_.request_of(order);
  return {request.request_id, BrokerId(request.sender.number), principal, order.mandate, order.price_fen, order.rates};
}

void Market::Execution::filled(const Fill& fill) {
  const AccountIndex maker = market_.pool_.owner(fill.maker), taker = market_.pool_.owner(fill.taker);
  if (is_pooled(maker) || is_pooled(taker)) [[unlikely]]
    return pooled(fill);
  // Which is which is chosen before anything of the orders is read (measured: sixty instructions a trade).
  const bool taker_buys = fill.taker_side == Side::buy;
  const BookParty buy = party(taker_buys ? fill.taker : fill.maker, taker_buys ? taker : maker);
  const BookParty sell = party(taker_buys ? fill.maker : fill.taker, taker_buys ? maker : taker);
  if (buy.rates.commission != 0 || sell.rates.commission != 0) [[unlikely]]
    return settle(fill, buy, sell);
  settle_here(fill, buy, sell);  // without commissions much of it falls away
}

void Market::Execution::settle(const Fill& fill, const BookParty& buy, const BookParty& sell) {
  settle_here(fill, buy, sell);
}

Market::BookParty Market::Execution::party(const OpenOrder& o) const {
  const std::uint32_t mandate = o.entrustment ? market_.registrar_.mandate_slot(o.principal, o.entrustment) : 0;
  return {o.client_id, o.broker, o.principal, mandate, o.price_fen, o.rates};
}

}  // namespace pace
