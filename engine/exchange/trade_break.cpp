// Trade break: by the authority, as an opposite trade that gives units, money, fees and commissions back. Rulebook 7;
// what the rulebook leaves open is decided in docs/decisions/0011.
#include <algorithm>

#include "engine/exchange/market.h"
#include "engine/exchange/outcome_number.h"

namespace pace {

Outcome Market::break_trade(const BreakTrade& c, bool unpublished, EventBuffer& events) {
  BreakableTrade* const kept = trades_.find(c.trade);
  if (kept == nullptr) return {Reject::unknown_trade, number(c.trade), number(trades_.oldest())};
  if (!kept->can_be_broken()) return {Reject::trade_broken_already, number(c.trade), 0};
  const BreakableTrade trade = *kept;
  const bool of_today = trades_.of_today(c.trade);
  const Reversal reversal = reversal_of(trade, of_today);
  if (const Outcome o = check_reversal(reversal); !o.accepted()) return o;
  kept->set_broken();
  reverse(trade, reversal);
  if (of_today) uncount(trade.terms());
  events.emit(opposite_of(trade, reversal));
  const TradeKind kind = trade.terms().kind;
  events.emit(
      TradeBroken{c.trade, trades_.newest(), c.reason, kind, of_today && (kind != TradeKind::block || unpublished)});
  return {};
}

BrokerId Market::broker_of(const BreakableSide& side) const {
  return side.mandate != 0 ? registrar_.mandate_at(side.mandate).broker : registrar_.account(side.account).broker;
}

Reversal Market::reversal_of(const BreakableTrade& trade, bool of_today) const {
  const BreakableTerms terms = trade.terms();
  const BreakableSide buy = trade.buy(), sell = trade.sell();
  const Cash value = terms.price * terms.quantity;
  return {.buyer = buy.account,
          .seller = sell.account,
          .instrument = terms.instrument,
          .quantity = terms.quantity,
          .value = value,
          .buy_fee = fee(value, PerMille(buy.rates.fee)),
          .sell_fee = fee(value, PerMille(sell.rates.fee)),
          .buy_commission = commission(broker_of(buy), buy.rates, value),
          .sell_commission = commission(broker_of(sell), sell.rates, value),
          .bought_on = of_today ? day_ : Date{}};
}

// What has to come back must be there and free: of the buyer the units, also those bought today; of the seller and of
// the brokers' own accounts the money.
Outcome Market::check_reversal(const Reversal& r) const {
  for (const AccountIndex account : {r.buyer, r.seller})
    if (registrar_.account(account).status == AccountStatus::closed)
      return {Reject::account_closed, static_cast<std::int64_t>(registrar_.account(account).id.raw()), 0};
  const Holding& holding = ledger_.holding(r.buyer, r.instrument);
  const Quantity free = holding.total - holding.held;
  const Quantity released = std::max(free - registrar_.unreleased(r.buyer, r.instrument), Quantity{});
  if (r.quantity > released)
    return {r.quantity > free ? Reject::not_enough_units : Reject::units_not_released, r.quantity.raw(),
            released.raw()};
  const std::pair<AccountIndex, Cash> owed[] = {{r.seller, r.value - r.sell_fee - r.sell_commission.amount},
                                                {r.buy_commission.member, r.buy_commission.amount},
                                                {r.sell_commission.member, r.sell_commission.amount}};
  for (const auto& [account, part] : owed) {
    Cash sum;
    for (const auto& [other, more] : owed)
      if (other == account) sum += more;
    if (const Outcome o = check_cash(account, sum); part > Cash{} && !o.accepted()) return o;
  }
  return {};
}

void Market::reverse(const BreakableTrade& trade, const Reversal& r) {
  ledger_.reverse(r);
  for (const BreakableSide& side : {trade.buy(), trade.sell()})
    registrar_.give_back_mandate(side.account, side.mandate, r.quantity);
  registrar_.note_delivery(r.instrument, r.quantity, r.seller, r.buyer);
}

Trade Market::opposite_of(const BreakableTrade& trade, const Reversal& r) {
  BreakableTerms terms = trade.terms();
  terms.kind = TradeKind::correction;
  terms.aggressor = opposite(terms.aggressor);
  const auto side = [&](const BreakableSide& was, Cash paid, Cash earned) {
    return TradeSide{was.order, registrar_.account(was.account).id, broker_of(was), {}, {}, -paid, -earned};
  };
  const TradeSide back_to_seller = side(trade.sell(), r.sell_fee, r.sell_commission.amount);
  const TradeSide back_to_buyer = side(trade.buy(), r.buy_fee, r.buy_commission.amount);
  const bool own = own_against_principal(back_to_seller.broker, trade.sell().mandate != 0, back_to_buyer.broker,
                                         trade.buy().mandate != 0);
  return {trades_.add({terms, trade.sell(), trade.buy()}),
          terms.instrument,
          terms.price,
          terms.quantity,
          terms.aggressor,
          terms.kind,
          back_to_seller,
          back_to_buyer,
          own};
}

// A trade broken on its own day makes no price. One broken later has made prices that were acted on: they stay.
void Market::uncount(const BreakableTerms& terms) {
  if (terms.kind != TradeKind::continuous && terms.kind != TradeKind::call) return;
  const Cash value = terms.price * terms.quantity;
  registrar_.uncount_trade(terms.instrument, terms.quantity, value);
  if (terms.kind != TradeKind::continuous) return;
  Listing& l = *listing(terms.instrument);
  l.day_value -= value;
  l.day_volume -= terms.quantity;
}

}  // namespace pace
