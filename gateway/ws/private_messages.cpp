#include "gateway/ws/private_messages.h"

#include <algorithm>

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
  fields.add("own_against_principal", trade.own_against_principal);
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

std::vector<std::string> order_items(const Entry& entry, BrokerId broker) {
  std::vector<std::string> items;
  const Request& request = entry.stamped.request;
  if (!entry.outcome.accepted() && !entry.repeats && request.sender == Sender{Role::broker, broker.raw()} &&
      is_order_command(request.command))
    items.push_back(rejection_json(entry));
  for (const Event& event : entry.events)
    if (owned_by(entry, event, broker)) items.push_back(to_json(event));
  return items;
}

std::vector<std::string> fill_items(const Entry& entry, BrokerId broker) {
  std::vector<std::string> items;
  for (const Event& event : entry.events)
    if (const auto* trade = std::get_if<Trade>(&event))
      own_sides(*trade, broker, false, [&](std::string fill) { items.push_back(std::move(fill)); });
  return items;
}

namespace {

std::vector<std::string> in_messages(const Entry& entry, std::string_view channel, std::string_view list,
                                     const std::vector<std::string>& items) {
  MessageParts parts([&] { return open_list(channel, entry, list); });
  for (const std::string& item : items) add_item(parts.next_item(trades_per_message), item);
  return parts.finish();
}

}  // namespace

std::vector<std::string> orders_updates(const Entry& entry, BrokerId broker) {
  return in_messages(entry, "orders", "events", order_items(entry, broker));
}

std::vector<std::string> fills_updates(const Entry& entry, BrokerId broker) {
  return in_messages(entry, "fills", "fills", fill_items(entry, broker));
}

namespace {

template <Message T>
std::string notice_json(const T& message) {
  std::string out = "{\"notice\":";
  json_escape(out, T::name);
  out += ',';
  json_fields(out, message);
  return out + "}";
}

/// Of commands: what concerns the member without an event that says so.
std::string notice_of(const Command& command, BrokerId broker) {
  return std::visit(
      [&]<class C>(const C& c) -> std::string {
        if constexpr (one_of<C, GrantEntrustment, DepositCash, WithdrawCash>)
          return c.broker == broker ? notice_json(c) : std::string();
        else if constexpr (one_of<C, ActivateRules, SetHolidays>)
          return notice_json(c);
        else
          return {};
      },
      command);
}

bool trades_here(const Entry& entry, BrokerId broker) {
  for (const Event& event : entry.events)
    if (const auto* trade = std::get_if<Trade>(&event);
        trade && (trade->buy.broker == broker || trade->sell.broker == broker))
      return true;
  return false;
}

std::string notice_of(const Entry& entry, const Event& event, BrokerId broker) {
  return std::visit(
      [&]<class E>(const E& e) -> std::string {
        if constexpr (one_of<E, InstrumentStateChanged, AuctionClosed, StabilityTriggered>) {
          return notice_json(e);
        } else if constexpr (std::is_same_v<E, KillSwitchSet>) {
          return e.broker == broker ? notice_json(e) : std::string();
        } else if constexpr (std::is_same_v<E, TradeBroken>) {
          return trades_here(entry, broker) ? notice_json(e) : std::string();
        } else if constexpr (std::is_same_v<E, AuctionAnnounced>) {
          AuctionAnnounced shown = e;
          if (!owned_by(entry, event, broker)) shown.seller = AccountId{};  // who sells is the seller's own
          return notice_json(shown);
        } else {
          return {};
        }
      },
      event);
}

}  // namespace

std::vector<std::string> notices_updates(const Entry& entry, BrokerId broker) {
  if (!entry.outcome.accepted() || entry.repeats) return {};
  std::vector<std::string> notices = {notice_of(entry.stamped.request.command, broker)};
  for (const Event& event : entry.events) notices.push_back(notice_of(entry, event, broker));
  std::erase(notices, std::string());
  return in_messages(entry, "notices", "notices", notices);
}

bool may_see(std::uint32_t broker, const AccountView& view) {
  return broker == 0 || std::find(view.brokers.begin(), view.brokers.end(), BrokerId(broker)) != view.brokers.end();
}

std::string account_state(bool holdings, const AccountView& view) {
  std::string out;
  JsonFields fields(out);
  if (holdings) {
    fields.add("holdings", view.holdings);
  } else {
    fields.add("cash", view.cash);
    fields.add("cash_held", view.cash_held);
  }
  return out;
}

std::string account_message(std::string_view channel, const AccountView& view, std::string_view state) {
  std::string out = "{";
  JsonFields fields(out);
  fields.add_text("channel", channel);
  fields.add("sequence", view.as_of);
  fields.add("account", view.account);
  return out + "," + std::string(state) + "}";
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
