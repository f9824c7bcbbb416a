#include "gateway/fix/order_desk.h"

#include <algorithm>
#include <utility>

namespace pace::fix {
namespace {

constexpr std::uint32_t state_version = 3;
constexpr std::size_t max_ended_orders = 200'000;

OrderState order_of(const OrderAccepted& e) {
  return {.order = e.order,
          .broker = e.broker,
          .client_id = e.client_id,
          .principal = e.principal,
          .entrustment = e.entrustment,
          .own = e.principal && !e.entrustment,
          .pooled = !e.principal,
          .instrument = e.instrument,
          .side = e.side,
          .order_type = e.order_type,
          .time_in_force = e.time_in_force,
          .price = e.price,
          .quantity = e.quantity,
          .display = e.display,
          .open = e.quantity};
}

OrderState order_of(const NewOrder& c, BrokerId broker, const ClientId& client_id, const Member* member) {
  return {.broker = broker,
          .client_id = client_id,
          .principal = c.principal,
          .own = member != nullptr && member->own_account == c.principal,
          .trader = c.trader,
          .instrument = c.instrument,
          .side = c.side,
          .order_type = c.order_type,
          .time_in_force = c.time_in_force,
          .price = c.price,
          .quantity = c.quantity,
          .display = c.display,
          .end = static_cast<std::uint8_t>(OrderEnd::rejected)};
}

OrderState order_of(const NewPooledOrder& c, BrokerId broker, const ClientId& client_id) {
  OrderState order{.broker = broker,
                   .client_id = client_id,
                   .trader = c.trader,
                   .pooled = true,
                   .instrument = c.instrument,
                   .side = c.side,
                   .order_type = c.order_type,
                   .time_in_force = c.time_in_force,
                   .price = c.price,
                   .display = c.display,
                   .end = static_cast<std::uint8_t>(OrderEnd::rejected)};
  // The sum as the sender meant it: one that cannot be is refused, and its report says 0.
  for (const PoolShare& share : c.split) order.quantity = try_add(order.quantity, share.quantity).value_or(Quantity{});
  return order;
}

/// Of a command that enters or replaces an order. Others' orders, as those of an automatic mandate, have none.
TraderCode trader_of(const Command& command) {
  if (const auto* order = std::get_if<NewOrder>(&command)) return order->trader;
  if (const auto* pool = std::get_if<NewPooledOrder>(&command)) return pool->trader;
  if (const auto* replace = std::get_if<ReplaceOrder>(&command)) return replace->trader;
  return {};
}

bool is_expiry(CancelReason reason) {
  return reason == CancelReason::end_of_day || reason == CancelReason::expired;
}

}  // namespace

struct OrderDesk::Turn {
  const Entry& entry;
  const std::function<void(const Report&)>& sink;
  std::uint32_t reports = 0;

