#include "engine/sequencer/recovery.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "engine/journal/snapshots.h"
#include "engine/sequencer/replay.h"

namespace pace {
namespace {

// The event log beside a replay: compares as long as it has good records, writes from there on.
class ReplayedEvents {
 public:
  ReplayedEvents(Disk& disk, LogOptions options, Sequence after, const Note& note)
      : disk_(disk), options_(std::move(options)), note_(note) {
    try {
      reader_.emplace(disk_, options_.directory, LogKind::events, Sequence(std::max<std::uint64_t>(after.raw(), 1)));
      reaches_ = !after || reader_->next() != nullptr;
    } catch (const Damage& damage) {
      why_ = damage.what();
      reaches_ = !after;
    }
  }

  /// Every entry up to `after` is there. Otherwise a replay must begin earlier.
  [[nodiscard]] bool reaches() const { return reaches_; }
  [[nodiscard]] const std::string& why() const { return why_; }

  /// Compares or writes what was applied since the last call. REQUIRES: reaches().
  void take(Applier& applier) {
    if (writer_ != nullptr || !compare(applier.entry())) {
      if (writer_ == nullptr) begin_writing();
      const EntryStamp stamp = stamp_of(applier.entry());
      batch_.add(stamp.sequence, stamp.time, applier.entry());
      if (batch_.bytes().size() >= entry_batch_bytes) flush();
    }
    applier.discard();
  }

  /// REQUIRES: the journal was replayed to `last`.
  std::unique_ptr<LogWriter> finish(Sequence last) {
    if (writer_ == nullptr) {
      if (const LogRecord* more = next_good(); more != nullptr)
        throw Damage(reader_->end().segment, more->offset,
                     "the event log holds sequence " + std::to_string(more->sequence.raw()) +
                         ", which had been released, but the journal ends with sequence " + std::to_string(last.raw()) +
                         ": acknowledged commands are missing");
      begin_writing();
    }
    flush();
    return std::move(writer_);
  }

 private:
  const LogRecord* next_good() {
    if (!reader_ || !why_.empty()) return nullptr;
    try {
      return reader_->next();
    } catch (const Damage& damage) {
      why_ = damage.what();
      return nullptr;
    }
  }

  bool compare(BytesView entry) {
    const LogRecord* record = next_good();
    if (record == nullptr) return false;
    if (!std::equal(entry.begin(), entry.end(), record->payload.begin(), record->payload.end()))
      throw Damage(reader_->end().segment, record->offset,
                   "entry " + std::to_string(record->sequence.raw()) + " differs from what the journal replays to");
    return true;
  }

  void begin_writing() {
    const LogEnd end = reader_ ? reader_->end() : LogEnd{};
    reader_.reset();
    if (!why_.empty())
      note_("event log is cut behind sequence " + std::to_string(end.last.raw()) +
            " and written again from the journal (" + why_ + ")");
    writer_ = std::make_unique<LogWriter>(disk_, options_, end);
  }

  void flush() {
    writer_->append(batch_);
    batch_.clear();
  }

  Disk& disk_;
  LogOptions options_;
  const Note& note_;
  std::optional<LogReader> reader_;
  bool reaches_ = false;
  std::string why_;  ///< why the rest of the event log is not good
  std::unique_ptr<LogWriter> writer_;
  LogBatch batch_;
};

// The newest snapshot that is whole, loads, and up to which the event log reaches.
Sequence load_newest(Disk& disk, const DataPaths& paths, const LogOptions& events, const Capacity& capacity,
                     Exchange& exchange, const Note& note) {
  const Snapshots snapshots(disk, paths.snapshots);
  for (const Sequence sequence : snapshots.list()) {
    const std::string path = snapshots.path(sequence);
    try {
      const Snapshot snapshot = snapshots.load(sequence);
      if (const ReplayedEvents log(disk, events, sequence, note); !log.reaches()) {
        note("event log does not reach snapshot " + path + (log.why().empty() ? "" : " (" + log.why() + ")") +
             "; an older state is taken, so that the journal writes it again");
      } else if (!exchange.load(snapshot.state)) {
        note("snapshot " + path + " holds a state of another version; an older state is taken");
        exchange = Exchange(capacity);
      } else {
        PACE_CHECK(exchange.last_sequence() == sequence);
        return sequence;
      }
    } catch (const Damage& damage) {
      note("snapshot passed over, an older state is taken (" + std::string(damage.what()) + ")");
    }
  }
  return {};
}

}  // namespace

Recovered recover(Disk& disk, const DataPaths& paths, const Capacity& capacity, std::uint64_t segment_bytes,
                  const Note& note) {
  const LogOptions events{paths.events, LogKind::events, segment_bytes, false};
  Recovered recovered{Exchange(capacity), {}, nullptr, {}};
  recovered.snapshot = load_newest(disk, paths, events, capacity, recovered.exchange, note);
  ReplayedEvents event_log(disk, events, recovered.snapshot, note);
  Replay replay(disk, paths.journal, recovered.exchange);
  while (replay.step()) event_log.take(replay.applier());
  recovered.journal = replay.end();
  recovered.events = event_log.finish(recovered.journal.last);
  if (recovered.journal.torn != 0)
    note("journal: " + std::to_string(recovered.journal.torn) +
         " bytes of an unfinished batch are cut behind sequence " + std::to_string(recovered.journal.last.raw()) +
         " (" + recovered.journal.segment + " at offset " + std::to_string(recovered.journal.offset) +
         "); nothing acknowledged is lost");
  return recovered;
}

}  // namespace pace
