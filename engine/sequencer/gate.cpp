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
  std::vector<ChunkPtr> chunks;
  while (parts_.pipeline.take(chunks)) {
    make_durable(chunks);
    if (!parts_.pipeline.wait_applied(chunks.back())) return;
    release(chunks);
    write_events(chunks);
    for (const ChunkPtr& chunk : chunks)
      if (chunk->image) parts_.background.snapshot(std::move(*chunk->image));
    if (parts_.log.wants_prepare()) parts_.background.prepare_segment();
    parts_.pipeline.done(chunks.size());
  }
}

void Gate::make_durable(const std::vector<ChunkPtr>& chunks) {
  batch_.clear();
  for (const ChunkPtr& chunk : chunks) batch_.append(chunk->records);
  if (batch_.empty()) return;
  const std::int64_t start = monotonic_ns();
  durable_ = parts_.log.append(batch_, durable_, epoch_);
  last_sync_ = monotonic_ns() - start;
  PACE_CHECK(durable_ == batch_.last());
  ++batches_;
  bytes_ += batch_.bytes().size();
}

void Gate::release(const std::vector<ChunkPtr>& chunks) {
  std::vector<EntryBatchPtr> batches;
  for (const ChunkPtr& chunk : chunks) batches.insert(batches.end(), chunk->entries.begin(), chunk->entries.end());
  PACE_CHECK(batches.empty() || batches.back()->last() == durable_);
  parts_.feed.release(batches);
  for (const ChunkPtr& chunk : chunks) answer(*chunk);
}

void Gate::answer(const Chunk& chunk) {
  for (const auto& [sequence, answered] : chunk.answered) {
    const std::optional<Entry> entry = decode_entry(find_entry(chunk.entries, sequence));
    PACE_CHECK(entry);
    answered(*entry);
  }
  for (const auto& [reply, answered] : chunk.replies) answered(reply);
}

void Gate::write_events(const std::vector<ChunkPtr>& chunks) {
  entries_.clear();
  for (const ChunkPtr& chunk : chunks)
    for (const EntryBatchPtr& batch : chunk->entries)
      for (std::size_t i = 0; i < batch->size(); ++i) {
        const EntryStamp stamp = stamp_of(batch->entry(i));
        entries_.add(stamp.sequence, stamp.time, batch->entry(i));
      }
  if (entries_.empty()) return;
  parts_.events.append(entries_);
  parts_.feed.written(entries_.last());
}

}  // namespace pace
