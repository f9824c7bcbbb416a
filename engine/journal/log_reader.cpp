#include "engine/journal/log_reader.h"

#include <algorithm>

namespace pace {
namespace {

constexpr std::uint64_t window_bytes = 256u << 10;

bool all_zero(BytesView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

}  // namespace

LogReader::LogReader(Disk& disk, std::string directory, LogKind kind, Sequence from)
    : disk_(disk), directory_(std::move(directory)), kind_(kind), from_(from) {
  PACE_CHECK(from);
  const std::vector<Sequence> all = segments();
  if (all.empty()) return;
  const auto behind = std::upper_bound(all.begin(), all.end(), from);
  if (behind == all.begin())
    throw Damage(
        directory_ + "/" + segment_name(all.front()), 0,
        "the log begins at sequence " + std::to_string(all.front().raw()) + "; the segments before it are missing");
  open_segment(*std::prev(behind));
}

std::vector<Sequence> LogReader::segments() const {
  std::vector<Sequence> result;
  for (const std::string& name : disk_.names(directory_))
    if (const auto first = parse_segment_name(name)) result.push_back(*first);
  return result;
}

void LogReader::open_segment(Sequence first) {
  const std::string path = directory_ + "/" + segment_name(first);
  auto file = disk_.open(path, Disk::Open::read);
  Bytes bytes(segment_header_bytes);
  bytes.resize(file->read_at(0, bytes));
  const auto header = decode_segment_header(bytes);
  if (!header) throw Damage(path, 0, "not a segment header");
  if (header->version > segment_format_version)
    throw Refused(path + " is in format " + std::to_string(header->version) +
                  ", written by a newer PACE; this one reads up to format " + std::to_string(segment_format_version));
  if (header->kind != kind_) throw Damage(path, 0, "a segment of the other log");
  if (header->first != first) throw Damage(path, 0, "the header says sequence " + std::to_string(header->first.raw()));
  const bool continues = file_ != nullptr;
  if (continues && (header->first != expected() || header->previous != end_.checksum))
    throw Damage(
        path, 0,
        "does not continue the segment before it, which ends with sequence " + std::to_string(end_.last.raw()));
  file_ = std::move(file);
  segment_ = first;
  buffer_.clear();
  end_.segment = path;
  end_.offset = records_offset;
  end_.last = Sequence(first.raw() - 1);
  end_.checksum = header->previous;
  end_.epoch = std::max(end_.epoch, header->epoch);
}

const LogRecord* LogReader::next() {
  end_.torn = 0;
  if (file_ == nullptr) {
    const std::vector<Sequence> all = segments();
    if (all.empty()) return nullptr;
    open_segment(all.front());
  }
  bool looked_again = false;
  for (;;) {
    if (const LogRecord* record = read_record()) {
      looked_again = false;
      if (record->sequence >= from_) return record;
      continue;
    }
    // A writer may have gone on between our reads. What it wrote before the bytes that puzzle us is visible by now, so
    // one second look tells a race from damage.
    const std::vector<Sequence> all = segments();
    const bool last_segment = all.empty() || all.back() <= segment_;
    const Tail tail = look_behind();
    buffer_.clear();
    if (last_segment && tail == Tail::clean) return nullptr;
    if (!looked_again) {
      looked_again = true;
      continue;
    }
    if (last_segment && tail == Tail::torn) return nullptr;
    if (tail != Tail::clean) throw Damage(end_.segment, end_.offset, why_);
    if (!enter_next_segment()) return nullptr;
    looked_again = false;
  }
}

// The record at end_.offset, when it is good; says in why_ what is wrong otherwise.
const LogRecord* LogReader::read_record() {
  BytesView bytes = fetch(end_.offset, record_header_bytes);
  if (bytes.size() < record_header_bytes) return not_good("is cut off");
  const RecordHeader header = decode_record_header(bytes);
  if (header.sequence != expected() || header.length > max_payload_bytes)
    return not_good("is missing: other bytes stand in its place");
  const std::uint64_t size = record_bytes(header.length);
  bytes = fetch(end_.offset, size);
  if (bytes.size() < size || record_checksum(bytes) != header.checksum) return not_good("does not fit its checksum");
  if (header.previous != end_.checksum || header.epoch < end_.epoch || header.time < end_.time)
    return not_good("does not follow the record before it");
  record_ = {header.sequence, header.time, bytes.subspan(record_header_bytes, header.length), end_.offset};
  end_.last = header.sequence;
  end_.time = header.time;
  end_.checksum = header.checksum;
  end_.epoch = header.epoch;
  end_.offset += size;
  return &record_;
}

const LogRecord* LogReader::not_good(const char* why) {
  why_ = "record " + std::to_string(expected().raw()) + " " + why;
  return nullptr;
}

bool LogReader::enter_next_segment() {
  const std::vector<Sequence> all = segments();
  const auto later = std::upper_bound(all.begin(), all.end(), segment_);
  if (later == all.end()) return false;
  open_segment(*later);
  return true;
}

// What stands behind end_.offset in this segment. Sets end_.torn.
LogReader::Tail LogReader::look_behind() {
  end_.torn = 0;
  for (std::uint64_t at = end_.offset;; at += window_bytes) {
    buffer_.clear();
    const BytesView read = fetch(at, window_bytes);
    if (read.empty()) break;
    if (all_zero(read)) continue;
    const Bytes window(read.begin(), read.end());  // is_later_batch fetches elsewhere
    for (std::size_t i = 0; i < window.size(); i += record_alignment) {
      if (all_zero(BytesView(window).subspan(i, std::min(record_alignment, window.size() - i)))) continue;
      end_.torn = at + i + record_alignment - end_.offset;
      if (!is_later_batch(at + i)) continue;
      why_ += ", yet a good record of a later batch stands behind it at offset " + std::to_string(at + i);
      return Tail::damaged;
    }
  }
  return end_.torn == 0 ? Tail::clean : Tail::torn;
}

// A good record at `offset` that was written after the one at end_.offset was durable: its batch began later.
bool LogReader::is_later_batch(std::uint64_t offset) {
  const BytesView head = fetch(offset, record_header_bytes);
  if (head.size() < record_header_bytes) return false;
  const RecordHeader header = decode_record_header(head);
  if (header.length > max_payload_bytes || header.epoch < end_.epoch) return false;
  if (header.sequence.raw() <= header.place || header.sequence.raw() - header.place <= expected().raw()) return false;
  const std::uint64_t size = record_bytes(header.length);
  const BytesView record = fetch(offset, size);
  return record.size() == size && record_checksum(record) == header.checksum;
}

// Up to `bytes` bytes at `offset`, fewer where the file ends.
BytesView LogReader::fetch(std::uint64_t offset, std::uint64_t bytes) {
  if (offset < buffer_at_ || offset + bytes > buffer_at_ + buffer_.size()) {
    const std::uint64_t size = file_->size();
    const std::uint64_t left = size > offset ? size - offset : 0;
    buffer_.resize(static_cast<std::size_t>(std::min(left, std::max(bytes, window_bytes))));
    buffer_.resize(file_->read_at(offset, buffer_));
    buffer_at_ = offset;
  }
  const auto from = static_cast<std::size_t>(offset - buffer_at_);
  return BytesView(buffer_).subspan(from, std::min(static_cast<std::size_t>(bytes), buffer_.size() - from));
}

}  // namespace pace
