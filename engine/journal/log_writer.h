// Writes a log: segments filled with zeros ahead of use, one write per batch, sync when told. Writes are of whole
// blocks past the system's cache (disk.h): the block in which a batch ends is kept in memory and written again with the
// next, the bytes in it that were durable as they were. After a failed write or sync it takes nothing more: what the
// page cache holds then is unknown, and a retry could report lost bytes as durable. Thread rule: one thread appends;
// sync() and prepare() may each be called from one other thread at the same time.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/journal/block_buffer.h"
#include "engine/journal/log_batch.h"
#include "engine/journal/log_reader.h"

namespace pace {

struct LogOptions {
  std::string directory;
  LogKind kind{};
  std::uint64_t segment_bytes = 64u << 20;
  /// Zeros ahead make a sync cheaper, because no block is new to the file system. Not worth it for a log that is rarely
  /// synced.
  bool zero_ahead = true;
};

class LogWriter {
 public:
  /// Continues behind `end` with an epoch after all that were seen there: cuts a torn tail and removes segments behind
  /// it and unfinished files. REQUIRES: `end` is what a LogReader of this log found. Throws Refused behind the last
  /// epoch.
  LogWriter(Disk& disk, LogOptions options, const LogEnd& end);
  /// Seals and writes the batch. REQUIRES: it follows last(). Throws DiskFault; Refused after a fault.
  void append(LogBatch& batch);
  /// Returns when every batch whose append() returned before is durable. Throws as append.
  void sync();
  /// Makes the next segment ahead: filling it takes long. When that fails (DiskFault), the writer goes on and makes the
  /// segment when it is needed.
  void prepare();
  /// prepare() has something to do.
  [[nodiscard]] bool wants_prepare() const { return wants_prepare_; }
  [[nodiscard]] Sequence last() const { return last_; }
  [[nodiscard]] std::uint32_t epoch() const { return epoch_; }

 private:
  void cut(const LogEnd& end);
  void go_on(const LogEnd& end);
  void start_segment(const LogBatch& batch);
  enum class Pace { at_once, ahead };
  std::shared_ptr<File> make_file(const std::string& path, std::uint64_t bytes, Pace pace);
  std::shared_ptr<File> take_spare();
  void refuse_after_fault() const;

  Disk& disk_;
  LogOptions options_;
  std::uint32_t epoch_;
  Sequence last_;
  std::uint32_t checksum_;
  std::uint64_t offset_ = 0;
  BlockBuffer blocks_;       ///< holds the block that offset_ is in, up to it
  std::uint64_t limit_ = 0;  ///< size the current segment may reach
  std::shared_ptr<File> file_;
  std::atomic<bool> failed_{false};

  std::mutex mutex_;
  std::vector<std::shared_ptr<File>> unsynced_;  ///< guarded by mutex_
  std::shared_ptr<File> spare_;                  ///< guarded by mutex_
  std::atomic<bool> wants_prepare_;
};

}  // namespace pace
