#include "engine/sequencer/feed.h"

#include <algorithm>

#include "engine/sequencer/applier.h"

namespace pace {
namespace {

constexpr std::size_t readers_kept = 8;
constexpr std::chrono::milliseconds longest_wait = std::chrono::hours(1);

// What consecutive batches hold from `first` on, as one. REQUIRES: the first of them holds `first`.
EntryBatchPtr join(const std::vector<EntryBatchPtr>& batches, Sequence first) {
  if (batches.size() == 1 && batches.front()->first() == first) return batches.front();
  Bytes bytes;
  std::vector<std::size_t> ends;
  std::size_t size = 0;
  for (const EntryBatchPtr& batch : batches) size += batch->bytes();
  bytes.reserve(size);
  ends.reserve(static_cast<std::size_t>(batches.back()->last().raw() - first.raw()) + 1);
  for (const EntryBatchPtr& batch : batches) {
    const auto from = static_cast<std::size_t>(std::max(first, batch->first()).raw() - batch->first().raw());
    const std::uint8_t* const start = batch->entry(from).data();  // they stand one behind the other
    for (std::size_t i = from; i < batch->size(); ++i) {
      const BytesView entry = batch->entry(i);
      ends.push_back(bytes.size() + static_cast<std::size_t>(entry.data() + entry.size() - start));
    }
    bytes.insert(bytes.end(), start, start + (ends.back() - bytes.size()));
  }
  return std::make_shared<const EntryBatch>(first, std::move(bytes), std::move(ends));
}

}  // namespace

// Its mutex is held while the function runs, so that nothing runs once the subscription is destroyed. Recursive: a
// callback may end its own subscription.
struct Feed::Subscriber {
  std::recursive_mutex mutex;
  std::function<void()> woken;
};

Feed::Feed(Disk& disk, std::string events_directory, Sequence released, std::size_t ring_bytes)
    : disk_(disk), directory_(std::move(events_directory)), ring_limit_(ring_bytes), released_(released) {}

EntryBatchPtr Feed::next(Sequence after, std::chrono::milliseconds patience) {
  const Sequence first = pace::next(after);
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::min(patience, longest_wait), [&] { return released_ > after || stopping_; });
  if (released_ <= after) return nullptr;
  if (const std::vector<EntryBatchPtr> batches = from_ring(first); !batches.empty()) {
    lock.unlock();
    return join(batches, first);
  }
  // What is not in the ring has been written to the event log.
  const Sequence limit = ring_.empty() ? released_ : Sequence(ring_.front()->first().raw() - 1);
  lock.unlock();
  return from_disk(first, limit);
}

// The batches from the one that holds `first` on; none when it has left the ring. Several, up to about
// entry_batch_bytes: a reader that fell behind catches up in large steps, however small the released batches were.
// REQUIRES: mutex_ held.
std::vector<EntryBatchPtr> Feed::from_ring(Sequence first) {
  const auto behind = std::upper_bound(ring_.begin(), ring_.end(), first,
                                       [](Sequence s, const EntryBatchPtr& batch) { return s < batch->first(); });
  std::vector<EntryBatchPtr> batches;
  if (behind == ring_.begin()) return batches;
  std::size_t bytes = 0;
  for (auto at = std::prev(behind); at != ring_.end() && (bytes == 0 || bytes + (*at)->bytes() <= entry_batch_bytes);
       ++at) {
    bytes += (*at)->bytes();
    batches.push_back(*at);
  }
  return batches;
}

EntryBatchPtr Feed::from_disk(Sequence first, Sequence limit) {
  std::unique_ptr<LogReader> reader = reader_at(first);
  Bytes bytes;
  std::vector<std::size_t> ends;
  Sequence last(first.raw() - 1);
  while (last < limit && bytes.size() < entry_batch_bytes) {
    const LogRecord* record = reader->next();
    if (record == nullptr)
      throw Damage(reader->end().segment, reader->end().offset,
                   "the event log ends here; sequence " + std::to_string(first.raw()) + " was written to it");
    bytes.insert(bytes.end(), record->payload.begin(), record->payload.end());
    ends.push_back(bytes.size());
    last = record->sequence;
  }
  const std::lock_guard lock(readers_mutex_);
  readers_.emplace_back(pace::next(last), std::move(reader));
  if (readers_.size() > readers_kept) readers_.pop_front();
  return std::make_shared<const EntryBatch>(first, std::move(bytes), std::move(ends));
}

std::unique_ptr<LogReader> Feed::reader_at(Sequence first) {
  {
    const std::lock_guard lock(readers_mutex_);
    const auto found = std::find_if(readers_.begin(), readers_.end(), [&](const auto& r) { return r.first == first; });
    if (found != readers_.end()) {
      std::unique_ptr<LogReader> reader = std::move(found->second);
      readers_.erase(found);
      return reader;
    }
  }
  return std::make_unique<LogReader>(disk_, directory_, LogKind::events, first);
}

Sequence Feed::released() const {
  const std::lock_guard lock(mutex_);
  return released_;
}

EventFeed::Subscription Feed::subscribe(std::function<void()> woken) {
  auto subscriber = std::make_shared<Subscriber>();
  subscriber->woken = std::move(woken);
  const std::lock_guard lock(mutex_);
  std::erase_if(subscribers_, [](const auto& known) { return known.expired(); });
  subscribers_.push_back(subscriber);
  return {static_cast<void*>(subscriber.get()), [subscriber](void*) {
            const std::lock_guard silent(subscriber->mutex);
            subscriber->woken = nullptr;
          }};
}

void Feed::release(const std::vector<EntryBatchPtr>& batches) {
  if (batches.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    for (const EntryBatchPtr& batch : batches) {
      PACE_CHECK(batch->first() == pace::next(released_));
      released_ = batch->last();
      ring_size_ += batch->bytes();
      ring_.push_back(batch);
    }
  }
  changed_.notify_all();
  wake();
}

void Feed::wake() {
  std::vector<std::shared_ptr<Subscriber>> awake;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& known : subscribers_)
      if (auto subscriber = known.lock()) awake.push_back(std::move(subscriber));
  }
  for (const auto& subscriber : awake) {
    const std::lock_guard lock(subscriber->mutex);
    if (subscriber->woken) subscriber->woken();
  }
}

void Feed::written(Sequence last) {
  const std::lock_guard lock(mutex_);
  while (!ring_.empty() && ring_size_ > ring_limit_ && ring_.front()->last() <= last) {
    ring_size_ -= ring_.front()->bytes();
    ring_.pop_front();
  }
}

void Feed::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
}

}  // namespace pace
