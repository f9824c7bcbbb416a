// Who sends a Logon. All of it is checked before any session hears of the message, so that one that does not hold moves
// no sequence number. Thread rule: the gateway's strand.
// Invariants: a signature opens a session once; what refuses is said to the operator, never to the sender.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/fix/fix_gateway.h"

namespace pace::fix {

/// The text that RawData (96) signs: "PACE FIX logon" and the values of 49, 56, 34, 52, 108 and 141 ("N" when it is not
/// there), a line each, the last without an end.
std::string signed_logon(std::string_view message);

class LogonDesk {
 public:
  struct Peer {
    std::string_view address, certificate;
  };
  struct Answer {
    std::optional<Identity> identity;
    std::string problem;  ///< when there is none
  };
  /// `start`: of the gateway; what was signed before it is not taken, for an earlier gateway may have.
  LogonDesk(FixLogon keeper, Timestamp start);

  /// REQUIRES: a framed message.
  [[nodiscard]] Answer check(std::string_view message, const Peer& peer, Timestamp now);
  /// Why a session that the identity opened must end; "" when it may go on.
  [[nodiscard]] std::string revoked(const Identity& identity) const { return keeper_.revoked(identity); }

 private:
  [[nodiscard]] std::string stale(std::string_view user, std::string_view sending_time, Timestamp now) const;

  const FixLogon keeper_;
  const std::string start_;
  std::map<std::string, std::string, std::less<>> newest_;  // SendingTime of each login's last signature
};

}  // namespace pace::fix
