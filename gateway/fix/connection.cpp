#include "gateway/fix/connection.h"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "gateway/fix/framer.h"

namespace pace::fix {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::size_t tls_read_bytes = 4096;
/// Buffers that grew in a busy hour are given back when they are empty.
constexpr std::size_t kept_capacity = 16 * 1024;

void clear(std::string& buffer) {
  if (buffer.capacity() > kept_capacity) {
    std::string().swap(buffer);
  } else {
    buffer.clear();
  }
}

}  // namespace

struct Connection::Tls {
  Tls(asio::ip::tcp::socket& socket, const TlsContext& shared) : context(own(shared)), stream(socket, context) {}
  // Asio's context frees what it is given; the shared one lives on.
  static SSL_CTX* own(const TlsContext& shared) {
    SSL_CTX_up_ref(shared.get());
    return shared.get();
  }
  asio::ssl::context context;
  asio::ssl::stream<asio::ip::tcp::socket&> stream;
  std::array<char, tls_read_bytes> chunk;
};

Connection::Connection(asio::ip::tcp::socket socket, ConnectionOwner& owner, Limits limits, TlsContext tls)
    : socket_(std::move(socket)), owner_(&owner), limits_(limits) {
  error_code ignored;
  const auto end = socket_.remote_endpoint(ignored);
  address_ = end.address().to_string();
  peer_ = address_ + ":" + std::to_string(end.port());
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  if (tls) {
    tls_ = std::make_unique<Tls>(socket_, tls);
  } else {
    socket_.non_blocking(true, ignored);
  }
}

Connection::~Connection() = default;

void Connection::start() {
  if (!tls_) return read();
  tls_->stream.async_handshake(asio::ssl::stream_base::server, [self = shared_from_this()](error_code error) {
    if (self->gone_) return;
    if (error) return self->abort("TLS: " + error.message());
    self->certificate_ = peer_certificate(self->tls_->stream.native_handle());
    self->read();
  });
}

void Connection::read() {
  if (tls_) {
    read_tls();
  } else {
    read_plain();
  }
}

// Waits without a buffer, then reads what is there into the shared one.
void Connection::read_plain() {
  socket_.async_wait(asio::ip::tcp::socket::wait_read, [self = shared_from_this()](error_code error) {
    if (self->gone_) return;
    if (error) return self->abort(error.message());
    const std::span<char> chunk = self->owner_->read_buffer();
    const std::size_t n = self->socket_.read_some(asio::buffer(chunk.data(), chunk.size()), error);
    if (error == asio::error::would_block) return self->read();
    if (error) return self->abort(error == asio::error::eof ? "closed by the counterparty" : error.message());
    self->take(chunk.first(n));
  });
}

void Connection::read_tls() {
  tls_->stream.async_read_some(asio::buffer(tls_->chunk), [self = shared_from_this()](error_code error, std::size_t n) {
    if (self->gone_) return;
    if (error) return self->abort(error == asio::error::eof ? "closed by the counterparty" : "TLS: " + error.message());
    self->take(std::span<const char>(self->tls_->chunk).first(n));
  });
}

void Connection::take(std::span<const char> bytes) {
  const std::string_view fresh(bytes.data(), bytes.size());
  if (input_.empty()) {
    input_.append(fresh.substr(take_frames(fresh)));
  } else {
    input_.append(fresh);
    input_.erase(0, take_frames(input_));
    if (input_.empty()) clear(input_);
  }
  if (owner_ != nullptr) owner_->on_turn_end();
  if (!gone_ && !closing_) read();
}

std::size_t Connection::longest_body() const {
  return session == nullptr ? limits_.max_body_bytes : std::max(limits_.max_body_bytes, limits_.max_order_bytes);
}

// How much of it is used up.
std::size_t Connection::take_frames(std::string_view bytes) {
  std::size_t at = 0;
  while (!gone_ && !closing_) {
    const Frame frame = next_frame(bytes.substr(at), longest_body());
    if (frame.state == FrameState::incomplete) break;
    if (frame.state == FrameState::hopeless || (frame.state == FrameState::garbled && session == nullptr)) {
      abort(std::string("bad framing: ") + frame.problem);
      break;
    }
    if (frame.state == FrameState::message) {
      garbled_ = 0;
      owner_->on_message(*this, bytes.substr(at, frame.size));
    } else if ((garbled_ += frame.size) > 2 * longest_body()) {
      abort("bad framing: garbled bytes without an end");
      break;
    }
    at += frame.size;
  }
  return std::min(at, bytes.size());
}

void Connection::send(const std::string& message) {
  if (gone_ || closing_ || overflowed_) return;
  waiting_ += message;
  // Closed at the end of the turn, not here: the session is in the middle of speaking.
  overflowed_ = unsent() > limits_.max_unsent_bytes;
  touch();
}

void Connection::close() {
  if (gone_ || closing_) return;
  closing_ = true;
  closing_since_ = std::chrono::steady_clock::now();
  touch();
}

bool Connection::stuck_closing(std::chrono::steady_clock::time_point now) const {
  return closing_ && now - closing_since_ > std::chrono::seconds(2);
}

void Connection::touch() {
  if (!std::exchange(touched_, true)) owner_->on_touched(shared_from_this());
}

void Connection::flush() {
  touched_ = false;
  if (gone_) return;
  if (overflowed_) return abort("the reader is too slow: unsent bytes above the limit");
  if (!writing_) write();
}

void Connection::write() {
  if (waiting_.empty()) {
    if (closing_) finish();
    return;
  }
  leaving_.swap(waiting_);
  if (!tls_) return write_plain(0);
  writing_ = true;
  asio::async_write(tls_->stream, asio::buffer(leaving_),
                    [self = shared_from_this()](error_code error, std::size_t) { self->written(error); });
}

// The system takes all of it at once as a rule. The rest leaves when it takes more.
void Connection::write_plain(std::size_t from) {
  error_code error;
  while (!error && from < leaving_.size())
    from += socket_.write_some(asio::buffer(leaving_.data() + from, leaving_.size() - from), error);
  if (error != asio::error::would_block) return written(error);
  writing_ = true;
  socket_.async_wait(asio::ip::tcp::socket::wait_write, [self = shared_from_this(), from](error_code failed) {
    if (failed || self->gone_) return self->written(failed);
    self->write_plain(from);
  });
}

void Connection::written(const error_code& error) {
  writing_ = false;
  clear(leaving_);
  if (gone_) return;
  if (error) return abort(error.message());
  write();
  if (!writing_ && !gone_) owner_->on_written(*this);
}

// TLS ends with its own goodbye; a peer that does not answer it is dropped by the door.
void Connection::finish() {
  if (!tls_) {
    error_code ignored;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    return abort("logged out");
  }
  if (std::exchange(writing_, true)) return;
  tls_->stream.async_shutdown([self = shared_from_this()](error_code) { self->abort("logged out"); });
}

void Connection::drop_socket() {
  gone_ = true;
  error_code ignored;
  socket_.close(ignored);
}

void Connection::abort(const std::string& why) {
  if (gone_) return;
  drop_socket();
  if (owner_ != nullptr) owner_->on_gone(*this, why);
}

void Connection::orphan() {
  owner_ = nullptr;
  drop_socket();
}

}  // namespace pace::fix
