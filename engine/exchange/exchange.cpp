#include "engine/exchange/exchange.h"

#include <algorithm>

#include "engine/base/sha256.h"
#include "engine/exchange/content_digest.h"
#include "engine/exchange/kill_switch.h"
#include "engine/exchange/state.h"

namespace pace {

Exchange::Exchange(const Capacity& capacity) : state_(std::make_unique<State>(capacity)) {}
Exchange::~Exchange() = default;
Exchange::Exchange(Exchange&&) noexcept = default;
Exchange& Exchange::operator=(Exchange&&) noexcept = default;

Sequence Exchange::last_sequence() const {
  return state_->last_sequence;
}
Timestamp Exchange::last_time() const {
  return state_->last_time;
}

Timestamp Exchange::next_due() const {
  if (!state_->timetable.started()) return Timestamp::max();
  return std::min(state_->timetable.next().time, state_->next_besides_steps());
}

// --- time ------------------------------------------------------------------------------------------------------------

Timestamp Exchange::State::next_besides_steps() const {
  return std::min(
      {registrar.next_due(), market.next_due(), auctions.next_due(), stability.next_due(), automatic.next_due()});
}

// At one instant: releases, what the market waits for, auctions, the month's end, and the step of the day last, so that
// an auction that closes with the day belongs to it; behind it the orders of automatic mandates.
[[gnu::noinline]] void Exchange::State::pass_time(Timestamp now, EventBuffer& events) {
  timetable.start(registrar.rules(), now);
  stability.start(now);
  for (;;) {
    const Timetable::Step step = timetable.next();
    const Timestamp first = std::min(step.time, next_besides_steps());
    if (first > now) break;
    market.set_time(first);
    if (registrar.next_due() == first) {
      registrar.due(first, events);
    } else if (market.next_due() == first) {
      market.due(events);
    } else if (auctions.next_due() == first) {
      auctions.due(events);
    } else if (stability.next_due() == first) {
      stability.due(events);
    } else if (step.time == first) {
      take(step, events);
    } else {
      automatic.step(first, [&](BrokerId broker, const NewOrder& o) { return enter_automatic(broker, o, events); });
    }
  }
  market.set_time(now);
  quiet_until = std::min(timetable.next().time, next_besides_steps());
}

// A day whose opening is blocked has no phases: the timetable goes on, the market stays closed.
void Exchange::State::take(const Timetable::Step& step, EventBuffer& events) {
  timetable.advance(registrar.rules());
  if (step.phase == Phase::opening_call) {
    requests.start_day([&](const Remembered& entry) { return market.resting(entry.order()); },
                       [&](const Remembered& entry, Idempotency::Reference from, Idempotency::Reference to) {
                         market.request_moved(entry.order(), from, to);
                       });
    if (market.opening_blocked()) return;
    market.start_day(step.day, events);
  } else if (market.phase() == Phase::closed) {
    return;
  }
  market.enter_phase(step.phase, timetable.next().time, events);
  if (step.phase == Phase::opening_call) automatic.start_day(step.time);
  if (step.phase != Phase::closed) return;
  automatic.end_day();
  blocks.end_day(events);
  market.end_day(events);
}

// The block fell while the day was under way: it begins with the phase that the clock shows.
void Exchange::State::open_late(EventBuffer& events) {
  if (market.phase() != Phase::closed || timetable.phase() == Phase::closed) return;
  market.start_day(timetable.day(), events);
  market.enter_phase(timetable.phase(), timetable.next().time, events);
  automatic.start_day(last_time);
}

// As if the broker had sent it, under an id that it has not used itself: it can cancel the order by it.
bool Exchange::State::enter_automatic(BrokerId broker, const NewOrder& order, EventBuffer& events) {
  if (requests.full(Role::broker)) return false;
  const Sender sender{Role::broker, broker.raw()};
  ClientId id;
  Idempotency::Place place;
  do {
    id = ClientId(("auto-" + std::to_string(++automatic_orders)).c_str());
  } while (!requests.is_new(sender, id, place));
  Remembered& entry = requests.remember(place);
  entry = {.sender = sender, .request_id = id, .digest = content_digest(order), .sequence = last_sequence};
  const Placed placed = market.enter_order({broker, id, requests.last_reference()}, order, events);
  entry.answer(placed.outcome, placed.order);
  if (!placed.outcome.accepted()) requests.forget_last(place);
  return placed.outcome.accepted();
}

void Exchange::State::entrustment_revoked(EntrustmentId entrustment, EventBuffer& events) {
  market.entrustment_revoked(entrustment, events);
  blocks.entrustment_revoked(entrustment, events);
  auctions.entrustment_revoked(entrustment, events);
}

void Exchange::State::standing_changed(Date today, EventBuffer& events) {
  market.standing_changed(today, events);
  blocks.standing_changed(today, events);
  auctions.standing_changed(today, events);
}

// Nothing counts as banked because it is on offer: the vintage's offers go before it is assessed.
void Exchange::State::withdraw_offers(InstrumentId vintage, EventBuffer& events) {
  market.withdraw_offers(vintage, events);
  blocks.withdraw_offers(vintage, events);
  auctions.withdraw_offers(vintage, events);
}

void Exchange::State::suspended(BrokerId broker, EventBuffer& events) {
  market.suspended(broker, events);
  blocks.drop(broker, CancelReason::kill_switch, events);
  auctions.drop(broker, CancelReason::kill_switch, events);
}

// --- one command -----------------------------------------------------------------------------------------------------

Outcome Exchange::State::check_sender(const Request& request) {
  const Role role = request.sender.role;
  const Permission allowed = permitted(request.command);
  if (role != allowed.role && role != allowed.also)
    return {Reject::role_not_permitted, static_cast<std::int64_t>(role), static_cast<std::int64_t>(allowed.role)};
  if (role == Role::broker && registrar.broker(BrokerId(request.sender.number)) == nullptr)
    return {Reject::unknown_broker, request.sender.number, 0};
  if (role == Role::broker && request.sender.number < ready_members.size())
    ready_members[request.sender.number] = !registrar.suspended(BrokerId(request.sender.number));
  if (request.request_id.empty() && role != Role::system) return {Reject::request_id_missing, 0, 0};
  return {};
}

// Behind the look for a repeat: what was answered before the switch was set keeps its answer.
bool Exchange::State::refused_by_kill_switch(const Request& request) const {
  return request.sender.role == Role::broker && registrar.suspended(BrokerId(request.sender.number)) &&
         trades(request.command);
}

struct Exchange::State::Dispatch {
  State& state;
  const Request& request;
  Timestamp time;
  EventBuffer& events;

