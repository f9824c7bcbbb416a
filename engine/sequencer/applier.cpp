#include "engine/sequencer/applier.h"

#include <memory>
#include <utility>

namespace pace {

void Applier::apply(Sequence sequence, Timestamp time, const Request& request, BytesView payload) {
  events_.clear();
  const Applied applied = exchange_.apply(sequence, time, request, events_);
  stamped_.clear();
  ByteWriter stamped(stamped_);
  stamped.put(sequence.raw());
  stamped.put(time.raw());
  stamped.put_bytes(payload.data(), payload.size());
  if (ends_.empty()) first_ = sequence;
  ByteWriter out(entries_);
  encode_entry(out, stamped_, applied.outcome, applied.repeats, events_.count(), events_.bytes());
  ends_.push_back(entries_.size());
}

BytesView Applier::entry() const {
  const std::size_t from = ends_.size() < 2 ? 0 : ends_[ends_.size() - 2];
  return BytesView(entries_).subspan(from, ends_.back() - from);
}

EntryBatchPtr Applier::take() {
  if (ends_.empty()) return nullptr;
  auto batch = std::make_shared<const EntryBatch>(first_, std::exchange(entries_, {}), std::exchange(ends_, {}));
  return batch;
}

EntryStamp stamp_of(BytesView entry) {
  ByteReader in(entry);
  const Sequence sequence(in.get<std::uint64_t>());
  return {sequence, Timestamp(in.get<std::int64_t>())};
}

}  // namespace pace
