// The web door: REST queries, command upload, metrics, pages, and the WebSocket (gateway/ws) on one port.
// Thread rule: construct, start, stop and destroy on the thread that runs the io_context, or while none does; exactly
// one thread runs it. Inside, one more thread reads the event feed and two decode uploads and replays.
// Invariants: memory per connection is bounded; nothing here waits for the exchange on the io thread; answers to
// commands are given only for durable entries. No Beast in this header: it is included by the server's main.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "gateway/http/http_options.h"

namespace boost::asio {
class io_context;
}

namespace pace {

class CommandPort;
class QueryPort;
class EventFeed;
class Credentials;

class HttpGateway {
 public:
  /// The ports, the credentials and the io_context must outlive the gateway; the io_context also every callback that a
  /// port still owes.
  HttpGateway(boost::asio::io_context& io, CommandPort& commands, QueryPort& queries, EventFeed& feed,
              Credentials& credentials, HttpOptions options);
  ~HttpGateway();
  HttpGateway(const HttpGateway&) = delete;
  HttpGateway& operator=(const HttpGateway&) = delete;

  /// Binds and listens; returns the port. Throws std::runtime_error naming address, port and reason. Queries are
  /// answered at once; market data begins when the engine has answered for its state.
  std::uint16_t start();
  /// Where TLS listens; 0: nowhere.
  [[nodiscard]] std::uint16_t tls_port() const;
  /// Takes no more connections, sends every WebSocket a close frame (1001), lets answers in progress leave for at most
  /// two seconds, and joins its threads. `stopped` runs on the io thread when all connections are gone; keep running
  /// the io_context until then.
  void stop(std::function<void()> stopped = {});
  /// Open WebSocket sessions.
  [[nodiscard]] std::size_t sessions() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace pace
