#include <array>
#include <boost/asio/post.hpp>

#include "engine/base/account_number.h"
#include "gateway/ws/conversation_parts.h"
#include "gateway/ws/private_messages.h"

namespace pace {
namespace {

namespace json = boost::json;

// Public topics are few; this bounds the accounts that one session follows.
constexpr std::size_t most_subscriptions = 256;

std::optional<std::uint64_t> number_field(const json::object& fields, std::string_view name) {
  const json::value* value = fields.if_contains({name.data(), name.size()});
  json::error_code error;
  const auto number = value != nullptr ? value->to_number<std::uint64_t>(error) : 0;
  return value == nullptr || error ? std::nullopt : std::optional(number);
}

}  // namespace

std::optional<Topic> Conversation::read_topic(Message& message) {
  static constexpr auto known = std::to_array<std::string_view>({"channel", "symbol", "account", "from"});
  if (!only_fields(message, known)) return std::nullopt;
  const std::string_view name = text_field(message.fields, "channel");
  const auto channel = enum_from<Channel>(name);
  if (!channel) {
    refuse(message, "unknown_channel",
           "there is no channel \"" + shorten(name) + "\"" + did_you_mean(name, EnumNames<Channel>::names));
    return std::nullopt;
  }
  if (is_of_account(*channel)) return read_account_topic(message, *channel);
  if (is_of_broker(*channel)) {
    if (identity_ && identity_->scopes.read && identity_->sender.role == Role::broker && identity_->sender.number != 0)
      return Topic{*channel, identity_->sender.number};
    refuse(message, "not_permitted", "this channel needs the login of a broker with scope read");
    return std::nullopt;
  }
  if (*channel == Channel::status) return Topic{*channel};
  const std::string_view symbol = text_field(message.fields, "symbol");
  const BoardInstrument* instrument = ports_.hub.board().find(symbol);
  if (instrument != nullptr) return Topic{*channel, instrument->instrument.raw()};
  refuse(message, "unknown_instrument", "there is no instrument \"" + shorten(symbol) + "\"");
  return std::nullopt;
}

std::optional<Topic> Conversation::read_account_topic(Message& message, Channel channel) {
  const bool office = identity_ && sees_everything(identity_->sender);
  const bool broker = identity_ && identity_->sender.role == Role::broker && identity_->sender.number != 0;
  if (!identity_ || !identity_->scopes.read || (!office && !broker)) {
    refuse(message, "not_permitted", "this channel needs the login of a broker or an office with scope read");
    return std::nullopt;
  }
  const auto account = number_field(message.fields, "account");
  if (account && well_formed(AccountId(*account)))
    return Topic{channel, *account, broker ? identity_->sender.number : 0};
  refuse(message, "malformed_message", "account: expected an account number with its check digits");
  return std::nullopt;
}

void Conversation::subscribe(Message& message) {
  const auto topic = read_topic(message);
  if (!topic) return;
  if (subscriptions_.size() >= most_subscriptions && !subscriptions_.contains(*topic))
    return refuse(message, "too_many_subscriptions",
                  "a session has at most " + std::to_string(most_subscriptions) + " subscriptions");
  std::optional<Sequence> from;
  if (message.fields.contains("from")) {
    const auto number = number_field(message.fields, "from");
    if (!number)
      return refuse(message, "malformed_message", "from: expected the sequence of the last message received");
    from = Sequence(*number);
    if (*from > ports_.hub.released())
      return refuse(message, "from_is_ahead",
                    "from: the exchange stands at " + std::to_string(ports_.hub.released().raw()));
  }
  const bool resumes = from && (is_replayable(topic->channel) || ports_.hub.recent(*topic, *from));
  Reply reply(message.op, message.id, "ok", message.budget);
  reply.fields().add("channel", topic->channel);
  const std::string_view symbol = text_field(message.fields, "symbol");
  if (!symbol.empty()) reply.fields().add_text("symbol", symbol);
  if (is_of_account(topic->channel)) reply.fields().add("account", topic->key);
  if (from) reply.fields().add("resumed", resumes);
  reply.fields().add("sequence", ports_.hub.board().applied());
  send(reply.finish());
  open_topic(*topic, from);
}

void Conversation::open_topic(const Topic& topic, std::optional<Sequence> from) {
  const auto recent = from ? ports_.hub.recent(topic, *from) : std::nullopt;
  if (subscriptions_.contains(topic)) ports_.hub.unsubscribe(topic, *this);
  Subscription& subscription = subscriptions_[topic] = Subscription{.number = ++subscriptions_made_};
  ports_.hub.subscribe(topic, *this);
  if (from && is_replayable(topic.channel)) {
    subscription.reached = *from;
    return replay(topic);
  }
  if (topic.channel == Channel::orders) return list_orders(topic, subscription.number);
  subscription.live = true;
  if (is_of_account(topic.channel)) return;  // the hub tells its state
  subscription.reached = ports_.hub.board().applied();
  if (outlet_ == nullptr) return;
  if (recent) {
    for (const Text& text : *recent) outlet_->send(*text);
  } else if (const Text state = ports_.hub.snapshot(topic); state != nullptr) {
    outlet_->send(*state);
  }
}

void Conversation::unsubscribe(Message& message) {
  const auto topic = read_topic(message);
  if (!topic) return;
  if (subscriptions_.erase(*topic) != 0) ports_.hub.unsubscribe(*topic, *this);
  Reply reply(message.op, message.id, "ok", message.budget);
  reply.fields().add("channel", topic->channel);
  send(reply.finish());
}

// Open orders as of a sequence, then everything after it: no gap, nothing twice.
void Conversation::list_orders(const Topic& topic, std::uint64_t number) {
  const BrokerId broker(static_cast<std::uint32_t>(topic.key));
  const Reject taken = ports_.queries.ask(
      AskOrders{broker}, [&io = ports_.io, weak = weak_from_this(), topic, number](const Answer& given) {
        const auto* orders = std::get_if<OrdersView>(&given);
        boost::asio::post(io, [weak, topic, number, open = orders != nullptr ? *orders : OrdersView{}] {
          if (const auto self = weak.lock()) self->listed(topic, number, open);
        });
      });
  if (taken == Reject::none) return;
  subscriptions_.erase(topic);
  ports_.hub.unsubscribe(topic, *this);
  Message message;
  message.op = "subscribe";
  refuse(message, "busy", "the exchange is busy; subscribe again");
}

void Conversation::listed(const Topic& topic, std::uint64_t number, const OrdersView& view) {
  const auto found = subscriptions_.find(topic);
  if (found == subscriptions_.end() || found->second.number != number) return;
  send_orders(view);
  found->second.reached = view.as_of;
  replay(topic);
}

void Conversation::send_orders(const OrdersView& view) {
  MessageParts parts([&] {
    return "{\"channel\":\"orders\",\"type\":\"snapshot\",\"sequence\":" + std::to_string(view.as_of.raw()) +
           ",\"orders\":[";
  });
  if (view.orders.empty()) parts.next_item(trades_per_message);
  for (const OrderView& order : view.orders) {
    std::string& out = parts.next_item(trades_per_message);
    if (out.back() != '[') out += ',';
    json_value(out, order);
  }
  for (const std::string& text : parts.finish()) send(text);
}

void Conversation::replay(const Topic& topic) {
  const auto found = subscriptions_.find(topic);
  if (found == subscriptions_.end()) return;
  ports_.hub.replay(topic, found->second.reached,
                    [weak = weak_from_this(), topic, number = found->second.number](const StreamHub::Replayed& piece) {
                      if (const auto self = weak.lock()) self->replayed(topic, number, piece);
                    });
}

void Conversation::replayed(const Topic& topic, std::uint64_t number, const StreamHub::Replayed& piece) {
  const auto found = subscriptions_.find(topic);
  if (outlet_ == nullptr || found == subscriptions_.end() || found->second.number != number) return;
  Subscription& subscription = found->second;
  for (const auto& [sequence, text] : piece.messages) outlet_->send(*text);
  const bool ended = piece.reached == subscription.reached;  // nothing more in the feed
  subscription.reached = piece.reached;
  if (ended || piece.reached >= ports_.hub.board().applied()) {
    subscription.live = true;
  } else if (outlet_->queued_bytes() > ports_.options.ws_max_queue_bytes / 4) {
    subscription.parked = true;
  } else {
    replay(topic);
  }
}

void Conversation::drained() {
  for (auto& [topic, subscription] : subscriptions_)
    if (std::exchange(subscription.parked, false)) replay(topic);
}

void Conversation::deliver(const Topic& topic, const Bundle& bundle) {
  const auto found = subscriptions_.find(topic);
  if (outlet_ == nullptr || found == subscriptions_.end() || !found->second.live) return;
  const Sequence reached = found->second.reached;
  if (bundle.messages().front().sequence > reached || is_of_account(topic.channel)) return outlet_->send(bundle);
  for (const auto& [sequence, text] : bundle.messages())
    if (sequence > reached) outlet_->send(*text);
}

}  // namespace pace
