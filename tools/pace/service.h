// One exchange in one process: sequencer, FIX and web gateways, books and registry store on PostgreSQL, put together
// from the configuration. Trading needs the sequencer and the gateways only: PostgreSQL is started, watched and
// restarted beside them, and the projections catch up when it is there.
// Thread rule: made, run and destroyed on one thread.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "tools/pace/config.h"
#include "tools/pace/server.h"

namespace pace::tool {

class Service {
 public:
  /// Recovers the state and opens every port. Throws with the reason when it cannot: data directory in use or of a
  /// newer version, damaged log, port in use, …
  Service(const Config& config, const std::string& data);
  ~Service();

  [[nodiscard]] Ready ready() const;
  /// Certificates and keys are read again (SIGHUP).
  void reload();
  /// The log failed: nothing more can be acknowledged; stop and exit 1.
  [[nodiscard]] bool failed() const;
  /// Clients are told, everything accepted becomes durable, projections catch up (for a bounded time). False after a
  /// fault.
  bool drain();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace pace::tool
