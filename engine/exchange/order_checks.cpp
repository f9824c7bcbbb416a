// The door: what an order must meet before anything changes. Checked in the order of rulebook 2, 7, 6, 7 (prefunding):
// what is wrong with the order itself is named before what its principal lacks.
#include "engine/exchange/market.h"
#include "engine/exchange/outcome_number.h"

namespace pace {

Outcome Market::check_new(const MemberRequest& from, const NewOrder& c, Ticket& ticket) {
  Listing* const l = ticket.listing = listing(c.instrument);
  if (l == nullptr) return {Reject::unknown_instrument, c.instrument.raw(), 0};
  if (const Outcome o = check_session(*l); !o.accepted()) return o;
  if (const Outcome o = registrar_.find(c.principal, ticket.principal); !o.accepted()) return o;
  if (const Outcome o = check_order(c, registrar_.account(ticket.principal).kind, ticket); !o.accepted()) return o;
  if (const Outcome o = registrar_.check_trading(ticket.principal, c.side, day_); !o.accepted()) return o;
  if (const Outcome o =
          check_mandate(from, ticket.principal, c.instrument, c.side, ticket.price, c.quantity, day_, ticket.mandate);
      !o.accepted())
    return o;
  if (c.entrustment && c.entrustment != ticket.mandate.entrustment)
    return {Reject::other_entrustment, number(c.entrustment), number(ticket.mandate.entrustment)};
  if (pool_.full()) return {Reject::book_full, pool_.in_use(), pool_.capacity()};
  if (pools_.in_use() != 0) [[unlikely]]
    if (const Outcome o = check_settlements(*l, c.side, ticket.price, c.quantity, ticket.principal, 0); !o.accepted())
      return o;
  if (c.side == Side::sell) return check_units(ticket.principal, c.instrument, c.quantity);
  if (const Outcome o = check_position(ticket.principal, *l, c.quantity); !o.accepted()) return o;
  return check_cash(ticket.principal, held_per_kg(ticket.price, rates(ticket.mandate.commission)) * c.quantity);
}

Outcome Market::check_order(const NewOrder& c, AccountKind kind, Ticket& ticket) const {
  const Listing& l = *ticket.listing;
  if (const Outcome o = check_terms(l, c, kind); !o.accepted()) return o;
  if (const Outcome o = check_expiry(c, ticket.expiry); !o.accepted()) return o;

  const bool market_order = c.order_type == OrderType::market;
  ticket.time_in_force = market_order && c.time_in_force != TimeInForce::fok ? TimeInForce::ioc : c.time_in_force;
  ticket.order_type = c.order_type;
  ticket.post_only = c.post_only;
  ticket.display = c.display;
  ticket.price = c.price;
  if (market_order)
    if (const Outcome o = bound_market_order(l, c.side, ticket.price); !o.accepted()) return o;
  if (const Outcome o = check_price(l, ticket.price); !o.accepted()) return o;
  return c.post_only ? check_post_only(l, c.side, ticket.price) : Outcome{};
}

Outcome Market::check_session(const Listing& l) const {
  if (l.state == InstrumentState::halted) return {Reject::instrument_halted, l.id.raw(), 0};
  if (is_continuous(phase_) || is_call(phase_)) return {};
  if (phase_ == Phase::closed && opening_blocked())
    return {Reject::reconciliation_blocks_opening, block_difference_, static_cast<std::int64_t>(block_account_.raw())};
  return {Reject::market_closed, static_cast<std::int64_t>(phase_), 0};
}

Outcome Market::check_terms(const Listing& l, const NewOrder& c, AccountKind kind) const {
  const bool rests = c.time_in_force == TimeInForce::day || c.time_in_force == TimeInForce::gtc;
  if (in_call(l) && (c.order_type == OrderType::market || !rests || c.post_only))
    return {Reject::order_type_not_in_call, static_cast<std::int64_t>(phase_), 0};
  if (const Outcome o = check_quantity(c.quantity, kind); !o.accepted()) return o;
  return c.display == Quantity{} ? Outcome{} : check_display(c.display, c.quantity);
}

// At least the minimum order, and so much that the order can refill only so often (docs/decisions/0016).
Outcome Market::check_display(Quantity display, Quantity quantity) const {
  const Rulebook& rules = registrar_.rules();
  const std::int64_t refilling = (quantity.raw() + rules.iceberg_refills - 1) / rules.iceberg_refills;
  const std::int64_t least = std::max(rules.minimum_order_kg, refilling);
  if (display.raw() < least) return {Reject::display_quantity, display.raw(), least};
  if (display > quantity) return {Reject::display_quantity, display.raw(), quantity.raw()};
  return {};
}

Outcome Market::check_quantity(Quantity quantity, AccountKind kind) const {
  const Rulebook& rules = registrar_.rules();
  if (quantity.raw() < rules.minimum_order_kg)
    return {Reject::quantity_below_minimum, quantity.raw(), rules.minimum_order_kg};
  const std::int64_t most =
      kind == AccountKind::broker_own ? rules.member_maximum_order_kg : rules.principal_maximum_order_kg;
  if (quantity.raw() > most) return {Reject::quantity_above_maximum, quantity.raw(), most};
  return {};
}

// GTC only: the last trading day, today to gtc_days from now; 0 asks for the longest.
Outcome Market::check_expiry(const NewOrder& c, Date& expiry) const {
  const auto most = static_cast<std::int32_t>(registrar_.rules().gtc_days);
  expiry = c.time_in_force == TimeInForce::gtc && c.expiry == Date{} ? add_days(day_, most) : c.expiry;
  if (c.time_in_force != TimeInForce::gtc) {
    expiry = day_;
    return {};
  }
  const std::int64_t days = std::int64_t{expiry.raw()} - day_.raw();
  if (days < 0 || days > most) return {Reject::expiry_out_of_range, days, most};
  return {};
}

// The limits hold for every order that enters the book, in calls as well: an order left over from the opening call
// would otherwise stand in continuous trading at a price that nobody may enter (docs/decisions/0006).
Outcome Market::check_price(const Listing& l, Price price) const {
  if (price < Price(1)) return {Reject::price_not_positive, price.raw(), 1};
  if (price > book_max_price) return {Reject::value_out_of_range, price.raw(), book_max_price.raw()};
  if (price > l.upper) return {Reject::price_above_limit, price.raw(), l.upper.raw()};
  if (price < l.lower) return {Reject::price_below_limit, price.raw(), l.lower.raw()};
  return {};
}

Outcome Market::check_post_only(const Listing& l, Side side, Price price) const {
  if (!l.book.would_trade(side, price)) return {};
  return {Reject::post_only_would_trade, price.raw(), l.book.best(opposite(side))->raw()};
}

Outcome Market::bound_market_order(const Listing& l, Side side, Price& price) const {
  const auto levels = static_cast<std::uint32_t>(registrar_.rules().market_order_levels);
  const std::optional<Price> bound = l.book.nth_price(opposite(side), levels);
  if (!bound) return {Reject::no_opposite_price, l.id.raw(), 0};
  price = *bound;
  return {};
}

// A member trades its own account without a mandate, and no other member's.
Outcome Market::check_mandate(const MemberRequest& from, AccountIndex principal, InstrumentId instrument, Side side,
                              Price price, Quantity quantity, Date today, Mandate& mandate) const {
  const Account& account = registrar_.account(principal);
  if (account.kind == AccountKind::broker_own) {
    if (account.broker == from.broker) return {};
    return {Reject::no_entrustment, static_cast<std::int64_t>(account.id.raw()), 0};
  }
  const Entrustment* found = nullptr;
  const Outcome outcome = registrar_.check_entrustment(principal, from.broker, registrar_.instrument(instrument)->kind,
                                                       side, price, quantity, today, found);
  if (outcome.accepted())
    mandate = {found->id, registrar_.slot_of(*found), static_cast<std::uint8_t>(found->fee.raw())};
  return outcome;
}

Quantity Market::sellable(AccountIndex account, InstrumentId instrument) const {
  const Holding& holding = ledger_.holding(account, instrument);
  const Quantity left =
      holding.total - holding.held - holding.locked(day_) - registrar_.unreleased(account, instrument);
  return std::max(left, Quantity{});
}

Outcome Market::check_units(AccountIndex principal, InstrumentId instrument, Quantity more) const {
  const Quantity can_sell = sellable(principal, instrument);
  if (more <= can_sell) return {};
  const Holding& holding = ledger_.holding(principal, instrument);
  const Quantity free = holding.total - holding.held;
  const Reject why = more > free                          ? Reject::not_enough_units
                     : more > free - holding.locked(day_) ? Reject::units_bought_today
                                                          : Reject::units_not_released;
  return {why, more.raw(), can_sell.raw()};
}

Outcome Market::check_cash(AccountIndex principal, Cash more) const {
  const Cash free = ledger_.money(principal).free();
  if (more <= free) return {};
  return {Reject::not_enough_cash, more.raw(), free.raw()};
}

// What is held and what is bid for count; units offered still count, for they may come back unsold.
Outcome Market::check_position(AccountIndex principal, const Listing& l, Quantity more) const {
  const Quantity before = ledger_.holding(principal, l.id).total + l.bids[principal.raw()];
  const Quantity position = before + more;
  if (registrar_.within_position_limit(principal, l.id, position)) [[likely]] {
    if (registrar_.is_large(principal, l.id, position)) [[unlikely]]
      note_large(principal, l.id, before, position);
    return {};
  }
  return {Reject::position_limit, position.raw(), registrar_.position_limit(principal, l.id).raw()};
}

}  // namespace pace
