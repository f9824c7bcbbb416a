#include "gateway/http/wire.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/error.hpp>
#include <boost/beast/core/error.hpp>
#include <cerrno>
#include <cstring>
#include <span>
#include <utility>

#include "engine/base/check.h"
#include "gateway/ws/bundle.h"

namespace pace {
namespace {

namespace net = boost::asio;
using Error = Wire::Error;

// A buffer that grew is given back when it is empty: thousands of connections are idle most of the time.
constexpr std::size_t kept_capacity = 2 * 1024;

/// What one recv takes; all connections of a thread share it, for nothing stays in it.
std::span<char> scratch() {
  static thread_local std::array<char, 64 * 1024> bytes;
  return bytes;
}

/// Size of the unmasked frame that begins here (RFC 6455, 5.2); all of it when the header is cut off.
std::size_t frame_size(std::string_view bytes) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  if (bytes.size() < 2) return bytes.size();
  const std::size_t length = byte(1) & 0x7f;
  const std::size_t more = length == 126 ? 2 : length == 127 ? 8 : 0;
  if (bytes.size() < 2 + more) return bytes.size();
  std::size_t payload = more == 0 ? length : 0;
  for (std::size_t i = 0; i < more; ++i) payload = payload << 8 | byte(2 + i);
  return std::min(bytes.size(), 2 + more + payload);
}

/// Bytes waiting to leave, from `sent` on. In front of that stands no more than the frame that is leaving.
struct Outgoing {
  std::string bytes;
  std::size_t sent = 0;
  bool framed = false;  ///< from `frames_from` on it is frames
  std::size_t frames_from = 0;

  [[nodiscard]] std::size_t left() const { return bytes.size() - sent; }
  [[nodiscard]] std::string_view rest() const { return std::string_view(bytes).substr(sent); }
  void take(std::size_t n) {
    sent += n;
    if (left() == 0) return clear();
    if (sent < 2 * Wire::high_water) return;
    const std::size_t gone = framed ? frame_before(sent) : sent;
    bytes.erase(0, gone);
    sent -= gone;
    frames_from = 0;
  }
  /// Where the frame begins that `at` is in, or the frames themselves.
  [[nodiscard]] std::size_t frame_before(std::size_t at) const {
    std::size_t begin = frames_from;
    for (std::size_t end = begin; end < at; end += frame_size(std::string_view(bytes).substr(end))) begin = end;
    return at < frames_from ? 0 : begin;
  }
  /// Keeps what has begun to leave up to the end of its frame.
  void forget_frames() {
    std::size_t end = frames_from;
    while (end < sent) end += frame_size(std::string_view(bytes).substr(end));
    bytes.resize(end);
    take(0);
  }
  void clear() {
    sent = frames_from = 0;
    if (bytes.capacity() > kept_capacity) {
      std::string().swap(bytes);
    } else {
      bytes.clear();
    }
  }
};

std::size_t send_bytes(int socket, std::string_view bytes, Error& error) {
  const ssize_t n = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (n >= 0) return static_cast<std::size_t>(n);
  if (errno != EAGAIN && errno != EINTR) error.assign(errno, boost::system::system_category());
  return 0;
}

std::size_t receive_bytes(int socket, std::span<char> to, Error& error) {
  const ssize_t n = ::recv(socket, to.data(), to.size(), MSG_DONTWAIT);
  if (n > 0) return static_cast<std::size_t>(n);
  if (n == 0) {
    error = net::error::eof;
  } else if (errno == EAGAIN || errno == EINTR) {
    error = net::error::would_block;
  } else {
    error.assign(errno, boost::system::system_category());
  }
  return 0;
}

}  // namespace

struct Wire::Impl : Turn::Outgoer, std::enable_shared_from_this<Impl> {
  struct FreeSsl {
    void operator()(SSL* held) const { SSL_free(held); }
  };

