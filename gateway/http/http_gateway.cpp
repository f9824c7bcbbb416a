#include "gateway/http/http_gateway.h"

#include <stdexcept>

#include "gateway/http/gateway_parts.h"
#include "gateway/http/http_session.h"

namespace pace {
namespace {

namespace net = boost::asio;
using Error = boost::system::error_code;
using net::ip::tcp;

// What a stop leaves to answers and close frames on their way.
constexpr std::chrono::seconds stop_grace{2};
constexpr std::chrono::milliseconds stop_look{10};
// After an accept that failed (no file handles left): not at once again.
constexpr std::chrono::milliseconds accept_pause{100};

[[noreturn]] void cannot_listen(const HttpOptions& options, const Error& error) {
  throw std::runtime_error("cannot listen on " + options.address + " port " + std::to_string(options.port) + ": " +
                           error.message());
}

}  // namespace

GatewayParts::GatewayParts(net::io_context& io_context, CommandPort& command_port, QueryPort& query_port,
                           EventFeed& event_feed, Credentials& users, HttpOptions http_options)
    : options(std::move(http_options)),
      io(io_context),
      commands(command_port),
      credentials(users),
      hub(io, pool, query_port, event_feed, options.history_entries),
      limiter(options.rate_per_second, options.rate_burst),
      door(WsPorts{io, commands, query_port, credentials, options, hub, limiter}),
      api(io, pool, query_port, hub, options,
          [this] {
            return HttpCounts{sessions.size(), door.sessions(), door.dropped(), replies};
          }),
      acceptor_(io),
      pause_(io) {}

std::uint16_t GatewayParts::listen() {
  Error error;
  const auto address = net::ip::make_address(options.address, error);
  if (error) cannot_listen(options, error);
  const tcp::endpoint endpoint(address, options.port);
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(net::socket_base::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(net::socket_base::max_listen_connections, error);
  if (error) cannot_listen(options, error);
  hub.start();
  accept();
  return acceptor_.local_endpoint().port();
}

void GatewayParts::accept() {
  acceptor_.async_accept([self = shared_from_this()](Error error, tcp::socket socket) {
    if (error == net::error::operation_aborted || !self->acceptor_.is_open()) return;
    if (error) {
      self->pause_.expires_after(accept_pause);
      self->pause_.async_wait([self](Error cancelled) {
        if (!cancelled) self->accept();
      });
      return;
    }
    // Beyond the limit a connection is closed at once: a full house must not fill the backlog too.
    if (self->connections() < self->options.max_connections)
      std::make_shared<HttpSession>(self, boost::beast::tcp_stream(std::move(socket)))->start();
    self->accept();
  });
}

void GatewayParts::begin_stop(std::function<void()> stopped) {
  Error ignored;
  acceptor_.close(ignored);
  pause_.cancel();
  stopped_ = std::move(stopped);
  stop_deadline_ = std::chrono::steady_clock::now() + stop_grace;
  door.close_all();
  const auto all = sessions;
  for (HttpSession* session : all)
    if (sessions.contains(session)) session->stop();
  wait_for_the_last();
}

void GatewayParts::wait_for_the_last() {
  pause_.expires_after(stop_look);
  pause_.async_wait([self = shared_from_this()](Error) {
    if (self->ended_) return;
    const bool late = std::chrono::steady_clock::now() > self->stop_deadline_;
    if (late)
      for (HttpSession* session : self->sessions) session->close();
    if (self->connections() != 0 && !late) return self->wait_for_the_last();
    self->end();
    if (self->stopped_) self->stopped_();
  });
}

void GatewayParts::end() {
  if (std::exchange(ended_, true)) return;
  Error ignored;
  acceptor_.close(ignored);
  pause_.cancel();
  door.end();
  hub.stop();
  pool.stop();
  pool.join();
}

HttpGateway::HttpGateway(net::io_context& io, CommandPort& commands, QueryPort& queries, EventFeed& feed,
                         Credentials& credentials, HttpOptions options)
    : parts_(std::make_unique<Parts>()) {
  parts_->shared = std::make_shared<GatewayParts>(io, commands, queries, feed, credentials, std::move(options));
}

HttpGateway::~HttpGateway() {
  parts_->shared->end();
}

std::uint16_t HttpGateway::start() {
  return parts_->shared->listen();
}

void HttpGateway::stop(std::function<void()> stopped) {
  parts_->shared->begin_stop(std::move(stopped));
}

std::size_t HttpGateway::sessions() const {
  return parts_->shared->door.sessions();
}

}  // namespace pace
