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
  void settle_here(const Fill& fill, const OpenOrder& buy, const OpenOrder& sell);
  void settle(const Fill& fill, const OpenOrder& maker, const OpenOrder& taker);
  void pooled(const Fill& fill);
  void settle_shares(const Fill& fill);

  Market& market_;
  Listing& listing_;
  EventBuffer& events_;
  TradeKind kind_;
};

template <class Party>
[[gnu::always_inline]] inline Settlement Market::settlement_of(const Party& buy, const Party& sell,
                                                               InstrumentId instrument, Price price,
                                                               Quantity quantity) const {
  const Cash value = price * quantity;
  return {.buyer = buy.principal,
          .seller = sell.principal,
          .instrument = instrument,
          .quantity = quantity,
          .value = value,
          .buy_fee = fee(value, PerMille(buy.rates.fee)),
          .sell_fee = fee(value, PerMille(sell.rates.fee)),
          .buy_commission = commission(buy.broker, buy.rates, value),
          .sell_commission = commission(sell.broker, sell.rates, value),
          .buy_held = buy.hold(quantity),
          .day = day_};
}

/// Rulebook 7, self-trade: one member on both sides, for its own account on one of them. A party without a mandate is a
/// member's own account, or the authority's, which has no broker.
template <class Party>
[[nodiscard]] bool own_against_principal(const Party& buy, const Party& sell) {
  return buy.broker == sell.broker && static_cast<bool>(buy.entrustment) != static_cast<bool>(sell.entrustment);
}

inline Listing* Market::listing(InstrumentId id) {
  const std::uint32_t at = id.raw() - 1;  // 0 wraps around and is not listed
  Listing* const found = listings_.data() + at;
  return found < listings_.data() + listings_.size() ? found : nullptr;
}
inline const Listing* Market::find_listing(InstrumentId id) const {
  const std::uint32_t at = id.raw() - 1;
  return at < listings_.size() ? &listings_[at] : nullptr;
}

template <class Is>
bool Market::any_principal(const OpenOrder& order, Is&& is) const {
  if (!is_pooled(order.principal)) return is(order.principal, order.entrustment);
  return pools_.any_of(order.principal, [&](const Pools::Part& part) { return is(part.principal, part.entrustment); });
}

inline AccountId Market::principal_of(const OpenOrder& order) const {
  return is_pooled(order.principal) ? AccountId{} : registrar_.account(order.principal).id;
}

[[gnu::always_inline]] inline OpenOrder Market::info(OrderId id) const {
  const OrderRecord& r = record(id);
  const AccountIndex principal = pool_.owner(id);
  const Remembered* const request = r.request != 0 ? &requests_.at(r.request) : nullptr;
  const Entrustment* const mandate = r.mandate != 0 ? &registrar_.mandate_at(r.mandate) : nullptr;
  const BrokerId entrusted = mandate != nullptr ? mandate->broker : BrokerId{};
  return {.client_id = request != nullptr ? request->request_id : ClientId{},
          .broker = request != nullptr ? BrokerId(request->sender.number) : entrusted,
          .principal = principal,
          .instrument = InstrumentId(r.instrument),
          .price_fen = r.price_fen,
          .quantity_kg = r.quantity_kg,
          .entrustment = mandate != nullptr ? mandate->id : EntrustmentId{},
          .filled_value = r.filled_value,
          .expiry = Date(static_cast<Date::Rep>(r.expiry)),
          .rates = r.rates,
          .side = static_cast<Side>(r.side),
          .time_in_force = static_cast<TimeInForce>(r.time_in_force),
          .order_type = static_cast<OrderType>(r.order_type),
          .post_only = r.post_only != 0};
}

inline void Market::put(OrderId id, const OpenOrder& order, Idempotency::Reference request) {
  PACE_CHECK(pool_.owner(id) == order.principal);
  record(id) = OrderRecord{.filled_value = order.filled_value,
                           .price_fen = order.price_fen,
                           .quantity_kg = order.quantity_kg,
                           .mandate = order.entrustment ? registrar_.mandate_slot(order.entrustment) : 0,
                           .request = request,
                           .instrument = static_cast<std::uint16_t>(order.instrument.raw()),
                           .rates = order.rates,
                           .expiry = static_cast<std::uint32_t>(order.expiry.raw()) & OrderRecord::expiry_mask,
                           .side = static_cast<std::uint32_t>(order.side) & 1,
                           .time_in_force = static_cast<std::uint32_t>(order.time_in_force) & 3,
                           .order_type = static_cast<std::uint32_t>(order.order_type) & 1,
                           .post_only = order.post_only};
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