  // --- orders
  Placed operator()(const NewOrder& c) { return state.market.enter_order(member(), c, events); }
  Placed operator()(const CancelOrder& c) {
    return {state.market.cancel_order(member(), resolve(c.order, c.original), events), {}};
  }
  Placed operator()(const ReplaceOrder& c) {
    const OrderId order = resolve(c.order, c.original);
    const Outcome outcome = state.market.replace_order(member(), order, c, events);
    return {outcome, outcome.accepted() ? order : OrderId{}};
  }
  Placed operator()(const MassCancel& c) { return {state.market.mass_cancel(request.sender, c, events), {}}; }
  Placed operator()(const NewPooledOrder& c) { return state.market.enter_pooled_order(member(), c, events); }
  Placed operator()(const ReportBlock& c) { return {state.blocks.report(member(), c, events), {}}; }
  Placed operator()(const WithdrawBlock& c) { return {state.blocks.withdraw(member(), c, events), {}}; }
  Placed operator()(const BreakTrade& c) {
    const Outcome outcome = state.market.break_trade(c, state.blocks.unpublished(c.trade), events);
    if (outcome.accepted()) state.blocks.broken(c.trade);
    return {outcome, {}};
  }
  Placed operator()(const AnnounceAuction& c) {
    return {state.auctions.announce(request.sender, request.request_id, c, events), {}};
  }
  Placed operator()(const CancelAuction& c) { return {state.auctions.cancel(c, events), {}}; }
  Placed operator()(const BidAuction& c) { return {state.auctions.bid(member(), c, events), {}}; }
  Placed operator()(const WithdrawBid& c) { return {state.auctions.withdraw(member(), c, events), {}}; }
  Placed operator()(const HaltInstrument& c) { return {state.market.halt(c, events), {}}; }
  Placed operator()(const ResumeInstrument& c) {
    const Outcome outcome = state.market.resume(c, events);
    if (outcome.accepted()) state.auctions.close_waiting(events);
    return {outcome, {}};
  }

