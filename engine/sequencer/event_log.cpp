#include "engine/sequencer/event_log.h"

#include <chrono>
#include <stdexcept>
#include <utility>

#include "engine/sequencer/applier.h"
#include "engine/sequencer/turns.h"

namespace pace {
namespace {

/// Written when so much waits, or so long.
constexpr std::size_t enough_bytes = 1u << 20;
constexpr std::chrono::milliseconds longest_wait{10};

}  // namespace

EventLog::EventLog(LogWriter& log, Feed& feed, std::uint64_t batch_bytes, std::function<void(const std::string&)> fault)
    : log_(log),
      feed_(feed),
      batch_bytes_(batch_bytes),
      fault_(std::move(fault)),
      written_(log.last()),
      thread_([this] { run(); }) {}

void EventLog::give(const std::vector<EntryBatchPtr>& batches) {
  if (batches.empty()) return;
  std::size_t bytes = 0;
  for (const EntryBatchPtr& batch : batches) bytes += batch->bytes();
  std::unique_lock lock(mutex_);
  written_changed_.wait(lock, [this] { return waiting_bytes_ <= most_waiting || failed_; });
  if (failed_) return;
  const bool wakes = waiting_.empty() || (waiting_bytes_ < enough_bytes && waiting_bytes_ + bytes >= enough_bytes);
  waiting_.insert(waiting_.end(), batches.begin(), batches.end());
  waiting_bytes_ += bytes;
  lock.unlock();
  if (wakes) changed_.notify_one();
}

void EventLog::sync_up_to(Sequence last) {
  {
    std::unique_lock lock(mutex_);
    wanted_ = std::max(wanted_, last);
    changed_.notify_one();
    written_changed_.wait(lock, [&] { return written_ >= last || failed_; });
    if (failed_) throw std::runtime_error("it failed before");
  }
  log_.sync();
}

void EventLog::finish() {
  {
    const std::lock_guard lock(mutex_);
    finishing_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void EventLog::run() {
  take(Turns::ordinary);
  std::vector<EntryBatchPtr> batches;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return !waiting_.empty() || finishing_; });
      if (waiting_.empty()) return;
      changed_.wait_for(lock, longest_wait,
                        [this] { return waiting_bytes_ >= enough_bytes || wanted_ > written_ || finishing_; });
      batches.swap(waiting_);
      waiting_bytes_ = 0;
    }
    try {
      write(batches);
    } catch (const std::exception& fault) {
      {
        const std::lock_guard lock(mutex_);
        failed_ = true;
      }
      written_changed_.notify_all();
      return fault_(std::string("event log: ") + fault.what());
    }
    {
      const std::lock_guard lock(mutex_);
      written_ = log_.last();
    }
    written_changed_.notify_all();
    batches.clear();
  }
}

void EventLog::write(const std::vector<EntryBatchPtr>& batches) {
  const auto append = [&] {
    if (records_.empty()) return;
    log_.append(records_);
    feed_.written(records_.last());
    records_.clear();
  };
  for (const EntryBatchPtr& batch : batches) {
    for (std::size_t i = 0; i < batch->size(); ++i) {
      const EntryStamp stamp = stamp_of(batch->entry(i));
      records_.add(stamp.sequence, stamp.time, batch->entry(i));
    }
    if (records_.bytes().size() >= batch_bytes_) append();
  }
  append();
}

}  // namespace pace
