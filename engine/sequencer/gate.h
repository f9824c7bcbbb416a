// The release gate: makes every waiting chunk durable with one write and one sync, then lets out its entries, answers
// and replies. The event log is written by a thread of its own (event_log.h). Thread rule: run() is the journal
// thread; pass() may be called by the sequencer thread while the pipeline keeps a chunk for it (the journal thread then
// waits). The figures may be read from any.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/sequencer/background.h"
#include "engine/sequencer/event_log.h"
#include "engine/sequencer/feed.h"
#include "engine/sequencer/log_port.h"
#include "engine/sequencer/pipeline.h"

namespace pace {

class Gate {
 public:
  struct Parts {
    Pipeline& pipeline;
    LogPort& log;
    EventLog& events;
    Feed& feed;
    Background& background;
  };
  Gate(Parts parts, Sequence durable, std::uint32_t epoch) : parts_(parts), durable_(durable), epoch_(epoch) {}
  /// Until the pipeline is closed and empty, or aborted. Throws what the logs throw.
  void run();
  /// One chunk that is applied and kept. Throws what the logs throw.
  void pass(Chunk& chunk);

  [[nodiscard]] std::uint64_t batches() const { return batches_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  [[nodiscard]] Duration last_sync() const { return Duration(last_sync_); }

 private:
  using Chunks = std::span<Chunk* const>;
  void make_durable(Chunks chunks);
  void let_out(Chunks chunks);
  void release(Chunks chunks);
  void answer(Chunk& chunk);
  void hand_over_image(Chunk& chunk);

  Parts parts_;
  Sequence durable_;
  std::uint32_t epoch_;
  LogBatch batch_;
  std::vector<EntryBatchPtr> out_;
  std::atomic<std::uint64_t> batches_{0};
  std::atomic<std::uint64_t> bytes_{0};
  std::atomic<std::int64_t> last_sync_{0};
};

}  // namespace pace
