#include "gateway/ws/conversation.h"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <boost/json/parse.hpp>

#include "gateway/ws/json_out.h"

namespace pace {
namespace {

namespace json = boost::json;

constexpr std::uint32_t most_failed_logins = 3;
constexpr std::uint32_t most_refused_in_a_row = 1000;

constexpr auto known_ops = std::to_array<std::string_view>(
    {"login", "subscribe", "unsubscribe", "place", "replace", "cancel", "cancel_all", "ping"});

std::string_view view(json::string_view text) {
  return {text.data(), text.size()};
}

std::string_view text_field(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains({name.data(), name.size()});
  return value != nullptr && value->is_string() ? view(value->get_string()) : std::string_view();
}

json::value parse_message(std::string_view text, json::error_code& error) {
  json::parse_options options;
  options.max_depth = CommandReader::max_depth;
  return json::parse({text.data(), text.size()}, error, {}, options);
}

}  // namespace

/// One message being handled.
struct Conversation::Message {
  json::object fields;
  std::string_view op;  ///< one of known_ops, or empty
  ClientId id;
  std::uint32_t budget = 0;
};

/// {"op":…,"id":…,"status":…,"budget":…,…}
class Conversation::Reply {
 public:
  Reply(std::string_view op, ClientId id, std::string_view status, std::uint32_t budget) : fields_(out_) {
    fields_.add_text("op", op);
    fields_.add("id", id);
    fields_.add_text("status", status);
    fields_.add("budget", budget);
  }
  JsonFields& fields() { return fields_; }
  std::string finish() { return out_ + "}"; }

 private:
  std::string out_ = "{";
  JsonFields fields_;
};

/// What the gate's thread takes out of an entry for the one who sent the command.
struct Conversation::Answer {
  std::string_view op;
  ClientId id;
  std::uint32_t budget = 0;
  Sequence sequence, repeats;
  Outcome outcome;
  OrderId order;
  std::uint32_t cancelled = 0;

