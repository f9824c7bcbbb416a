// Reads a log from a sequence number on, verifying every byte it passes: checksums, the chain, sequence numbers, and
// that segments follow each other. Safe beside a running writer: it then ends at the last complete record.
//
// What it makes of a record that is not good, at the place of sequence n:
//   nothing but zeros behind it             the log ends here
//   no good record of a later batch behind  torn tail: the batch that holds n was never durable; the log ends here
//   a good record of a later batch behind   damage: n was durable before that record was written
//   it stands in a segment before the last  damage
// Thread rule: one owner.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/journal/disk.h"
#include "engine/journal/format.h"

namespace pace {

/// Where a log ends, for the writer that continues it.
struct LogEnd {
  Sequence last;               ///< 0: no record
  Timestamp time;              ///< of the last record
  std::uint32_t checksum = 0;  ///< of the last record
  std::uint32_t epoch = 0;     ///< newest seen
  std::string segment;         ///< path of the last segment; empty: there is none
  std::uint64_t offset = 0;    ///< where the next record goes
  std::uint64_t torn = 0;      ///< bytes behind, up to the last that is not zero: an unfinished batch
};

struct LogRecord {
  Sequence sequence;
  Timestamp time;
  BytesView payload;  ///< good until the next call of next()
  std::uint64_t offset = 0;
};

class LogReader {
 public:
  /// next() gives `from` first. REQUIRES: from >= 1. Throws Damage when the log begins later, Refused when a segment is
  /// of a newer format.
  LogReader(Disk& disk, std::string directory, LogKind kind, Sequence from);
  /// The next record; null at the end, where a later call looks again. Throws Damage, DiskFault, Refused.
  const LogRecord* next();
  /// Behind the last good record passed. Complete (`torn`) once next() gave null; also of use after Damage, for a log
  /// that can be derived again from there.
  [[nodiscard]] const LogEnd& end() const { return end_; }

 private:
  enum class Tail { clean, torn, damaged };
  void open_segment(Sequence first);
  const LogRecord* read_record();
  const LogRecord* not_good(const char* why);
  bool enter_next_segment();
  Tail look_behind();
  bool is_later_batch(std::uint64_t offset);
  BytesView fetch(std::uint64_t offset, std::uint64_t bytes);
  [[nodiscard]] std::vector<Sequence> segments() const;
  [[nodiscard]] Sequence expected() const { return Sequence(end_.last.raw() + 1); }

  Disk& disk_;
  std::string directory_;
  LogKind kind_;
  Sequence from_;
  Sequence segment_;
  std::unique_ptr<File> file_;
  Bytes buffer_;
  std::uint64_t buffer_at_ = 0;
  LogEnd end_;
  LogRecord record_;
  std::string why_;  ///< what is wrong with the record at end_.offset
};

}  // namespace pace
