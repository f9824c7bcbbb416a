// The ports between the edges and the engine. Edges include this header and the messages, and nothing else of the
// engine: the sequencer implements it in this process today, a clustered engine over the network later.
// Thread rule: every function may be called from any thread; callbacks run on the engine's own threads, those of
// commands one after the other in their order, and must only hand over.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/message/entry.h"
#include "engine/message/queries.h"

namespace pace {

/// Entries of consecutive sequence numbers, encoded (entry.h). Immutable, shared by all readers.
class EntryBatch {
 public:
  EntryBatch(Sequence first, Bytes bytes, std::vector<std::size_t> ends)
      : first_(first), bytes_(std::move(bytes)), ends_(std::move(ends)) {}
  [[nodiscard]] Sequence first() const { return first_; }
  [[nodiscard]] Sequence last() const { return Sequence(first_.raw() + ends_.size() - 1); }
  [[nodiscard]] std::size_t size() const { return ends_.size(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_.size(); }
  /// Bytes of one entry, for decode_entry. REQUIRES: i < size().
  [[nodiscard]] BytesView entry(std::size_t i) const {
    const std::size_t from = i == 0 ? 0 : ends_[i - 1];
    return BytesView(bytes_).subspan(from, ends_[i] - from);
  }
  /// For who made it and is its last owner: bytes and ends, to be filled again.
  [[nodiscard]] std::pair<Bytes, std::vector<std::size_t>> reclaim() && {
    return {std::move(bytes_), std::move(ends_)};
  }

 private:
  Sequence first_;
  Bytes bytes_;
  std::vector<std::size_t> ends_;
};
using EntryBatchPtr = std::shared_ptr<const EntryBatch>;

/// The one door in.
class CommandPort {
 public:
  using Answered = std::function<void(const Entry&)>;
  virtual ~CommandPort() = default;
  /// Reject::none: queued, and `answered` (when given) runs once: with the entry, after the command is durable; or,
  /// when the log failed before it was let out, with an entry of sequence 0 and Reject::outcome_unknown: the command
  /// may or may not be found in the log, the sender learns by repeating it after the restart. Reject::busy or
  /// Reject::stopping: nothing was taken, `answered` never runs. Never blocks.
  [[nodiscard]] virtual Reject submit(Request request, Answered answered = {}) = 0;
};

/// Reads of the state, answered as of a sequence number that is durable.
class QueryPort {
 public:
  using Answered = std::function<void(const Answer&)>;
  virtual ~QueryPort() = default;
  /// Same answers as CommandPort::submit; but when the log failed first, `answered` is destroyed without running, for
  /// there is nothing durable to say. Who waits for it sets a limit.
  [[nodiscard]] virtual Reject ask(Question question, Answered answered) = 0;
};

/// The way out: every durable entry, in order, for as long as the event log is kept. A reader keeps its own position;
/// nobody is waited for, so a slow reader costs the others nothing (it reads from disk).
class EventFeed {
 public:
  virtual ~EventFeed() = default;
  /// Entries from after + 1 on, at most about 1 MiB; null when none came within `patience` or the feed is stopping.
  [[nodiscard]] virtual EntryBatchPtr next(Sequence after, std::chrono::milliseconds patience) = 0;
  /// Newest entry that is out.
  [[nodiscard]] virtual Sequence released() const = 0;
  /// `woken` runs after each release until the subscription is destroyed.
  using Subscription = std::shared_ptr<void>;
  [[nodiscard]] virtual Subscription subscribe(std::function<void()> woken) = 0;
};

}  // namespace pace
