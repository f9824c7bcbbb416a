// A broker's conversation on its FIX session: commands in, the feed's reports out, which of its messages are not safe
// yet; questions go to their desk. Thread rule: the gateway's strand.
// Invariant: a message that brought a command stays unsettled until the command is durable and its reports are stored.
#pragma once

#include <deque>
#include <functional>
#include <string_view>

#include "gateway/auth/rate_limiter.h"
#include "gateway/fix/order_desk.h"
#include "gateway/fix/question_desk.h"
#include "gateway/fix/session.h"
#include "gateway/fix/translate.h"

namespace pace::fix {

/// A command of a session on its way through the exchange.
struct Ticket {
  BrokerId broker;
  std::uint32_t epoch = 0;   ///< of the sequence numbers: a reset starts a new one
  std::uint32_t number = 0;  ///< MsgSeqNum that brought it
  bool resent = false;       ///< PossDupFlag was set: the broker's engine repeats it, nobody waits for an answer
  ClientId client_id;
  bool block = false;  ///< it reports or withdraws a block trade
};
/// Its entry, durable.
struct Settled {
  Ticket ticket;
  Sequence sequence;
  Sequence repeats;
  Outcome outcome;
};

class BrokerSession final : public SessionApplication {
 public:
  using Submit = std::function<Reject(Request, const Ticket&)>;
  /// Application messages it may send: on average and at once.
  struct Rate {
    double per_second, burst;
  };
  /// Opens the session's store; throws as SessionFile does. The desks outlive this.
  BrokerSession(Session::Setting setting, const OrderDesk& desk, QuestionDesk& questions, const Member& member,
                Submit submit, Rate rate);

  [[nodiscard]] const Member& member() const { return member_; }
  [[nodiscard]] Session& session() { return session_; }
  [[nodiscard]] const Session& session() const { return session_; }

  /// Stores the report and sends it when the broker is logged on; one stored before is skipped.
  void report(const Report& report);
  /// REQUIRES: the reports of its entry were given before.
  void settle(const Settled& settled);

  /// When the session ends, however it ends, all of the broker's orders are cancelled (MassCancel, reason disconnect).
  void set_cancel_on_disconnect(bool cancel) { cancel_on_disconnect_ = cancel; }
  /// Again, when the exchange's queue was full at the time.
  void cancel_if_due();
  [[nodiscard]] std::uint64_t throttled() const { return throttled_; }

  void on_logon(Session&) override {}
  void on_gone(Session&) override;
  bool on_message(Session&, const Incoming& message) override;
  void on_reset(Session&) override { pending_.clear(); }
  [[nodiscard]] int first_unsettled() const override {
    return pending_.empty() ? 0 : static_cast<int>(pending_.front());
  }

 private:
  [[nodiscard]] bool throttle(const Incoming& message);
  void submit(const Incoming& message, Request request);
  void answer(const StatusQuery& query);
  void answer_repeat(const Settled& settled);
  void send_status(const StatusQuery& query, const OrderState* order, std::string_view text);
  void refuse(const Incoming& message, const Refusal& refusal);

  const OrderDesk& desk_;
  QuestionDesk& questions_;
  const Member member_;
  const Submit submit_;
  const Rate rate_;
  RateLimiter limiter_;
  std::uint64_t throttled_ = 0;
  bool cancel_on_disconnect_ = false, cancel_due_ = false;
  Outgoing answer_;                    // being written
  std::deque<std::uint32_t> pending_;  // MsgSeqNums whose commands are not durable yet, ascending
  Session session_;
};

}  // namespace pace::fix
