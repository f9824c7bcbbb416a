// The parts of Market that its own translation units share. Included by market.h alone.
#pragma once

#include "engine/exchange/market.h"

namespace pace {

struct Market::Ticket {
  Listing* listing = nullptr;
  AccountIndex principal;
  Mandate mandate;
  Price price;
  Date expiry;
  TimeInForce time_in_force{};
  OrderType order_type{};
  bool post_only{};
  Quantity display;
};

/// One order of a trade: what settling asks of it, nothing copied that can be referred to.
struct Market::BookParty {
  const ClientId& client_id;
  BrokerId broker;
  AccountIndex principal;
  std::uint32_t mandate;  ///< its slot; 0 for a member's own account
  std::uint32_t price_fen;
  Rates rates;
  [[nodiscard]] Cash hold(Quantity open) const { return held_per_kg(Price(price_fen), rates) * open; }
};

struct Market::Change {
  Price price;
  Quantity quantity;  ///< total, fills included
  Quantity open;      ///< the new one
  Quantity open_before;
  bool keeps_priority{};
};

/// Settles each fill as the book makes it, and reports what happens to resting orders on the way.
class Market::Execution {
 public:
  Execution(Market& market, Listing& listing, EventBuffer& events, TradeKind kind)
      : market_(market), listing_(listing), events_(events), kind_(kind) {}

  void filled(const Fill& fill);
  void refilled(const RestingOrder& resting) {
    settle_pooled();
    market_.rested(listing_, resting.order, resting.order.open, events_);
  }
  void prevented(OrderId order, Quantity open) {
    settle_pooled();
    market_.drop(listing_, order, open, CancelReason::self_trade, events_);
  }
  [[nodiscard]] bool share_principal(AccountIndex one, AccountIndex other) const {
    return market_.pools_.share_principal(one, other);
  }
  /// Fills of pooled orders wait until their price's are together. To be called when the book is done.
  void settle_pooled();

 private:
  /// Between the two orders' principals; settle() is the same for other files.
  void settle_here(const Fill& fill, const BookParty& buy, const BookParty& sell);
  void settle(const Fill& fill, const BookParty& buy, const BookParty& sell);
  [[nodiscard]] BookParty party(const OpenOrder& order) const;
  [[nodiscard]] BookParty party(OrderId order, AccountIndex principal) const;
  void pooled(const Fill& fill);
  void settle_shares(const Fill& fill);

