// Where commands become durable. Local segment files implement it today (local_log.h); a replicated log stands behind
// the same port in a clustered engine.
// Thread rule: one thread at a time calls append; one other thread may call prepare meanwhile.
#pragma once

#include <cstdint>

#include "engine/journal/log_batch.h"

namespace pace {

class LogPort {
 public:
  virtual ~LogPort() = default;
  /// Appends the batch behind `expected` (the sequence the caller takes for the log's last) under the caller's epoch,
  /// and returns when it is durable: the new last sequence. Throws Refused when the log stands elsewhere or belongs to
  /// another epoch: the caller has lost its office and must stop. Throws DiskFault when the log failed: the batch may
  /// or may not be found at the next start, and this log takes nothing more.
  virtual Sequence append(LogBatch& batch, Sequence expected, std::uint32_t epoch) = 0;
  /// The writer's own, taken when the log was opened: appending under an older one is refused.
  [[nodiscard]] virtual std::uint32_t epoch() const = 0;
  /// Gets slow work done ahead (a next segment). Throws DiskFault; appending still goes on then.
  virtual void prepare() = 0;
  [[nodiscard]] virtual bool wants_prepare() const = 0;
};

}  // namespace pace
