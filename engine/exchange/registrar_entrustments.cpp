// Mandates: who may trade for whom, and within which bounds. Rulebook 6.
#include <algorithm>

#include "engine/exchange/outcome_number.h"
#include "engine/exchange/registrar.h"

namespace pace {
namespace {

bool overlap(InstrumentClass a, InstrumentClass b) {
  return a == b || a == InstrumentClass::both || b == InstrumentClass::both;
}
Outcome check_bounds(const Entrustment& e, Quantity left, Side side, Price price, Quantity quantity) {
  if (!e.covers(side)) return {Reject::entrustment_side, number(e.id), 0};
  if (side == Side::sell && price < e.floor) return {Reject::entrustment_price, price.raw(), e.floor.raw()};
  if (side == Side::buy && e.ceiling != Price{} && price > e.ceiling)
    return {Reject::entrustment_price, price.raw(), e.ceiling.raw()};
  if (e.order_limit != Quantity{} && quantity > e.order_limit)
    return {Reject::entrustment_order_quantity, quantity.raw(), e.order_limit.raw()};
  if (quantity > left) return {Reject::entrustment_total_quantity, quantity.raw(), left.raw()};
  return {};
}

}  // namespace

const Entrustment* Registrar::entrustment(EntrustmentId id) const {
  const std::uint32_t slot =
      mandate_index_.find(mix(id.raw()), [&](std::uint32_t candidate) { return entrustments_[candidate].id == id; });
  return slot == RecordIndex::none ? nullptr : &entrustments_[slot];
}

std::uint32_t Registrar::mandate_slot(EntrustmentId id) const {
  const Entrustment* found = entrustment(id);
  PACE_CHECK(found != nullptr);
  return slot_of(*found);
}

Entrustment* Registrar::mandate(EntrustmentId id) {
  return const_cast<Entrustment*>(std::as_const(*this).entrustment(id));  // ours: this register is not const here
}

Outcome Registrar::check_entrustment(AccountIndex principal, BrokerId broker, InstrumentKind kind, Side side,
                                     Price price, Quantity quantity, Date today, const Entrustment*& found) const {
  const Entrustment* not_in_force = nullptr;
  for (std::uint32_t link = trader(principal).mandate; link != 0; link = entrustments_[link - 1].older) {
    const Entrustment& e = entrustments_[link - 1];
    if (e.broker != broker || e.revoked || !e.covers(kind)) continue;
    if (e.in_force(today)) {
      found = &e;
      return check_bounds(e, mandate_left(e), side, price, quantity);
    }
    if (not_in_force == nullptr) not_in_force = &e;
  }
  if (not_in_force != nullptr) return {Reject::entrustment_not_active, number(not_in_force->id), 0};
  return {Reject::no_entrustment, number(account(principal).id), 0};
}

bool Registrar::entrusts(AccountIndex principal, BrokerId broker, Date today) const {
  for (std::uint32_t link = trader(principal).mandate; link != 0; link = entrustments_[link - 1].older)
    if (entrustments_[link - 1].broker == broker && entrustments_[link - 1].in_force(today)) return true;
  return false;
}

bool Registrar::entrusts_credits(AccountIndex principal, BrokerId broker, Date today) const {
  for (std::uint32_t link = trader(principal).mandate; link != 0; link = entrustments_[link - 1].older) {
    const Entrustment& e = entrustments_[link - 1];
    if (e.broker == broker && e.in_force(today) && e.instruments != InstrumentClass::allowances) return true;
  }
  return false;
}

// --- what is used of them --------------------------------------------------------------------------------------------

void Registrar::use_older_mandate(std::uint32_t slot, Quantity quantity) {
  if (slot == 0) return;
  Entrustment& e = entrustments_[slot - 1];
  if (e.total_limit == Quantity{}) return;
  e.used += quantity;
  PACE_CHECK(quantity >= Quantity{} && e.used <= e.total_limit);
}

void Registrar::give_back_older_mandate(std::uint32_t slot, Quantity quantity) {
  if (slot == 0) return;
  Entrustment& e = entrustments_[slot - 1];
  if (e.total_limit == Quantity{}) return;
  e.used -= quantity;
  PACE_CHECK(quantity >= Quantity{} && e.used >= Quantity{});
}

Quantity Registrar::used(const Entrustment& e) const {
  if (e.total_limit == Quantity{}) return {};
  const Trader& t = trader(e.principal);
  return t.entrustment == e.id ? t.total - t.left : e.used;
}

Quantity Registrar::mandate_left(const Entrustment& e) const {
  return e.total_limit == Quantity{} ? Quantity::max() : e.total_limit - used(e);
}

Quantity Registrar::entrustment_left(EntrustmentId id) const {
  const Entrustment* e = entrustment(id);
  PACE_CHECK(e != nullptr);
  return mandate_left(*e);
}

// --- what an order asks of its principal -----------------------------------------------------------------------------

Trader Registrar::trader_of(AccountIndex index) const {
  const Account& a = account(index);
  const Trader& now = trader(index);
  Trader t{.id = a.id, .left = now.left, .mandate = now.mandate};
  if (t.mandate == 0) return t;
  const Entrustment& e = mandate_at(t.mandate);
  const auto bound = [](std::int64_t value) {
    return static_cast<std::uint32_t>(std::min<std::int64_t>(value, Trader::unbounded));
  };
  t.entrustment = e.id;
  t.total = e.total_limit == Quantity{} ? Trader::unlimited : e.total_limit;
  if (a.ordinary_person() && !e.revoked) t.broker = e.broker;
  t.start = e.start;
  t.end = e.end;
  if (e.covers(Side::sell)) t.floor = bound(e.floor.raw());
  if (e.covers(Side::buy)) t.ceiling = e.ceiling == Price{} ? Trader::unbounded : bound(e.ceiling.raw());
  if (e.order_limit != Quantity{}) t.order_limit = bound(e.order_limit.raw());
  t.kinds = static_cast<std::uint8_t>((e.instruments != InstrumentClass::credits ? 1 : 0) |
                                      (e.instruments != InstrumentClass::allowances ? 2 : 0));
  t.commission = static_cast<std::uint8_t>(e.fee.raw());
  return t;
}

void Registrar::renew(AccountIndex account) {
  traders_[account.raw()] = trader_of(account);
}

// --- commands --------------------------------------------------------------------------------------------------------

Outcome Registrar::check_terms(const GrantEntrustment& c, Date today) const {
  const auto terms = [](std::int64_t value, std::int64_t allowed) {
    return Outcome{Reject::entrustment_terms, value, allowed};
  };
  // A mandate may have begun before it is registered; one that is over already says nothing.
  if (c.end < c.start) return terms(c.end.raw(), c.start.raw());
  if (c.end < today) return terms(c.end.raw(), today.raw());
  if (c.floor < Price{}) return terms(c.floor.raw(), 0);
  if (c.ceiling < Price{}) return terms(c.ceiling.raw(), 0);
  if (c.order_limit < Quantity{}) return terms(c.order_limit.raw(), 0);
  if (c.total_limit < Quantity{}) return terms(c.total_limit.raw(), 0);
  if (c.total_limit != Quantity{} && c.order_limit > c.total_limit)
    return terms(c.order_limit.raw(), c.total_limit.raw());
  if (c.fee < PerMille{} || c.fee.raw() > rules_.entrustment_fee_permille)
    return terms(c.fee.raw(), rules_.entrustment_fee_permille);
  if (c.mode == EntrustmentMode::auto_sell && c.sides == Sides::buy)
    return terms(static_cast<std::int64_t>(c.sides), static_cast<std::int64_t>(Sides::sell));
  if (c.mode == EntrustmentMode::auto_comply && c.sides == Sides::sell)
    return terms(static_cast<std::int64_t>(c.sides), static_cast<std::int64_t>(Sides::buy));
  return {};
}

/// One active broker per class; a change, also of the same broker's terms, takes effect on the next day at the
/// earliest.
Outcome Registrar::check_rivals(const GrantEntrustment& c, AccountIndex principal, Date today) const {
  for (std::uint32_t link = trader(principal).mandate; link != 0; link = entrustments_[link - 1].older) {
    const Entrustment& e = entrustments_[link - 1];
    if (!overlap(e.instruments, c.instruments)) continue;
    const bool meets = !e.revoked && e.start <= c.end && c.start <= e.end;
    if (meets && e.broker != c.broker) return {Reject::another_broker_active, number(c.principal), number(e.id)};
    const bool changes_today = e.revoked ? e.revoked_on == today && e.start <= today : e.in_force(today);
    if (changes_today && c.start <= today) return {Reject::entrustment_terms, c.start.raw(), add_days(today, 1).raw()};
  }
  return {};
}

Outcome Registrar::apply(const GrantEntrustment& c, const Occasion& at, EventBuffer&) {
  AccountIndex principal;
  if (!c.entrustment) return {Reject::unknown_entrustment, 0, 0};
  if (entrustment(c.entrustment) != nullptr) return {Reject::entrustment_exists, number(c.entrustment), 0};
  if (const Outcome o = find(c.principal, principal); !o.accepted()) return o;
  const AccountKind kind = account(principal).kind;
  if (kind != AccountKind::person && kind != AccountKind::minor)
    return {Reject::wrong_account_kind, number(c.principal), 0};
  if (account(principal).status == AccountStatus::closed) return {Reject::account_closed, number(c.principal), 0};
  if (broker(c.broker) == nullptr) return {Reject::unknown_broker, c.broker.raw(), 0};
  if (const Outcome o = check_terms(c, at.today()); !o.accepted()) return o;
  if (const Outcome o = check_rivals(c, principal, at.today()); !o.accepted()) return o;
  entrustments_.push_back({.id = c.entrustment,
                           .principal = principal,
                           .broker = c.broker,
                           .instruments = c.instruments,
                           .sides = c.sides,
                           .mode = c.mode,
                           .floor = c.floor,
                           .ceiling = c.ceiling,
                           .order_limit = c.order_limit,
                           .total_limit = c.total_limit,
                           .fee = c.fee,
                           .start = c.start,
                           .end = c.end});
  index_mandate(static_cast<std::uint32_t>(entrustments_.size() - 1));
  return {};
}

void Registrar::index_mandate(std::uint32_t slot) {
  Entrustment& e = entrustments_[slot];
  Trader& t = traders_[e.principal.raw()];
  if (t.mandate != 0) entrustments_[t.mandate - 1].used = used(mandate_at(t.mandate));
  e.older = t.mandate;
  t.mandate = slot + 1;
  t.left = e.total_limit == Quantity{} ? Trader::plenty : e.total_limit - e.used;
  renew(e.principal);
  if (e.mode == EntrustmentMode::auto_sell || e.mode == EntrustmentMode::auto_comply) mark_automatic(e.principal);
  mandate_index_.put(
      slot, mix(e.id.raw()), [&](std::uint32_t other) { return entrustments_[other].id == e.id; },
      [&](std::uint32_t other) { return mix(entrustments_[other].id.raw()); });
}

Outcome Registrar::apply(const RevokeEntrustment& c, const Occasion& at, EventBuffer&) {
  Entrustment* e = mandate(c.entrustment);
  if (e == nullptr) return {Reject::unknown_entrustment, number(c.entrustment), 0};
  if (e->revoked || e->end < at.today()) return {Reject::entrustment_not_active, number(c.entrustment), 0};
  e->revoked = true;
  e->revoked_on = at.today();
  renew(e->principal);
  return {};
}

}  // namespace pace
