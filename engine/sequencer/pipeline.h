// Between the sequencer thread and the journal thread: chunks of commands, in order. The journal thread takes every
// chunk that waits and makes them durable with one sync, while the sequencer thread applies them and stamps the next:
// the busier the market, the larger the batch. Thread rule: push, applied and wait_room by the sequencer thread; take,
// wait_applied and done by the journal thread; close and abort by any.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "engine/journal/log_batch.h"
#include "engine/sequencer/port.h"

namespace pace {

/// The whole state as of a sequence, to be written as a snapshot.
struct StateImage {
  Sequence sequence;
  Timestamp time;
  Bytes state;
};

/// Up to `chunk_commands` commands and what became of them. `records` is complete at push; the rest belongs to the
/// sequencer thread until applied().
struct Chunk {
  LogBatch records;
  std::vector<std::pair<Sequence, CommandPort::Answered>> answered;
  std::vector<EntryBatchPtr> entries;
  std::vector<std::pair<Answer, QueryPort::Answered>> replies;  ///< as of the chunk's last command
  std::optional<StateImage> image;
  bool is_applied = false;  ///< guarded by the pipeline
};
using ChunkPtr = std::shared_ptr<Chunk>;

class Pipeline {
 public:
  explicit Pipeline(std::size_t room) : room_(room) {}

  /// Waits until fewer than `room` chunks are under way. False after abort().
  [[nodiscard]] bool wait_room();
  void push(ChunkPtr chunk);
  void applied(const ChunkPtr& chunk);

  /// Waits for chunks and takes all. False when closed and empty, or aborted.
  [[nodiscard]] bool take(std::vector<ChunkPtr>& into);
  /// False after abort().
  [[nodiscard]] bool wait_applied(const ChunkPtr& chunk);
  void done(std::size_t chunks);

  /// Nothing more is pushed.
  void close();
  /// Ends every wait, now and later.
  void abort();

 private:
  const std::size_t room_;
  std::mutex mutex_;
  std::condition_variable changed_for_sequencer_;
  std::condition_variable changed_for_journal_;
  std::deque<ChunkPtr> waiting_;
  std::size_t under_way_ = 0;
  bool closed_ = false;
  bool aborted_ = false;
};

}  // namespace pace
