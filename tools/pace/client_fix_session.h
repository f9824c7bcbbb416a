// The session half of `pace client fix`: QuickFIX's own initiator and file store, so that it is software we did not
// write which proves the gateway. It reconnects by itself; what was sent while the exchange was away goes out by FIX
// resend. Thread rule: public functions from one thread; QuickFIX's thread calls back under the lock.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "tools/pace/client_fix_orders.h"

namespace pace::tool {

struct FixClientSettings {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  std::string sender, target = "PACE", user, password;
  std::string store;  ///< directory of sequence numbers and messages; empty at first: the numbers start anew (141=Y)
  std::string dictionary;  ///< PACE44.xml
  int heartbeat_s = 10;
  std::size_t window = 4096;  ///< requests under way without an answer before sending waits
};

struct FixClientStats {
  std::uint64_t sent = 0, answered = 0;
  std::uint64_t accepted = 0, rejected = 0, cancelled = 0, replaced = 0, cancel_rejects = 0, expired = 0, fills = 0;
  std::uint64_t bought_kg = 0, sold_kg = 0;
  std::uint64_t reports = 0, duplicates = 0, poss_dups = 0, busy = 0, refused = 0, logons = 0;
  bool logged_on = false;
};

class FixClient {
 public:
  /// Throws std::runtime_error when the dictionary or the store cannot be used.
  FixClient(FixClientSettings settings, const std::vector<OrderRow>& rows, ReportFile& reports);
  ~FixClient();
  FixClient(const FixClient&) = delete;
  FixClient& operator=(const FixClient&) = delete;

  void start();
  /// Logs out.
  void stop();
  [[nodiscard]] bool wait_logged_on(std::chrono::milliseconds patience);
  /// Sends a row; waits while too many are unanswered. False when `patience` ran out before it could be sent.
  [[nodiscard]] bool send(std::size_t row, std::chrono::milliseconds patience);
  /// True when every row sent has its first answer. Rows refused as busy are sent again from here and from send().
  [[nodiscard]] bool wait_answered(std::chrono::milliseconds patience);
  /// True when nothing came for `quiet`.
  [[nodiscard]] bool wait_idle(std::chrono::milliseconds quiet, std::chrono::milliseconds patience);
  [[nodiscard]] FixClientStats stats() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pace::tool
