// One broker's FIX session: QuickFIX's rules between our transport and our store. It lives as long as the gateway;
// connections come and go. Thread rule: the gateway's strand.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "gateway/fix/fix_gateway.h"
#include "gateway/fix/order_desk.h"

namespace pace::fix {

/// The connection as the session sees it. Nothing leaves before the gateway's turn ends and the store is flushed.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual void send(const std::string& message) = 0;
  /// After what was sent.
  virtual void close() = 0;
};

/// config/fix/PACE44.xml, loaded once and shared by every session (a copy each would cost 2.4 MiB).
class Dictionary {
 public:
  /// Throws std::runtime_error naming the file.
  explicit Dictionary(const std::filesystem::path& path);
  ~Dictionary();
  struct Data;
  [[nodiscard]] const Data& data() const { return *data_; }

 private:
  std::unique_ptr<Data> data_;
};

/// A command of a session on its way through the exchange.
struct Ticket {
  BrokerId broker;
  std::uint32_t epoch = 0;   ///< of the sequence numbers: a reset starts a new one
  std::uint32_t number = 0;  ///< MsgSeqNum that brought it
  bool resent = false;       ///< PossDupFlag was set: the broker's engine repeats it, nobody waits for an answer
  ClientId client_id;
};
/// Its entry, durable.
struct Settled {
  Ticket ticket;
  Sequence sequence;
  Sequence repeats;
  Outcome outcome;
};

class Session {
 public:
  struct Setting {
    const Dictionary& dictionary;
    const OrderDesk& desk;
    const FixOptions& options;
    std::function<Reject(Request, Ticket)> submit;
  };
  /// Opens the store; throws as SessionFile does.
  Session(Setting setting, const Member& member);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  [[nodiscard]] const Member& member() const;
  [[nodiscard]] bool attached() const;
  [[nodiscard]] bool logged_on() const;
  /// REQUIRES: not attached.
  void attach(Transport& transport);
  /// The connection is gone. Nothing when the session has let go of it before.
  void detach_from(const Transport& transport);
  /// One framed message with a good checksum. REQUIRES: attached.
  void receive(const std::string& message);
  /// Heartbeats and time-outs; a few times a second.
  void tick();
  /// Ends the session in good order: Logout, and no logon until the gateway starts again.
  void log_out(const std::string& reason);

  /// Stores the report and sends it when the broker is logged on; one stored before is skipped.
  void report(const Report& report);
  /// REQUIRES: the reports of its entry were given before.
  void settle(const Settled& settled);

  /// Makes what was said and heard durable. Throws std::system_error; tries again at the next call.
  void flush();
  [[nodiscard]] std::uint64_t messages_out() const;
  [[nodiscard]] std::uint64_t bytes_cut() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pace::fix
