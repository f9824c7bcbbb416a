// The queue before the sequencer: many producers, one consumer, a fixed number of places. A full queue is an answer,
// never growth, and a push never waits for room. Items are made in their place and used there: the consumer looks at
// the oldest, then drops them; until then they take up room. Thread rule: push, close and depth from any thread; wait,
// items and drop from one.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <utility>

#include "engine/base/check.h"

namespace pace {

enum class Pushed : std::uint8_t { taken, full, closed };

template <class T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t capacity) : capacity_(capacity), places_(std::allocator<T>().allocate(capacity)) {
    PACE_CHECK(capacity > 0);
  }
  ~BoundedQueue() {
    while (size_ != 0) drop(std::min(size_, capacity_ - head_));
    std::allocator<T>().deallocate(places_, capacity_);
  }
  BoundedQueue(const BoundedQueue&) = delete;
  BoundedQueue& operator=(const BoundedQueue&) = delete;

  /// Makes an item of `parts` at the end.
  template <class... Parts>
  [[nodiscard]] Pushed push(Parts&&... parts) {
    bool wake = false;
    {
      const std::lock_guard lock(mutex_);
      if (closed_) return Pushed::closed;
      if (size_ == capacity_) return Pushed::full;
      const std::size_t end = head_ + size_;
      std::construct_at(places_ + (end < capacity_ ? end : end - capacity_), std::forward<Parts>(parts)...);
      ++size_;
      wake = std::exchange(consumer_waits_, false);
    }
    if (wake) filled_.notify_one();
    return Pushed::taken;
  }

  /// Waits until there is an item, the queue is closed, or `patience` (when given) is over. False when it is closed and
  /// empty.
  bool wait(std::optional<std::chrono::nanoseconds> patience) {
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
    return size_ != 0 || !closed_;
  }
  /// The oldest items, at most `limit`; fewer where the places end.
  [[nodiscard]] std::span<T> items(std::size_t limit) {
    const std::lock_guard lock(mutex_);
    return {places_ + head_, std::min({limit, size_, capacity_ - head_})};
  }
  /// Destroys the oldest `count`. REQUIRES: items() gave as many.
  void drop(std::size_t count) {
    std::destroy_n(places_ + head_, count);
    const std::lock_guard lock(mutex_);
    head_ = (head_ + count) % capacity_;
    size_ -= count;
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
  const std::size_t capacity_;
  T* const places_;  ///< capacity_ places; `size_` items from `head_` on, around the end
  mutable std::mutex mutex_;
  std::condition_variable filled_;
  std::size_t head_ = 0;
  std::size_t size_ = 0;
  bool closed_ = false;
  bool consumer_waits_ = false;
};

}  // namespace pace
