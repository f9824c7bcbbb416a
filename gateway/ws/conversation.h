// What is said over one WebSocket: login, subscriptions with resume, orders, answers. Knows no sockets: it is given
// texts and an outlet. The envelope stands in gateway/ws/README.md. Thread rule: the io thread. Answers to commands
// come from the gate's thread and are handed over. Invariants: a nonce serves one login attempt; every message of a
// topic leaves exactly once and in order, whether it comes from the past or lives; nothing private leaves before login,
// and only the user's own; subscriptions are bounded.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine/sequencer/port.h"
#include "gateway/auth/credentials.h"
#include "gateway/auth/rate_limiter.h"
#include "gateway/http/command_json.h"
#include "gateway/http/http_options.h"
#include "gateway/ws/stream_hub.h"

namespace pace {

/// Close codes of our own (4000 to 4999 are the application's, RFC 6455 7.4.2), beside 1001, 1008 and 1009.
inline constexpr std::uint16_t close_policy = 1008;
inline constexpr std::uint16_t close_going_away = 1001;
inline constexpr std::uint16_t close_shut_out = 4001;  ///< user disabled or removed, key revoked
inline constexpr std::uint16_t close_expired = 4002;
inline constexpr std::uint16_t close_rights_changed = 4003;
inline constexpr std::uint16_t close_slow_reader = 4008;

/// Where a conversation's words go.
class Outlet {
 public:
  virtual ~Outlet() = default;
  virtual void send(std::string_view text) = 0;
  virtual void send(const Bundle& bundle) = 0;
  /// Says why and ends; nothing is sent afterwards. Must not call the conversation's end() before it returns.
  virtual void close(std::uint16_t code, std::string_view reason) = 0;
  /// Bytes given to send that the reader has not taken yet.
  [[nodiscard]] virtual std::size_t queued_bytes() const = 0;
};

class MessageReader;
class AnswerQueue;

/// What conversations share.
struct WsPorts {
  WsPorts(boost::asio::io_context& io_context, CommandPort& command_port, QueryPort& query_port, Credentials& users,
          const HttpOptions& http_options, StreamHub& stream_hub, RateLimiter& rate_limiter);

  boost::asio::io_context& io;
  CommandPort& commands;
  QueryPort& queries;
  Credentials& credentials;
  const HttpOptions& options;
  StreamHub& hub;
  RateLimiter& limiter;
  std::shared_ptr<MessageReader> reader;
  std::shared_ptr<AnswerQueue> answers;
};

struct CommandAnswered;
struct OrderBatch;

class Conversation : public StreamReader, public std::enable_shared_from_this<Conversation> {
 public:
  /// `key`: what an anonymous session's rate is counted under. The outlet must live until end().
  Conversation(WsPorts& ports, Outlet& outlet, std::string key);

  /// Greets: protocol version, sequence, and the nonce for a login.
  void start();
  /// One text message from the client.
  void receive(std::string_view text);
  /// The outlet has room again: parked replays go on.
  void drained();
  /// The login may have ended since: user disabled, key revoked or expired; then the session ends and says why.
  void check_login();
  /// Forgets all subscriptions, and sends the cancel that the session wished for its end. The outlet is not used again;
  /// answers still owed are dropped.
  void end();

  void deliver(const Topic& topic, const Bundle& bundle) override;
  void ended(const Topic& topic) override { subscriptions_.erase(topic); }
  /// An answer of the exchange, on the io thread.
  void answer(const CommandAnswered& answer);
  void answer(const OrderBatch& batch);

 private:
  struct Subscription {
    std::uint64_t number = 0;  ///< tells a replay that its subscription was replaced
    Sequence reached;          ///< everything up to here was sent, or was not asked for
    bool live = false;         ///< messages after `reached` are passed on; else a replay is on its way
    bool parked = false;       ///< the replay waits for room
  };
  struct Message;

  void read(Message& message, std::string_view text);
  void dispatch(Message& message);
  void login(Message& message);
  void refuse_login(const Message& message, std::string_view code, std::string_view text);
  void ping(Message& message);

  void subscribe(Message& message);
  void unsubscribe(Message& message);
  std::optional<Topic> read_topic(Message& message);
  std::optional<Topic> read_account_topic(Message& message, Channel channel);
  void open_topic(const Topic& topic, std::optional<Sequence> from);
  void list_orders(const Topic& topic, std::uint64_t number);
  void listed(const Topic& topic, std::uint64_t number, const OrdersView& view);
  void send_orders(const OrdersView& view);
  void replay(const Topic& topic);
  void replayed(const Topic& topic, std::uint64_t number, const StreamHub::Replayed& piece);

  [[nodiscard]] bool may_trade(const Message& message);
  void command(Message& message, std::string_view name);
  void place_many(Message& message);
  [[nodiscard]] std::optional<Command> read_order(boost::json::object& fields, std::string_view name,
                                                  CommandAnswered& answer) const;
  void place_one(const std::shared_ptr<OrderBatch>& batch, std::size_t i, boost::json::value& order);
  void cancel_own_orders();

  /// False, and the message is refused, when it has a field that is not `known`.
  bool only_fields(const Message& message, std::span<const std::string_view> known);
  void refuse(const Message& message, std::string_view code, std::string_view text);
  void send(std::string_view text);

  WsPorts& ports_;
  Outlet* outlet_;
  std::string key_;
  std::string nonce_;
  std::optional<Identity> identity_;
  bool cancel_at_end_ = false;
  std::uint32_t failed_logins_ = 0;
  std::uint32_t refused_in_a_row_ = 0;
  std::uint64_t subscriptions_made_ = 0;
  std::map<Topic, Subscription> subscriptions_;
};

}  // namespace pace
