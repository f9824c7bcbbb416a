#include "engine/sequencer/verification.h"

#include <algorithm>
#include <optional>

#include "engine/base/sha256.h"
#include "engine/journal/snapshots.h"
#include "engine/sequencer/replay.h"

namespace pace {
namespace {

constexpr std::uint64_t progress_every = 1 << 16;
constexpr std::size_t digest_piece_bytes = 64 << 10;

class Verification {
 public:
  Verification(Disk& disk, const DataDirectory& directory)
      : paths_(directory.paths()),
        capacity_(capacity_of(directory.settings())),
        snapshots_(disk, paths_.snapshots),
        due_(snapshots_.list()),
        newest_(due_.empty() ? Sequence{} : due_.front()),
        exchange_(capacity_),
        replay_(disk, paths_.journal, exchange_),
        events_(disk, paths_.events, LogKind::events, Sequence(1)) {}

  Verified run(const std::function<void(Sequence)>& progress) {
    while (replay_.step()) {
      compare_entry();
      compare_snapshot();
      if (replay_.commands() % progress_every == 0 && progress) progress(exchange_.last_sequence());
    }
    finish();
    return std::move(result_);
  }

 private:
  // The next record of the event log; null behind its good part. What a crash may leave behind the newest snapshot is
  // not damage: the event log was not synced since.
  const LogRecord* next_event() {
    if (events_ended_) return nullptr;
    const LogRecord* record = nullptr;
    try {
      record = events_.next();
    } catch (const Damage& damage) {
      if (events_.end().last < newest_) throw;
      result_.notes.push_back(std::string("event log, not synced since the newest snapshot: ") + damage.what());
    }
    events_ended_ = record == nullptr;
    return record;
  }

  void compare_entry() {
    const LogRecord* record = next_event();
    if (record != nullptr) {
      const BytesView entry = replay_.applier().entry();
      if (!std::equal(entry.begin(), entry.end(), record->payload.begin(), record->payload.end()))
        throw Damage(events_.end().segment, record->offset,
                     "entry " + std::to_string(record->sequence.raw()) + " differs from what the journal replays to");
      ++result_.entries;
    }
    replay_.applier().discard();
  }

  void compare_snapshot() {
    const Sequence sequence = exchange_.last_sequence();
    if (due_.empty() || due_.back() != sequence) return;
    due_.pop_back();
    const Snapshot snapshot = snapshots_.load(sequence);
    if (snapshot.header.digest == state_digest(exchange_)) {
      ++result_.snapshots;
    } else if (Exchange other(capacity_); other.load(snapshot.state)) {
      throw Damage(snapshots_.path(sequence), snapshot_header_bytes,
                   "the state differs from what the journal replays to");
    } else {
      result_.notes.push_back("snapshot " + snapshots_.path(sequence) + " is of another version and was not compared");
    }
  }

  void finish() {
    const LogEnd& end = replay_.end();
    if (!due_.empty())
      throw Damage(end.segment.empty() ? paths_.journal : end.segment, end.offset,
                   "the journal ends with sequence " + std::to_string(end.last.raw()) +
                       ", but a snapshot holds sequence " + std::to_string(due_.front().raw()) +
                       ": acknowledged commands are missing");
    if (const LogRecord* more = next_event(); more != nullptr)
      throw Damage(end.segment.empty() ? paths_.journal : end.segment, end.offset,
                   "the journal ends with sequence " + std::to_string(end.last.raw()) +
                       ", but the event log goes on: acknowledged commands are missing");
    if (result_.entries < end.last.raw()) {
      if (events_.end().last < newest_)
        throw Damage(events_.end().segment.empty() ? paths_.events : events_.end().segment, events_.end().offset,
                     "the event log ends with sequence " + std::to_string(events_.end().last.raw()));
      result_.notes.push_back("the event log ends with sequence " + std::to_string(result_.entries) +
                              "; the next start writes the rest from the journal");
    }
    if (end.torn != 0)
      result_.notes.push_back(end.segment + " at offset " + std::to_string(end.offset) + ": " +
                              std::to_string(end.torn) + " bytes of an unfinished batch; the next start cuts them");
    result_.sequence = end.last;
    result_.digest = state_digest(exchange_);
  }

  DataPaths paths_;
  Capacity capacity_;
  Snapshots snapshots_;
  std::vector<Sequence> due_;  ///< newest first
  Sequence newest_;
  Exchange exchange_;
  Replay replay_;
  LogReader events_;
  bool events_ended_ = false;
  Verified result_;
};

}  // namespace

Capacity capacity_of(const DataSettings& settings) {
  Capacity capacity;
  capacity.accounts = settings.accounts;
  capacity.open_orders = static_cast<std::uint32_t>(settings.open_orders);
  capacity.instruments = static_cast<std::uint32_t>(settings.instruments);
  capacity.requests_per_day = settings.requests_per_day;
  return capacity;
}

std::array<std::uint8_t, 32> state_digest(const Exchange& exchange) {
  struct Digest final : ByteSink {
    void take(BytesView piece) override { hash.update(piece); }
    Sha256 hash;
  } digest;
  Bytes piece(digest_piece_bytes);
  ByteWriter out(piece, digest);
  exchange.save(out);
  out.flush();
  return digest.hash.finish();
}

Verified verify(Disk& disk, const DataDirectory& directory, const std::function<void(Sequence)>& progress) {
  return Verification(disk, directory).run(progress);
}

}  // namespace pace
