// The journal on its way into a replay: a thread of its own reads, verifies and decodes records while the caller
// applies those before. Thread rule: one caller; the thread ends with the object.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/journal/log_reader.h"
#include "engine/message/codec.h"

namespace pace {

struct ReplayedCommand {
  Sequence sequence;
  Timestamp time;
  Request request;
  BytesView payload;  ///< good until the next call of next()
};

class ReadAhead {
 public:
  explicit ReadAhead(LogReader reader);
  ~ReadAhead();
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  /// Good until the next call. Null at the end of the journal. What reading threw, and Damage for a record that is no
  /// request, is thrown when everything before it has been given.
  const ReplayedCommand* next();
  /// What next() will give `distance` calls after the last one; null when that is not decoded yet, or not there.
  /// REQUIRES: next() gave a command; distance is less than a batch.
  [[nodiscard]] const ReplayedCommand* soon(std::size_t distance) const {
    const std::size_t at = at_ - 1 + distance;
    if (at < current_->size) return &current_->commands[at];
    if (filled_.load(std::memory_order_acquire) <= used_ + 1) return nullptr;
    const Batch& next = batches_[(used_ + 1) % batches_.size()];
    return at - current_->size < next.size ? &next.commands[at - current_->size] : nullptr;
  }
  /// Behind the last record of the batch that next() gives from, or gave last.
  [[nodiscard]] const LogEnd& end() const { return end_; }

 private:
  /// Used again and again, its requests too: what is new to the process costs more than what is written into it.
  struct Batch {
    std::vector<ReplayedCommand> commands;  ///< the first `size` are filled
    std::size_t size = 0;
    std::vector<std::size_t> payload_ends;
    Bytes payloads;
    LogEnd end;
    std::exception_ptr fault;  ///< behind the commands
    bool last = false;         ///< nothing follows
  };
  void run();
  void fill(Batch& batch);
  [[nodiscard]] Batch* free_batch();
  void enter_next_batch();

  LogReader reader_;
  LogEnd end_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::array<Batch, 8> batches_;
  std::atomic<std::size_t> filled_{0};  ///< batches, ever; changed under the mutex, looked at without
  std::size_t used_ = 0;                ///< batches, ever; the caller is in the one behind
  bool stopping_ = false;
  Batch* current_ = nullptr;
  std::size_t at_ = 0;
  std::thread thread_;
};

}  // namespace pace