  void take(const Entry& entry) {
    sequence = entry.sequence();
    repeats = entry.repeats;
    outcome = entry.outcome;
    for (const Event& event : entry.events) {
      if (const auto* accepted = std::get_if<OrderAccepted>(&event); accepted && accepted->client_id == id)
        order = accepted->order;
      if (const auto* replaced = std::get_if<OrderReplaced>(&event); replaced && replaced->client_id == id)
        order = replaced->order;
      if (const auto* gone = std::get_if<OrderCancelled>(&event))
        cancelled += gone->reason == CancelReason::mass_cancel ? 1 : 0;
    }
  }
};

Conversation::Conversation(WsPorts& ports, Outlet& outlet, std::string key)
    : ports_(ports), outlet_(&outlet), key_(std::move(key)), nonce_(new_nonce()) {}

void Conversation::send(std::string text) {
  if (outlet_ != nullptr) outlet_->send(std::make_shared<const std::string>(std::move(text)));
}

void Conversation::start() {
  std::string out = "{";
  JsonFields fields(out);
  fields.add_text("op", "hello");
  fields.add("version", 1);
  fields.add("sequence", ports_.hub.board().applied());
  fields.add_text("nonce", nonce_);
  send(out + "}");
}

void Conversation::end() {
  for (const auto& [topic, subscription] : subscriptions_) ports_.hub.unsubscribe(topic, *this);
  subscriptions_.clear();
  outlet_ = nullptr;
}

void Conversation::check_user() {
  if (outlet_ == nullptr || !identity_) return;
  if (ports_.credentials.find(identity_->user) != identity_)
    outlet_->close(close_policy, "the user was disabled or changed");
}

void Conversation::refuse(const Message& message, std::string_view code, std::string_view text) {
  Reply reply(message.op, message.id, "error", message.budget);
  reply.fields().add_text("code", code);
  reply.fields().add_text("text", text);
  send(reply.finish());
}

void Conversation::receive(std::string_view text) {
  Message message;
  const auto grant = ports_.limiter.take(key_, std::chrono::steady_clock::now());
  message.budget = grant.remaining;
  if (!grant.allowed) {
    if (++refused_in_a_row_ > most_refused_in_a_row) return outlet_->close(close_policy, "rate limit ignored");
    Reply reply("", {}, "error", 0);
    reply.fields().add_text("code", "rate_limited");
    reply.fields().add_text("text", "too many messages; nothing was done");
    reply.fields().add("retry_after_ms", grant.retry_after.count());
    return send(reply.finish());
  }
  refused_in_a_row_ = 0;

  json::error_code error;
  json::value value = parse_message(text, error);
  if (error) return refuse(message, "malformed_message", "this is not JSON: " + error.message());
  if (!value.is_object()) return refuse(message, "malformed_message", "expected an object with a field op");
  message.fields = std::move(value.get_object());
  if (const json::value* id = message.fields.if_contains("id")) {
    const auto fits = ClientId::from(id->is_string() ? view(id->get_string()) : "\n");
    if (!fits)
      return refuse(message, "malformed_message", "id: expected a string of at most 20 printable ASCII characters");
    message.id = *fits;
  }
  const std::string_view op = text_field(message.fields, "op");
  const auto found = std::find(known_ops.begin(), known_ops.end(), op);
  if (found == known_ops.end())
    return refuse(message, "unknown_op", "there is no op \"" + shorten(op) + "\"" + did_you_mean(op, known_ops));
  message.op = *found;
  message.fields.erase("op");
  message.fields.erase("id");
  dispatch(message);
}

void Conversation::dispatch(Message& message) {
  if (message.op == "login") return login(message);
  if (message.op == "subscribe") return subscribe(message);
  if (message.op == "unsubscribe") return unsubscribe(message);
  if (message.op == "place") return command(message, NewOrder::name);
  if (message.op == "replace") return command(message, ReplaceOrder::name);
  if (message.op == "cancel") return command(message, CancelOrder::name);
  if (message.op == "cancel_all") return command(message, MassCancel::name);
  Reply reply(message.op, message.id, "ok", message.budget);
  reply.fields().add("sequence", ports_.hub.board().applied());
  send(reply.finish());
}

void Conversation::login(Message& message) {
  if (identity_) return refuse(message, "logged_in", "this session is logged in as " + identity_->user);
  const auto proof = digest_from_hex(text_field(message.fields, "proof"));
  const std::string nonce = std::exchange(nonce_, new_nonce());  // one attempt each
  if (proof) identity_ = ports_.credentials.verify_proof(text_field(message.fields, "user"), nonce, *proof);
  if (!identity_) {
    Reply reply(message.op, message.id, "error", message.budget);
    reply.fields().add_text("code", "login_refused");
    reply.fields().add_text("text", "user or proof is wrong, or the user may not enter");
    reply.fields().add_text("nonce", nonce_);
    send(reply.finish());
    if (++failed_logins_ >= most_failed_logins) outlet_->close(close_policy, "too many failed logins");
    return;
  }
  key_ = "user:" + identity_->user;
  Reply reply(message.op, message.id, "ok", message.budget);
  reply.fields().add_text("user", identity_->user);
  reply.fields().add("role", identity_->sender.role);
  reply.fields().add("number", identity_->sender.number);
  reply.fields().add("sequence", ports_.hub.board().applied());
  send(reply.finish());
}

std::optional<Topic> Conversation::read_topic(Message& message) {
  static constexpr auto known = std::to_array<std::string_view>({"channel", "symbol", "from"});
  for (const auto& member : message.fields) {
    const std::string_view name = view(member.key());
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    refuse(message, "malformed_message", shorten(name) + ": there is no such field" + did_you_mean(name, known));
    return std::nullopt;
  }
  const std::string_view name = text_field(message.fields, "channel");
  const auto channel = enum_from<Channel>(name);
  if (!channel) {
    refuse(message, "unknown_channel",
           "there is no channel \"" + shorten(name) + "\"" + did_you_mean(name, EnumNames<Channel>::names));
    return std::nullopt;
  }
  if (is_private(*channel)) {
    if (identity_ && identity_->scopes.read && identity_->sender.role == Role::broker && identity_->sender.number != 0)
      return Topic{*channel, identity_->sender.number};
    refuse(message, "not_permitted", "this channel needs the login of a broker with scope read");
    return std::nullopt;
  }
  if (*channel == Channel::status) return Topic{*channel, 0};
  const std::string_view symbol = text_field(message.fields, "symbol");
  const BoardInstrument* instrument = ports_.hub.board().find(symbol);
  if (instrument != nullptr) return Topic{*channel, instrument->instrument.raw()};
  refuse(message, "unknown_instrument", "there is no instrument \"" + shorten(symbol) + "\"");
  return std::nullopt;
}

void Conversation::subscribe(Message& message) {
  const auto topic = read_topic(message);
  if (!topic) return;
  std::optional<Sequence> from;
  if (const json::value* value = message.fields.if_contains("from")) {
    json::error_code error;
    from = Sequence(value->to_number<std::uint64_t>(error));
    if (error) return refuse(message, "malformed_message", "from: expected the sequence of the last message received");
    if (*from > ports_.hub.released())
      return refuse(message, "from_is_ahead",
                    "from: the exchange stands at " + std::to_string(ports_.hub.released().raw()));
  }
  Reply reply(message.op, message.id, "ok", message.budget);
  reply.fields().add("channel", topic->channel);
  const std::string_view symbol = text_field(message.fields, "symbol");
  if (!symbol.empty()) reply.fields().add_text("symbol", symbol);
  reply.fields().add("sequence", ports_.hub.board().applied());
  send(reply.finish());
  open_topic(*topic, from);
}

void Conversation::open_topic(const Topic& topic, std::optional<Sequence> from) {
  const auto [at, fresh] = subscriptions_.insert_or_assign(topic, Subscription{.number = ++subscriptions_made_});
  if (fresh) ports_.hub.subscribe(topic, *this);
  Subscription& subscription = at->second;
  if (from && is_replayable(topic.channel)) {
    subscription.reached = *from;
    return replay(topic);
  }
  if (topic.channel == Channel::orders) return list_orders(topic, subscription.number);
  subscription.reached = ports_.hub.board().applied();
  subscription.live = true;
  if (const Text state = ports_.hub.snapshot(topic); state != nullptr && outlet_ != nullptr) outlet_->send(state);
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
  const Reject taken = ports_.queries.ask(AskOrders{BrokerId(topic.key)}, [&io = ports_.io, weak = weak_from_this(),
                                                                           topic, number](const pace::Answer& given) {
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
  for (std::string& text : parts.finish()) send(std::move(text));
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
  for (const auto& [sequence, text] : piece.messages) outlet_->send(text);
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

void Conversation::deliver(const Topic& topic, Sequence sequence, const Text& text) {
  const auto found = subscriptions_.find(topic);
  if (found == subscriptions_.end() || !found->second.live || sequence <= found->second.reached) return;
  if (outlet_ != nullptr) outlet_->send(text);
}

void Conversation::command(Message& message, std::string_view name) {
  if (!identity_ || !identity_->scopes.trade)
    return refuse(message, "not_permitted", "orders need a login with scope trade");
  if (const json::value* symbol = message.fields.if_contains("symbol")) {
    const BoardInstrument* instrument =
        ports_.hub.board().find(symbol->is_string() ? view(symbol->get_string()) : std::string_view());
    if (instrument == nullptr) return refuse(message, "unknown_instrument", "symbol: there is no such instrument");
    message.fields["instrument"] = instrument->instrument.raw();
    message.fields.erase("symbol");
  }
  if (name == MassCancel::name) {  // nothing said means all of the user's own
    if (!message.fields.contains("side")) message.fields["side"] = "both";
    message.fields["reason"] = "mass_cancel";
  }
  JsonFault fault;
  auto read = read_command(name, message.fields, "", fault);
  if (!read) return refuse(message, "malformed_message", fault.text);
  submit(message, std::move(*read));
}

void Conversation::submit(Message& message, Command command) {
  Request request{identity_->sender, message.id, std::move(command)};
  Answer pending{.op = message.op, .id = message.id, .budget = message.budget};
  if (ports_.options.screen) {
    pending.outcome = ports_.options.screen(request);
    if (!pending.outcome.accepted()) return answer(pending);
  }
  const Reject taken = ports_.commands.submit(std::move(request),
                                              [&io = ports_.io, weak = weak_from_this(), pending](const Entry& entry) {
                                                Answer taken_answer = pending;
                                                taken_answer.take(entry);
                                                boost::asio::post(io, [weak, taken_answer] {
                                                  if (const auto self = weak.lock()) self->answer(taken_answer);
                                                });
                                              });
  if (taken == Reject::none) return;
  refuse(message, find_reject(taken)->name, to_text(Outcome{taken}));
}

void Conversation::answer(const Answer& answer) {
  const bool accepted = answer.outcome.accepted();
  const bool unknown = answer.outcome.code == Reject::outcome_unknown;
  Reply reply(answer.op, answer.id, accepted ? "accepted" : unknown ? "unknown" : "rejected", answer.budget);
  reply.fields().add("sequence", answer.sequence);
  if (answer.repeats) reply.fields().add("repeats", answer.repeats);
  if (answer.order) reply.fields().add("order", answer.order);
  if (accepted && answer.op == "cancel_all" && !answer.repeats) reply.fields().add("cancelled", answer.cancelled);
  if (!accepted) reply.fields().add_json("outcome", to_json(answer.outcome));
  send(reply.finish());
}

}  // namespace pace
