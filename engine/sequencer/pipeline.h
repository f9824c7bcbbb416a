// Between the sequencer thread and the journal thread: chunks of commands, in order, in a fixed ring that is used again
// and again. The journal thread takes every chunk that waits and makes them durable with one sync, while the sequencer
// thread applies them and stamps the next: the busier the market, the larger the batch. When nothing is under way the
// sequencer thread may pass a chunk through the gate itself, which spares two hand-overs.
// Thread rule: room, push, keep and applied by the sequencer thread; take and wait_applied by the journal thread; done
// by who passed the chunks through the gate; close and abort by any. A chunk belongs to the sequencer thread from
// room() to applied(), except that its records are the journal thread's from push() on; then to the journal thread
// until done().
#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "engine/journal/log_batch.h"
#include "engine/sequencer/image.h"
#include "engine/sequencer/port.h"

namespace pace {

/// Commands taken from the queue together, and what became of them.
struct Chunk {
  LogBatch records;
  std::vector<std::pair<Sequence, CommandPort::Answered>> answered;
  std::vector<EntryBatchPtr> entries;
  std::vector<std::pair<Answer, QueryPort::Answered>> replies;  ///< as of the chunk's last command
  std::optional<StateImage> image;              ///< as of the same; written as a snapshot when nobody is named:
  std::vector<QueryPort::Answered> digest_for;  ///< who asked for its digest
  bool is_applied = false;                      ///< guarded by the pipeline
  void clear();
};

class Pipeline {
 public:
  /// Chunks under way at most: bounds memory while the disk is slow; the queue fills up behind.
  static constexpr std::size_t capacity = 64;

  /// The next chunk, empty; waits until fewer than `capacity` are under way. Null after abort().
  [[nodiscard]] Chunk* room();
  /// Hands over the chunk that room() gave.
  void push();
  /// When nothing else is under way: keeps the chunk that room() gave, which the caller then passes through the gate in
  /// the journal thread's place. False, and nothing happened, otherwise.
  [[nodiscard]] bool keep();
  void applied(Chunk& chunk);

  /// Waits for chunks and takes all. False when closed and empty, or aborted.
  [[nodiscard]] bool take(std::vector<Chunk*>& into);
  /// False after abort().
  [[nodiscard]] bool wait_applied(const Chunk& chunk);
  /// The oldest `chunks` are through; their places are emptied.
  void done(std::size_t chunks);

  /// Nothing more is pushed.
  void close();
  /// Ends every wait, now and later.
  void abort();
  /// What an aborted pipeline still holds, and the chunk that was being filled; oldest first. REQUIRES: both threads
  /// have ended.
  [[nodiscard]] std::vector<Chunk*> left();

 private:
  [[nodiscard]] Chunk& at(std::size_t place) { return chunks_[(oldest_ + place) % capacity]; }

  mutable std::mutex mutex_;
  std::condition_variable changed_for_sequencer_;
  std::condition_variable changed_for_journal_;
  std::array<Chunk, capacity> chunks_;
  std::size_t oldest_ = 0;     ///< place of the oldest chunk under way
  std::size_t under_way_ = 0;  ///< pushed and not done
  std::size_t waiting_ = 0;    ///< the newest of them, not taken yet
  bool closed_ = false;
  bool aborted_ = false;
};

}  // namespace pace