  Market& market_;
  Listing& listing_;
  EventBuffer& events_;
  TradeKind kind_;
};

template <class Party>
[[gnu::always_inline]] inline Settlement Market::settlement_of(const Party& buy, const Party& sell,
                                                               const Listing& listing, Price price,
                                                               Quantity quantity) const {
  const Cash value = price * quantity, buy_fee = fee(value, PerMille(buy.rates.fee));
  return {.buyer = buy.principal,
          .seller = sell.principal,
          .units = listing.units,
          .quantity = quantity,
          .value = value,
          .buy_fee = buy_fee,
          .sell_fee = sell.rates.fee == buy.rates.fee ? buy_fee : fee(value, PerMille(sell.rates.fee)),
          .buy_commission = commission(buy.broker, buy.rates, value),
          .sell_commission = commission(sell.broker, sell.rates, value),
          .buy_held = buy.hold(quantity),
          .day = day_};
}

/// Rulebook 7, self-trade: one member on both sides, for its own account on one of them. A party that is not entrusted
/// is a member's own account, or the authority's, which has no broker.
[[nodiscard]] inline bool own_against_principal(BrokerId buyer, bool buyer_entrusted, BrokerId seller,
                                                bool seller_entrusted) {
  return buyer == seller && buyer_entrusted != seller_entrusted;
}

inline Listing* Market::listing(InstrumentId id) {
  Listing* const place = listing_place(id);
  return listed(place) ? place : nullptr;
}
inline const Listing* Market::find_listing(InstrumentId id) const {
  const std::uint32_t at = id.raw() - 1;
  return at < listings_.size() ? &listings_[at] : nullptr;
}

inline void Market::fetch(OrderId order) const {
  if (!pool_.has_slot(order)) return;
  pool_.fetch(order);
  __builtin_prefetch(&record(order), 1);
}
inline void Market::fetch_more(OrderId order) const {
  if (!pool_.has_slot(order)) return;
  pool_.fetch_neighbours(order);
  requests_.fetch(record(order).request);
}

inline void Market::fetch(AccountId principal, InstrumentId instrument) const {
  const AccountIndex place = registrar_.fetched(principal);
  const Listing* const listed = find_listing(instrument);
  if (place == no_account || listed == nullptr) return;
  registrar_.fetch(place, instrument);
  ledger_.fetch(place, instrument);
  __builtin_prefetch(&listed->bids[place.raw()], 1);
}

template <class Is>
bool Market::any_principal(const OpenOrder& order, Is&& is) const {
  if (!is_pooled(order.principal)) return is(order.principal, order.entrustment);
  return pools_.any_of(order.principal, [&](const Pools::Part& part) { return is(part.principal, part.entrustment); });
}

inline AccountId Market::principal_of(const OpenOrder& order) const {
  return is_pooled(order.principal) ? AccountId{} : registrar_.trader(order.principal).id;
}

[[gnu::always_inline]] inline OpenOrder Market::info(OrderId id) const {
  const OrderRecord& r = record(id);
  const Remembered& request = request_of(r);
  return {.client_id = request.request_id,
          .broker = BrokerId(request.sender.number),
          .principal = pool_.owner(id),
          .instrument = InstrumentId(r.instrument),
          .price_fen = r.price_fen,
          .quantity_kg = r.quantity_kg,
          .entrustment = r.mandate != 0 ? registrar_.mandate_at(r.mandate).id : EntrustmentId{},
          .filled_value = r.filled_value,
          .expiry = r.expiry(),
          .rates = r.rates,
          .side = r.side(),
          .time_in_force = r.time_in_force(),
          .order_type = r.order_type(),
          .post_only = r.post_only()};
}

inline void Market::put(OrderId id, const OpenOrder& order, Idempotency::Reference request) {
  PACE_CHECK(pool_.owner(id) == order.principal && request != 0);
  OrderRecord& r = record(id);
  r.filled_value = order.filled_value;
  r.price_fen = order.price_fen;
  r.quantity_kg = order.quantity_kg;
  r.mandate = order.entrustment ? registrar_.mandate_slot(order.entrustment) : 0;
  r.request = request;
  r.instrument = static_cast<std::uint16_t>(order.instrument.raw());
  r.rates = order.rates;
  r.set_terms({order.expiry, order.side, order.time_in_force, order.order_type, order.post_only});
}

[[gnu::always_inline]] inline bool Market::within_bounds(Listing& l, const Order& order) {
  l.breaker.roll(now_, registrar_.rules());
  return l.breaker.allows(*l.book.best(opposite(order.side)), order.price);
}

[[gnu::always_inline]] inline void Market::hold(Listing& l, const OrderRecord& order, AccountIndex principal,
                                                Quantity open) {
  registrar_.use_mandate(principal, order.mandate, open);
  if (order.side() == Side::sell) {
    Ledger::hold(ledger_.at(principal, *l.units), open);
  } else {
    Ledger::hold(ledger_.at(principal), order.hold(open));
    l.bids[principal.raw()] += open;
  }
}

[[gnu::always_inline]] inline void Market::let_go(Listing& l, const OrderRecord& order, AccountIndex principal,
                                                  Quantity open) {
  registrar_.give_back_mandate(principal, order.mandate, open);
  if (order.side() == Side::sell) {
    Ledger::release(ledger_.at(principal, *l.units), open);
  } else {
    Ledger::release(ledger_.at(principal), order.hold(open));
    l.bids[principal.raw()] -= open;
  }
}

// Field by field, straight into the record (measured: put together first it takes twice the instructions).
[[gnu::always_inline]] inline OrderId Market::take_in(const MemberRequest& from, const NewOrder& c,
                                                      const Ticket& ticket) {
  const OrderId id = pool_.acquire(ticket.principal);
  OrderRecord& order = record(id);
  order.filled_value = {};
  order.price_fen = static_cast<std::uint32_t>(ticket.price.raw());
  order.quantity_kg = static_cast<std::uint32_t>(c.quantity.raw());
  order.mandate = ticket.mandate.slot;
  order.request = from.reference;
  order.instrument = static_cast<std::uint16_t>(c.instrument.raw());
  order.rates = rates(ticket.mandate.commission);
  order.set_terms({ticket.expiry, c.side, ticket.time_in_force, ticket.order_type, ticket.post_only});
  return id;
}

[[gnu::always_inline]] inline void Market::accept(OrderId id, const MemberRequest& from, const NewOrder& c,
                                                  const Ticket& ticket, EventBuffer& events) {
  events.emit_fields<OrderAccepted>(id, from.broker, from.client_id, c.principal, ticket.mandate.entrustment,
                                    c.instrument, c.side, ticket.order_type, ticket.time_in_force, ticket.price,
                                    c.quantity, ticket.display);
}

// The orders are collected first: cancelling changes what is walked.
template <class ReasonOf>
void Market::sweep(EventBuffer& events, ReasonOf&& reason_of) {
  for (Listing& l : listings_) {
    swept_.clear();
    l.book.for_each_order([&](const RestingOrder& resting) {
      if (const std::optional<CancelReason> reason = reason_of(l, resting.order))
        swept_.emplace_back(resting.order.id, *reason);
    });
    for (const auto& [order, reason] : swept_) cancel(l, order, reason, events);
    if (!swept_.empty() && in_call(l)) indicate(l, events);
  }
}

}  // namespace pace
