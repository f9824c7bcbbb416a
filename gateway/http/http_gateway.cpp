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
      tls_acceptor_(io),
      pause_(io) {}

void GatewayParts::open(Acceptor& acceptor, std::uint16_t port) const {
  Error error;
  const auto address = net::ip::make_address(options.address, error);
  const tcp::endpoint endpoint(address, port);
  if (!error) acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(net::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(net::socket_base::max_listen_connections, error);
  if (error)
    throw std::runtime_error("cannot listen on " + options.address + " port " + std::to_string(port) + ": " +
                             error.message());
}

void GatewayParts::listen() {
  open(acceptor_, options.port);
  if (options.tls != nullptr) open(tls_acceptor_, options.tls_port);
  hub.start();
  accept(acceptor_);
  if (options.tls != nullptr) accept(tls_acceptor_);
}

void GatewayParts::accept(Acceptor& acceptor) {
  acceptor.async_accept([self = shared_from_this(), &acceptor](Error error, tcp::socket socket) {
    if (error == net::error::operation_aborted || !acceptor.is_open()) return;
    if (error) {
      auto pause = std::make_shared<net::steady_timer>(self->io, accept_pause);
      pause->async_wait([self, &acceptor, pause](Error) {
        if (acceptor.is_open()) self->accept(acceptor);
      });
      return;
    }
    // Beyond the limit a connection is closed at once: a full house must not fill the backlog too.
    if (self->connections() < self->options.max_connections) {
      const bool secure = &acceptor == &self->tls_acceptor_;
      std::make_shared<HttpSession>(self, Wire(std::move(socket), secure ? self->options.tls->context() : nullptr))
          ->start();
    }
    self->accept(acceptor);
  });
}

void GatewayParts::begin_stop(std::function<void()> stopped) {
  Error ignored;
  acceptor_.close(ignored);
  tls_acceptor_.close(ignored);
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
  tls_acceptor_.close(ignored);
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
  parts_->shared->listen();
  return parts_->shared->port();
}

std::uint16_t HttpGateway::tls_port() const {
  return parts_->shared->options.tls == nullptr ? 0 : parts_->shared->tls_port();
}

void HttpGateway::stop(std::function<void()> stopped) {
  parts_->shared->begin_stop(std::move(stopped));
}

std::size_t HttpGateway::sessions() const {
  return parts_->shared->door.sessions();
}

}  // namespace pace
