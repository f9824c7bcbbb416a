// Pooled orders at the door and on their way out: one order of a broker for many principals, each checked and prefunded
// as for an order of its own. Rulebook 6; what the rulebook leaves open: docs/decisions/0013.
#include "engine/exchange/market.h"
#include "engine/exchange/outcome_number.h"

namespace pace {
namespace {

// What one principal of many lacks names the principal and what it is allowed.
Outcome of_principal(AccountId principal, const Outcome& outcome) {
  const auto named = [&](Reject code) { return Outcome{code, number(principal), outcome.limit}; };
  switch (outcome.code) {
    case Reject::entrustment_price:
      return named(Reject::pool_entrustment_price);
    case Reject::entrustment_order_quantity:
    case Reject::entrustment_total_quantity:
      return named(Reject::pool_entrustment_quantity);
    case Reject::not_enough_units:
    case Reject::units_bought_today:
    case Reject::units_not_released:
      return named(Reject::pool_units);
    case Reject::not_enough_cash:
      return named(Reject::pool_cash);
    case Reject::position_limit:
      return named(Reject::pool_position);
    default:
      return outcome;  // names the principal or its entrustment already
  }
}

/// The pool as one order of its broker.
NewOrder whole_of(const NewPooledOrder& c, Quantity sum) {
  return {.principal = {},
          .instrument = c.instrument,
          .side = c.side,
          .order_type = c.order_type,
          .time_in_force = c.time_in_force,
          .self_trade = c.self_trade,
          .post_only = c.post_only,
          .price = c.price,
          .quantity = sum,
          .display = c.display,
          .expiry = c.expiry};
}

}  // namespace

Placed Market::enter_pooled_order(const MemberRequest& from, const NewPooledOrder& c, EventBuffer& events) {
  Ticket ticket;
  NewOrder whole;
  if (const Outcome o = check_pool(from, c, ticket, whole); !o.accepted()) return {o, {}};
  ticket.principal = pools_.open(split_, whole.quantity, Quantity{});
  const OrderId id = take_in(from, whole, ticket);
  hold_parts(*ticket.listing, info(id));
  accept(id, from, whole, ticket, events);
  execute(*ticket.listing, {id, ticket.principal, c.side, c.self_trade, ticket.price, whole.quantity, c.display},
          events);
  return {{}, id};
}

// --- the door --------------------------------------------------------------------------------------------------------

Outcome Market::check_pool(const MemberRequest& from, const NewPooledOrder& c, Ticket& ticket, NewOrder& whole) {
  Listing* const l = ticket.listing = listing(c.instrument);
  if (l == nullptr) return {Reject::unknown_instrument, c.instrument.raw(), 0};
  if (const Outcome o = check_session(*l); !o.accepted()) return o;
  Quantity sum;
  if (const Outcome o = check_split(c.split, sum); !o.accepted()) return o;
  whole = whole_of(c, sum);
  if (const Outcome o = check_order(whole, AccountKind::broker_own, ticket); !o.accepted()) return o;
  const auto principals = static_cast<std::int64_t>(c.split.size());
  if (c.display != Quantity{} && c.display.raw() < principals)
    return {Reject::display_quantity, c.display.raw(), principals};
  for (Pools::Part& part : split_)
    if (const Outcome o = check_part(from, c, ticket.price, part); !o.accepted())
      return of_principal(registrar_.account(part.principal).id, o);
  if (pool_.full()) return {Reject::book_full, pool_.in_use(), pool_.capacity()};
  return check_settlements(*l, c.side, ticket.price, sum, ticket.principal, split_.size());
}

// Persons only, each once: a member's own account does not hide among those it trades for.
Outcome Market::check_split(const std::vector<PoolShare>& split, Quantity& sum) {
  const Rulebook& rules = registrar_.rules();
  const auto principals = static_cast<std::int64_t>(split.size());
  if (split.empty() || principals > rules.pool_principals)
    return {Reject::pool_size, principals, rules.pool_principals};
  if (!pools_.has_room(split.size())) return {Reject::pools_full, pools_.in_use(), pools_.capacity()};
  split_.clear();
  pools_.begin_split();
  for (const PoolShare& share : split) {
    AccountIndex principal;
    if (const Outcome o = registrar_.find(share.principal, principal); !o.accepted()) return o;
    if (!pools_.note(principal)) return {Reject::pool_principal_twice, number(share.principal), 0};
    const AccountKind kind = registrar_.account(principal).kind;
    if (kind != AccountKind::person && kind != AccountKind::minor)
      return {Reject::wrong_account_kind, number(share.principal), 0};
    if (share.quantity < Quantity(1)) return {Reject::pool_share_quantity, number(share.principal), 1};
    if (share.quantity.raw() > rules.principal_maximum_order_kg)
      return {Reject::pool_share_quantity, number(share.principal), rules.principal_maximum_order_kg};
    sum += share.quantity;
    split_.push_back({.entrustment = {},
                      .principal = principal,
                      .declared_kg = static_cast<std::uint32_t>(share.quantity.raw()),
                      .filled_kg = 0,
                      .due_kg = 0,
                      .next = 0,
                      .commission = 0});
  }
  return {};
}

Outcome Market::check_part(const MemberRequest& from, const NewPooledOrder& c, Price price, Pools::Part& part) {
  const Listing& l = *listing(c.instrument);
  if (const Outcome o = registrar_.check_trading(part.principal, c.side, day_); !o.accepted()) return o;
  Mandate mandate;
  if (const Outcome o = check_mandate(from, part.principal, c.instrument, c.side, price, part.open(), day_, mandate);
      !o.accepted())
    return o;
  part.entrustment = mandate.entrustment;
  part.commission = mandate.commission;
  if (c.side == Side::sell) return check_units(part.principal, c.instrument, part.open());
  if (const Outcome o = check_position(part.principal, l, part.open()); !o.accepted()) return o;
  return check_cash(part.principal, held_per_kg(price, rates(part.commission)) * part.open());
}

// Counts, without trading, what the shares of pools will cost: an upper bound, for orders that self-trade prevention
// would take are counted too. A fill costs the parts that are open in the pools it concerns; an entering pool shares
// out once per price, and once more for each refill and each cancel on the way. What icebergs hide at a price comes
// after all that is shown there.
class Market::SettlementCount {
 public:
  SettlementCount(Pools& pools, AccountIndex owner, std::size_t own_parts, Quantity quantity, std::int64_t most)
      : pools_(pools), owner_(owner), own_(static_cast<std::int64_t>(own_parts)), left_(quantity), most_(most) {}

