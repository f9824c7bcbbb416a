// Trading near the circuit breaker's bound, the call that it starts, and the watch on the price limits. Rulebook 7;
// what the rulebook leaves open is decided in docs/decisions/0011.
#include <algorithm>

#include "engine/exchange/market.h"

namespace pace {
namespace {

constexpr Timestamp none{};

void take_earlier(Timestamp& due, Timestamp when) {
  if (when != none) due = std::min(due, when);
}

void put_off(Timestamp& when, std::int64_t nanoseconds) {
  if (when != none) when = Timestamp(when.raw() + nanoseconds);
}

}  // namespace

// --- at the bound ----------------------------------------------------------------------------------------------------

// Fills go as far as the bound. When somebody stands beyond it whom the rest would trade with, that trade does not
// happen: the call begins, and the rest waits in it or is cancelled, by its type.
void Market::trade_to_bound(Listing& l, const Order& order, EventBuffer& events) {
  if (record(order.id).time_in_force() == TimeInForce::fok) return fill_or_kill_at_bound(l, order, events);
  Order rest = order;
  if (l.breaker.allows(*l.book.best(opposite(order.side))) && !trade_within(l, rest, events)) return;
  Order least = rest;
  least.open = Quantity(1);
  if (!can_fill(l, least)) return trade(l, rest, events);  // nobody beyond but the principal itself
  begin_volatility_call(l, events);
  await_call(l, rest, events);
}

// False: nothing of the order is left. Else it is out of the book, `order` being what is left.
bool Market::trade_within(Listing& l, Order& order, EventBuffer& events) {
  Order within = order;
  within.price = order.side == Side::buy ? l.breaker.highest() : l.breaker.lowest();
  Execution execution(*this, l, events, TradeKind::continuous);
  const Entered entered = l.book.enter(within, execution);
  execution.settle_pooled();
  if (entered.rested) {
    (void)l.book.withdraw(order.id);
    order.open = entered.open;
    return true;
  }
  if (entered.open > Quantity{}) drop(l, order.id, entered.open, CancelReason::self_trade, events);
  return false;
}

// All or nothing, within the bound. One that could have been filled only beyond it begins the call and goes.
void Market::fill_or_kill_at_bound(Listing& l, const Order& order, EventBuffer& events) {
  Order within = order;
  within.price = order.side == Side::buy ? l.breaker.highest() : l.breaker.lowest();
  const bool fits = l.breaker.allows(*l.book.best(opposite(order.side))) && can_fill(l, within);
  if (fits || !can_fill(l, order)) return trade(l, order, events);
  begin_volatility_call(l, events);
  await_call(l, order, events);
}

void Market::await_call(Listing& l, const Order& order, EventBuffer& events) {
  const TimeInForce time_in_force = record(order.id).time_in_force();
  if (time_in_force == TimeInForce::day || time_in_force == TimeInForce::gtc) {
    l.book.rest(order);
    rested(l, order, order.open, events);
  } else {
    pool_.release(order.id);
    const bool whole = time_in_force == TimeInForce::fok;
    drop(l, order.id, order.open, whole ? CancelReason::fok_unfilled : CancelReason::ioc_remainder, events);
  }
  indicate(l, events);
}

// --- the call --------------------------------------------------------------------------------------------------------

void Market::begin_volatility_call(Listing& l, EventBuffer& events) {
  set_state(l, InstrumentState::volatility_call, "circuit breaker", events);
  l.call_ends = now_ + seconds(registrar_.rules().breaker_call_s);
  plan();
}

void Market::end_volatility_call(Listing& l, EventBuffer& events) {
  l.breaker.restart({});
  uncross(l, events);
  set_state(l, InstrumentState::trading, {}, events);
}

// The closing call takes over the orders of a volatility call. Over lunch the clocks stand still.
void Market::follow_phase(Timestamp next_phase, EventBuffer& events) {
  const std::int64_t pause = phase_ == Phase::lunch ? next_phase.raw() - now_.raw() : 0;
  for (Listing& l : listings_) {
    if (is_call(phase_) && l.state == InstrumentState::volatility_call)
      set_state(l, InstrumentState::trading, {}, events);
    put_off(l.call_ends, pause);
    put_off(l.limit.alert_at, pause);
    watch_limit(l);
  }
  plan();
}

// --- the price limits ------------------------------------------------------------------------------------------------

// Only the best price can stand at a limit: nobody may enter a better one.
void Market::watch_limit(Listing& l) {
  const bool counts = l.state == InstrumentState::trading && (is_continuous(phase_) || phase_ == Phase::lunch);
  const bool at_limit = counts && (l.book.best(Side::buy) == l.upper || l.book.best(Side::sell) == l.lower);
  if (at_limit == (l.limit.since != none)) return;
  l.limit = {};
  if (at_limit) l.limit = {now_, now_ + seconds(registrar_.rules().limit_alert_s)};
  l.set_plain_prices(is_continuous(phase_));
  plan();
}

void Market::alert_limit(Listing& l, EventBuffer& events) {
  l.limit.alert_at = none;
  events.emit(LimitAlert{l.id, l.book.best(Side::buy) == l.upper ? l.upper : l.lower, l.limit.since});
  plan();
}

// --- time ------------------------------------------------------------------------------------------------------------

void Market::plan() {
  next_due_ = Timestamp::max();
  for (const Listing& l : listings_) {
    take_earlier(next_due_, l.call_ends);
    take_earlier(next_due_, l.limit.alert_at);
  }
}

void Market::due(EventBuffer& events) {
  for (Listing& l : listings_) {
    if (l.call_ends != none && l.call_ends <= now_) end_volatility_call(l, events);
    if (l.limit.alert_at != none && l.limit.alert_at <= now_) alert_limit(l, events);
  }
}

}  // namespace pace
