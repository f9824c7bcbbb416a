// The event feed: the newest entries from a ring in memory, older ones from the event log on disk. Readers keep their
// own place; the writer waits for none. Thread rule: next, released, subscribe and stop from any thread; release by one
// thread at a time, written by the event log's.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "engine/journal/log_reader.h"
#include "engine/sequencer/port.h"

namespace pace {

class Feed final : public EventFeed {
 public:
  /// The event log reaches up to `released`. REQUIRES: `disk` outlives the feed.
  Feed(Disk& disk, std::string events_directory, Sequence released, std::size_t ring_bytes);

  /// As EventFeed::next. Throws Damage or DiskFault when older entries cannot be read from the event log.
  EntryBatchPtr next(Sequence after, std::chrono::milliseconds patience) override;
  Sequence released() const override;
  Subscription subscribe(std::function<void()> woken) override;

  /// Lets entries out and wakes who waits. REQUIRES: durable, and following released().
  void release(const std::vector<EntryBatchPtr>& batches);
  /// The event log reaches up to `last`: older batches may leave the ring.
  void written(Sequence last);
  /// Nobody waits any more; what is out can still be read.
  void stop();

 private:
  struct Subscriber;
  std::vector<EntryBatchPtr> from_ring(Sequence first);
  EntryBatchPtr from_disk(Sequence first, Sequence limit);
  std::unique_ptr<LogReader> reader_at(Sequence first);
  void wake();

  Disk& disk_;
  const std::string directory_;
  const std::size_t ring_limit_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<EntryBatchPtr> ring_;
  std::size_t ring_size_ = 0;
  Sequence released_;
  bool stopping_ = false;
  std::vector<std::weak_ptr<Subscriber>> subscribers_;

  std::mutex readers_mutex_;
  /// Readers of the event log, by the sequence they give next: a slow reader goes on where it was.
  std::deque<std::pair<Sequence, std::unique_ptr<LogReader>>> readers_;
};

}  // namespace pace
