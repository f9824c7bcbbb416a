#include "gateway/ws/private_messages.h"

#include "gateway/ws/json_out.h"
#include "gateway/ws/market_messages.h"

namespace pace {
namespace {

template <class T, class... Wanted>
constexpr bool one_of = (std::is_same_v<T, Wanted> || ...);

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

/// The broker an event about an order, a block report, a sealed bid or a listing belongs to; 0 for every other event.
BrokerId owner_of(const Entry& entry, const Event& event) {
  const Sender& sender = entry.stamped.request.sender;
  return std::visit(
      [&]<class E>(const E& e) {
        if constexpr (one_of<E, OrderAccepted, OrderCancelled, OrderReplaced, BlockReported, BlockWithdrawn,
                             BidAccepted, BidWithdrawn>)
          return e.broker;
        else if constexpr (std::is_same_v<E, AuctionAnnounced>)
          return BrokerId(sender.role == Role::broker ? sender.number : 0);
        else
          return BrokerId{};
      },
      event);
}

bool owned_by(const Entry& entry, const Event& event, BrokerId broker) {
  return broker && owner_of(entry, event) == broker;
}

bool is_order_command(const Command& command) {
  return std::visit(
      []<class C>(const C&) {
        return one_of<C, NewOrder, CancelOrder, ReplaceOrder, MassCancel, ReportBlock, WithdrawBlock, AnnounceAuction,
                      BidAuction, WithdrawBid>;
      },
      command);
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
  fields.add("commission", own.commission);
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

bool is_market_event(const Event& event) {
  return std::visit(
      []<class E>(const E&) {
        return one_of<E, PhaseChanged, TradingDayStarted, TradingDayEnded, InstrumentStateChanged, ReferencePriceSet,
                      AuctionIndicative, AuctionUncrossed, BlockPublished, AuctionClosed, StabilityTriggered>;
      },
      event);
}
bool is_order_or_trade(const Entry& entry, const Event& event) {
  return std::holds_alternative<OrderRested>(event) || std::holds_alternative<Trade>(event) ||
         std::holds_alternative<AuctionAnnounced>(event) || owner_of(entry, event);
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
    if (owned_by(entry, event, broker)) add_item(parts.next_item(trades_per_message), to_json(event));
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
    } else if (everything ||
               (broker ? is_market_event(event) || owned_by(entry, event, self) : !is_order_or_trade(entry, event))) {
      add_item(out, to_json(event));
    }
  }
  return out + "]";
}

}  // namespace pace
