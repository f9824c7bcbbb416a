// A connection's bytes under Beast: TCP, or TLS over it. Reads ahead as far as the kernel has something and keeps
// nothing while it waits; what came is worked on within one turn of the io thread (gateway/ws/turn.h), and what is
// written leaves at its end.
// Whole WebSocket frames may be put between those that Beast writes, and be taken back while they have not left. Thread
// rule: the io thread. Invariants: bytes leave in the order they were given; a write that Beast waits for completes
// when no more than `high_water` bytes are waiting, so a slow peer stops the writer.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/role.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "gateway/auth/tls.h"
#include "gateway/ws/turn.h"

namespace pace {

class Wire {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using Error = boost::system::error_code;
  using executor_type = Turn::Executor;
  static constexpr std::size_t high_water = 64 * 1024;

  /// `tls` null: plain.
  Wire(Socket socket, const TlsContext& tls);
  ~Wire();
  Wire(Wire&&) noexcept;
  Wire& operator=(Wire&&) = delete;

  executor_type get_executor() const;
  [[nodiscard]] Socket& socket() const;
  [[nodiscard]] bool is_open() const { return socket().is_open(); }
  /// Pending operations end with an error; what has not left is lost.
  void close() const;
  /// From now on an operation that is not done by then ends with beast::error::timeout, and the connection with it.
  void expires_after(std::chrono::milliseconds limit) const;
  void expires_never() const;

  /// Whole frames, to leave in their turn.
  void put(std::string_view frames) const { append(frames); }
  /// A text as a frame.
  void put_frame(std::string_view text) const;
  /// From here on only frames (RFC 6455, unmasked) are written.
  void begin_frames() const;
  /// Forgets the frames that have not begun to leave. REQUIRES: begin_frames().
  void forget_frames() const;
  /// Bytes that were given and have not left.
  [[nodiscard]] std::size_t unsent() const;
  /// Bytes that came since the beginning.
  [[nodiscard]] std::uint64_t received() const;
  /// Called when all bytes have left, after more than `crowd` of them were waiting.
  void on_drained(std::size_t crowd, std::function<void()> told) const;

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(Error, std::size_t)>(
        [impl = impl_](auto&& handler, boost::asio::mutable_buffer target) {
          begin(Reading<std::decay_t<decltype(handler)>>{impl, target, std::forward<decltype(handler)>(handler)});
        },
        token, first_of<boost::asio::mutable_buffer>(buffers));
  }
  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    std::size_t n = 0;
    for (auto at = boost::asio::buffer_sequence_begin(buffers); at != boost::asio::buffer_sequence_end(buffers); ++at) {
      const boost::asio::const_buffer part(*at);
      append({static_cast<const char*>(part.data()), part.size()});
      n += part.size();
    }
    return boost::asio::async_initiate<Token, void(Error, std::size_t)>(
        [impl = impl_, n](auto&& handler) {
          Writing<std::decay_t<decltype(handler)>>{impl, n, std::forward<decltype(handler)>(handler)}({});
        },
        token);
  }
  /// Lets everything leave, says the end, and waits for the peer's.
  template <class Token>
  auto async_finish(Token&& token) {
    return boost::asio::async_initiate<Token, void(Error)>(
        [impl = impl_](auto&& handler) {
          Finishing<std::decay_t<decltype(handler)>>{impl, std::forward<decltype(handler)>(handler)}({});
        },
        token);
  }

 private:
  struct Impl;
  enum class Step { done, wait_read, wait_write };

  // Pending operations belong to the socket's queue, as Asio's own do: whoever closes the socket ends them.
  template <class Handler>
  struct Reading {
    std::shared_ptr<Impl> impl;
    boost::asio::mutable_buffer target;
    Handler handler;
    void operator()(Error error) {
      turn_of(*impl).run([&] {
        std::size_t n = 0;
        if (!error && receive(*impl, target, n, error) == Step::wait_read) return begin(std::move(*this));
        const auto kept = std::move(impl);  // longer than the handler, which may end the session
        std::move(handler)(reason(*kept, error), n);
      });
    }
  };
  template <class Handler>
  struct Writing {
    std::shared_ptr<Impl> impl;
    std::size_t n;
    Handler handler;
    void operator()(Error error) {
      if (!error && crowded(*impl, error)) {
        Socket& socket = socket_of(*impl);
        return socket.async_wait(Socket::wait_write, std::move(*this));
      }
      turn_of(*impl).post(boost::beast::bind_front_handler(std::move(handler), reason(*impl, error), n));
    }
  };
  template <class Handler>
  struct Finishing {
    std::shared_ptr<Impl> impl;
    Handler handler;
    void operator()(Error error) {
      Socket& socket = socket_of(*impl);
      const Step step = error ? Step::done : say_end(*impl);
      if (step == Step::wait_write) return socket.async_wait(Socket::wait_write, std::move(*this));
      if (step == Step::wait_read) return socket.async_wait(Socket::wait_read, std::move(*this));
      turn_of(*impl).post(boost::beast::bind_front_handler(std::move(handler), Error{}));
    }
  };

  template <class Op>
  static void begin(Op op) {
    Impl& impl = *op.impl;
    if (has_input(impl) || op.target.size() == 0) {
      turn_of(impl).post(boost::beast::bind_front_handler(std::move(op), Error{}));
    } else {
      socket_of(impl).async_wait(Socket::wait_read, std::move(op));
    }
  }
  template <class Buffer, class Buffers>
  static Buffer first_of(const Buffers& buffers) {
    for (auto at = boost::asio::buffer_sequence_begin(buffers); at != boost::asio::buffer_sequence_end(buffers); ++at)
      if (Buffer(*at).size() != 0) return Buffer(*at);
    return {};
  }

  void append(std::string_view bytes) const;
  static Socket& socket_of(Impl& impl);
  static Turn& turn_of(Impl& impl);
  static bool has_input(const Impl& impl);
  static Step receive(Impl& impl, boost::asio::mutable_buffer target, std::size_t& n, Error& error);
  static bool crowded(Impl& impl, Error& error);
  static Step say_end(Impl& impl);
  static Error reason(const Impl& impl, Error error);

  std::shared_ptr<Impl> impl_;
};

/// What Beast calls at the end of a WebSocket.
template <class Handler>
void async_teardown(boost::beast::role_type, Wire& wire, Handler&& handler) {
  wire.async_finish(std::forward<Handler>(handler));
}
inline void beast_close_socket(Wire& wire) {
  wire.close();
}

}  // namespace pace
