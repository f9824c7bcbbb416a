// The journal, applied record by record to an exchange: recovery, `pace replay` and `pace verify` are this loop.
// Thread rule: the thread that owns the exchange.
#pragma once

#include <string>

#include "engine/sequencer/applier.h"
#include "engine/sequencer/read_ahead.h"

namespace pace {

class Replay {
 public:
  /// Goes on behind the exchange's last sequence. Throws Damage when the journal does not reach it (the snapshot it
  /// came from is ahead of the log), and what LogReader throws.
  Replay(Disk& disk, const std::string& journal_directory, Exchange& exchange);
  /// Applies the next record; false at the end of the journal. Throws Damage for a record that is no request.
  bool step();
  /// As step(), for who wants the state alone: no entry is made.
  bool step_state();
  /// Holds the entries applied so far.
  [[nodiscard]] Applier& applier() { return applier_; }
  /// Where the journal ends. REQUIRES: the last step gave false.
  [[nodiscard]] const LogEnd& end() const { return ahead_.end(); }
  [[nodiscard]] std::uint64_t commands() const { return commands_; }

 private:
  [[nodiscard]] const ReplayedCommand* next();
  Exchange& exchange_;
  ReadAhead ahead_;
  Applier applier_;
  std::uint64_t commands_ = 0;
};

}  // namespace pace
