#include "engine/exchange/blocks.h"

#include <algorithm>

#include "engine/message/codec.h"

namespace pace {

Blocks::Blocks(const Capacity& capacity, Market& market, const Registrar& registrar)
    : capacity_(capacity.blocks_per_day), market_(market), registrar_(registrar) {
  open_.reserve(capacity_);
  traded_.reserve(capacity_);
}

// --- the door --------------------------------------------------------------------------------------------------------

// Two parties agree by talking, so a block needs no book to be matching: lunch will do. A call does not: who has just
// agreed on a price should not shape another one.
Outcome Blocks::check_session(const Listing& l) const {
  if (l.state == InstrumentState::halted) return {Reject::instrument_halted, l.id.raw(), 0};
  if (is_continuous(market_.phase()) || market_.phase() == Phase::lunch) return {};
  if (market_.phase() == Phase::closed) return market_.check_session(l);  // closed, or not opened: it says why
  return {Reject::market_closed, static_cast<std::int64_t>(market_.phase()), 0};
}

Outcome Blocks::check_terms(const ReportBlock& c) const {
  const Rulebook& rules = registrar_.rules();
  if (c.quantity.raw() < rules.block_minimum_kg)
    return {Reject::block_below_minimum, c.quantity.raw(), rules.block_minimum_kg};
  const Price reference = market_.find_listing(c.instrument)->reference;
  const Price band(muldiv_floor(reference.raw(), rules.block_price_limit_permille, 1000));
  if (c.price < reference - band) return {Reject::block_price, c.price.raw(), (reference - band).raw()};
  if (c.price > reference + band) return {Reject::block_price, c.price.raw(), (reference + band).raw()};
  if (registrar_.broker(c.counter_broker) == nullptr) return {Reject::unknown_broker, c.counter_broker.raw(), 0};
  return {};
}

Outcome Blocks::check_room() const {
  const std::size_t today = open_.size() + traded_.size();
  if (today < capacity_) return {};
  return {Reject::too_many_blocks, static_cast<std::int64_t>(today), static_cast<std::int64_t>(capacity_)};
}

Outcome Blocks::check_report(const MemberRequest& from, const ReportBlock& c, Report& report) {
  const Listing* const l = market_.find_listing(c.instrument);
  if (l == nullptr) return {Reject::unknown_instrument, c.instrument.raw(), 0};
  if (const Outcome o = check_session(*l); !o.accepted()) return o;
  report = {BlockId(reports_ + 1), {}, c.counter_broker, c.agreement};
  report.side = {.client_id = from.client_id,
                 .broker = from.broker,
                 .instrument = c.instrument,
                 .side = c.side,
                 .price = c.price,
                 .open = c.quantity};
  if (const Outcome o = registrar_.find(c.principal, report.side.principal); !o.accepted()) return o;
  if (const Outcome o = check_terms(c); !o.accepted()) return o;
  if (const Outcome o = check_room(); !o.accepted()) return o;
  if (const Outcome o = market_.check_commitment(report.side, market_.day(), market_.day()); !o.accepted()) return o;
  const auto other = match(report);
  if (other == open_.end() || other->side.principal != report.side.principal) return {};
  return {Reject::block_same_principal, static_cast<std::int64_t>(c.principal.raw()), 0};
}

Blocks::Reports::iterator Blocks::match(const Report& report) {
  const Commitment& mine = report.side;
  return std::find_if(open_.begin(), open_.end(), [&](const Report& other) {
    const Commitment& its = other.side;
    return its.side == opposite(mine.side) && its.instrument == mine.instrument && its.price == mine.price &&
           its.open == mine.open && its.broker == report.counter_broker && other.counter_broker == mine.broker &&
           other.agreement == report.agreement;
  });
}

// --- report and withdraw ---------------------------------------------------------------------------------------------

Outcome Blocks::report(const MemberRequest& from, const ReportBlock& c, EventBuffer& events) {
  Report report;
  if (const Outcome o = check_report(from, c, report); !o.accepted()) return o;
  ++reports_;
  market_.commit(report.side);
  events.emit(BlockReported{report.block, from.broker, from.client_id, c.principal, c.instrument, c.side, c.price,
                            c.quantity, c.counter_broker, c.agreement});
  const auto other = match(report);
  if (other == open_.end()) {
    open_.push_back(report);
    return {};
  }
  trade(*other, report, events);
  open_.erase(other);
  return {};
}

void Blocks::trade(Report& first, Report& second, EventBuffer& events) {
  const Quantity quantity = second.side.open;
  const bool buys = second.side.side == Side::buy;
  Commitment& buy = buys ? second.side : first.side;
  Commitment& sell = buys ? first.side : second.side;
  const Price price = second.side.price;
  const TradeId id = market_.settle(buy, sell, {price, quantity, TradeKind::block, second.side.side}, events);
  traded_.push_back({id, buy.instrument, price, quantity, market_.time()});
}

Outcome Blocks::withdraw(const MemberRequest& from, const WithdrawBlock& c, EventBuffer& events) {
  const auto report = std::find_if(open_.begin(), open_.end(), [&](const Report& r) { return r.block == c.block; });
  // One answer for "not there" and "not yours": that others negotiate is theirs to know.
  if (report == open_.end() || report->side.broker != from.broker)
    return {Reject::unknown_block, static_cast<std::int64_t>(c.block.raw()), 0};
  tell_withdrawn(*report, CancelReason::requested, events);
  open_.erase(report);
  return {};
}

void Blocks::tell_withdrawn(const Report& report, CancelReason reason, EventBuffer& events) {
  market_.let_go(report.side);
  events.emit(BlockWithdrawn{report.block, report.side.broker, report.side.client_id, reason});
}

// --- reports that others end -----------------------------------------------------------------------------------------

template <class Goes>
void Blocks::sweep(CancelReason reason, EventBuffer& events, Goes&& goes) {
  std::erase_if(open_, [&](const Report& report) {
    const bool gone = goes(report);
    if (gone) tell_withdrawn(report, reason, events);
    return gone;
  });
}

void Blocks::end_day(EventBuffer& events) {
  sweep(CancelReason::end_of_day, events, [](const Report&) { return true; });
  for (const BlockPublished& block : traded_) events.emit(block);
  traded_.clear();
}

void Blocks::entrustment_revoked(EntrustmentId entrustment, EventBuffer& events) {
  sweep(CancelReason::entrustment_revoked, events,
        [&](const Report& report) { return report.side.entrustment == entrustment; });
}

void Blocks::standing_changed(Date today, EventBuffer& events) {
  sweep(CancelReason::operator_action, events, [&](const Report& report) {
    return !registrar_.check_trading(report.side.principal, report.side.side, today).accepted();
  });
}

void Blocks::withdraw_offers(InstrumentId instrument, EventBuffer& events) {
  sweep(CancelReason::operator_action, events,
        [&](const Report& report) { return report.side.instrument == instrument && report.side.side == Side::sell; });
}

void Blocks::drop(BrokerId broker, CancelReason reason, EventBuffer& events) {
  sweep(reason, events, [&](const Report& report) { return report.side.broker == broker; });
}

// --- proof and storage -----------------------------------------------------------------------------------------------

void Blocks::collect(std::vector<Commitment>& commitments) const {
  for (const Report& report : open_) commitments.push_back(report.side);
}

void Blocks::check() const {
  PACE_CHECK(market_.phase() != Phase::closed || (open_.empty() && traded_.empty()));
  for (const Report& report : open_) {
    PACE_CHECK(report.block.raw() <= reports_ && report.side.open > Quantity{});
    PACE_CHECK(registrar_.check_trading(report.side.principal, report.side.side, market_.day()).accepted());
  }
  PACE_CHECK(
      std::is_sorted(open_.begin(), open_.end(), [](const auto& a, const auto& b) { return a.block < b.block; }));
}

void Blocks::save(ByteWriter& out) const {
  out.put(reports_);
  encode_value(out, open_);
  encode_value(out, traded_);
}

bool Blocks::load(ByteReader& in) {
  reports_ = in.get<std::uint64_t>();
  decode_value(in, open_);
  decode_value(in, traded_);
  if (!in.ok() || open_.size() + traded_.size() > capacity_) return false;
  return std::all_of(open_.begin(), open_.end(), [&](const Report& report) { return market_.restore(report.side); });
}

}  // namespace pace