  Impl(Socket connected, const TlsContext& tls)
      : socket(std::move(connected)), turn(turn_of_loop(socket)), timer(socket.get_executor()) {
    if (tls == nullptr) return;
    ssl.reset(SSL_new(tls.get()));
    PACE_CHECK(ssl != nullptr);
    SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));  // it owns both
    SSL_set_accept_state(ssl.get());
  }

  static Turn& turn_of_loop(Socket& socket) {
    return Turn::of(static_cast<net::io_context&>(net::query(socket.get_executor(), net::execution::context)));
  }
  void let_out() override {
    leaves_with_turn = false;
    flush_now();
  }
  void grown() {
    crowded = crowded || output.left() + cipher.left() > crowd;
    flush_later();
  }
  void receive_tls(Error& error);
  void encrypt();
  void flush(Error& error);
  void flush_later();
  void flush_now();
  void wait_for_room();

  Socket socket;
  Turn& turn;
  net::steady_timer timer;
  bool timed_out = false;
  std::unique_ptr<SSL, FreeSsl> ssl;
  std::string input;  ///< came with what was asked for, from `input_at` on
  std::size_t input_at = 0;
  Outgoing output;
  Outgoing cipher;  ///< TLS only: what of `output` is encrypted
  std::function<void()> drained;
  std::size_t crowd = 0;
  bool crowded = false;  ///< more than `crowd` was waiting since it was drained
  bool leaves_with_turn = false, waits_for_room = false, ending = false;
  std::uint64_t received = 0;
};

Wire::Wire(Socket socket, const TlsContext& tls) : impl_(std::make_shared<Impl>(std::move(socket), tls)) {}
Wire::Wire(Wire&&) noexcept = default;
Wire::~Wire() {
  if (impl_ == nullptr) return;
  impl_->drained = nullptr;
  close();
}

Wire::executor_type Wire::get_executor() const {
  return impl_->turn.executor();
}
Wire::Socket& Wire::socket() const {
  return impl_->socket;
}
void Wire::close() const {
  Error ignored;
  impl_->timer.cancel();
  impl_->socket.close(ignored);
}

void Wire::expires_after(std::chrono::milliseconds limit) const {
  impl_->timer.expires_after(limit);
  impl_->timer.async_wait([weak = impl_->weak_from_this()](Error error) {
    const auto impl = weak.lock();
    if (error || impl == nullptr) return;
    impl->timed_out = true;
    impl->socket.close(error);
  });
}
void Wire::expires_never() const {
  impl_->timer.cancel();
}

void Wire::append(std::string_view bytes) const {
  impl_->output.bytes += bytes;
  impl_->grown();
}
void Wire::put_frame(std::string_view text) const {
  append_frame(impl_->output.bytes, text);
  impl_->grown();
}

void Wire::forget_frames() const {
  impl_->output.forget_frames();
}

std::size_t Wire::unsent() const {
  return impl_->output.left() + impl_->cipher.left();
}
std::uint64_t Wire::received() const {
  return impl_->received;
}
void Wire::on_drained(std::size_t crowd, std::function<void()> told) const {
  impl_->crowd = crowd;
  impl_->drained = std::move(told);
}
void Wire::begin_frames() const {
  impl_->output.framed = true;
  impl_->output.frames_from = impl_->output.bytes.size();
}

Wire::Socket& Wire::socket_of(Impl& impl) {
  return impl.socket;
}
Turn& Wire::turn_of(Impl& impl) {
  return impl.turn;
}
bool Wire::has_input(const Impl& impl) {
  return impl.input_at < impl.input.size();
}
Error Wire::reason(const Impl& impl, Error error) {
  return error && impl.timed_out ? Error(boost::beast::error::timeout) : error;
}

Wire::Step Wire::receive(Impl& impl, net::mutable_buffer target, std::size_t& n, Error& error) {
  if (target.size() == 0) return Step::done;
  if (!has_input(impl)) {
    if (impl.ssl != nullptr) {
      impl.receive_tls(error);
    } else {
      const std::size_t got = receive_bytes(impl.socket.native_handle(), scratch(), error);
      impl.received += got;
      n = std::min(got, target.size());
      std::memcpy(target.data(), scratch().data(), n);
      impl.input.assign(scratch().data() + n, got - n);
      impl.input_at = 0;
    }
    if (error == net::error::would_block) {
      error = {};
      return Step::wait_read;
    }
    if (error || n != 0) return Step::done;
    if (!has_input(impl)) return Step::wait_read;  // a part of a TLS record
  }
  n = std::min(impl.input.size() - impl.input_at, target.size());
  std::memcpy(target.data(), impl.input.data() + impl.input_at, n);
  impl.input_at += n;
  if (!has_input(impl)) {
    impl.input_at = 0;
    if (impl.input.capacity() > kept_capacity) {
      std::string().swap(impl.input);
    } else {
      impl.input.clear();
    }
  }
  return Step::done;
}

