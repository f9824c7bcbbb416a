#include "engine/sequencer/local_log.h"

#include <string>

namespace pace {

Sequence LocalLog::append(LogBatch& batch, Sequence expected, std::uint32_t epoch) {
  if (epoch != writer_.epoch() || expected != writer_.last() || (!batch.empty() && batch.first() != next(expected)))
    throw Refused("the log stands at sequence " + std::to_string(writer_.last().raw()) + " of epoch " +
                  std::to_string(writer_.epoch()) + "; the writer expected sequence " + std::to_string(expected.raw()) +
                  " of epoch " + std::to_string(epoch));
  if (batch.empty()) return expected;
  writer_.append(batch);
  writer_.sync();
  return writer_.last();
}

}  // namespace pace
