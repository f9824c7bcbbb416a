// One TCP connection: framing in, coalesced and bounded writing out. It knows nothing of sessions.
// Thread rule: the gateway's strand, which the socket carries as its executor.
#pragma once

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "gateway/fix/session.h"

namespace pace::fix {

class Connection;

/// The gateway, as its connections see it.
class ConnectionOwner {
 public:
  virtual ~ConnectionOwner() = default;
  virtual void on_message(Connection& connection, const std::string& message) = 0;
  /// All that was read is handled: flush stores, then connections.
  virtual void on_turn_end() = 0;
  /// Something waits to be written or closed at the end of the turn.
  virtual void on_touched(const std::shared_ptr<Connection>& connection) = 0;
  virtual void on_gone(Connection& connection, const std::string& why) = 0;
};

class Connection final : public Transport, public std::enable_shared_from_this<Connection> {
 public:
  struct Limits {
    std::size_t max_body_bytes;
    std::size_t max_unsent_bytes;
  };
  Connection(boost::asio::ip::tcp::socket socket, ConnectionOwner& owner, Limits limits);

  void start();
  void send(const std::string& message) override;
  void close() override;
  /// Writes what waits, unless a write is under way: then it follows.
  void flush();
  /// At once, with nothing more written; the owner hears of it.
  void abort(const std::string& why);
  /// The owner is going away: no more calls to it.
  void orphan();

  [[nodiscard]] const std::string& peer() const { return peer_; }
  [[nodiscard]] std::chrono::steady_clock::time_point since() const { return since_; }
  [[nodiscard]] bool overflowed() const { return overflowed_; }
  /// Said goodbye, but the peer does not read it.
  [[nodiscard]] bool stuck_closing(std::chrono::steady_clock::time_point now) const;

  Session* session = nullptr;  ///< after a Logon that held

 private:
  void read();
  void take_input();
  void write();
  void finish();

  boost::asio::ip::tcp::socket socket_;
  ConnectionOwner* owner_;
  const Limits limits_;
  std::string peer_;
  const std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
  std::array<char, 64 * 1024> chunk_;
  std::string input_;    // from the first byte of an unfinished message
  std::string waiting_;  // to be written
  std::string leaving_;  // being written
  bool writing_ = false;
  std::chrono::steady_clock::time_point closing_since_;
  bool closing_ = false;  // after waiting_ is written
  bool gone_ = false;
  bool overflowed_ = false;
};

}  // namespace pace::fix
