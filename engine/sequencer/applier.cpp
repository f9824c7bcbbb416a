#include "engine/sequencer/applier.h"

#include <memory>
#include <utility>

namespace pace {
namespace {

constexpr std::size_t spares_kept = 64;
constexpr std::size_t largest_spare = 2 * entry_batch_bytes;

}  // namespace

EntryBuffers::Buffer EntryBuffers::take() {
  const std::lock_guard lock(mutex_);
  if (spare_.empty()) return {};
  Buffer buffer = std::move(spare_.back());
  spare_.pop_back();
  return buffer;
}

void EntryBuffers::give(Buffer buffer) {
  if (buffer.bytes.capacity() > largest_spare) return;
  buffer.bytes.clear();
  buffer.ends.clear();
  const std::lock_guard lock(mutex_);
  if (spare_.size() < spares_kept) spare_.push_back(std::move(buffer));
}

void Applier::apply(Sequence sequence, Timestamp time, const Request& request, BytesView payload) {
  events_.clear();
  const Applied applied = exchange_.apply(sequence, time, request, events_);
  if (gathered_.ends.empty()) first_ = sequence;
  ByteWriter out(gathered_.bytes);
  out.put(sequence.raw());
  out.put(time.raw());
  encode_entry(out, payload, applied.outcome, applied.repeats, events_.count(), events_.bytes());
  gathered_.ends.push_back(gathered_.bytes.size());
}

void Applier::apply_only(Sequence sequence, Timestamp time, const Request& request) {
  events_.clear();
  static_cast<void>(exchange_.apply(sequence, time, request, events_));
}

BytesView Applier::entry() const {
  const auto& ends = gathered_.ends;
  const std::size_t from = ends.size() < 2 ? 0 : ends[ends.size() - 2];
  return BytesView(gathered_.bytes).subspan(from, ends.back() - from);
}

EntryBatchPtr Applier::take() {
  if (gathered_.ends.empty()) return nullptr;
  EntryBuffers::Buffer taken = std::exchange(gathered_, buffers_->take());
  return {new EntryBatch(first_, std::move(taken.bytes), std::move(taken.ends)),
          [buffers = buffers_](EntryBatch* batch) {
            auto [bytes, ends] = std::move(*batch).reclaim();
            buffers->give({std::move(bytes), std::move(ends)});
            delete batch;
          }};
}

void Applier::discard() {
  gathered_.bytes.clear();
  gathered_.ends.clear();
}

EntryStamp stamp_of(BytesView entry) {
  ByteReader in(entry);
  const Sequence sequence(in.get<std::uint64_t>());
  return {sequence, Timestamp(in.get<std::int64_t>())};
}

}  // namespace pace
