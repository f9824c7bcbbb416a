#include "engine/exchange/automatic.h"

#include <algorithm>
#include <utility>

namespace pace {

void Automatic::start_day(Timestamp now) {
  const std::uint64_t before = std::exchange(released_parts_, registrar_.parts_released());
  if (released_parts_ != before) sell_from_ = {};  // another release: everybody is offered anew
  const bool sells = released_parts_ != offered_parts_;
  const bool complies = registrar_.year_to_comply(market_.day()) != nullptr;
  account_ = complies ? AccountIndex{} : sell_from_;
  const bool any = registrar_.next_automatic(account_) != no_account;
  if (!any) all_offered();
  due_ = any && (sells || complies) ? now : Timestamp::max();
}

void Automatic::end_day() {
  if (due_ != Timestamp::max()) sell_from_ = std::max(sell_from_, account_);
  due_ = Timestamp::max();
}

void Automatic::all_offered() {
  offered_parts_ = released_parts_;
  sell_from_ = {};
}

void Automatic::step(Timestamp now, const Enter& enter) {
  const Rulebook& rules = registrar_.rules();
  due_ = now + seconds(rules.auto_step_s);
  if (!is_call(market_.phase()) && !is_continuous(market_.phase())) return;
  for (std::int64_t left = rules.auto_step_accounts; left > 0;) {
    account_ = registrar_.next_automatic(account_);
    if (account_ == no_account) {
      all_offered();
      due_ = Timestamp::max();
      return;
    }
    bool done = false;
    left -= serve(account_, left, enter, done);
    if (done) account_ = AccountIndex(account_.raw() + 1);
  }
}

// Orders until nothing is wanted, or an order does not help: it was refused, or self-trade prevention took it. Not
// done: the step has no more room.
std::int64_t Automatic::serve(AccountIndex account, std::int64_t most, const Enter& enter, bool& done) {
  std::int64_t entered = 0;
  std::optional<Wanted> next = wanted(account);
  while (next && entered < most) {
    const BrokerId broker = registrar_.mandate_in_force(account, InstrumentKind::allowance, market_.day())->broker;
    const Quantity before = next->quantity;
    next = enter(broker, next->order) ? wanted(account) : std::nullopt;
    ++entered;
    if (next && next->quantity >= before) next.reset();
  }
  done = !next;
  return std::max<std::int64_t>(entered, 1);
}

std::optional<Automatic::Wanted> Automatic::wanted(AccountIndex account) const {
  const Entrustment* mandate = registrar_.mandate_in_force(account, InstrumentKind::allowance, market_.day());
  if (mandate == nullptr || registrar_.suspended(mandate->broker)) return std::nullopt;
  if (mandate->mode == EntrustmentMode::auto_sell) return to_sell(account, *mandate);
  if (mandate->mode == EntrustmentMode::auto_comply) return to_buy(account, *mandate);
  return std::nullopt;
}

// Released units of the latest vintage, as far as all there are exceed the projected need of its year and those before.
std::optional<Automatic::Wanted> Automatic::to_sell(AccountIndex account, const Entrustment& mandate) const {
  const YearState* year = registrar_.latest_released();
  if (released_parts_ == offered_parts_ || account < sell_from_ || year == nullptr) return std::nullopt;
  const std::optional<Quantity> need = registrar_.projected_need_to(account, year->year);
  if (!need) return std::nullopt;
  const Listing& l = market_.listings()[year->vintage.raw() - 1];
  const Price price = std::max(mandate.floor, l.lower);
  if (price > l.upper) return std::nullopt;
  const Quantity surplus = registrar_.units_for(account, year->year) - *need;
  if (surplus.raw() < registrar_.rules().minimum_order_kg) return std::nullopt;
  return bounded(account, mandate, surplus, market_.sellable(account, l.id),
                 {.instrument = l.id, .side = Side::sell, .price = price});
}

// For what can be paid and held; the least order when less is missing, for a kilogram short is penalised.
std::optional<Automatic::Wanted> Automatic::to_buy(AccountIndex account, const Entrustment& mandate) const {
  const YearState* year = registrar_.year_to_comply(market_.day());
  if (year == nullptr) return std::nullopt;
  const Quantity need = registrar_.projected_need(account, year->year).value_or(Quantity{});
  const Quantity has = registrar_.units_for(account, year->year) + registrar_.credits_for(account, year->year, need);
  const Listing& l = market_.listings()[year->vintage.raw() - 1];
  const Quantity bid = l.bids[account.raw()], missing = need - has - bid;
  if (missing <= Quantity{}) return std::nullopt;
  const Price price = mandate.ceiling == Price{} ? l.upper : std::min(mandate.ceiling, l.upper);
  if (price < l.lower) return std::nullopt;
  const Price per_kg = held_per_kg(price, market_.rates(static_cast<std::uint8_t>(mandate.fee.raw())));
  const Quantity payable(ledger_.money(account).free().raw() / per_kg.raw());
  const Quantity position = ledger_.holding(account, l.id).total + bid;
  const Quantity room = std::max(registrar_.position_limit(account, l.id) - position, Quantity{});
  return bounded(account, mandate, std::max(missing, Quantity(registrar_.rules().minimum_order_kg)),
                 std::min(payable, room), {.instrument = l.id, .side = Side::buy, .price = price});
}

std::optional<Automatic::Wanted> Automatic::bounded(AccountIndex account, const Entrustment& mandate, Quantity wanted,
                                                    Quantity most, NewOrder order) const {
  const Rulebook& rules = registrar_.rules();
  order.principal = registrar_.account(account).id;
  order.quantity = std::min({wanted, most, Quantity(rules.principal_maximum_order_kg)});
  if (mandate.order_limit > Quantity{}) order.quantity = std::min(order.quantity, mandate.order_limit);
  order.quantity = std::min(order.quantity, registrar_.entrustment_left(mandate.id));
  if (order.quantity.raw() < rules.minimum_order_kg) return std::nullopt;
  return Wanted{wanted, order};
}

// --- storage ---------------------------------------------------------------------------------------------------------

void Automatic::save(ByteWriter& out) const {
  out.put(due_.raw());
  out.put(account_.raw());
  out.put(released_parts_);
  out.put(offered_parts_);
  out.put(sell_from_.raw());
}

bool Automatic::load(ByteReader& in) {
  due_ = Timestamp(in.get<Timestamp::Rep>());
  account_ = AccountIndex(in.get<AccountIndex::Rep>());
  released_parts_ = in.get<std::uint64_t>();
  offered_parts_ = in.get<std::uint64_t>();
  sell_from_ = AccountIndex(in.get<AccountIndex::Rep>());
  return in.ok();
}

}  // namespace pace
