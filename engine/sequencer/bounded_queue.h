// The queue before the sequencer: many producers, one consumer, a fixed number of places. A full queue is an answer,
// never growth, and a push never waits for room. Items are made in their place and used there: the consumer looks at
// the oldest, then drops them; until then they take up room. A consumer that waits keeps watching for a moment while
// items come that close, because to be woken takes 20 to 30 microseconds; not when somebody else wants its processor.
// Thread rule: push, close and depth from any thread; wait, items and drop from one.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <utility>

#include "engine/base/check.h"

namespace pace {

enum class Pushed : std::uint8_t { taken, full, closed };

template <class T>
class BoundedQueue {
 public:
  /// `watch`: how long at most a consumer keeps watching; 0: it sleeps at once.
  explicit BoundedQueue(std::size_t capacity, std::chrono::nanoseconds watch = {})
      : capacity_(capacity), watch_(watch), places_(std::allocator<T>().allocate(capacity)) {
    PACE_CHECK(capacity > 0);
  }
  ~BoundedQueue() {
    while (size_ != 0) drop(std::min(size_.load(), capacity_ - head_));
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
    if (size_ != 0 || watch_.count() == 0) return sleep(patience);
    const auto start = Clock::now();
    if (watching_pays_ && watch(start + std::min(patience.value_or(watch_), watch_))) return true;
    if (patience) patience = std::max(*patience - (Clock::now() - start), std::chrono::nanoseconds{});
    const bool more = sleep(patience);
    watching_pays_ = size_ != 0 && Clock::now() - start < watch_;
    return more;
  }
  /// The oldest items, at most `limit`; fewer where the places end.
  [[nodiscard]] std::span<T> items(std::size_t limit) {
    const std::lock_guard lock(mutex_);
    return {places_ + head_, std::min({limit, size_.load(), capacity_ - head_})};
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
  using Clock = std::chrono::steady_clock;
  /// Away for longer than this between two looks, the thread had given its processor to another.
  static constexpr std::chrono::nanoseconds away = std::chrono::microseconds(20);

  // True when there is an item.
  bool watch(Clock::time_point until) {
    for (auto last = Clock::now(); last < until;) {
      for (int look = 0; look < 16; ++look) {
        if (size_.load(std::memory_order_acquire) != 0) return true;
        relax();
      }
      std::this_thread::yield();
      const auto now = Clock::now();
      if (now - last > away) break;
      last = now;
    }
    return size_ != 0;
  }
  static void relax() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  }
  bool sleep(std::optional<std::chrono::nanoseconds> patience) {
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

  const std::size_t capacity_;
  const std::chrono::nanoseconds watch_;
  bool watching_pays_ = false;  ///< the consumer's: the last wait was shorter than `watch_`
  T* const places_;             ///< capacity_ places; `size_` items from `head_` on, around the end
  mutable std::mutex mutex_;
  std::condition_variable filled_;
  std::size_t head_ = 0;
  std::atomic<std::size_t> size_{0};  ///< changed under the mutex, looked at without
  bool closed_ = false;
  bool consumer_waits_ = false;
};

}  // namespace pace