void Wire::Impl::receive_tls(Error& error) {
  ERR_clear_error();
  const std::size_t got = receive_bytes(socket.native_handle(), scratch(), error);
  if (error) return;
  received += got;
  BIO_write(SSL_get_rbio(ssl.get()), scratch().data(), static_cast<int>(got));
  while (true) {
    const int n = SSL_read(ssl.get(), scratch().data(), static_cast<int>(scratch().size()));
    if (n > 0) {
      input.append(scratch().data(), static_cast<std::size_t>(n));
      continue;
    }
    const int why = SSL_get_error(ssl.get(), n);
    if (why == SSL_ERROR_ZERO_RETURN && input.empty()) error = net::error::eof;
    if (why == SSL_ERROR_SSL && input.empty()) error = net::error::connection_aborted;  // not TLS, or not ours
    break;
  }
  flush_later();  // the handshake's answers, and alerts
}

// Only when nothing encrypted is waiting: what waits in plain can still be taken back.
void Wire::Impl::encrypt() {
  if (cipher.left() != 0) return;
  if (output.left() != 0 && SSL_is_init_finished(ssl.get())) {
    const int n = SSL_write(ssl.get(), output.rest().data(), static_cast<int>(std::min(output.left(), high_water)));
    if (n > 0) output.take(static_cast<std::size_t>(n));
  }
  BIO* ready = SSL_get_wbio(ssl.get());
  for (int n = 0; (n = BIO_read(ready, scratch().data(), static_cast<int>(scratch().size()))) > 0;)
    cipher.bytes.append(scratch().data(), static_cast<std::size_t>(n));
}

void Wire::Impl::flush(Error& error) {
  Outgoing& leaving = ssl != nullptr ? cipher : output;
  while (!error) {
    if (ssl != nullptr) encrypt();
    if (leaving.left() == 0) return;
    const std::size_t n = send_bytes(socket.native_handle(), leaving.rest(), error);
    if (n == 0) return;
    leaving.take(n);
  }
}

void Wire::Impl::flush_later() {
  if (leaves_with_turn || waits_for_room) return;
  leaves_with_turn = true;
  turn.at_end(shared_from_this());
}

void Wire::Impl::flush_now() {
  if (waits_for_room || !socket.is_open()) return;
  const std::size_t before = output.left() + cipher.left();
  if (before == 0 && ssl == nullptr) return;
  Error error;
  flush(error);
  if (error) return;  // the reader learns of it
  const std::size_t left = output.left() + cipher.left();
  if (left != 0 && (ssl == nullptr || cipher.left() != 0)) return wait_for_room();
  // Told later, not from within whoever wrote.
  if (before != 0 && std::exchange(crowded, false) && drained && !ending)
    turn.post([self = shared_from_this()] {
      if (self->output.left() == 0 && self->drained) self->drained();
    });
}

void Wire::Impl::wait_for_room() {
  waits_for_room = true;
  socket.async_wait(Socket::wait_write, [self = shared_from_this()](Error error) {
    self->waits_for_room = false;
    if (!error) self->turn.run([&] { self->flush_now(); });
  });
}

// Whoever writes faster than the peer reads waits.
bool Wire::crowded(Impl& impl, Error& error) {
  if (!impl.socket.is_open()) error = net::error::operation_aborted;
  if (impl.output.left() <= high_water) return false;
  impl.flush(error);
  return !error && impl.output.left() > high_water;
}

Wire::Step Wire::say_end(Impl& impl) {
  if (!impl.socket.is_open()) return Step::done;
  Error error;
  if (!impl.ending) impl.flush(error);
  if (error) return Step::done;
  if (impl.output.left() + impl.cipher.left() != 0) return Step::wait_write;
  if (!std::exchange(impl.ending, true)) {
    if (impl.ssl != nullptr && SSL_is_init_finished(impl.ssl.get())) SSL_shutdown(impl.ssl.get());
    impl.flush(error);
    impl.socket.shutdown(Socket::shutdown_send, error);
  }
  // What the peer still sends is read and dropped: with unread bytes the kernel would cut the connection off, and with
  // it the close frame that is on its way.
  while (!error) receive_bytes(impl.socket.native_handle(), scratch(), error);
  return error == net::error::would_block ? Step::wait_read : Step::done;
}

}  // namespace pace
