#include "engine/journal/log_batch.h"

#include "engine/journal/format.h"

namespace pace {

ByteWriter LogBatch::begin(Sequence sequence, Timestamp time) {
  PACE_CHECK(sequence && (empty() || sequence == next(last())));
  if (empty()) first_ = sequence;
  const std::size_t at = bytes_.size();
  starts_.push_back(at);
  bytes_.resize(at + record_header_bytes);
  encode(RecordHeader{.sequence = sequence, .time = time}, bytes_.data() + at);
  return ByteWriter(bytes_);
}

void LogBatch::finish() {
  const std::size_t at = starts_.back();
  const std::size_t length = bytes_.size() - at - record_header_bytes;
  PACE_CHECK(length <= max_payload_bytes);
  ByteWriter(bytes_).patch(at + sizeof(std::uint32_t), static_cast<std::uint32_t>(length));
  bytes_.resize(at + record_bytes(static_cast<std::uint32_t>(length)));
}

void LogBatch::add(Sequence sequence, Timestamp time, BytesView payload) {
  begin(sequence, time).put_bytes(payload.data(), payload.size());
  finish();
}

void LogBatch::append(const LogBatch& later) {
  if (later.empty()) return;
  PACE_CHECK(empty() || later.first() == next(last()));
  if (empty()) first_ = later.first_;
  const std::size_t at = bytes_.size();
  for (const std::size_t start : later.starts_) starts_.push_back(at + start);
  bytes_.insert(bytes_.end(), later.bytes_.begin(), later.bytes_.end());
}

void LogBatch::clear() {
  bytes_.clear();
  starts_.clear();
}

BytesView LogBatch::payload(std::size_t i) const {
  const BytesView record = BytesView(bytes_).subspan(starts_[i]);
  return record.subspan(record_header_bytes, record_length(record));
}

Timestamp LogBatch::time(std::size_t i) const {
  return record_time(BytesView(bytes_).subspan(starts_[i]));
}

std::uint32_t LogBatch::seal(std::uint32_t epoch, std::uint32_t previous) {
  for (std::size_t i = 0; i < starts_.size(); ++i) {
    const std::size_t from = starts_[i];
    const std::size_t to = i + 1 < starts_.size() ? starts_[i + 1] : bytes_.size();
    previous = seal_record(std::span(bytes_).subspan(from, to - from), previous, epoch, static_cast<std::uint32_t>(i));
  }
  return previous;
}

}  // namespace pace