  /// The next order on the way. False: no other is met, or the count is above the most.
  bool meet(const RestingOrder& r) {
    if (r.order.price != price_) {
      end_price();
      if (left_ == Quantity{}) return false;
      price_ = r.order.price;
      count_ += own_;
    }
    const std::int64_t theirs = is_pooled(r.order.owner) ? pools_.size(r.order.owner) : 0;
    const Quantity behind = r.order.open - r.shown;
    if (own_ != 0)
      meet_entering_pool(r, theirs, behind);
    else
      count_ += behind > Quantity{} ? 2 * theirs : theirs;  // the last refill may be cut short
    if (!prevented(r.order.owner, theirs)) {
      left_ -= std::min(left_, r.shown);
      hidden_ += behind;
      if (theirs != 0) hidden_in_pools_ += behind;
    }
    return count_ <= most_ && left_ > Quantity{};
  }

  /// The count. No other order is met.
  [[nodiscard]] std::int64_t finish() {
    end_price();
    return count_;
  }

 private:
  void meet_entering_pool(const RestingOrder& r, std::int64_t theirs, Quantity behind) {
    count_ += theirs + 1;
    if (behind == Quantity{}) return;
    const std::int64_t refills = (std::min(behind, left_).raw() + r.order.display.raw() - 1) / r.order.display.raw();
    count_ += refills * (theirs + own_ + 1);
  }
  bool prevented(AccountIndex resting, std::int64_t theirs) {
    if (own_ == 0) return theirs != 0 && pools_.share_principal(resting, owner_);
    if (!pools_.noted(resting)) return false;
    count_ += own_;
    return true;
  }
  // A pool shows as many kilograms as it has principals at least, so its refills cost no more than a kilogram's each.
  void end_price() {
    const Quantity taken = std::min(left_, std::exchange(hidden_, Quantity{}));
    if (own_ == 0) count_ += std::min(taken, hidden_in_pools_).raw();
    hidden_in_pools_ = {};
    left_ -= taken;
  }

