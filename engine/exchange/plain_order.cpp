// The way of most orders, straight through. An order is plain when nothing about it is special: a limit order, shown
// whole, of a person under the newest mandate, while its instrument trades continuously and breaks no rule. All that
// check_new() asks of such an order is asked here at once, of the same figures, without an outcome: whatever is not
// plain or not allowed goes the general way, which finds the right words for it. So this way takes nothing that the
// general way would refuse; tests/engine/exchange/plain_order_test.cpp holds the two together. Measured over the
// benchmark's flow: 430 instructions for an order, 750 the general way (docs/decisions/0015).
#include "engine/exchange/market.h"

namespace pace {

struct Market::PlainOrder {
  Listing* listing = nullptr;
  AccountIndex principal;
  Entrustment* mandate = nullptr;
  Holding* holding = nullptr;  // sells
  Money* money = nullptr;      // bids
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
[[gnu::always_inline]] inline bool Market::plain_means(BrokerId broker, const NewOrder& c, PlainOrder& o) {
  const Listing& l = *o.listing;
  o.mandate = registrar_.newest_mandate(o.principal);
  if (o.mandate == nullptr || o.mandate->broker != broker || !o.mandate->in_force(day_) || !o.mandate->covers(l.kind) ||
      !o.mandate->allows(c.side, c.price, c.quantity))
    return false;
  Holding& holding = ledger_.at(o.principal, l.id);
  if (c.side == Side::sell) {
    o.holding = &holding;
    const Quantity left =
        holding.total - holding.held - holding.locked(day_) - registrar_.unreleased(o.principal, l.id);
    return c.quantity <= left;
  }
  o.money = &ledger_.at(o.principal);
  o.cost = held_per_kg(c.price, rates(static_cast<std::uint8_t>(o.mandate->fee.raw()))) * c.quantity;
  const Quantity position = holding.total + l.bids[o.principal.raw()] + c.quantity;
  return o.cost <= o.money->free() && registrar_.within_position_limit(o.principal, l.id, position) &&
         !registrar_.is_large(o.principal, l.id, position);
}

[[gnu::flatten]] OrderId Market::enter_plain(const MemberRequest& from, const NewOrder& c, EventBuffer& events) {
  PlainOrder plain;
  Listing* const l = plain.listing = listing(c.instrument);
  if (l == nullptr || !plain_terms(c, *l)) [[unlikely]]
    return {};
  plain.principal = registrar_.find(c.principal);
  if (plain.principal == no_account || !registrar_.account(plain.principal).ordinary_person() || pool_.full() ||
      pools_.in_use() != 0 || !plain_means(from.broker, c, plain)) [[unlikely]]
    return {};

  const Date expiry = c.time_in_force == TimeInForce::gtc
                          ? add_days(day_, static_cast<std::int32_t>(registrar_.rules().gtc_days))
                          : day_;
  const OrderId id = pool_.acquire(plain.principal);
  record(id) = OrderRecord{.filled_value = {},
                           .price_fen = static_cast<std::uint32_t>(c.price.raw()),
                           .quantity_kg = static_cast<std::uint32_t>(c.quantity.raw()),
                           .mandate = registrar_.newest_mandate_slot(plain.principal),
                           .request = from.reference,
                           .instrument = static_cast<std::uint16_t>(c.instrument.raw()),
                           .rates = rates(static_cast<std::uint8_t>(plain.mandate->fee.raw())),
                           .expiry = static_cast<std::uint32_t>(expiry.raw()) & OrderRecord::expiry_mask,
                           .side = static_cast<std::uint32_t>(c.side) & 1,
                           .time_in_force = static_cast<std::uint32_t>(c.time_in_force) & 3,
                           .order_type = 0,
                           .post_only = 0};
  plain.mandate->use(c.quantity);
  if (c.side == Side::sell) {
    Ledger::hold(*plain.holding, c.quantity);
  } else {
    Ledger::hold(*plain.money, plain.cost);
    l->bids[plain.principal.raw()] += c.quantity;
  }
  events.emit(OrderAccepted{id,
                            from.broker,
                            from.client_id,
                            c.principal,
                            plain.mandate->id,
                            c.instrument,
                            c.side,
                            OrderType::limit,
                            c.time_in_force,
                            c.price,
                            c.quantity,
                            {}});
  const Order order{id, plain.principal, c.side, c.self_trade, c.price, c.quantity, {}};
  if (c.time_in_force == TimeInForce::ioc || l->book.would_trade(c.side, c.price) || l->watched(c.side, c.price))
      [[unlikely]] {
    execute_plain(*l, id, plain.principal, c, events);
    return id;
  }
  l->book.enter(order, Execution(*this, *l, events, TradeKind::continuous));  // meets nobody: rests
  events.emit(OrderRested{id, l->id, c.side, c.price, c.quantity, c.quantity});
  return id;
}

// Out of the way, so that the order above stays in registers.
[[gnu::noinline]] void Market::execute_plain(Listing& l, OrderId id, AccountIndex principal, const NewOrder& c,
                                             EventBuffer& events) {
  execute(l, {id, principal, c.side, c.self_trade, c.price, c.quantity, {}}, events);
}

// --- cancel ----------------------------------------------------------------------------------------------------------

// Of an order that rests where no call is under way and no limit is watched, by its own member.
[[gnu::flatten]] bool Market::cancel_plain(BrokerId broker, OrderId id, EventBuffer& events) {
  if (!pool_.resting(id) || !is_continuous(phase_)) [[unlikely]]
    return false;
  const OrderRecord& order = record(id);
  if (order.mandate == 0 || order.request == 0) [[unlikely]]
    return false;
  Listing& l = *listing(InstrumentId(order.instrument));
  const Remembered& request = requests_.at(order.request);
  if (request.sender.number != broker.raw() || l.state != InstrumentState::trading || l.limit.since != Timestamp{})
      [[unlikely]]
    return false;
  const Quantity open = l.book.cancel(id);
  const AccountIndex principal = pool_.owner(id);
  registrar_.mandate_at(order.mandate).give_back(open);
  const Price price(order.price_fen);
  const auto side = static_cast<Side>(order.side);
  if (side == Side::sell) {
    Ledger::release(ledger_.at(principal, l.id), open);
  } else {
    Ledger::release(ledger_.at(principal), held_per_kg(price, order.rates) * open);
    l.bids[principal.raw()] -= open;
  }
  events.emit(OrderCancelled{id, broker, request.request_id, registrar_.account(principal).id, l.id, side, price, open,
                             CancelReason::requested});
  return true;
}

}  // namespace pace
