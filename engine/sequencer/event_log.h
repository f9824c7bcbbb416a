// The event log's own thread: what was let out is written in large pieces, off the way of the answers. Nothing waits
// for it but a snapshot, which must not be ahead of the event log; after a power cut the journal gives again what was
// not written (FORMAT.md).
// Thread rule: give by one thread at a time; write_up_to and finish by any; the log belongs to this object's thread.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/journal/log_writer.h"
#include "engine/sequencer/feed.h"

namespace pace {

class EventLog {
 public:
  /// Written in batches of about `batch_bytes`. `fault` hears, once, when the log could not be written: nothing more is
  /// written then. The references must outlive this object.
  EventLog(LogWriter& log, Feed& feed, std::uint64_t batch_bytes, std::function<void(const std::string&)> fault);
  ~EventLog() { finish(); }
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  /// Takes entries that follow those before. Waits while more than `most_waiting` bytes are not written yet.
  void give(const std::vector<EntryBatchPtr>& batches);
  /// Returns when every entry up to `last` is written and durable. Throws std::runtime_error when the log failed.
  /// REQUIRES: it was given, or stood in the log at the start.
  void sync_up_to(Sequence last);
  /// Writes what was given and ends the thread.
  void finish();

 private:
  static constexpr std::size_t most_waiting = 64u << 20;
  void run();
  void write(const std::vector<EntryBatchPtr>& batches);

  LogWriter& log_;
  Feed& feed_;
  const std::uint64_t batch_bytes_;
  const std::function<void(const std::string&)> fault_;
  LogBatch records_;  ///< the thread's
  std::mutex mutex_;
  std::condition_variable changed_, written_changed_;
  std::vector<EntryBatchPtr> waiting_;
  std::size_t waiting_bytes_ = 0;
  Sequence written_, wanted_;
  bool finishing_ = false, failed_ = false;
  std::thread thread_;
};

}  // namespace pace