  Pools& pools_;
  AccountIndex owner_;
  std::int64_t own_;
  Quantity left_, hidden_, hidden_in_pools_;
  std::int64_t most_;
  Price price_;
  std::int64_t count_ = 0;
};

// A call shares out once, whatever came together in it, so nothing is counted there.
Outcome Market::check_settlements(const Listing& l, Side side, Price price, Quantity quantity, AccountIndex owner,
                                  std::size_t own_parts) {
  if (in_call(l) || (own_parts == 0 && pools_.in_use() == 0)) return {};
  const std::int64_t most = registrar_.rules().pool_settlements;
  SettlementCount settlements(pools_, owner, own_parts, quantity, most);
  l.book.for_each_met(side, price, [&](const RestingOrder& r) { return settlements.meet(r); });
  const std::int64_t count = settlements.finish();
  return count > most ? Outcome{Reject::pool_settlements, count, most} : Outcome{};
}

// --- principals in common --------------------------------------------------------------------------------------------

bool Market::can_fill(const Listing& l, const Order& order) {
  struct {
    Pools& pools;
    [[nodiscard]] bool share_principal(AccountIndex one, AccountIndex other) const {
      return pools.share_principal(one, other);
    }
  } const principals{pools_};
  return l.book.can_fill(order, principals);
}

// --- what is open of it ----------------------------------------------------------------------------------------------

OpenOrder Market::part_of(const OpenOrder& pool, const Pools::Part& part) {
  OpenOrder order = pool;
  order.principal = part.principal;
  order.entrustment = part.entrustment;
  order.rates.commission = part.commission;
  return order;
}

void Market::hold_parts(Listing& l, const OpenOrder& pool) {
  pools_.any_of(pool.principal, [&](const Pools::Part& part) {
    const OpenOrder order = part_of(pool, part);
    registrar_.use_entrustment(order.principal, order.entrustment, part.open());
    if (order.side == Side::sell) {
      ledger_.hold_units(order.principal, l.id, part.open());
    } else {
      ledger_.hold_cash(order.principal, order.hold(part.open()));
      l.bids[order.principal.raw()] += part.open();
    }
    return false;
  });
}

void Market::let_go_parts(Listing& l, const OpenOrder& pool) {
  pools_.any_of(pool.principal, [&](const Pools::Part& part) {
    const OpenOrder order = part_of(pool, part);
    registrar_.give_back_entrustment(order.principal, order.entrustment, part.open());
    if (order.side == Side::sell) {
      ledger_.release_units(order.principal, l.id, part.open());
    } else {
      ledger_.release_cash(order.principal, order.hold(part.open()));
      l.bids[order.principal.raw()] -= part.open();
    }
    return false;
  });
}

void Market::drop_pool(Listing& l, OrderId id, Quantity open, CancelReason reason, EventBuffer& events) {
  const OpenOrder pool = info(id);
  let_go_parts(l, pool);
  events.emit(OrderCancelled{id, pool.broker, pool.client_id, {}, l.id, pool.side, pool.price(), open, reason});
  pools_.close(pool.principal);
}

// --- fills -----------------------------------------------------------------------------------------------------------

// What a pooled order trades at one price in one command, or in one call, is shared out as one fill: it would be many
// times the work to share out what it takes of each order on the other side. The settlements stand in the order of the
// fills, so each order's `open` falls from trade to trade.
void Market::Execution::pooled(const Fill& fill) {
  std::vector<Fill>& fills = market_.pooled_fills_;
  if (!fills.empty() && fills.back().price != fill.price) settle_pooled();
  fills.push_back(fill);
  if (kind_ == TradeKind::continuous && !is_pooled(market_.pool_.owner(fill.taker))) settle_pooled();
}

void Market::Execution::settle_pooled() {
  std::vector<Fill>& fills = market_.pooled_fills_;
  Pools& pools = market_.pools_;
  const auto for_each_pool = [&](auto&& act) {
    for (const Fill& fill : fills)
      for (const OrderId id : {fill.maker, fill.taker})
        if (const AccountIndex owner = market_.pool_.owner(id); is_pooled(owner)) act(owner, fill.quantity);
  };
  for_each_pool([&](AccountIndex owner, Quantity quantity) { pools.gather(owner, quantity); });
  for_each_pool([&](AccountIndex owner, Quantity) { pools.share_out(owner); });
  for (const Fill& fill : fills) settle_shares(fill);
  for_each_pool([&](AccountIndex owner, Quantity) { pools.finish(owner); });
  fills.clear();
}

// Person to person: each share of the one side with the shares of the other in declared order.
void Market::Execution::settle_shares(const Fill& fill) {
  const OpenOrder maker = market_.info(fill.maker), taker = market_.info(fill.taker);
  Quantity left = fill.quantity;
  const auto next_share = [&](const OpenOrder& order, Quantity& most) {
    if (!is_pooled(order.principal)) return order;
    const Pools::Part& part = market_.pools_.next_due(order.principal);
    most = std::min(most, Quantity(part.due_kg));
    return part_of(order, part);
  };
  while (left > Quantity{}) {
    Quantity share = left;
    const OpenOrder maker_part = next_share(maker, share), taker_part = next_share(taker, share);
    left -= share;
    const bool taker_buys = fill.taker_side == Side::buy;
    settle({fill.maker, fill.taker, fill.taker_side, fill.price, share, fill.maker_open + left, fill.taker_open + left},
           party(taker_buys ? taker_part : maker_part), party(taker_buys ? maker_part : taker_part));
    for (const OpenOrder* order : {&maker, &taker})
      if (is_pooled(order->principal)) market_.pools_.settled(order->principal, share);
  }
}

}  // namespace pace
