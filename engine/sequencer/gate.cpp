#include "engine/sequencer/gate.h"

#include <chrono>

#include "engine/sequencer/applier.h"

namespace pace {
namespace {

std::int64_t monotonic_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

BytesView find_entry(const std::vector<EntryBatchPtr>& batches, Sequence sequence) {
  for (const EntryBatchPtr& batch : batches)
    if (sequence <= batch->last()) return batch->entry(static_cast<std::size_t>(sequence.raw() - batch->first().raw()));
  return {};
}

}  // namespace

void Gate::run() {
  std::vector<Chunk*> chunks;
  while (parts_.pipeline.take(chunks)) {
    make_durable(chunks);
    if (!parts_.pipeline.wait_applied(*chunks.back())) return;
    let_out(chunks);
  }
}

void Gate::pass(Chunk& chunk) {
  Chunk* const only = &chunk;
  make_durable({&only, 1});
  let_out({&only, 1});
}

void Gate::make_durable(Chunks chunks) {
  batch_.clear();
  for (const Chunk* chunk : chunks) batch_.append(chunk->records);
  if (batch_.empty()) return;
  const std::int64_t start = monotonic_ns();
  durable_ = parts_.log.append(batch_, durable_, epoch_);
  last_sync_ = monotonic_ns() - start;
  PACE_CHECK(durable_ == batch_.last());
  ++batches_;
  bytes_ += batch_.bytes().size();
}

void Gate::let_out(Chunks chunks) {
  release(chunks);
  parts_.events.give(out_);
  for (Chunk* chunk : chunks) hand_over_image(*chunk);
  if (parts_.log.wants_prepare()) parts_.background.prepare_segment();
  parts_.pipeline.done(chunks.size());
}

void Gate::hand_over_image(Chunk& chunk) {
  if (!chunk.image) return;
  if (chunk.digest_for.empty()) {
    parts_.background.snapshot(std::move(*chunk.image));
  } else {
    parts_.background.digest(std::move(*chunk.image), std::move(chunk.digest_for));
  }
}

void Gate::release(Chunks chunks) {
  out_.clear();
  for (const Chunk* chunk : chunks) out_.insert(out_.end(), chunk->entries.begin(), chunk->entries.end());
  PACE_CHECK(out_.empty() || out_.back()->last() == durable_);
  parts_.feed.release(out_);
  for (Chunk* chunk : chunks) answer(*chunk);
}

// An answer that was given is forgotten: a fault of the event log must not answer again.
void Gate::answer(Chunk& chunk) {
  for (const auto& [sequence, answered] : chunk.answered) {
    const std::optional<Entry> entry = decode_entry(find_entry(chunk.entries, sequence));
    PACE_CHECK(entry);
    answered(*entry);
  }
  chunk.answered.clear();
  for (const auto& [reply, answered] : chunk.replies) answered(reply);
  chunk.replies.clear();
}

}  // namespace pace
