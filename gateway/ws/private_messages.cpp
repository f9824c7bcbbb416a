#include "gateway/ws/private_messages.h"

#include "gateway/ws/json_out.h"
#include "gateway/ws/market_messages.h"

namespace pace {
namespace {

std::string open_list(std::string_view channel, const Entry& entry, std::string_view list) {
  std::string out = "{";
  JsonFields fields(out);
  fields.add_text("channel", channel);
  fields.add("sequence", entry.sequence());
  fields.add_text("time", to_text(entry.stamped.time));
  return out + ",\"" + std::string(list) + "\":[";
}

void add_item(std::string& out, std::string_view item) {
  if (out.back() != '[') out += ',';
  out += item;
}

/// The broker an order event belongs to; 0 for every other event.
BrokerId owner_of(const Event& event) {
  if (const auto* accepted = std::get_if<OrderAccepted>(&event)) return accepted->broker;
  if (const auto* cancelled = std::get_if<OrderCancelled>(&event)) return cancelled->broker;
  if (const auto* replaced = std::get_if<OrderReplaced>(&event)) return replaced->broker;
  return BrokerId{};
}

bool owned_by(const Event& event, BrokerId broker) {
  return broker && owner_of(event) == broker;
}

bool is_order_command(const Command& command) {
  return std::holds_alternative<NewOrder>(command) || std::holds_alternative<CancelOrder>(command) ||
         std::holds_alternative<ReplaceOrder>(command) || std::holds_alternative<MassCancel>(command);
}

std::string fill_json(const Trade& trade, const TradeSide& own, Side side, bool as_event) {
  std::string out = "{";
  JsonFields fields(out);
  if (as_event) fields.add_text("event", "fill");
  fields.add("trade", trade.trade);
  fields.add("instrument", trade.instrument);
  fields.add("side", side);
  fields.add("price", trade.price);
  fields.add("quantity", trade.quantity);
  fields.add("aggressor", trade.aggressor == side);
  fields.add("kind", trade.kind);
  fields.add("order", own.order);
  fields.add("client_id", own.client_id);
  fields.add("account", own.account);
  fields.add("open", own.open);
  fields.add("fee", own.fee);
  return out + "}";
}

// Calls visit(json) for each side of the trade that is the broker's.
template <class Visit>
void own_sides(const Trade& trade, BrokerId broker, bool as_event, Visit&& visit) {
  if (trade.buy.broker == broker) visit(fill_json(trade, trade.buy, Side::buy, as_event));
  if (trade.sell.broker == broker) visit(fill_json(trade, trade.sell, Side::sell, as_event));
}

std::string rejection_json(const Entry& entry) {
  std::string out = "{";
  JsonFields fields(out);
  fields.add_text("event", "order_rejected");
  fields.add_text("command", name_of(entry.stamped.request.command));
  fields.add("request_id", entry.stamped.request.request_id);
  fields.add_json("outcome", to_json(entry.outcome));
  return out + "}";
}

template <class E>
bool is(const Event& event) {
  return std::holds_alternative<E>(event);
}
bool is_market_event(const Event& event) {
  return is<PhaseChanged>(event) || is<TradingDayStarted>(event) || is<TradingDayEnded>(event) ||
         is<InstrumentStateChanged>(event) || is<ReferencePriceSet>(event) || is<AuctionIndicative>(event) ||
         is<AuctionUncrossed>(event);
}
bool is_order_or_trade(const Event& event) {
  return is<OrderRested>(event) || is<Trade>(event) || owner_of(event);
}

}  // namespace

bool sees_everything(Sender viewer) {
  return viewer.role == Role::exchange_operator || viewer.role == Role::registry_operator ||
         viewer.role == Role::authority;
}

std::vector<std::string> orders_updates(const Entry& entry, BrokerId broker) {
  MessageParts parts([&] { return open_list("orders", entry, "events"); });
  const Request& request = entry.stamped.request;
  if (!entry.outcome.accepted() && !entry.repeats && request.sender == Sender{Role::broker, broker.raw()} &&
      is_order_command(request.command))
    add_item(parts.next_item(trades_per_message), rejection_json(entry));
  for (const Event& event : entry.events)
    if (owned_by(event, broker)) add_item(parts.next_item(trades_per_message), to_json(event));
  return parts.finish();
}

std::vector<std::string> fills_updates(const Entry& entry, BrokerId broker) {
  MessageParts parts([&] { return open_list("fills", entry, "fills"); });
  for (const Event& event : entry.events)
    if (const auto* trade = std::get_if<Trade>(&event))
      own_sides(*trade, broker, false,
                [&](const std::string& fill) { add_item(parts.next_item(trades_per_message), fill); });
  return parts.finish();
}

std::string visible_events(const Entry& entry, Sender viewer) {
  const bool everything = sees_everything(viewer);
  const bool broker = viewer.role == Role::broker;
  const BrokerId self(viewer.number);
  std::string out = "[";
  for (const Event& event : entry.events) {
    const auto* trade = std::get_if<Trade>(&event);
    if (broker && trade != nullptr) {
      own_sides(*trade, self, true, [&](const std::string& fill) { add_item(out, fill); });
    } else if (everything || (broker ? is_market_event(event) || owned_by(event, self) : !is_order_or_trade(event))) {
      add_item(out, to_json(event));
    }
  }
  return out + "]";
}

}  // namespace pace
