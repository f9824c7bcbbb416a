// The market's day, its halts, and its views.
#include "engine/exchange/market.h"

namespace pace {

namespace {

/// Principals of the largest pool that any rulebook allows and the capacity takes.
std::size_t largest_pool(const Capacity& capacity) {
  const std::int64_t most = find_rule("pool_principals")->highest;
  return std::min(static_cast<std::size_t>(most), std::size_t{capacity.pool_parts});
}

}  // namespace

Market::Market(const Capacity& capacity, Ledger& ledger, Registrar& registrar, const Idempotency& requests)
    : ledger_(ledger),
      registrar_(registrar),
      requests_(requests),
      accounts_(capacity.accounts + special_accounts.size()),
      pool_(capacity.open_orders, capacity.instruments),
      orders_(std::size_t{capacity.open_orders} + 1),
      pools_(capacity.pool_parts, largest_pool(capacity), accounts_),
      trades_(capacity.breakable_trades, capacity.requests_touched != 0) {
  listings_.reserve(capacity.instruments);
  PACE_CHECK(capacity.instruments <= 0xffff);  // an order's record has two bytes for it
  swept_.reserve(capacity.open_orders);
  split_.reserve(largest_pool(capacity));
  pooled_fills_.reserve(capacity.open_orders);
  large_.reserve(std::max<std::size_t>(64, largest_pool(capacity)));
}

void Market::list(InstrumentId instrument, Price reference, EventBuffer& events) {
  PACE_CHECK(instrument.raw() == listings_.size() + 1 && listings_.size() < listings_.capacity());
  listings_.emplace_back(pool_, ledger_, *registrar_.instrument(instrument), reference, accounts_);
  set_limits(listings_.back(), events);
}

// The band is taken inwards to whole fen, so that no price in it is further than the percentage allows.
void Market::set_limits(Listing& l, EventBuffer& events) const {
  const std::int64_t permille = registrar_.rules().price_limit_permille;
  const Price down(muldiv_floor(l.reference.raw(), permille, 1000));
  l.lower = std::max(l.reference - down, Price(1));
  l.upper = std::min(l.reference + down, book_max_price);
  l.set_plain_prices(is_continuous(phase_));
  events.emit(ReferencePriceSet{l.id, l.reference, l.lower, l.upper});
}

// --- the day ---------------------------------------------------------------------------------------------------------

void Market::start_day(Date day, EventBuffer& events) {
  trades_.start_day();
  day_ = day;
  registrar_.make_room();
  events.emit(TradingDayStarted{day});
  for (Listing& l : listings_) {
    // Rulebook 7: the day before's volume-weighted price, or the reference before when it traded too little.
    if (l.day_volume.raw() > registrar_.rules().reference_volume_kg) {
      l.reference = Price(muldiv_half_up(l.day_value.raw(), 1, l.day_volume.raw()));
      l.book.move_window(window_around(l.reference));
    }
    l.day_value = {};
    l.day_volume = {};
    l.breaker.restart({});
    set_limits(l, events);
  }
  sweep(events, [&](const Listing& l, const Order& order) -> std::optional<CancelReason> {
    const OpenOrder open = info(order.id);
    if (open.expiry < day) return CancelReason::expired;
    const auto ended = [&](AccountIndex, EntrustmentId id) { return id && registrar_.entrustment(id)->end < day; };
    if (any_principal(open, ended)) return CancelReason::entrustment_revoked;
    if (order.price > l.upper || order.price < l.lower) return CancelReason::price_limit;
    return std::nullopt;
  });
}

void Market::enter_phase(Phase phase, Timestamp ends, EventBuffer& events) {
  if (is_call(phase_) || is_continuous(phase))
    for (Listing& l : listings_)
      if (l.state == InstrumentState::trading) uncross(l, events);
  phase_ = phase;
  for (Listing& l : listings_) l.set_plain_prices(is_continuous(phase));
  phase_ends_ = ends;
  follow_phase(ends, events);
  events.emit(PhaseChanged{day_, phase});
}

void Market::end_day(EventBuffer& events) {
  sweep(events, [&](const Listing&, const Order& order) -> std::optional<CancelReason> {
    const OpenOrder open = info(order.id);
    if (open.time_in_force == TimeInForce::day) return CancelReason::end_of_day;
    return open.expiry <= day_ ? std::optional(CancelReason::expired) : std::nullopt;
  });
  events.emit(TradingDayEnded{day_});
}

void Market::block_opening(std::int64_t difference, AccountId account) {
  block_difference_ = difference;
  block_account_ = account;
}

// --- operator --------------------------------------------------------------------------------------------------------

void Market::set_state(Listing& l, InstrumentState state, const Reference& reason, EventBuffer& events) {
  if (l.state == state) return;
  l.state = state;
  l.set_plain_prices(is_continuous(phase_));
  l.call_ends = {};
  events.emit(InstrumentStateChanged{l.id, state, reason});
  watch_limit(l);
  plan();
}

Outcome Market::halt(const HaltInstrument& c, EventBuffer& events) {
  if (c.instrument && listing(c.instrument) == nullptr) return {Reject::unknown_instrument, c.instrument.raw(), 0};
  for (Listing& l : listings_)
    if (!c.instrument || l.id == c.instrument) set_state(l, InstrumentState::halted, c.reason, events);
  return {};
}

Outcome Market::resume(const ResumeInstrument& c, EventBuffer& events) {
  if (c.instrument && listing(c.instrument) == nullptr) return {Reject::unknown_instrument, c.instrument.raw(), 0};
  for (Listing& l : listings_) {
    if ((c.instrument && l.id != c.instrument) || l.state != InstrumentState::halted) continue;
    set_state(l, InstrumentState::trading, {}, events);
    if (!is_call(phase_) && phase_ != Phase::closed) uncross(l, events);
  }
  return {};
}

// --- views -----------------------------------------------------------------------------------------------------------

OrderView Market::view(const RestingOrder& resting) const {
  const OpenOrder order = info(resting.order.id);
  return {resting.order.id, order.broker,       order.client_id,  principal_of(order), order.entrustment,
          order.instrument, order.side,         order.order_type, order.time_in_force, order.price(),
          order.quantity(), resting.order.open, resting.shown,    order.filled_value};
}

std::vector<OrderView> Market::orders(BrokerId broker) const {
  std::vector<OrderView> views;
  for (const Listing& l : listings_)
    l.book.for_each_order([&](const RestingOrder& resting) {
      if (!broker || info(resting.order.id).broker == broker) views.push_back(view(resting));
    });
  return views;
}

}  // namespace pace
