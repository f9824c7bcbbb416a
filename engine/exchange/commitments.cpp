// Commitments: what they must meet, what they hold, and their trades. The same rules as for an order, without a book.
#include <limits>

#include "engine/exchange/market.h"

namespace pace {

// Nobody can have more of an instrument than was issued: that bounds every sum and product below.
Outcome Market::check_size(const Commitment& c) const {
  if (c.open > ledger_.issued(c.instrument))
    return {Reject::value_out_of_range, c.open.raw(), ledger_.issued(c.instrument).raw()};
  if (c.price < Price(1)) return {Reject::price_not_positive, c.price.raw(), 1};
  if (c.price > book_max_price) return {Reject::value_out_of_range, c.price.raw(), book_max_price.raw()};
  const Price per_kg = held_per_kg(c.price, rates(std::numeric_limits<std::uint8_t>::max()));
  if (try_multiply(per_kg, c.open)) return {};
  return {Reject::value_out_of_range, c.open.raw(), Quantity::max().raw() / per_kg.raw()};
}

Outcome Market::check_commitment(Commitment& wanted, Date today, Date until) const {
  if (const Outcome o = check_size(wanted); !o.accepted()) return o;
  if (const Outcome o = registrar_.check_trading(wanted.principal, wanted.side, today); !o.accepted()) return o;
  Mandate mandate;
  if (const Outcome o = check_mandate({wanted.broker, wanted.client_id}, wanted.principal, wanted.instrument,
                                      wanted.side, wanted.price, wanted.open, today, mandate);
      !o.accepted())
    return o;
  wanted.entrustment = mandate.entrustment;
  if (wanted.entrustment && registrar_.entrustment(wanted.entrustment)->end < until)
    return {Reject::entrustment_not_active, static_cast<std::int64_t>(wanted.entrustment.raw()), 0};
  wanted.rates = rates(mandate.commission);
  if (wanted.side == Side::sell) return check_units(wanted.principal, wanted.instrument, wanted.open);
  if (const Outcome o = check_position(wanted.principal, listings_[wanted.instrument.raw() - 1], wanted.open);
      !o.accepted())
    return o;
  return check_cash(wanted.principal, wanted.hold(wanted.open));
}

void Market::commit(const Commitment& c) {
  registrar_.use_entrustment(c.principal, c.entrustment, c.open);
  if (c.side == Side::sell) return ledger_.hold_units(c.principal, c.instrument, c.open);
  ledger_.hold_cash(c.principal, c.hold(c.open));
  listing(c.instrument)->bids[c.principal.raw()] += c.open;
}

void Market::let_go(const Commitment& c) {
  registrar_.give_back_entrustment(c.principal, c.entrustment, c.open);
  if (c.side == Side::sell) return ledger_.release_units(c.principal, c.instrument, c.open);
  ledger_.release_cash(c.principal, c.hold(c.open));
  listing(c.instrument)->bids[c.principal.raw()] -= c.open;
}

bool Market::restore(const Commitment& c) {
  const bool sound = c.instrument.raw() - 1 < listings_.size() && c.principal.raw() < ledger_.accounts() &&
                     c.open > Quantity{} && c.price >= Price{} && c.price <= book_max_price;
  if (sound && c.side == Side::buy) listing(c.instrument)->bids[c.principal.raw()] += c.open;
  return sound;
}

// Neither blocks nor auctions make the day's or the month's price; the vintage they sell counts for banking (0012).
TradeId Market::settle(Commitment& buy, Commitment& sell, const Agreed& agreed, EventBuffer& events) {
  const Settlement settlement = settlement_of(buy, sell, *listing(buy.instrument), agreed.price, agreed.quantity);
  ledger_.settle(settlement);
  listing(buy.instrument)->bids[buy.principal.raw()] -= agreed.quantity;
  buy.open -= agreed.quantity;
  sell.open -= agreed.quantity;
  registrar_.note_delivery(buy.instrument, agreed.quantity, buy.principal, sell.principal);
  const auto side = [&](const Commitment& c, Cash paid, Cash earned) {
    return TradeSide{{}, registrar_.account(c.principal).id, c.broker, c.client_id, c.open, paid, earned};
  };
  const auto slot = [&](const Commitment& c) { return c.entrustment ? registrar_.mandate_slot(c.entrustment) : 0; };
  const TradeId id = trades_.add({{buy.instrument, agreed.price, agreed.quantity, agreed.kind, agreed.later},
                                  {{}, slot(buy), buy.principal, buy.rates},
                                  {{}, slot(sell), sell.principal, sell.rates}});
  events.emit(Trade{id, buy.instrument, agreed.price, agreed.quantity, agreed.later, agreed.kind,
                    side(buy, settlement.buy_fee, settlement.buy_commission.amount),
                    side(sell, settlement.sell_fee, settlement.sell_commission.amount),
                    own_against_principal(buy.broker, static_cast<bool>(buy.entrustment), sell.broker,
                                          static_cast<bool>(sell.entrustment))});
  return id;
}

}  // namespace pace
