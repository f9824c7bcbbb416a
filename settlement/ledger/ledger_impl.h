// The parts of Ledger that every order and every trade goes through, compiled into the exchange's hot path (measured:
// a call each costs as much again as the work). Included by ledger.h alone.
#pragma once

#include <algorithm>

#include "engine/base/check.h"
#include "settlement/ledger/ledger.h"

namespace pace {

[[gnu::always_inline]] inline Ledger::Column& Ledger::column(InstrumentId instrument) {
  const std::unique_ptr<Column>* const found = holdings_.data() + (instrument.raw() - 1);
  PACE_CHECK(found < holdings_.data() + holdings_.size());
  return **found;
}

[[gnu::always_inline]] inline Holding& Ledger::at(AccountIndex account, Column& column) {
  Holding* const found = column.data() + account.raw();
  if (found < column.data() + column.size()) [[likely]]  // compared as addresses: a size is a division
    return *found;
  return new_holding(account, column);
}

[[gnu::always_inline]] inline Holding& Ledger::at(AccountIndex account, InstrumentId instrument) {
  return at(account, column(instrument));
}

[[gnu::always_inline]] inline Money& Ledger::at(AccountIndex account) {
  PACE_CHECK(money_.data() + account.raw() < money_.data() + money_.size());
  return money_[account.raw()];
}

[[gnu::always_inline]] inline const Holding& Ledger::holding(AccountIndex account, InstrumentId instrument) const {
  PACE_CHECK(holdings_.data() + (instrument.raw() - 1) < holdings_.data() + holdings_.size());
  const Column& column = *holdings_[instrument.raw() - 1];
  const Holding* const found = column.data() + account.raw();
  if (found < column.data() + column.size()) [[likely]]
    return *found;
  return no_holding(account);
}

[[gnu::always_inline]] inline const Money& Ledger::money(AccountIndex account) const {
  PACE_CHECK(money_.data() + account.raw() < money_.data() + money_.size());
  return money_[account.raw()];
}

[[gnu::always_inline]] inline void Ledger::hold(Holding& h, Quantity quantity) {
  PACE_CHECK(quantity >= Quantity{} && quantity <= h.total - h.held);
  h.held += quantity;
  h.bought = std::min(h.bought, h.total - h.held);
}

[[gnu::always_inline]] inline void Ledger::release(Holding& h, Quantity quantity) {
  PACE_CHECK(quantity >= Quantity{} && quantity <= h.held);
  h.held -= quantity;
}

[[gnu::always_inline]] inline void Ledger::hold(Money& m, Cash amount) {
  PACE_CHECK(amount >= Cash{} && amount <= m.free());
  m.held += amount;
}

[[gnu::always_inline]] inline void Ledger::release(Money& m, Cash amount) {
  PACE_CHECK(amount >= Cash{} && amount <= m.held);
  m.held -= amount;
}

inline void Ledger::hold_units(AccountIndex account, InstrumentId instrument, Quantity quantity) {
  hold(at(account, instrument), quantity);
}
inline void Ledger::release_units(AccountIndex account, InstrumentId instrument, Quantity quantity) {
  release(at(account, instrument), quantity);
}
inline void Ledger::hold_cash(AccountIndex account, Cash amount) {
  hold(at(account), amount);
}
inline void Ledger::release_cash(AccountIndex account, Cash amount) {
  release(at(account), amount);
}

[[gnu::always_inline]] inline void Ledger::settle(const Settlement& s) {
  // None is negative: their signs are looked at together.
  PACE_CHECK(s.quantity > Quantity{} && (s.value.raw() | s.buy_fee.raw() | s.sell_fee.raw() |
                                         s.buy_commission.amount.raw() | s.sell_commission.amount.raw()) >= 0);
  PACE_CHECK(s.sell_fee + s.sell_commission.amount <= s.value);

  // The seller is there, as it holds something; the buyer may come to the column now and move it.
  Column& units = *s.units;
  Holding& bought = at(s.buyer, units);
  Holding& sold = at(s.seller, units);
  PACE_CHECK(s.quantity <= sold.held);
  sold.held -= s.quantity;
  sold.total -= s.quantity;
  bought.total += s.quantity;
  bought.bought = s.quantity + bought.locked(s.day);
  bought.bought_on = s.day;

  Money& payer = at(s.buyer);
  PACE_CHECK(s.value + s.buy_fee + s.buy_commission.amount <= s.buy_held && s.buy_held <= payer.held);
  payer.held -= s.buy_held;
  payer.total -= s.value + s.buy_fee;
  at(s.seller).total += s.value - s.sell_fee;
  at(fees_).total += s.buy_fee + s.sell_fee;
  if (s.buy_commission.amount + s.sell_commission.amount != Cash{}) [[unlikely]] {
    pay(s.buyer, s.buy_commission);
    pay(s.seller, s.sell_commission);
  }
}

}  // namespace pace
