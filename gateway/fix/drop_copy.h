// A broker's drop copy: a session that hears a copy of every execution report of its broker, marked so
// (CopyMsgIndicator 797=Y), and may say nothing but session messages. Thread rule: the gateway's strand.
#pragma once

#include "gateway/fix/order_desk.h"
#include "gateway/fix/session.h"

namespace pace::fix {

class DropCopy final : public SessionApplication {
 public:
  /// Opens the session's store; throws as SessionFile does. A new store begins behind `since`. `desk` outlives this.
  DropCopy(Session::Setting setting, const OrderDesk& desk, Cause since);

  [[nodiscard]] Session& session() { return session_; }
  /// Stores and sends what is an execution report; one stored before is skipped.
  void report(const Report& report);

  void on_logon(Session&) override {}
  void on_gone(Session&) override {}
  bool on_message(Session&, const Incoming& message) override;
  void on_reset(Session&) override {}
  [[nodiscard]] int first_unsettled() const override { return 0; }

 private:
  const OrderDesk& desk_;
  Outgoing copy_;  // being written
  Session session_;
};

}  // namespace pace::fix
