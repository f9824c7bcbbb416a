// The listening ports and their connections: who comes in, who has to leave, what goes out at the end of a turn, and
// resends, a piece a turn so that others have theirs between. Thread rule: the owner's strand.
// Invariants: never more than Limits::connections, of which never more than Limits::waiting without a Logon (the one
// that has waited longest makes room); every connection without a Logon ends after Limits::logon_timeout.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <functional>
#include <list>
#include <set>
#include <vector>

#include "gateway/fix/connection.h"

namespace pace::fix {

using Strand = boost::asio::strand<boost::asio::io_context::executor_type>;

class DoorOwner {
 public:
  virtual ~DoorOwner() = default;
  virtual void on_message(Connection& connection, std::string_view message) = 0;
  /// Flush the stores, then Door::flush().
  virtual void on_turn_end() = 0;
  virtual void on_gone(Connection& connection, const std::string& why) = 0;
  virtual void on_trouble(const std::string& what) = 0;
};

class Door final : public ConnectionOwner, public std::enable_shared_from_this<Door> {
 public:
  struct Limits {
    std::size_t connections, waiting;
    std::chrono::milliseconds logon_timeout;
    Connection::Limits each;
  };
  using TlsSource = std::function<TlsContext()>;

  Door(Strand strand, DoorOwner& owner, Limits limits);
  /// Binds and listens; connections come in after open(). A source makes it a TLS port, and is asked for each
  /// connection. Returns the port. Throws std::runtime_error naming address and port.
  std::uint16_t listen(const std::string& address, std::uint16_t port, TlsSource tls = {});
  void open();
  /// Writes what the turn has left to be written.
  void flush();
  /// Drops who did not log on in time or does not read its goodbye; a few times a second.
  void check(std::chrono::steady_clock::time_point now);
  /// Nobody comes in any more; those without a Logon leave.
  void close(const std::string& why);
  /// REQUIRES: closed.
  void abort_all(const std::string& why);
  /// No more calls to the owner.
  void orphan();
  /// The connection has a session now.
  void logged_on(Connection& connection);
  [[nodiscard]] std::size_t connections() const { return connections_.size(); }
  /// Snapshot, for loops that may end connections.
  [[nodiscard]] std::vector<std::shared_ptr<Connection>> all() const {
    return {connections_.begin(), connections_.end()};
  }

  // --- ConnectionOwner ---
  void on_message(Connection& connection, std::string_view message) override;
  void on_turn_end() override { owner_->on_turn_end(); }
  void on_touched(const std::shared_ptr<Connection>& connection) override { touched_.push_back(connection); }
  void on_written(Connection& connection) override { resend(connection); }
  void on_gone(Connection& connection, const std::string& why) override;
  std::span<char> read_buffer() override { return chunk_; }

 private:
  struct Port {
    boost::asio::ip::tcp::acceptor acceptor;
    boost::asio::steady_timer pause;
    TlsSource tls;
  };
  void accept(Port& port);
  void resend(Connection& connection);
  void admit(boost::asio::ip::tcp::socket socket, const Port& port);

  Strand strand_;
  DoorOwner* owner_;
  const Limits limits_;
  std::list<Port> ports_;
  std::set<std::shared_ptr<Connection>> connections_;
  std::list<Connection*> waiting_;  // without a Logon, the oldest first
  std::vector<std::shared_ptr<Connection>> touched_, flushing_;
  std::array<char, 64 * 1024> chunk_;
};

}  // namespace pace::fix
