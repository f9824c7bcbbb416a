// The sessions that brokers may log on to: one for each member's orders (SenderCompID = its Code), one for its drop
// copy (Code-DC) once somebody with that right has logged on to it. Seats say who may sit down, since when the numbers
// run, and who has to get up. Thread rule: the gateway's strand. Invariants: a seat outlives every logon on it; no
// number moves before take() has given the seat.
#pragma once

#include <map>
#include <set>

#include "gateway/fix/broker_session.h"
#include "gateway/fix/drop_copy.h"
#include "gateway/fix/logon.h"
#include "gateway/fix/session_day.h"

namespace pace::fix {

class Seats {
 public:
  using Note = std::function<void(FixLog, const std::string&)>;
  struct Parts {
    const Dictionary& dictionary;
    const FixOptions& options;
    const OrderDesk& desk;
    QuestionDesk& questions;
    BrokerSession::Submit submit;
    Note note;
  };
  /// Throws std::runtime_error when the options' session day is not one.
  explicit Seats(Parts parts);

  /// The member's seat, and its drop copy's when there was one before; nothing when they are there. Throws as
  /// SessionFile does.
  void make(const Member& member);
  void report(const Report& report);
  void settle(const Settled& settled);

  struct Taken {
    Session* session = nullptr;
    std::string problem;  ///< when there is none
  };
  /// The seat that a proven login may log on to now. `message` is its Logon.
  Taken take(const Identity& identity, std::string_view message, Timestamp now);

  /// Heartbeats, session days, and logins that are no longer good.
  void tick(Timestamp now, const LogonDesk& logons);
  /// All get up in good order; orders that a lost connection would cancel stay, for the exchange ended it.
  void log_out(const std::string& reason);
  /// The session said or heard something: its store is behind.
  void touched(Session& session) { dirty_.insert(&session); }
  /// Makes it durable. "" when all is, else what the first fault was; the rest is tried again at the next call.
  std::string flush();
  /// Adds its figures.
  void count(FixStatus& status) const;

 private:
  struct Seat {
    Session* session = nullptr;
    BrokerSession* broker = nullptr;  ///< null: a drop copy's
    std::optional<Identity> who;      ///< of the last logon
  };
  [[nodiscard]] Session::Setting setting(const std::string& name, const std::string& folder) const;
  void add(const std::string& name, Session& session, BrokerSession* broker);
  void make_drop_copy(const Member& member);
  void tick(Seat& seat, std::uint32_t day, Timestamp now);

  const Parts parts_;
  const SessionDay day_;
  std::map<std::string, Seat, std::less<>> seats_;  // by SenderCompID
  std::map<BrokerId, std::unique_ptr<BrokerSession>> brokers_;
  std::map<BrokerId, std::unique_ptr<DropCopy>> copies_;
  std::set<Session*> dirty_;
  Timestamp looked_;  // when logins were looked at last
};

}  // namespace pace::fix
