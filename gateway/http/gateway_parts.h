// What the listener and the connections share. Connections hold it, so that it outlives the last of them.
// Thread rule: the io thread. Includes Beast through ws_door.h.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <map>
#include <memory>
#include <set>

#include "gateway/http/http_api.h"
#include "gateway/http/http_gateway.h"
#include "gateway/ws/ws_door.h"

namespace pace {

class HttpSession;

class GatewayParts : public std::enable_shared_from_this<GatewayParts> {
 public:
  GatewayParts(boost::asio::io_context& io_context, CommandPort& command_port, QueryPort& query_port,
               EventFeed& event_feed, Credentials& users, HttpOptions http_options);

  void listen();
  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  [[nodiscard]] std::uint16_t tls_port() const { return tls_acceptor_.local_endpoint().port(); }
  void begin_stop(std::function<void()> stopped);
  /// Stops the threads; connections that are still there find everything refused.
  void end();
  [[nodiscard]] std::size_t connections() const { return sessions.size() + door.sessions(); }

  const HttpOptions options;
  boost::asio::io_context& io;
  CommandPort& commands;
  Credentials& credentials;
  boost::asio::thread_pool pool{2};
  StreamHub hub;
  RateLimiter limiter;
  WsDoor door;
  HttpApi api;
  std::set<HttpSession*> sessions;
  std::size_t uploads = 0;
  std::map<unsigned, std::uint64_t> replies;

 private:
  using Acceptor = boost::asio::ip::tcp::acceptor;
  void open(Acceptor& acceptor, std::uint16_t port) const;
  void accept(Acceptor& acceptor);
  void wait_for_the_last();

  Acceptor acceptor_, tls_acceptor_;
  boost::asio::steady_timer pause_;
  std::function<void()> stopped_;
  std::chrono::steady_clock::time_point stop_deadline_;
  bool ended_ = false;
};

/// The gateway's own handle.
struct HttpGateway::Parts {
  std::shared_ptr<GatewayParts> shared;
};

}  // namespace pace
