// The FIX 4.4 door: one session per broker (SenderCompID = the broker's Code, TargetCompID PACE), orders in, reports
// out, and one more per broker that only hears its execution reports (Code-DC, drop copy). QuickFIX keeps the session
// rules, the transport and the store are ours (README.md says why and how). Reports are a projection of the event feed:
// each is stored with the entry it came from before it is sent, so a restart neither loses nor doubles one. This header
// needs neither QuickFIX nor Asio. Thread rule: one thread or several may run the io_context; the gateway works on a
// strand of its own. start(), stop() and the destructor are for the owner's thread, never for a handler of that
// io_context.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/message/types.h"
#include "engine/sequencer/port.h"
#include "gateway/auth/credentials.h"
#include "gateway/auth/tls.h"

namespace boost::asio {
class io_context;
}

namespace pace {

/// How much an operator wants to hear of it.
enum class FixLog { detail, notice, warning, fault };

struct FixOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;            ///< 0: any free one, start() tells
  std::filesystem::path directory;   ///< of the session stores: DATA/fix; made when missing
  std::filesystem::path dictionary;  ///< config/fix/PACE44.xml
  std::string comp_id = "PACE";
  std::size_t max_body_bytes = 16 * 1024;           ///< BodyLength (9) above this closes the connection
  std::size_t max_order_bytes = 384 * 1024;         ///< the same after a Logon: a pool of 10,000 principals
  std::uint64_t history_entries = 1'000'000;        ///< how far back trades and the day's figures are read at start
  std::size_t max_unsent_bytes = 64 * 1024 * 1024;  ///< per session; a reader that lets more pile up is dropped
  std::size_t max_stored_messages = 150'000;        ///< per session, for resends; older ones are gap-filled
  std::size_t max_connections = 4096;
  std::size_t max_waiting = 1024;  ///< of them without a Logon; one more, and the oldest of these makes room
  std::chrono::milliseconds logon_timeout{10'000};  ///< from accept to a Logon that holds
  std::uint64_t snapshot_every = 1'000'000;         ///< entries between two snapshots of the order state …
  std::uint64_t snapshot_when_quiet = 50'000;       ///< … and when nothing happens for a moment
  std::shared_ptr<Tls> tls;                         ///< with it there is a second port, for TLS alone
  std::uint16_t tls_port = 0;                       ///< 0: any free one
  std::string session_day;              ///< daily sessions, "21:30:00-20:00:00" UTC; "": sessions have no end
  double messages_per_second = 20'000;  ///< application messages a session may send, on average …
  double messages_burst = 20'000;       ///< … and at once
  bool sync = false;                    ///< fdatasync before sending: survives power cuts, not only kill -9
  std::function<void(FixLog, const std::string&)> log;  ///< called on the gateway's strand; never given a password
};

struct FixStatus {
  Sequence position;  ///< last entry turned into reports
  std::uint64_t connections = 0, sessions = 0, logged_on = 0;
  std::uint64_t messages_in = 0, messages_out = 0, logons_refused = 0, readers_dropped = 0, throttled = 0;
};

/// What a Logon shows of who sends it, as it came.
struct FixProof {
  std::string_view user;         ///< 553: a user's name or an API key's
  std::string_view password;     ///< 554
  std::string_view signature;    ///< 96; when it is not empty, it counts and the password does not
  std::string_view signed_text;  ///< what it signs (gateway/fix/logon.h)
};
/// Who keeps the users. Called on the gateway's strand.
struct FixLogon {
  /// Whom the proof proves, or nothing. Must take the same time for every input.
  std::function<std::optional<Identity>(const FixProof&)> check;
  /// Why a session that the identity opened must end; "" when it may go on.
  std::function<std::string(const Identity&)> revoked;
};
/// As `credentials` says. It outlives the result.
FixLogon logon_by(Credentials& credentials);

class FixGateway {
 public:
  /// Loads the dictionary; throws std::runtime_error naming it when it is missing or wrong.
  FixGateway(boost::asio::io_context& context, CommandPort& commands, QueryPort& queries, EventFeed& feed,
             FixLogon logon, FixOptions options);
  /// Without stop() before it: as if the process had been killed. What was sent is stored. REQUIRES: nobody is running
  /// the io_context any more, or stop() returned.
  ~FixGateway();
  FixGateway(const FixGateway&) = delete;
  FixGateway& operator=(const FixGateway&) = delete;

  /// Catches up with the feed, asks the exchange for the market, listens, returns the bound port. Throws
  /// std::runtime_error: port in use, dictionary missing or wrong, store damaged, no answer.
  std::uint16_t start();
  /// The TLS port; 0 when there is none. REQUIRES: start() returned.
  [[nodiscard]] std::uint16_t tls_port() const;
  /// Logs every session out, flushes the stores. REQUIRES: another thread runs the io_context.
  void stop();
  /// From any thread.
  [[nodiscard]] FixStatus status() const;

  class Impl;

 private:
  std::shared_ptr<Impl> impl_;
};

}  // namespace pace
