// One TCP connection, plain or TLS: framing in, coalesced and bounded writing out. It knows nothing of sessions.
// Thread rule: the gateway's strand, which the socket carries as its executor.
// Invariants: an idle plain connection keeps no buffer (what arrives is read into its door's); what arrives before a
// Logon must be clean FIX, afterwards garbled messages are skipped as FIX asks, so much of them and no more.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <memory>
#include <span>
#include <string>

#include "gateway/auth/tls.h"
#include "gateway/fix/session.h"

namespace pace::fix {

class Connection;

/// The door, as its connections see it.
class ConnectionOwner {
 public:
  virtual ~ConnectionOwner() = default;
  virtual void on_message(Connection& connection, std::string_view message) = 0;
  /// All that was read is handled: flush stores, then connections.
  virtual void on_turn_end() = 0;
  /// Something waits to be written or closed at the end of the turn. Once until flush().
  virtual void on_touched(const std::shared_ptr<Connection>& connection) = 0;
  /// All that waited has gone to the reader's system.
  virtual void on_written(Connection& connection) = 0;
  virtual void on_gone(Connection& connection, const std::string& why) = 0;
  /// Shared by all connections; what it holds is used up before the handler returns.
  virtual std::span<char> read_buffer() = 0;
};

class Connection final : public Transport, public std::enable_shared_from_this<Connection> {
 public:
  struct Limits {
    std::size_t max_body_bytes;
    std::size_t max_unsent_bytes;
    std::size_t max_order_bytes = 0;  ///< the body's limit after a Logon, when that is more: a pool has many principals
  };
  /// `tls` null: plain.
  Connection(boost::asio::ip::tcp::socket socket, ConnectionOwner& owner, Limits limits, TlsContext tls);
  ~Connection() override;

  void start();
  void send(const std::string& message) override;
  void close() override;
  [[nodiscard]] std::size_t unsent() const override { return waiting_.size() + leaving_.size(); }
  /// Writes what waits, unless a write is under way: then it follows.
  void flush();
  /// At once, with nothing more written; the owner hears of it.
  void abort(const std::string& why);
  /// The owner is going away: no more calls to it.
  void orphan();

  /// "address:port"
  [[nodiscard]] const std::string& peer() const { return peer_; }
  [[nodiscard]] const std::string& address() const { return address_; }
  /// SHA-256 of the certificate that the peer showed, 64 hex digits; "" without one.
  [[nodiscard]] const std::string& certificate() const { return certificate_; }
  [[nodiscard]] std::chrono::steady_clock::time_point since() const { return since_; }
  [[nodiscard]] bool overflowed() const { return overflowed_; }
  /// Said goodbye, but the peer does not read it.
  [[nodiscard]] bool stuck_closing(std::chrono::steady_clock::time_point now) const;

  Session* session = nullptr;  ///< after a Logon that held
  bool resend_posted = false;  ///< the door's

 private:
  struct Tls;
  void read();
  void read_plain();
  void read_tls();
  void take(std::span<const char> bytes);
  [[nodiscard]] std::size_t longest_body() const;
  std::size_t take_frames(std::string_view bytes);
  void write();
  void write_plain(std::size_t from);
  void written(const boost::system::error_code& error);
  void finish();
  void touch();
  void drop_socket();

  boost::asio::ip::tcp::socket socket_;
  ConnectionOwner* owner_;
  const Limits limits_;
  std::unique_ptr<Tls> tls_;
  std::string peer_, address_, certificate_;
  const std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
  std::string input_;        // an unfinished message
  std::string waiting_;      // to be written
  std::string leaving_;      // being written
  std::size_t garbled_ = 0;  // bytes skipped since the last good message
  bool writing_ = false, touched_ = false;
  std::chrono::steady_clock::time_point closing_since_;
  bool closing_ = false;  // after waiting_ is written
  bool gone_ = false;
  bool overflowed_ = false;
};

}  // namespace pace::fix
