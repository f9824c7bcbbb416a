#include "gateway/fix/seats.h"

#include <limits>
#include <stdexcept>

#include "engine/base/check.h"
#include "gateway/fix/framer.h"

namespace pace::fix {
namespace {

constexpr std::string_view copy_suffix = "-DC";
constexpr std::int64_t look_every_ns = 1'000'000'000;
constexpr int cancel_on_disconnect = 8013;

SessionDay day_of(const FixOptions& options) {
  const auto day = SessionDay::from(options.session_day);
  if (!day)
    throw std::runtime_error("FIX session day \"" + options.session_day +
                             "\": expected start and end in UTC, as 21:30:00-20:00:00");
  return *day;
}

}  // namespace

Seats::Seats(Parts parts) : parts_(std::move(parts)), day_(day_of(parts_.options)) {}

Session::Setting Seats::setting(const std::string& name, const std::string& folder) const {
  const FixOptions& options = parts_.options;
  return {.dictionary = parts_.dictionary,
          .directory = options.directory / folder,
          .comp_id = options.comp_id,
          .counterparty = name,
          .max_stored_messages = options.max_stored_messages,
          .sync = options.sync,
          .remark = [this, name](const std::string& text) { parts_.note(FixLog::detail, name + ": " + text); }};
}

void Seats::add(const std::string& name, Session& session, BrokerSession* broker) {
  seats_[name] = Seat{.session = &session, .broker = broker};
  dirty_.insert(&session);
  if (const std::uint64_t cut = session.bytes_cut(); cut != 0)
    parts_.note(FixLog::notice,
                name + ": cut " + std::to_string(cut) + " bytes of an unfinished record; nothing of it had been sent");
}

void Seats::make(const Member& member) {
  std::unique_ptr<BrokerSession>& made = brokers_[member.broker];
  if (made) return;
  const std::string name(member.code.view()), folder = std::to_string(member.broker.raw());
  made = std::make_unique<BrokerSession>(
      setting(name, folder), parts_.desk, parts_.questions, member, parts_.submit,
      BrokerSession::Rate{parts_.options.messages_per_second, parts_.options.messages_burst});
  add(name, made->session(), made.get());
  if (std::filesystem::exists(parts_.options.directory / (folder + "-dc"))) make_drop_copy(member);
}

// It begins with what comes next: what was reported before, the member's own session has.
void Seats::make_drop_copy(const Member& member) {
  const std::string name = std::string(member.code.view()).append(copy_suffix);
  const Cause since{parts_.desk.position(), std::numeric_limits<std::uint32_t>::max()};
  std::unique_ptr<DropCopy>& made = copies_[member.broker];
  made = std::make_unique<DropCopy>(setting(name, std::to_string(member.broker.raw()) + "-dc"), parts_.desk, since);
  add(name, made->session(), nullptr);
}

void Seats::report(const Report& report) {
  const BrokerId broker = report.order.broker;
  if (const auto place = brokers_.find(broker); place != brokers_.end()) {
    place->second->report(report);
    touched(place->second->session());
  }
  if (const auto copy = copies_.find(broker); copy != copies_.end()) {
    copy->second->report(report);
    touched(copy->second->session());
  }
}

void Seats::settle(const Settled& settled) {
  const auto place = brokers_.find(settled.ticket.broker);
  PACE_CHECK(place != brokers_.end());
  place->second->settle(settled);
  touched(place->second->session());
}

Seats::Taken Seats::take(const Identity& identity, std::string_view message, Timestamp now) {
  const std::string_view name = find_tag(message, 49).value_or("");
  const Member* member = parts_.desk.member(BrokerId(identity.sender.number));
  if (identity.sender.role != Role::broker || member == nullptr || find_tag(message, 56) != parts_.options.comp_id)
    return {.problem = "SenderCompID (49) or TargetCompID (56) is not this login's"};
  const std::string code(member->code.view()), copy = code + std::string(copy_suffix);
  if ((name != code || !identity.scopes.trade) && (name != copy || !identity.scopes.drop_copy))
    return {.problem = "SenderCompID (49) or TargetCompID (56) is not this login's"};
  if (!day_.open(now)) return {.problem = "sessions are open " + day_.text()};
  if (name == copy && !seats_.contains(name)) make_drop_copy(*member);
  Seat& seat = seats_.find(name)->second;
  if (seat.session->attached()) return {.problem = "this session is logged on from elsewhere"};
  if (seat.session->day() != day_.number(now)) seat.session->begin_day(day_.number(now));
  const std::string_view asked = find_tag(message, cancel_on_disconnect).value_or("");
  if (seat.broker != nullptr)
    seat.broker->set_cancel_on_disconnect(asked.empty() ? identity.access.cancel_on_disconnect : asked == "Y");
  seat.who = identity;
  touched(*seat.session);
  return {.session = seat.session};
}

void Seats::tick(Timestamp now, const LogonDesk& logons) {
  const bool look = now.raw() - looked_.raw() >= look_every_ns;
  if (look) looked_ = now;
  const std::uint32_t day = day_.number(now);
  for (auto& [name, seat] : seats_) {
    if (look && seat.session->attached() && seat.who) {
      if (const std::string why = logons.revoked(*seat.who); !why.empty()) seat.session->log_out(why);
    }
    tick(seat, day, now);
  }
}

void Seats::tick(Seat& seat, std::uint32_t day, Timestamp now) {
  Session& session = *seat.session;
  if (seat.broker != nullptr) seat.broker->cancel_if_due();
  if (!session.attached()) {
    if (session.day() == day) return;
    session.begin_day(day);
    return touched(session);
  }
  if (session.day() != day || !day_.open(now)) session.log_out("the session day has ended; open " + day_.text());
  session.tick();
  touched(session);
}

void Seats::log_out(const std::string& reason) {
  for (auto& [name, seat] : seats_) {
    if (seat.broker != nullptr) seat.broker->set_cancel_on_disconnect(false);
    if (seat.session->attached()) seat.session->log_out(reason);
    touched(*seat.session);
  }
}

std::string Seats::flush() {
  std::string fault;
  for (auto at = dirty_.begin(); at != dirty_.end();) {
    try {
      (*at)->flush();
      at = dirty_.erase(at);
    } catch (const std::exception& caught) {
      if (fault.empty()) fault = caught.what();
      ++at;
    }
  }
  return fault;
}

void Seats::count(FixStatus& status) const {
  status.sessions = seats_.size();
  for (const auto& [name, seat] : seats_) {
    status.logged_on += seat.session->logged_on() ? 1 : 0;
    status.messages_out += seat.session->messages_out();
    if (seat.broker != nullptr) status.throttled += seat.broker->throttled();
  }
}

}  // namespace pace::fix
