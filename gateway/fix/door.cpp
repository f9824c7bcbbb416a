#include "gateway/fix/door.h"

#include <boost/asio/post.hpp>
#include <stdexcept>
#include <utility>

namespace pace::fix {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr auto accept_pause = std::chrono::milliseconds(100);

}  // namespace

Door::Door(Strand strand, DoorOwner& owner, Limits limits)
    : strand_(std::move(strand)), owner_(&owner), limits_(limits) {}

std::uint16_t Door::listen(const std::string& address, std::uint16_t port, TlsSource tls) {
  try {
    const asio::ip::tcp::endpoint endpoint(asio::ip::make_address(address), port);
    Port& made =
        ports_.emplace_back(Port{asio::ip::tcp::acceptor(strand_), asio::steady_timer(strand_), std::move(tls)});
    made.acceptor.open(endpoint.protocol());
    made.acceptor.set_option(asio::ip::tcp::acceptor::reuse_address(true));
    made.acceptor.bind(endpoint);
    made.acceptor.listen();
    return made.acceptor.local_endpoint().port();
  } catch (const boost::system::system_error& fault) {
    throw std::runtime_error("FIX port " + address + ":" + std::to_string(port) + ": " + fault.code().message());
  }
}

void Door::open() {
  for (Port& port : ports_) accept(port);
}

void Door::accept(Port& port) {
  port.acceptor.async_accept(strand_, [weak = weak_from_this(), &port](error_code error, asio::ip::tcp::socket socket) {
    const auto self = weak.lock();
    if (!self || self->owner_ == nullptr || error == asio::error::operation_aborted || !port.acceptor.is_open()) return;
    if (!error) {
      self->admit(std::move(socket), port);
      return self->accept(port);
    }
    // Out of descriptors, most likely: those that we have go on, and we try again soon.
    self->owner_->on_trouble("cannot accept: " + error.message());
    port.pause.expires_after(accept_pause);
    port.pause.async_wait([weak, &port](error_code stop) {
      const auto again = weak.lock();
      if (again && !stop && again->owner_ != nullptr) again->accept(port);
    });
  });
}

// A crowd that never logs on keeps nobody out: it makes room for who comes.
void Door::admit(asio::ip::tcp::socket socket, const Port& port) {
  if (!waiting_.empty() && (waiting_.size() >= limits_.waiting || connections_.size() >= limits_.connections))
    waiting_.front()->abort("made room: others wait to log on");
  if (connections_.size() >= limits_.connections) return;  // the socket closes here
  const auto connection =
      std::make_shared<Connection>(std::move(socket), *this, limits_.each, port.tls ? port.tls() : TlsContext());
  connections_.insert(connection);
  waiting_.push_back(connection.get());
  connection->start();
}

void Door::on_message(Connection& connection, std::string_view message) {
  owner_->on_message(connection, message);
  resend(connection);
}

// When the reader is full, on_written() goes on.
void Door::resend(Connection& connection) {
  if (connection.session == nullptr || !connection.session->resending()) return;
  if (std::exchange(connection.resend_posted, true)) return;
  asio::post(strand_, [self = shared_from_this(), kept = connection.shared_from_this()] {
    kept->resend_posted = false;
    if (self->owner_ == nullptr || kept->session == nullptr || !kept->session->resending()) return;
    if (kept->session->resend_some()) self->resend(*kept);
    self->owner_->on_turn_end();
  });
}

void Door::logged_on(Connection& connection) {
  waiting_.remove(&connection);
}

void Door::flush() {
  while (!touched_.empty()) {
    flushing_.swap(touched_);
    for (const auto& connection : flushing_) connection->flush();
    flushing_.clear();
  }
}

void Door::check(std::chrono::steady_clock::time_point now) {
  while (!waiting_.empty() && now - waiting_.front()->since() > limits_.logon_timeout)
    waiting_.front()->abort("no Logon in time");
  for (const auto& connection : all())
    if (connection->stuck_closing(now)) connection->abort("does not read its Logout");
}

void Door::close(const std::string& why) {
  error_code ignored;
  for (Port& port : ports_) {
    port.acceptor.close(ignored);
    port.pause.cancel();
  }
  while (!waiting_.empty()) waiting_.front()->abort(why);
}

void Door::abort_all(const std::string& why) {
  for (const auto& connection : all()) connection->abort(why);
}

void Door::on_gone(Connection& connection, const std::string& why) {
  const auto kept = connection.shared_from_this();
  logged_on(connection);
  owner_->on_gone(connection, why);
  connection.session = nullptr;
  connections_.erase(kept);
}

void Door::orphan() {
  owner_ = nullptr;
  error_code ignored;
  for (Port& port : ports_) {
    port.acceptor.close(ignored);
    port.pause.cancel();
  }
  for (const auto& connection : connections_) connection->orphan();
  connections_.clear();
  waiting_.clear();
  touched_.clear();
}

}  // namespace pace::fix
