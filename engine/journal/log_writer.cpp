#include "engine/journal/log_writer.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

namespace pace {
namespace {

constexpr std::string_view unfinished_ending = ".new";
constexpr std::string_view spare_name = "spare.new";
/// Small enough that a sync that meets one of them waits little longer.
constexpr std::uint64_t zeros_at_once = 256u << 10;
/// Between them, when a file is made ahead of use: 64 MiB take a fifth of a second.
constexpr std::chrono::microseconds breath{500};

void write_zeros(File& file, std::uint64_t from, std::uint64_t to, std::chrono::microseconds pause = {}) {
  BlockBuffer zeros;
  zeros.resize(static_cast<std::size_t>(std::min(zeros_at_once, to > from ? to - from : 0)));
  while (from < to) {
    const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(zeros.size(), to - from));
    file.write_at(from, {zeros.data(), n});
    from += n;
    if (from < to && pause.count() != 0) std::this_thread::sleep_for(pause);
  }
}

constexpr std::uint64_t whole_blocks(std::uint64_t bytes) {
  return (bytes + File::block_bytes - 1) / File::block_bytes * File::block_bytes;
}

// Records of an epoch that wrapped around would not follow those before, and be taken for a torn tail.
std::uint32_t epoch_behind(const LogEnd& end) {
  if (end.epoch == UINT32_MAX) throw Refused(end.segment + " is of the last epoch there is: no writer can go on");
  return end.epoch + 1;
}

// Sets the flag when it is destroyed by an exception on its way out.
class FaultMark {
 public:
  explicit FaultMark(std::atomic<bool>& flag) : flag_(flag) {}
  ~FaultMark() {
    if (!passed_) flag_ = true;
  }
  void passed() { passed_ = true; }

 private:
  std::atomic<bool>& flag_;
  bool passed_ = false;
};

}  // namespace

LogWriter::LogWriter(Disk& disk, LogOptions options, const LogEnd& end)
    : disk_(disk),
      options_(std::move(options)),
      epoch_(epoch_behind(end)),
      last_(end.last),
      checksum_(end.checksum),
      wants_prepare_(options_.zero_ahead) {
  options_.segment_bytes = whole_blocks(options_.segment_bytes);
  cut(end);
  if (!end.segment.empty()) go_on(end);
}

void LogWriter::go_on(const LogEnd& end) {
  file_ = disk_.open_direct(end.segment);
  offset_ = end.offset;
  limit_ = std::max(options_.segment_bytes, file_->size() / File::block_bytes * File::block_bytes);
  unsynced_.push_back(file_);
  const auto tail = static_cast<std::size_t>(offset_ % File::block_bytes);
  if (tail == 0) return;
  blocks_.resize(File::block_bytes);
  if (file_->read_at(offset_ - tail, {blocks_.data(), File::block_bytes}) < tail)
    throw DiskFault("read", end.segment, EIO);
  blocks_.resize(tail);
}

void LogWriter::cut(const LogEnd& end) {
  bool removed = false;
  const std::vector<std::string> names = disk_.names(options_.directory);
  for (auto name = names.rbegin(); name != names.rend(); ++name) {  // newest first: what is left stays a log
    const std::string path = options_.directory + "/" + *name;
    if (!name->ends_with(unfinished_ending) && (!parse_segment_name(*name) || path <= end.segment)) continue;
    disk_.remove(path);
    removed = true;
  }
  if (removed) disk_.sync_directory(options_.directory);
  if (end.segment.empty()) return;
  const auto file = disk_.open(end.segment, Disk::Open::read_write);
  if (!options_.zero_ahead && file->size() > end.offset) {
    file->truncate(end.offset);
    file->sync();
  } else if (end.torn != 0) {
    write_zeros(*file, end.offset, std::max(file->size(), end.offset + end.torn));
    file->sync();
  }
}

void LogWriter::refuse_after_fault() const {
  if (failed_) throw Refused("the log " + options_.directory + " failed before and takes nothing more");
}

