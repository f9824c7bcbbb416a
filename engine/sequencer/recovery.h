// Start and recovery are one path: the newest good snapshot, then replay of the journal, writing again what the event
// log lacks. Entries that the event log has must equal what the replay gives. Thread rule: at the start, before any
// other thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "engine/exchange/exchange.h"
#include "engine/journal/data_directory.h"
#include "engine/journal/log_writer.h"

namespace pace {

struct Recovered {
  Exchange exchange;
  LogEnd journal;                     ///< where the journal goes on
  std::unique_ptr<LogWriter> events;  ///< stands at the journal's end
  Sequence snapshot;                  ///< the newest good one; 0: none
};

using Note = std::function<void(const std::string&)>;

/// Throws Damage, Refused, DiskFault. `note` hears of everything unusual that was mended.
Recovered recover(Disk& disk, const DataPaths& paths, const Capacity& capacity, std::uint64_t segment_bytes,
                  const Note& note);

}  // namespace pace
