#include "gateway/ws/conversation.h"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>

#include "gateway/ws/conversation_parts.h"

namespace pace {
namespace {

namespace json = boost::json;

constexpr std::uint32_t most_failed_logins = 3;
constexpr std::uint32_t most_refused_in_a_row = 1000;

constexpr auto known_ops = std::to_array<std::string_view>({"login", "subscribe", "unsubscribe", "place", "place_many",
                                                            "place_pooled", "replace", "cancel", "cancel_all", "ping"});

json::parse_options shallow() {
  json::parse_options options;
  options.max_depth = CommandReader::max_depth;
  return options;
}

}  // namespace

std::string_view text_field(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains({name.data(), name.size()});
  return value != nullptr && value->is_string() ? view(value->get_string()) : std::string_view();
}

MessageReader::MessageReader() : parser_(json::storage_ptr(), shallow(), stack_.data(), stack_.size()) {}

json::value MessageReader::read(std::string_view text, json::monotonic_resource& memory, json::error_code& error) {
  parser_.reset(&memory);
  parser_.write(text.data(), text.size(), error);
  json::value value((json::storage_ptr(&memory)));
  if (!error) value = parser_.release();
  parser_.reset();
  return value;
}

WsPorts::WsPorts(boost::asio::io_context& io_context, CommandPort& command_port, QueryPort& query_port,
                 Credentials& users, const HttpOptions& http_options, StreamHub& stream_hub, RateLimiter& rate_limiter)
    : io(io_context),
      commands(command_port),
      queries(query_port),
      credentials(users),
      options(http_options),
      hub(stream_hub),
      limiter(rate_limiter),
      reader(std::make_shared<MessageReader>()),
      answers(std::make_shared<AnswerQueue>(io_context)) {}

Conversation::Conversation(WsPorts& ports, Outlet& outlet, std::string key)
    : ports_(ports), outlet_(&outlet), key_(std::move(key)), nonce_(new_nonce()) {}

void Conversation::send(std::string_view text) {
  if (outlet_ != nullptr) outlet_->send(text);
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
  if (std::exchange(cancel_at_end_, false)) cancel_own_orders();
}

void Conversation::check_login() {
  if (outlet_ == nullptr || !identity_) return;
  const Standing standing = ports_.credentials.standing(*identity_);
  switch (standing) {
    case Standing::good:
      return;
    case Standing::expired:
      return outlet_->close(close_expired, identity_->login + " has expired");
    case Standing::changed:
      return outlet_->close(close_rights_changed, "the rights of " + identity_->login + " were changed: log in again");
    default:
      return outlet_->close(close_shut_out, identity_->login + " was " + std::string(name_of(standing)));
  }
}

void Conversation::refuse(const Message& message, std::string_view code, std::string_view text) {
  Reply reply(message.op, message.id, "error", message.budget);
  reply.fields().add_text("code", code);
  reply.fields().add_text("text", text);
  send(reply.finish());
}

bool Conversation::only_fields(const Message& message, std::span<const std::string_view> known) {
  for (const auto& member : message.fields) {
    const std::string_view name = view(member.key());
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    refuse(message, "malformed_message", shorten(name) + ": there is no such field" + did_you_mean(name, known));
    return false;
  }
  return true;
}

void Conversation::receive(std::string_view text) {
  Message message;
  const auto grant = ports_.limiter.take(key_, std::chrono::steady_clock::now());
  message.budget = grant.remaining;
  if (!grant.allowed) {
    if (++refused_in_a_row_ > most_refused_in_a_row) return outlet_->close(close_policy, "rate limit ignored");
    Reply reply("", {}, "error", grant.remaining);
    reply.fields().add_text("code", "rate_limited");
    reply.fields().add_text("text", "too many messages; nothing was done");
    reply.fields().add("retry_after_ms", grant.retry_after.count());
    return send(reply.finish());
  }
  refused_in_a_row_ = 0;
  read(message, text);
}

void Conversation::read(Message& message, std::string_view text) {
  json::monotonic_resource memory(ports_.reader->memory().data(), ports_.reader->memory().size());
  json::error_code error;
  json::value value = ports_.reader->read(text, memory, error);
  if (error) return refuse(message, "malformed_message", "this is not JSON: " + error.message());
  if (!value.is_object()) return refuse(message, "malformed_message", "expected an object with a field op");
  Message read{std::move(value.get_object()), {}, {}, message.budget};  // its fields lie in `memory`
  if (const json::value* id = read.fields.if_contains("id")) {
    const auto fits = ClientId::from(id->is_string() ? view(id->get_string()) : "\n");
    if (!fits)
      return refuse(read, "malformed_message", "id: expected a string of at most 20 printable ASCII characters");
    read.id = *fits;
  }
  const std::string_view op = text_field(read.fields, "op");
  const auto found = std::find(known_ops.begin(), known_ops.end(), op);
  if (found == known_ops.end())
    return refuse(read, "unknown_op", "there is no op \"" + shorten(op) + "\"" + did_you_mean(op, known_ops));
  read.op = *found;
  read.fields.erase("op");
  read.fields.erase("id");
  dispatch(read);
}

void Conversation::dispatch(Message& message) {
  if (message.op == "place") return command(message, NewOrder::name);
  if (message.op == "place_many") return place_many(message);
  if (message.op == "place_pooled") return command(message, NewPooledOrder::name);
  if (message.op == "replace") return command(message, ReplaceOrder::name);
  if (message.op == "cancel") return command(message, CancelOrder::name);
  if (message.op == "cancel_all") return command(message, MassCancel::name);
  if (message.op == "login") return login(message);
  if (message.op == "subscribe") return subscribe(message);
  if (message.op == "unsubscribe") return unsubscribe(message);
  ping(message);
}

void Conversation::ping(Message& message) {
  if (!only_fields(message, {})) return;
  Reply reply(message.op, message.id, "ok", message.budget);
  reply.fields().add("sequence", ports_.hub.board().applied());
  send(reply.finish());
}

void Conversation::refuse_login(const Message& message, std::string_view code, std::string_view text) {
  identity_.reset();
  Reply reply(message.op, message.id, "error", message.budget);
  reply.fields().add_text("code", code);
  reply.fields().add_text("text", text);
  reply.fields().add_text("nonce", nonce_);
  send(reply.finish());
  if (++failed_logins_ >= most_failed_logins) outlet_->close(close_policy, "too many failed logins");
}

void Conversation::login(Message& message) {
  static constexpr auto known = std::to_array<std::string_view>({"user", "proof", "signature", "cancel_on_disconnect"});
  if (identity_) return refuse(message, "logged_in", "this session is logged in as " + identity_->login);
  if (!only_fields(message, known)) return;
  const json::value* wish = message.fields.if_contains("cancel_on_disconnect");
  if (wish != nullptr && !wish->is_bool())
    return refuse(message, "malformed_message", "cancel_on_disconnect: expected true or false");
  const std::string_view user = text_field(message.fields, "user");
  const auto proof = digest_from_hex(text_field(message.fields, "proof"));
  const auto signature = signature_from_hex(text_field(message.fields, "signature"));
  const std::string nonce = std::exchange(nonce_, new_nonce());  // one attempt each
  if (proof) identity_ = ports_.credentials.verify_proof(user, nonce, *proof);
  if (signature) identity_ = ports_.credentials.verify_signature(user, login_text(user, nonce), *signature);
  if (!identity_) return refuse_login(message, "login_refused", "user or proof is wrong, or the user may not enter");
  const bool cancels = wish != nullptr && wish->get_bool();
  if (cancels && (!identity_->scopes.trade || identity_->sender.role != Role::broker))
    return refuse_login(message, "not_permitted", "cancel_on_disconnect needs the login of a broker with scope trade");
  cancel_at_end_ = cancels;
  key_ = "login:" + identity_->login;
  Reply reply(message.op, message.id, "ok", message.budget);
  reply.fields().add_text("user", identity_->user);
  reply.fields().add("role", identity_->sender.role);
  reply.fields().add("number", identity_->sender.number);
  std::string scopes = "[";
  for (const auto& [on, name] : {std::pair(identity_->scopes.read, "read"), std::pair(identity_->scopes.trade, "trade"),
                                 std::pair(identity_->scopes.admin, "admin")})
    if (on) scopes += (scopes.size() > 1 ? ",\"" : "\"") + std::string(name) + "\"";
  reply.fields().add_json("scopes", scopes + "]");
  reply.fields().add("cancel_on_disconnect", cancel_at_end_);
  reply.fields().add("sequence", ports_.hub.board().applied());
  send(reply.finish());
}

}  // namespace pace