void LogWriter::append(LogBatch& batch) {
  if (batch.empty()) return;
  refuse_after_fault();
  PACE_CHECK(batch.first() == next(last_));
  FaultMark fault(failed_);
  const std::uint32_t checksum = batch.seal(epoch_, checksum_);
  const BytesView bytes = batch.bytes();
  if (file_ == nullptr || offset_ + bytes.size() > limit_) start_segment(batch);
  const std::uint64_t block = offset_ - blocks_.size();
  blocks_.append(bytes);
  file_->write_at(block, blocks_.whole_blocks());
  blocks_.keep_tail();
  offset_ += bytes.size();
  checksum_ = checksum;
  last_ = batch.last();
  fault.passed();
}

void LogWriter::start_segment(const LogBatch& batch) {
  const std::string path = options_.directory + "/" + segment_name(batch.first());
  const std::uint64_t needed = whole_blocks(records_offset + batch.bytes().size());
  const std::uint64_t bytes = std::max(options_.segment_bytes, needed);
  std::shared_ptr<File> file;
  std::string unfinished = options_.directory + "/" + std::string(spare_name);
  if (bytes == options_.segment_bytes) file = take_spare();
  if (file == nullptr) {
    unfinished = path + std::string(unfinished_ending);
    file = make_file(unfinished, bytes, Pace::at_once);
  }
  const SegmentHeaderBytes header = encode(SegmentHeader{.kind = options_.kind,
                                                         .version = segment_format_version,
                                                         .epoch = epoch_,
                                                         .first = batch.first(),
                                                         .previous = checksum_,
                                                         .bytes = bytes});
  BlockBuffer first_block;
  first_block.append(header);
  file->write_at(0, first_block.whole_blocks());
  file->sync();
  disk_.rename(unfinished, path);
  disk_.sync_directory(options_.directory);
  file_ = std::move(file);
  offset_ = records_offset;
  blocks_.resize(0);
  limit_ = bytes;
  wants_prepare_ = options_.zero_ahead;
  const std::lock_guard lock(mutex_);
  unsynced_.push_back(file_);
}

std::shared_ptr<File> LogWriter::make_file(const std::string& path, std::uint64_t bytes, Pace pace) {
  std::shared_ptr<File> file = disk_.create_direct(path);
  if (options_.zero_ahead) {
    write_zeros(*file, 0, bytes, pace == Pace::ahead ? breath : std::chrono::microseconds{});
    file->sync();
  }
  return file;
}

std::shared_ptr<File> LogWriter::take_spare() {
  const std::lock_guard lock(mutex_);
  return std::exchange(spare_, nullptr);
}

void LogWriter::prepare() {
  if (!wants_prepare_.exchange(false)) return;
  {
    const std::lock_guard lock(mutex_);
    if (spare_ != nullptr) return;  // an oversized batch made a segment of its own
  }
  const std::string path = options_.directory + "/" + std::string(spare_name);
  std::shared_ptr<File> made;
  try {
    made = make_file(path, options_.segment_bytes, Pace::ahead);
  } catch (const DiskFault&) {
    if (disk_.exists(path)) disk_.remove(path);  // gives the space back
    throw;
  }
  const std::lock_guard lock(mutex_);
  spare_ = std::move(made);
}

void LogWriter::sync() {
  refuse_after_fault();
  std::vector<std::shared_ptr<File>> files;
  {
    const std::lock_guard lock(mutex_);
    files = unsynced_;
  }
  FaultMark fault(failed_);
  for (const auto& file : files) file->sync();
  fault.passed();
  if (files.size() < 2) return;
  // All but the newest are full: they are not written again.
  const std::lock_guard lock(mutex_);
  unsynced_.erase(unsynced_.begin(), unsynced_.begin() + static_cast<std::ptrdiff_t>(files.size() - 1));
}

}  // namespace pace
