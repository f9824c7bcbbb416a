// The queue before the sequencer: many producers, one consumer, a fixed number of places. A full queue is an answer,
// never growth, and a push never waits for room. Thread rule: push, close and depth from any thread; take from one.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "engine/base/check.h"

namespace pace {

enum class Pushed : std::uint8_t { taken, full, closed };

template <class T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t capacity) : places_(capacity) { PACE_CHECK(capacity > 0); }

  [[nodiscard]] Pushed push(T&& item) {
    bool wake = false;
    {
      const std::lock_guard lock(mutex_);
      if (closed_) return Pushed::closed;
      if (size_ == places_.size()) return Pushed::full;
      places_[(head_ + size_) % places_.size()].emplace(std::move(item));
      ++size_;
      wake = std::exchange(consumer_waits_, false);
    }
    if (wake) filled_.notify_one();
    return Pushed::taken;
  }

  /// Moves up to `limit` items behind those in `into`. Waits until there is one, the queue is closed, or `patience`
  /// (when given) is over. False when it is closed and empty.
  bool take(std::vector<T>& into, std::size_t limit, std::optional<std::chrono::nanoseconds> patience) {
    std::unique_lock lock(mutex_);
    const auto ready = [this] { return size_ != 0 || closed_; };
    if (!ready()) {
      consumer_waits_ = true;
      if (patience) {
        filled_.wait_for(lock, *patience, ready);
      } else {
        filled_.wait(lock, ready);
      }
      consumer_waits_ = false;
    }
    const bool more = size_ != 0 || !closed_;
    for (; size_ != 0 && limit != 0; --size_, --limit) {
      into.push_back(std::move(*places_[head_]));
      places_[head_].reset();
      head_ = (head_ + 1) % places_.size();
    }
    return more;
  }

  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    filled_.notify_one();
  }
  [[nodiscard]] std::size_t depth() const {
    const std::lock_guard lock(mutex_);
    return size_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable filled_;
  std::vector<std::optional<T>> places_;
  std::size_t head_ = 0;
  std::size_t size_ = 0;
  bool closed_ = false;
  bool consumer_waits_ = false;
};

}  // namespace pace
