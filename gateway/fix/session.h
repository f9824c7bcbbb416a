// One counterparty's FIX session: QuickFIX's rules between our transport and our store, and an application that hears
// what arrives and says what leaves. It lives as long as the gateway; connections come and go.
// An application message that is the next in its turn and that our layout finds good goes straight to the application,
// and what the application says straight into the store: what QuickFIX would do with them is known. All else is
// QuickFIX's: session messages, gaps, repeats, faults, silence.
// Thread rule: the gateway's strand.
// Invariants: nothing leaves that is not in the store first (flush() before the transport writes); a number once given
// to a message is never given to another, but by a reset; a ResendRequest is answered a piece at a time (resend_some).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "gateway/fix/incoming.h"
#include "gateway/fix/outgoing.h"
#include "gateway/fix/session_file.h"

namespace pace::fix {

class Session;

/// The connection as the session sees it. Nothing leaves before the gateway's turn ends and the store is flushed.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual void send(const std::string& message) = 0;
  /// After what was sent.
  virtual void close() = 0;
  /// Bytes that wait for the reader.
  [[nodiscard]] virtual std::size_t unsent() const = 0;
};

/// A FIX dictionary, as QuickFIX's and as our layout; loaded once and shared by every session (a copy each would cost
/// 2.4 MiB).
class Dictionary {
 public:
  /// Throws std::runtime_error naming the file.
  explicit Dictionary(const std::filesystem::path& path);
  ~Dictionary();
  struct Data;
  [[nodiscard]] const Data& data() const { return *data_; }
  [[nodiscard]] const Layout& layout() const;

 private:
  std::unique_ptr<Data> data_;
};

/// What a session is for. Called within Session::receive, tick and detach_from; may call the session's send().
class SessionApplication {
 public:
  virtual ~SessionApplication() = default;
  /// The Logon held and was answered.
  virtual void on_logon(Session& session) = 0;
  /// Was logged on and is no more: Logout, a broken connection, silence.
  virtual void on_gone(Session& session) = 0;
  /// An application message that the dictionary accepts, in order, each number once (again with 43=Y only when its
  /// number was not settled). False, and nothing was done: messages of this type are not taken; the sender is told so.
  [[nodiscard]] virtual bool on_message(Session& session, const Incoming& message) = 0;
  /// Both numbers start at 1 again: what is unsettled no longer counts.
  virtual void on_reset(Session& session) = 0;
  /// The oldest MsgSeqNum whose effect is not safe yet; 0: all are. A kill asks for it again.
  [[nodiscard]] virtual int first_unsettled() const = 0;
};

class Session {
 public:
  struct Setting {
    const Dictionary& dictionary;
    std::filesystem::path directory;  ///< of its store
    std::string comp_id;              ///< ours
    std::string counterparty;         ///< SenderCompID of what comes in
    std::size_t max_stored_messages;
    bool sync = false;                               ///< fdatasync at each flush
    bool reset_on_logon = false;                     ///< as if every Logon said 141=Y, without answering so
    std::function<void(const std::string&)> remark;  ///< session events in words; messages are never in them
  };
  /// Opens the store; throws as SessionFile does. The application outlives the session.
  Session(Setting setting, SessionApplication& application);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  [[nodiscard]] const std::string& counterparty() const;
  [[nodiscard]] bool attached() const;
  [[nodiscard]] bool logged_on() const;
  /// REQUIRES: not attached.
  void attach(Transport& transport);
  /// The connection is gone. Nothing when the session has let go of it before.
  void detach_from(const Transport& transport);
  /// One framed message with a good checksum. REQUIRES: attached.
  void receive(std::string_view message);
  /// Heartbeats and time-outs; a few times a second.
  void tick();
  /// Ends the session in good order: Logout with the reason; but for the answer to it nothing more is heard.
  void log_out(const std::string& reason);
  /// Both numbers to 1 for a session day, which is remembered. REQUIRES: not attached.
  void begin_day(std::uint32_t day);
  [[nodiscard]] std::uint32_t day() const;
  /// Reports up to the cause are none of this session's. REQUIRES: nothing was ever said on it.
  void skip_to(Cause cause);

  // --- for the application ---
  /// Numbers and stores the message; it leaves now when logged on, else when the counterparty asks for its number.
  /// A report of the feed comes with its cause. Never refused.
  void send(Outgoing& message, Cause cause = {});
  /// For what is worth nothing later (market data): numbered, not stored, a gap fill when asked for again. False, and
  /// nothing was numbered: not logged on, a resend is under way, or more than `most_unsent` bytes wait for the reader.
  bool send_live(Outgoing& message, std::size_t most_unsent);
  /// Would send_live take a message now?
  [[nodiscard]] bool takes_live(std::size_t most_unsent) const;
  /// MsgSeqNum of the message that on_message is given.
  [[nodiscard]] int receiving() const;
  [[nodiscard]] int next_number() const;
  /// Which run of numbers: a reset starts a new one.
  [[nodiscard]] std::uint32_t epoch() const;
  /// The newest report stored.
  [[nodiscard]] Cause cause() const;

  /// Makes what was said and heard durable. Throws std::system_error; tries again at the next call.
  void flush();
  [[nodiscard]] bool resending() const;
  /// The next piece of what was asked for again; false when the reader has to catch up first. REQUIRES: resending().
  bool resend_some();
  [[nodiscard]] std::uint64_t messages_out() const;
  [[nodiscard]] std::uint64_t bytes_cut() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pace::fix
