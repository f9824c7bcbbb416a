// The market's part of the state digest, and the sums that prove it.
#include "engine/exchange/market.h"
#include "engine/message/codec.h"

namespace pace {

// --- proof -----------------------------------------------------------------------------------------------------------

void Market::check(std::span<const Commitment> outside) const {
  std::uint32_t resting = 0, parts = 0;
  for (const Listing& l : listings_) {
    PACE_CHECK((l.state == InstrumentState::volatility_call) == (l.call_ends != Timestamp{}));
    const bool quiet = is_continuous(phase_) && l.state == InstrumentState::trading && l.limit.since == Timestamp{};
    const Price inside = l.lower + Price(1);
    PACE_CHECK(l.takes_plain_orders_at(inside) == (quiet && inside < l.upper) && !l.takes_plain_orders_at(l.lower));
    PACE_CHECK(l.takes_plain_orders_at(l.upper - Price(1)) == (quiet && inside < l.upper) &&
               !l.takes_plain_orders_at(l.upper));
    PACE_CHECK(l.call_ends == Timestamp{} || next_due_ <= l.call_ends);
    PACE_CHECK(l.limit.alert_at == Timestamp{} || (next_due_ <= l.limit.alert_at && l.limit.since != Timestamp{}));
    l.book.check(in_call(l) || phase_ == Phase::closed || l.state == InstrumentState::halted);
    l.book.for_each_order([&](const RestingOrder& r) {
      const OpenOrder order = info(r.order.id);
      ++resting;
      PACE_CHECK(order.instrument == l.id && order.principal == r.order.owner && order.side == r.order.side);
      PACE_CHECK(order.price() == r.order.price && r.order.open <= order.quantity());
      PACE_CHECK(order.price() >= l.lower && order.price() <= l.upper);
      check_stays(order);
      if (!is_pooled(order.principal)) return;
      check_pool_sums(r);
      parts += pools_.size(order.principal);
    });
  }
  PACE_CHECK(resting == pool_.in_use() && parts == pools_.in_use() && pooled_fills_.empty());
  check_holds(outside);
}

// An order that may not stay has been cancelled at once: by its last day's end, its mandate's, or its principal's
// standing.
void Market::check_stays(const OpenOrder& order) const {
  PACE_CHECK(order.time_in_force == TimeInForce::day || order.time_in_force == TimeInForce::gtc);
  PACE_CHECK(phase_ == Phase::closed ? order.expiry > day_ : order.expiry >= day_);
  PACE_CHECK(!any_principal(order, [&](AccountIndex principal, EntrustmentId entrustment) {
    return !registrar_.check_trading(principal, order.side, day_).accepted() ||
           (entrustment && !registrar_.entrustment(entrustment)->in_force(day_));
  }));
}

void Market::check_pool_sums(const RestingOrder& r) const {
  const AccountIndex pool = r.order.owner;
  Quantity open;
  PACE_CHECK(!pools_.any_of(pool, [&](const Pools::Part& part) {
    open += part.open();
    return part.open() <= Quantity{} || part.due_kg != 0;
  }));
  PACE_CHECK(open == r.order.open && pools_.declared(pool) == info(r.order.id).quantity());
  PACE_CHECK(pools_.filled(pool) == pools_.declared(pool) - open);
}

// What the ledger holds is what the open orders and the commitments need: no more, or money would be stuck; no less, or
// a fill would fail.
void Market::check_holds(std::span<const Commitment> outside) const {
  std::vector<Cash> cash(ledger_.accounts());
  for (const Listing& l : listings_) {
    std::vector<Quantity> offered(ledger_.accounts()), bid(ledger_.accounts());
    const auto add = [&](const OpenOrder& order, Quantity open) {
      const std::size_t owner = order.principal.raw();
      if (order.side == Side::sell) {
        offered[owner] += open;
      } else {
        bid[owner] += open;
        cash[owner] += order.hold(open);
      }
    };
    l.book.for_each_order([&](const RestingOrder& r) {
      const OpenOrder order = info(r.order.id);
      if (!is_pooled(order.principal)) return add(order, r.order.open);
      pools_.any_of(order.principal, [&](const Pools::Part& part) {
        add(part_of(order, part), part.open());
        return false;
      });
    });
    for (const Commitment& c : outside) {
      if (c.instrument != l.id) continue;
      (c.side == Side::sell ? offered : bid)[c.principal.raw()] += c.open;
      if (c.side == Side::buy) cash[c.principal.raw()] += c.hold(c.open);
    }
    for (std::uint32_t i = 0; i < ledger_.accounts(); ++i) {
      PACE_CHECK(ledger_.holding(AccountIndex(i), l.id).held == offered[i]);
      PACE_CHECK(l.bids[i] == bid[i]);
    }
  }
  for (std::uint32_t i = 0; i < ledger_.accounts(); ++i) PACE_CHECK(ledger_.money(AccountIndex(i)).held == cash[i]);
}

// --- storage ---------------------------------------------------------------------------------------------------------

namespace {

void save_order(const RestingOrder& r, const OpenOrder& order, ByteWriter& out) {
  encode_value(out, r.order.id);
  encode_value(out, is_pooled(r.order.owner) ? no_account : r.order.owner);
  encode_value(out, r.order.side);
  encode_value(out, r.order.self_trade);
  encode_value(out, r.order.open);
  encode_value(out, r.order.display);
  encode_value(out, r.shown);
  out.put(r.arrival);
  encode_value(out, order.client_id);
  encode_value(out, order.broker);
  out.put(order.price_fen);
  out.put(order.quantity_kg);
  encode_value(out, order.entrustment);
  encode_value(out, order.filled_value);
  encode_value(out, order.expiry);
  encode_value(out, TimeInForce{order.time_in_force});
  out.put(order.rates.fee);
  out.put(order.rates.commission);
  out.put(static_cast<std::uint8_t>(order.order_type));
  encode_value(out, static_cast<bool>(order.post_only));
}

void load_order(ByteReader& in, RestingOrder& r, OpenOrder& order) {
  decode_value(in, r.order.id);
  decode_value(in, r.order.owner);
  decode_value(in, r.order.side);
  decode_value(in, r.order.self_trade);
  decode_value(in, r.order.open);
  decode_value(in, r.order.display);
  decode_value(in, r.shown);
  r.arrival = in.get<std::uint64_t>();
  decode_value(in, order.client_id);
  decode_value(in, order.broker);
  order.price_fen = in.get<std::uint32_t>();
  order.quantity_kg = in.get<std::uint32_t>();
  decode_value(in, order.entrustment);
  decode_value(in, order.filled_value);
  decode_value(in, order.expiry);
  TimeInForce time_in_force{};
  decode_value(in, time_in_force);
  order.time_in_force = time_in_force;
  order.rates = {.fee = in.get<std::uint8_t>(), .commission = in.get<std::uint8_t>()};
  OrderType order_type{};
  decode_value(in, order_type);
  order.order_type = order_type;
  bool post_only = false;
  decode_value(in, post_only);
  order.post_only = post_only;
  r.order.price = order.price();
  order.principal = r.order.owner;
  order.side = r.order.side;
}

}  // namespace

void Market::save(ByteWriter& out) const {
  encode_value(out, phase_);
  encode_value(out, day_);
  encode_value(out, phase_ends_);
  trades_.save(out);
  out.put(block_difference_);
  encode_value(out, block_account_);
  pool_.save(out);
  out.put(static_cast<std::uint32_t>(listings_.size()));
  for (const Listing& l : listings_) save_listing(l, out);
}

void Market::save_listing(const Listing& l, ByteWriter& out) const {
  encode_value(out, l.state);
  for (const Timestamp time : {l.call_ends, l.limit.since, l.limit.alert_at}) encode_value(out, time);
  l.breaker.save(out);
  for (const Price price : {l.reference, l.lower, l.upper, l.last}) encode_value(out, price);
  encode_value(out, l.day_value);
  encode_value(out, l.day_volume);
  std::uint32_t count = 0;
  l.book.for_each_order([&](const RestingOrder&) { ++count; });
  out.put(count);
  l.book.for_each_order([&](const RestingOrder& r) {
    save_order(r, info(r.order.id), out);
    if (is_pooled(r.order.owner)) save_parts(r.order.owner, out);
  });
}

void Market::save_parts(AccountIndex pool, ByteWriter& out) const {
  encode_value(out, pools_.declared(pool));
  encode_value(out, pools_.filled(pool));
  out.put(pools_.size(pool));
  pools_.any_of(pool, [&](const Pools::Part& part) {
    encode_value(out, part.principal);
    encode_value(out, part.entrustment);
    out.put(part.commission);
    out.put(part.declared_kg);
    out.put(part.filled_kg);
    return false;
  });
}

bool Market::load(ByteReader& in) {
  decode_value(in, phase_);
  decode_value(in, day_);
  decode_value(in, phase_ends_);
  if (!trades_.load(in, ledger_.accounts(), ledger_.instruments(), registrar_.mandates())) return false;
  block_difference_ = in.get<std::int64_t>();
  decode_value(in, block_account_);
  if (!in.ok() || !pool_.load(in)) return false;
  const auto count = in.get<std::uint32_t>();
  if (count > listings_.capacity() || count != ledger_.instruments()) return false;
  for (std::uint32_t i = 1; i <= count; ++i)
    if (!load_listing(InstrumentId(i), in)) return false;
  plan();
  return in.ok();
}

bool Market::load_listing(InstrumentId id, ByteReader& in) {
  InstrumentState state{};
  decode_value(in, state);
  Timestamp call_ends;
  LimitWatch limit;
  Breaker breaker;
  for (Timestamp* time : {&call_ends, &limit.since, &limit.alert_at}) decode_value(in, *time);
  if (!breaker.load(in)) return false;
  Price reference;
  decode_value(in, reference);
  if (!in.ok() || reference < Price(1) || reference > book_max_price) return false;
  const Instrument* instrument = registrar_.instrument(id);
  if (instrument == nullptr) return false;
  Listing& l = listings_.emplace_back(pool_, ledger_, *instrument, reference, accounts_);
  l.state = state;
  l.call_ends = call_ends;
  l.limit = limit;
  l.breaker = breaker;
  for (Price* price : {&l.lower, &l.upper, &l.last}) decode_value(in, *price);
  if (l.lower < Price(1) || l.upper < l.lower || l.upper > book_max_price) return false;
  l.set_plain_prices(is_continuous(phase_));
  decode_value(in, l.day_value);
  decode_value(in, l.day_volume);
  const auto orders = in.get<std::uint32_t>();
  for (std::uint32_t i = 0; i < orders; ++i)
    if (!load_order_of(l, in)) return false;
  return in.ok();
}

bool Market::load_order_of(Listing& l, ByteReader& in) {
  RestingOrder resting;
  OpenOrder order{};
  load_order(in, resting, order);
  order.instrument = l.id;
  if (!in.ok()) return false;
  if (resting.order.owner == no_account) {
    if (!load_parts(in, resting.order)) return false;
    order.principal = resting.order.owner;
  } else if (order.principal.raw() >= ledger_.accounts()) {
    return false;
  }
  if (order.entrustment && registrar_.entrustment(order.entrustment) == nullptr) return false;
  const Sender member{Role::broker, order.broker.raw()};
  const Idempotency::Reference request = requests_.reference_to(member, order.client_id);
  if (request == 0 || !l.book.restore(resting)) return false;
  put(resting.order.id, order, request);
  if (order.side == Side::sell) return true;
  if (!is_pooled(order.principal))
    l.bids[order.principal.raw()] += resting.order.open;
  else
    pools_.any_of(order.principal, [&](const Pools::Part& part) {
      l.bids[part.principal.raw()] += part.open();
      return false;
    });
  return true;
}

bool Market::load_parts(ByteReader& in, Order& order) {
  Quantity declared, filled, open;
  decode_value(in, declared);
  decode_value(in, filled);
  const auto count = in.get<std::uint32_t>();
  if (!in.ok() || count == 0 || count > in.remaining() || !pools_.has_room(count)) return false;
  split_.clear();
  pools_.begin_split();
  for (std::uint32_t i = 0; i < count; ++i) {
    Pools::Part& part = split_.emplace_back(Pools::Part{});
    decode_value(in, part.principal);
    decode_value(in, part.entrustment);
    part.commission = in.get<std::uint8_t>();
    part.declared_kg = in.get<std::uint32_t>();
    part.filled_kg = in.get<std::uint32_t>();
    const bool sound = in.ok() && part.principal.raw() < ledger_.accounts() && part.filled_kg < part.declared_kg;
    if (!sound || !pools_.note(part.principal)) return false;
    open += part.open();
  }
  if (open != order.open || filled < Quantity{} || declared > book_max_quantity || declared - filled != open)
    return false;
  order.owner = pools_.open(split_, declared, filled);
  return true;
}

}  // namespace pace