  // --- time
  Placed operator()(const AdvanceTime& c) {
    if (c.to != Timestamp{} && c.to < time) return {{Reject::time_goes_back, c.to.raw(), time.raw()}, {}};
    return {};
  }
  Placed operator()(const SetHolidays& c) {
    for (const Date day : c.days)
      if (year_of(day) != c.year) return {{Reject::value_out_of_range, day.raw(), c.year.raw()}, {}};
    state.timetable.set_holidays(c.year, c.days, state.registrar.rules(), time);
    return {};
  }
  Placed operator()(const ReportReconciliation& c) {
    state.market.block_opening(c.difference, c.account);
    if (state.market.opening_blocked()) return {};
    state.open_late(events);
    state.auctions.close_waiting(events);
    return {};
  }

  // --- commands of the register that the market follows
  Placed operator()(const ActivateRules& c) {
    const Outcome outcome = to_register(c);
    if (outcome.accepted()) state.timetable.set_hours(state.registrar.rules(), time);
    return {outcome, {}};
  }
  Placed operator()(const ListInstrument& c) {
    if (c.reference_price > book_max_price)
      return {{Reject::value_out_of_range, c.reference_price.raw(), book_max_price.raw()}, {}};
    const Outcome outcome = to_register(c);
    if (outcome.accepted()) state.market.list(c.instrument, c.reference_price, events);
    return {outcome, {}};
  }
  Placed operator()(const RevokeEntrustment& c) {
    const Outcome outcome = to_register(c);
    if (outcome.accepted()) state.entrustment_revoked(c.entrustment, events);
    return {outcome, {}};
  }
  Placed operator()(const SetKillSwitch& c) {
    const Outcome outcome = to_register(c);
    if (!outcome.accepted()) return {outcome, {}};
    if (c.broker.raw() < state.ready_members.size()) state.ready_members[c.broker.raw()] = false;
    if (c.active) state.suspended(c.broker, events);
    return {outcome, {}};
  }
  Placed operator()(const SetAccountStatus& c) { return standing(c); }
  Placed operator()(const AssessCompliance& c) {
    if (const Outcome o = state.registrar.check(c, occasion()); !o.accepted()) return {o, {}};
    state.withdraw_offers(state.registrar.year(c.year)->vintage, events);
    return standing(c);
  }

  template <class C>
  Placed operator()(const C& c) {
    return {to_register(c), {}};
  }

  [[nodiscard]] MemberRequest member() const {
    return {BrokerId(request.sender.number), request.request_id, state.requests.last_reference()};
  }

