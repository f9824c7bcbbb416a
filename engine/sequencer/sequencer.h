// The single writer. Commands from every edge pass through one bounded queue; one thread stamps them with sequence and
// time, hands them to the journal, and applies them to the exchange while the disk syncs. The gate lets the entries out
// only when their commands are durable: nobody ever sees an answer that a power cut can take back.
//
//   submit -> queue -> [sequencer thread: stamp, encode, apply] -> [journal thread: write, sync, release] -> edges
//                                                                      [background thread: snapshots, next segments]
//
// When little waits, the sequencer thread writes, syncs and releases itself: waking the other costs more than what they
// could do side by side.
//
// Thread rule: every public function may be called from any thread, except that stop() and the destructor must not be
// called from a callback. Callbacks run one at a time, on whichever of the two threads releases, must not throw and
// must only hand over.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "engine/exchange/exchange.h"
#include "engine/journal/disk.h"
#include "engine/sequencer/port.h"

namespace pace {

enum class ClockMode : std::uint8_t {
  real,       ///< the machine's clock; never runs backwards, timetable steps come by themselves
  simulated,  ///< stands still until AdvanceTime moves it
};

class LogPort;
struct LogEnd;
struct LogOptions;

struct SequencerOptions {
  std::string data_directory;
  ClockMode clock = ClockMode::real;
  Capacity capacity;
  std::size_t queue_capacity = 16'384;  ///< commands and questions waiting; beyond it Reject::busy
  /// How long the sequencer thread keeps watching for the next command while they come that close; 0: sleeps at once.
  std::chrono::nanoseconds watch = std::chrono::microseconds(250);
  std::size_t ring_bytes = 64u << 20;         ///< newest entries kept in memory for readers of the feed
  std::uint64_t segment_bytes = 64u << 20;    ///< of each log file
  std::uint64_t snapshot_every = 10'000'000;  ///< commands; 0: only at a clean stop
  /// Takes office as the log's writer and opens it where the local journal ends, which recovery has read: what another
  /// log holds beyond must have been fetched into the local files before. Empty: the local files are the log.
  std::function<std::unique_ptr<LogPort>(Disk&, const LogOptions&, const LogEnd&)> open_log;
  std::function<void(const std::string&)> on_note;  ///< what recovery found, for the log; may be empty
  std::function<void(const std::string&)>
      on_fault;  ///< once, when the log failed: nothing more is taken; stop the process
};

/// For metrics. Counters run from the start of the process.
struct SequencerStatistics {
  std::size_t queue_depth = 0;
  std::uint64_t commands = 0;
  std::uint64_t batches = 0;
  std::uint64_t bytes = 0;  ///< written to the journal
  std::uint64_t busy = 0;   ///< refused because the queue was full
  std::uint64_t snapshots = 0;
  Duration last_sync;          ///< write and sync of the newest batch
  std::uint64_t gate_lag = 0;  ///< commands applied and not released
  Sequence sequenced, released;
  Sequence snapshot;  ///< newest on disk
};

class Sequencer final : public CommandPort, public QueryPort, public EventFeed {
 public:
  /// Takes the data directory, recovers (newest good snapshot, then replay; a torn tail is cut and noted) and starts.
  /// Throws Refused (in use, newer version, other settings), Damage (file and offset) or DiskFault.
  explicit Sequencer(SequencerOptions options);
  /// The same on another disk, which must outlive it.
  Sequencer(SequencerOptions options, Disk& disk);
  ~Sequencer() override;  ///< as stop()
  Sequencer(const Sequencer&) = delete;
  Sequencer& operator=(const Sequencer&) = delete;

  /// AdvanceTime from outside on a real clock: Reject::not_simulated, nothing was taken. On a simulated clock `to` is
  /// the command's time if it is not before the last one; else the exchange answers time_goes_back.
  /// After a fault: Reject::stopping.
  Reject submit(Request request, CommandPort::Answered answered = {}) override;
  Reject ask(Question question, QueryPort::Answered answered) override;

  /// As EventFeed. Throws Damage or DiskFault when entries older than the ring cannot be read from the event log.
  EntryBatchPtr next(Sequence after, std::chrono::milliseconds patience) override;
  Sequence released() const override;
  Subscription subscribe(std::function<void()> woken) override;

  /// Refuses what comes from now on, makes everything queued durable and releases it, writes a snapshot, syncs the
  /// event log. Idempotent. Returns false when the log failed, now or before.
  bool stop();
  [[nodiscard]] SequencerStatistics statistics() const;
  [[nodiscard]] bool failed() const;

 private:
  class Core;
  std::unique_ptr<Disk> own_disk_;
  std::unique_ptr<Core> core_;
};

}  // namespace pace