  [[nodiscard]] const Request& request() const { return entry.stamped.request; }
  void send(Report report) {
    report.cause = Cause{entry.sequence(), ++reports};
    report.time = entry.stamped.time;
    sink(report);
  }
};

std::size_t OrderDesk::KeyHash::operator()(const Key& key) const {
  return std::hash<std::string_view>{}(key.client_id.view()) * 31 + key.broker.raw();
}

void OrderDesk::apply(const Entry& entry, const std::function<void(const Report&)>& sink) {
  PACE_CHECK(entry.sequence() == next(position_));
  position_ = entry.sequence();
  if (entry.repeats) return;  // the first answer was reported where it was given
  Turn turn{entry, sink};
  if (entry.outcome.accepted()) take_command(entry);
  for (const Event& event : entry.events) take(turn, event);
  if (turn.request().sender.role == Role::broker) answer_command(turn);
}

void OrderDesk::take_command(const Entry& entry) {
  const Command& command = entry.stamped.request.command;
  if (const auto* broker = std::get_if<RegisterBroker>(&command)) {
    add_member({broker->broker, broker->code, broker->own_account});
  } else if (const auto* listing = std::get_if<ListInstrument>(&command)) {
    add_instrument(listing->instrument, listing->symbol);
  }
}

void OrderDesk::take(Turn& turn, const Event& event) {
  if (const auto* accepted = std::get_if<OrderAccepted>(&event)) return on(turn, *accepted);
  if (const auto* trade = std::get_if<Trade>(&event)) return on(turn, *trade);
  if (const auto* cancelled = std::get_if<OrderCancelled>(&event)) return on(turn, *cancelled);
  if (const auto* replaced = std::get_if<OrderReplaced>(&event)) return on(turn, *replaced);
  if (const auto* reported = std::get_if<BlockReported>(&event)) return on(turn, *reported);
  if (const auto* withdrawn = std::get_if<BlockWithdrawn>(&event)) return on(turn, *withdrawn);
  if (!std::holds_alternative<TradingDayStarted>(event)) return;
  while (ended_.size != 0) forget_oldest_ended();
  blocks_.start_day();
}

void OrderDesk::on(Turn& turn, const OrderAccepted& event) {
  OrderState order = order_of(event);
  if (turn.request().request_id == order.client_id) order.trader = trader_of(turn.request().command);
  enter(order);
  turn.send({.kind = ReportKind::accepted, .order = order, .client_id = order.client_id});
}

void OrderDesk::on(Turn& turn, const Trade& event) {
  if (const auto* broken = std::get_if<BreakTrade>(&turn.request().command)) {
    correct_side(turn, event, broken->trade, event.aggressor);
    correct_side(turn, event, broken->trade, opposite(event.aggressor));
    return;
  }
  trade_side(turn, event, event.aggressor);
  trade_side(turn, event, opposite(event.aggressor));
}

// A sealed-bid auction's trade has no order to report on.
void OrderDesk::trade_side(Turn& turn, const Trade& event, Side side) {
  if (event.kind == TradeKind::block) return block_side(turn, event, side);
  const TradeSide& leg = side == Side::buy ? event.buy : event.sell;
  if (!leg.order) return;
  OrderState& order = known({.order = leg.order,
                             .broker = leg.broker,
                             .client_id = leg.client_id,
                             .principal = leg.account,
                             .instrument = event.instrument,
                             .side = side,
                             .price = event.price,
                             .quantity = leg.open + event.quantity});
  order.open = leg.open;
  order.filled += event.quantity;
  order.value += event.price * event.quantity;
  if (order.open == Quantity{}) end(order, OrderEnd::filled);
  OrderState reported = order;
  reported.principal = leg.account;  // of a pooled order, whose share it is
  turn.send({.kind = ReportKind::trade,
             .order = reported,
             .client_id = order.client_id,
             .trade = event.trade,
             .last_price = event.price,
             .last_quantity = event.quantity,
             .fee = leg.fee,
             .commission = leg.commission,
             .own_against_principal = event.own_against_principal});
}

// A correction's buyer is who sold. What is open stays open; an order that was full trades no more.
void OrderDesk::correct_side(Turn& turn, const Trade& event, TradeId broken, Side side) {
  const TradeSide& leg = side == Side::buy ? event.buy : event.sell;
  if (!leg.order) return correct_block(turn, event, broken, side);
  OrderState order{.order = leg.order,
                   .broker = leg.broker,
                   .principal = leg.account,
                   .instrument = event.instrument,
                   .side = opposite(side),
                   .quantity = event.quantity,
                   .end = static_cast<std::uint8_t>(OrderEnd::cancelled)};
  if (const Place place = place_of(leg.order); place != nowhere) {
    OrderState& kept = kept_[place].order;
    kept.filled -= event.quantity;
    kept.value -= event.price * event.quantity;
    if (kept.state() == OrderEnd::filled) kept.end = static_cast<std::uint8_t>(OrderEnd::cancelled);
    order = kept;
  }
  turn.send({.kind = ReportKind::trade_cancelled,
             .order = order,
             .client_id = order.client_id,
             .trade = event.trade,
             .broken = broken,
             .last_price = event.price,
             .last_quantity = event.quantity,
             .fee = leg.fee,
             .commission = leg.commission,
             .own_against_principal = event.own_against_principal});
}

void OrderDesk::block_side(Turn& turn, const Trade& event, Side side) {
  const BlockState block = blocks_.match(event, side, turn.entry.stamped.time);
  Report report{.kind = ReportKind::block_traded, .client_id = block.client_id, .trade = event.trade, .block = block};
  report.order.broker = block.broker;
  turn.send(report);
}

// What was traded outside the books is undone outside them. A correction's buyer is who sold.
void OrderDesk::correct_block(Turn& turn, const Trade& event, TradeId broken, Side side) {
  const TradeSide& leg = side == Side::buy ? event.buy : event.sell;
  Report report{.kind = ReportKind::block_broken,
                .trade = event.trade,
                .broken = broken,
                .block = {.broker = leg.broker,
                          .principal = leg.account,
                          .instrument = event.instrument,
                          .side = opposite(side),
                          .price = event.price,
                          .quantity = event.quantity,
                          .trade = event.trade,
                          .fee = leg.fee,
                          .commission = leg.commission}};
  report.order.broker = leg.broker;
  turn.send(report);
}

void OrderDesk::on(Turn& turn, const BlockReported& event) {
  const BlockState block = blocks_.report(event);
  Report report{.kind = ReportKind::block_reported, .client_id = block.client_id, .block = block};
  report.order.broker = block.broker;
  turn.send(report);
}

void OrderDesk::on(Turn& turn, const BlockWithdrawn& event) {
  const BlockState block = blocks_.withdraw(event);
  const bool asked_for = std::holds_alternative<WithdrawBlock>(turn.request().command);
  Report report{.kind = ReportKind::block_withdrawn,
                .client_id = asked_for ? turn.request().request_id : block.client_id,
                .reason = event.reason,
                .block = block};
  report.order.broker = block.broker;
  turn.send(report);
}

void OrderDesk::on(Turn& turn, const OrderCancelled& event) {
  OrderState& order = known({.order = event.order,
                             .broker = event.broker,
                             .client_id = event.client_id,
                             .principal = event.principal,
                             .instrument = event.instrument,
                             .side = event.side,
                             .price = event.price,
                             .quantity = event.open});
  order.open = Quantity{};
  end(order, is_expiry(event.reason) ? OrderEnd::expired : OrderEnd::cancelled);
  Report report{.kind = ReportKind::cancelled, .order = order, .client_id = order.client_id, .reason = event.reason};
  const bool asked_for =
      event.reason == CancelReason::requested && std::holds_alternative<CancelOrder>(turn.request().command);
  if (asked_for) {
    report.client_id = turn.request().request_id;
    report.original = order.client_id;
  }
  turn.send(report);
}

void OrderDesk::on(Turn& turn, const OrderReplaced& event) {
  OrderState& order = known({.order = event.order,
                             .broker = event.broker,
                             .client_id = event.old_client_id,
                             .principal = event.principal,
                             .instrument = event.instrument,
                             .side = event.side});
  by_client_id_.erase({order.broker, order.client_id});
  by_client_id_[{order.broker, event.client_id}] = place_of(order.order);
  order.client_id = event.client_id;
  order.price = event.price;
  order.quantity = event.quantity;
  order.open = event.open;
  if (const TraderCode by = trader_of(turn.request().command); !by.empty()) order.trader = by;
  turn.send(
      {.kind = ReportKind::replaced, .order = order, .client_id = event.client_id, .original = event.old_client_id});
}

// What the command itself is owed: a refusal, or the summary of a mass cancel. Its orders' reports came before.
void OrderDesk::answer_command(Turn& turn) {
  const Entry& entry = turn.entry;
  const Request& request = turn.request();
  const BrokerId broker(request.sender.number);
  if (const auto* mass = std::get_if<MassCancel>(&request.command)) {
    Report report{
        .kind = ReportKind::mass_cancel, .client_id = request.request_id, .outcome = entry.outcome, .scope = *mass};
    report.order.broker = broker;
    for (const Event& event : entry.events) {
      const auto* cancelled = std::get_if<OrderCancelled>(&event);
      if (cancelled != nullptr && cancelled->broker == broker && cancelled->reason == mass->reason) ++report.affected;
    }
    return turn.send(report);
  }
  if (entry.outcome.accepted()) return;
  answer_order(turn);
  answer_block(turn);
}

void OrderDesk::answer_block(Turn& turn) {
  const Request& request = turn.request();
  const BrokerId broker(request.sender.number);
  Report report{.kind = ReportKind::block_refused, .client_id = request.request_id, .outcome = turn.entry.outcome};
  report.order.broker = broker;
  if (const auto* block = std::get_if<ReportBlock>(&request.command)) {
    report.block = block_of(*block, broker, request.request_id);
  } else if (const auto* withdrawal = std::get_if<WithdrawBlock>(&request.command)) {
    report.of_withdrawal = true;
    const BlockState* standing = blocks_.find(withdrawal->block);
    report.block =
        standing != nullptr && standing->broker == broker ? *standing : BlockState{.block = withdrawal->block};
  } else {
    return;
  }
  turn.send(report);
}

void OrderDesk::answer_order(Turn& turn) {
  const Entry& entry = turn.entry;
  const Request& request = turn.request();
  const BrokerId broker(request.sender.number);
  if (const auto* order = std::get_if<NewOrder>(&request.command)) {
    turn.send({.kind = ReportKind::rejected,
               .order = order_of(*order, broker, request.request_id, member(broker)),
               .client_id = request.request_id,
               .outcome = entry.outcome});
  } else if (const auto* pool = std::get_if<NewPooledOrder>(&request.command)) {
    turn.send({.kind = ReportKind::rejected,
               .order = order_of(*pool, broker, request.request_id),
               .client_id = request.request_id,
               .outcome = entry.outcome});
  } else if (const auto* cancel = std::get_if<CancelOrder>(&request.command)) {
    refuse_cancel(turn, cancel->order, cancel->original, false);
  } else if (const auto* replace = std::get_if<ReplaceOrder>(&request.command)) {
    refuse_cancel(turn, replace->order, replace->original, true);
  }
}

void OrderDesk::refuse_cancel(Turn& turn, OrderId order, const ClientId& original, bool replace) {
  const BrokerId broker(turn.request().sender.number);
  Report report{.kind = ReportKind::cancel_refused,
                .client_id = turn.request().request_id,
                .original = original,
                .outcome = turn.entry.outcome,
                .of_replace = replace};
  if (const OrderState* state = referenced(broker, order, original)) {
    report.order = *state;
  } else {
    report.order.broker = broker;
  }
  turn.send(report);
}

const OrderState* OrderDesk::referenced(BrokerId broker, OrderId order, const ClientId& original) const {
  const OrderState* state = order ? find(order) : find(broker, original);
  return state != nullptr && state->broker == broker ? state : nullptr;
}

// --- what is kept of orders -----------------------------------------------------------------------------------------

// An order from before the oldest entry we have read: what the event says of it must do.
OrderState& OrderDesk::known(const OrderState& otherwise) {
  const Place place = place_of(otherwise.order);
  return place != nowhere ? kept_[place].order : enter(otherwise);
}

// REQUIRES: not there yet.
OrderState& OrderDesk::enter(const OrderState& order) {
  Place place = static_cast<Place>(kept_.size());
  if (free_.empty()) {
    kept_.push_back({order});
  } else {
    place = free_.back();
    free_.pop_back();
    kept_[place].order = order;
  }
  by_client_id_[{order.broker, order.client_id}] = place;
  orders_[order.order] = place;
  append(order.state() == OrderEnd::live ? live_[order.broker] : ended_, place);
  return kept_[place].order;
}

OrderDesk::Place OrderDesk::place_of(OrderId order) const {
  const auto found = orders_.find(order);
  return found == orders_.end() ? nowhere : found->second;
}

void OrderDesk::append(List& list, Place place) {
  Kept& kept = kept_[place];
  kept.before = std::exchange(list.last, place);
  kept.after = nowhere;
  (kept.before == nowhere ? list.first : kept_[kept.before].after) = place;
  ++list.size;
}

void OrderDesk::remove(List& list, Place place) {
  const Kept& kept = kept_[place];
  (kept.before == nowhere ? list.first : kept_[kept.before].after) = kept.after;
  (kept.after == nowhere ? list.last : kept_[kept.after].before) = kept.before;
  --list.size;
}

std::vector<OrderId> OrderDesk::open_orders(BrokerId broker) const {
  std::vector<OrderId> ids;
  const auto list = live_.find(broker);
  if (list == live_.end()) return ids;
  ids.reserve(list->second.size);
  for (Place at = list->second.first; at != nowhere; at = kept_[at].after) ids.push_back(kept_[at].order.order);
  std::sort(ids.begin(), ids.end());
  return ids;
}

void OrderDesk::end(OrderState& order, OrderEnd how) {
  if (order.state() != OrderEnd::live) return;
  order.end = static_cast<std::uint8_t>(how);
  const Place place = place_of(order.order);
  remove(live_[order.broker], place);
  append(ended_, place);
  if (ended_.size > max_ended_orders) forget_oldest_ended();
}

void OrderDesk::forget_oldest_ended() {
  const Place place = ended_.first;
  const OrderState& order = kept_[place].order;
  remove(ended_, place);
  const auto key = by_client_id_.find({order.broker, order.client_id});
  if (key != by_client_id_.end() && key->second == place) by_client_id_.erase(key);
  orders_.erase(order.order);
  free_.push_back(place);
}

void OrderDesk::add_member(const Member& member) {
  Member& kept = members_[member.broker];
  kept = member;
  by_code_[kept.code.view()] = &kept;
}

void OrderDesk::add_instrument(InstrumentId instrument, const Symbol& symbol) {
  Symbol& kept = symbols_[instrument];
  kept = symbol;
  by_symbol_[kept.view()] = instrument;
}

const Member* OrderDesk::member(BrokerId broker) const {
  const auto place = members_.find(broker);
  return place == members_.end() ? nullptr : &place->second;
}

InstrumentId OrderDesk::instrument(std::string_view symbol) const {
  const auto place = by_symbol_.find(symbol);
  return place == by_symbol_.end() ? InstrumentId{} : place->second;
}

std::string_view OrderDesk::symbol(InstrumentId instrument) const {
  const auto place = symbols_.find(instrument);
  return place == symbols_.end() ? std::string_view("[N/A]") : place->second.view();
}

const OrderState* OrderDesk::find(OrderId order) const {
  const Place place = place_of(order);
  return place == nowhere ? nullptr : &kept_[place].order;
}

const OrderState* OrderDesk::find(BrokerId broker, const ClientId& client_id) const {
  const auto place = by_client_id_.find({broker, client_id});
  return place == by_client_id_.end() ? nullptr : &kept_[place->second].order;
}

void OrderDesk::save(ByteWriter& out) const {
  out.put(state_version);
  out.put(position_.raw());
  out.put(static_cast<std::uint32_t>(members_.size()));
  for (const auto& [broker, member] : members_) encode_fields(out, member);
  out.put(static_cast<std::uint32_t>(symbols_.size()));
  for (const auto& [instrument, symbol] : symbols_) {
    encode_value(out, instrument);
    encode_value(out, symbol);
  }
  const auto save_list = [&](const List& list) {
    for (Place at = list.first; at != nowhere; at = kept_[at].after) encode_fields(out, kept_[at].order);
  };
  out.put(static_cast<std::uint32_t>(ended_.size));
  save_list(ended_);
  out.put(static_cast<std::uint32_t>(orders_.size() - ended_.size));
  for (const auto& [broker, list] : live_) save_list(list);
  blocks_.save(out);
}

bool OrderDesk::load(BytesView bytes) {
  *this = OrderDesk();
  ByteReader in(bytes);
  if (in.get<std::uint32_t>() != state_version) return false;
  position_ = Sequence(in.get<std::uint64_t>());
  for (auto n = in.get<std::uint32_t>(); in.ok() && n != 0; --n) {
    Member member;
    decode_fields(in, member);
    if (in.ok()) add_member(member);
  }
  for (auto n = in.get<std::uint32_t>(); in.ok() && n != 0; --n) {
    InstrumentId instrument;
    Symbol symbol;
    decode_value(in, instrument);
    decode_value(in, symbol);
    if (in.ok()) add_instrument(instrument, symbol);
  }
  for (const bool ended : {true, false}) {
    for (auto n = in.get<std::uint32_t>(); in.ok() && n != 0; --n) {
      OrderState order;
      decode_fields(in, order);
      if (!in.ok() || ended == (order.state() == OrderEnd::live) || place_of(order.order) != nowhere) return false;
      enter(order);
    }
  }
  blocks_.load(in);
  return in.done();
}

}  // namespace pace::fix