 private:
  [[nodiscard]] Occasion occasion() const { return {request.sender, time}; }
  template <class C>
  Outcome to_register(const C& c) {
    return state.registrar.apply(c, occasion(), events);
  }
  template <class C>
  Placed standing(const C& c) {
    const Outcome outcome = to_register(c);
    if (outcome.accepted()) state.standing_changed(local_date(time), events);
    return {outcome, {}};
  }
  // Any id of the chain of replacements names the order.
  [[nodiscard]] OrderId resolve(OrderId order, const ClientId& original) const {
    if (order || original.empty()) return order;
    const Remembered* const entry = state.requests.find(request.sender, original).entry;
    return entry != nullptr ? entry->order() : order;
  }
};

[[gnu::noinline]] Applied Exchange::State::admit(const Request& request, EventBuffer& events) {
  quiet_until = {};  // after a command that is not an order anything may be due
  if (const Outcome o = check_sender(request); !o.accepted()) return {o, {}};
  Dispatch dispatch{*this, request, last_time, events};
  if (request.request_id.empty()) return {std::visit(dispatch, request.command).outcome, {}};

  const Idempotency::Found found = requests.find(request.sender, request.request_id);
  if (found.entry != nullptr) return repeat(*found.entry, request.command);
  if (requests.full(request.sender.role))
    return {{Reject::too_many_requests_today, static_cast<std::int64_t>(requests.requests_today()),
             static_cast<std::int64_t>(requests.capacity())},
            {}};
  Remembered& entry = remember(found.place, request, content_digest(request.command));
  if (refused_by_kill_switch(request)) {
    const Outcome suspended{Reject::broker_suspended, request.sender.number, 0};
    entry.answer(suspended, {});
    return {suspended, {}};
  }
  return carry_out(entry, request, events);
}

// Before the command is carried out: its order refers to the request. The answer is to follow.
[[gnu::always_inline]] inline Remembered& Exchange::State::remember(const Idempotency::Place& place,
                                                                    const Request& request, std::uint64_t digest) {
  Remembered& entry = requests.remember(place);
  entry.sender = request.sender;
  entry.request_id = request.request_id;
  entry.digest = digest;
  entry.sequence = last_sequence;
  return entry;
}

[[gnu::noinline]] Applied Exchange::State::carry_out(Remembered& entry, const Request& request, EventBuffer& events) {
  entry.accept({});  // until there is an answer: whoever looks finds no order
  const Placed placed = std::visit(Dispatch{*this, request, last_time, events}, request.command);
  market.report_large_holders(placed.outcome, events);
  entry.answer(placed.outcome, placed.order);
  return {placed.outcome, {}};
}

[[gnu::noinline]] Applied Exchange::State::refuse(Remembered& entry, const Outcome& outcome) {
  entry.answer(outcome, {});
  return {outcome, {}};
}

// The envelope of an order from a member seen before is checked by a few compares; what is out of the ordinary goes the
// general way, nothing having happened yet. No order makes anything due but what Market::next_due() says.
template <class Order>
[[gnu::always_inline]] inline Applied Exchange::State::admit_order(const Request& request, const Order& c,
                                                                   EventBuffer& events) {
  const std::uint32_t member = request.sender.number;
  Idempotency::Place place;
  if (request.sender.role != Role::broker || member >= ready_members.size() || !ready_members[member] ||
      requests.full(Role::broker) || !requests.is_new(request.sender, request.request_id, place)) [[unlikely]]
    return admit(request, events);
  Remembered& entry = remember(place, request, content_digest(c));
  const MemberRequest from{BrokerId(member), request.request_id, requests.last_reference()};
  if constexpr (std::is_same_v<Order, NewOrder>) {
    if (const OrderId order = market.enter_plain(from, c, events)) [[likely]] {
      entry.accept(order);
      return {};
    }
  } else if (c.order) {  // else it is named by an id, which Dispatch looks up
    if constexpr (std::is_same_v<Order, CancelOrder>) {
      if (const Outcome o = market.cancel_order(from, c.order, events); !o.accepted()) [[unlikely]]
        return refuse(entry, o);
      entry.accept({});
    } else {
      const Outcome o = market.replace_order(from, c.order, c, events);
      market.report_large_holders(o, events);
      if (!o.accepted()) [[unlikely]]
        return refuse(entry, o);
      entry.accept(c.order);
    }
    return {};
  }
  return carry_out(entry, request, events);
}

[[gnu::flatten]] Applied Exchange::apply(Sequence sequence, Timestamp time, const Request& request,
                                         EventBuffer& events) {
  State& state = *state_;
  PACE_CHECK(sequence == next(state.last_sequence) && time >= state.last_time);
  state.last_sequence = sequence;
  if (time < state.quiet_until && time < state.market.next_due()) [[likely]]
    state.market.set_time(time);
  else
    state.pass_time(time, events);
  state.last_time = time;
  if (const auto* c = std::get_if<NewOrder>(&request.command)) return state.admit_order(request, *c, events);
  if (const auto* c = std::get_if<CancelOrder>(&request.command)) return state.admit_order(request, *c, events);
  if (const auto* c = std::get_if<ReplaceOrder>(&request.command)) return state.admit_order(request, *c, events);
  return state.admit(request, events);
}

// --- look-ahead ------------------------------------------------------------------------------------------------------

[[gnu::flatten]] void Exchange::expect(OrderId order) {
  State& state = *state_;
  state.market.fetch(order);
  state.market.fetch_more(state.look_ahead.orders.exchange(order));
}
[[gnu::flatten]] void Exchange::expect(AccountId principal, InstrumentId instrument) {
  State& state = *state_;
  state.registrar.fetch(principal);
  const LookAhead::Entering earlier = state.look_ahead.entering.exchange({principal, instrument});
  state.market.fetch(earlier.principal, earlier.instrument);
}
void Exchange::expect(const Request& request) {
  State& state = *state_;
  static_cast<void>(state.requests.expect(request.sender, request.request_id));
  if (const auto* c = std::get_if<NewOrder>(&request.command)) {
    state.expect_named(0);
    return expect(c->principal, c->instrument);
  }
  const auto changed = [&](OrderId order, const ClientId& original) {
    state.expect_named(order || original.empty() ? 0 : state.requests.expect(request.sender, original));
    if (order) expect(order);
  };
  if (const auto* c = std::get_if<CancelOrder>(&request.command)) return changed(c->order, c->original);
  if (const auto* c = std::get_if<ReplaceOrder>(&request.command)) return changed(c->order, c->original);
  state.expect_named(0);
}

// An order by its sender's id takes the most of them.
void Exchange::expect_no_more() {
  for (std::size_t i = 0; i < LookAhead::distance; ++i) {
    expect(OrderId{});
    expect(AccountId{}, InstrumentId{});
  }
  for (std::size_t i = 0; i < 3 * LookAhead::distance; ++i) state_->expect_named(0);
}

// Called for each request, so that the looks keep their distance.
void Exchange::State::expect_named(std::uint64_t cell) {
  const std::uint64_t earlier = look_ahead.named.exchange(cell);
  const Idempotency::Reference found = earlier != 0 ? requests.first_look(earlier) : 0;
  if (found != 0) requests.fetch(found);
  const Idempotency::Reference there = look_ahead.remembered.exchange(found);
  const OrderId order = there != 0 ? requests.at(there).order() : OrderId{};
  if (order) market.fetch(order);
  if (const OrderId fetched = look_ahead.found.exchange(order)) market.fetch_more(fetched);
}

Applied Exchange::State::repeat(const Remembered& first, const Command& command) const {
  if (first.digest == content_digest(command)) return {first.outcome(), first.sequence};
  return {{Reject::request_id_reused, 0, static_cast<std::int64_t>(first.sequence.raw())}, {}};
}

// --- proof and storage -----------------------------------------------------------------------------------------------

void Exchange::check() const {
  state_->ledger.check();
  state_->registrar.check();
  state_->blocks.check();
  std::vector<Commitment> outside;
  state_->blocks.collect(outside);
  state_->auctions.check();
  state_->auctions.collect(outside);
  state_->stability.check();
  state_->market.check(outside);
}

namespace {
constexpr std::uint32_t state_magic = 0x54534350;  // "PCST"
constexpr std::uint32_t state_version = 4;
}  // namespace

void Exchange::save(ByteWriter& out) const {
  out.put(state_magic);
  out.put(state_version);
  out.put(state_->last_sequence.raw());
  out.put(state_->last_time.raw());
  state_->ledger.save(out);
  state_->registrar.save(out);
  state_->requests.save(out);
  state_->market.save(out);
  state_->blocks.save(out);
  state_->stability.save(out);
  state_->auctions.save(out);
  state_->timetable.save(out);
  state_->automatic.save(out);
  out.put(state_->automatic_orders);
}

// Into a state of its own: bytes that turn out to be wrong half way leave this exchange as it was.
bool Exchange::load(BytesView bytes) {
  ByteReader in(bytes);
  if (in.get<std::uint32_t>() != state_magic || in.get<std::uint32_t>() != state_version) return false;
  auto loaded = std::make_unique<State>(state_->capacity);
  loaded->last_sequence = Sequence(in.get<Sequence::Rep>());
  loaded->last_time = Timestamp(in.get<Timestamp::Rep>());
  loaded->market.set_time(loaded->last_time);
  if (!loaded->ledger.load(in) || !loaded->registrar.load(in) || !loaded->requests.load(in) ||
      !loaded->market.load(in) || !loaded->blocks.load(in) || !loaded->stability.load(in) ||
      !loaded->auctions.load(in) || !loaded->timetable.load(in) || !loaded->automatic.load(in))
    return false;
  loaded->automatic_orders = in.get<std::uint64_t>();
  if (!in.done()) return false;
  state_ = std::move(loaded);
  return true;
}

}  // namespace pace
