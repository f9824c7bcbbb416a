#include "registry/store/store.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "registry/store/writer.h"
#include "settlement/pg/backoff.h"

namespace pace {

using std::chrono::milliseconds;

struct Store::Impl {
  EventFeed& feed;
  StoreSettings settings;
  mutable std::mutex lock;
  std::condition_variable wake;
  bool stopping = false;
  StoreStatus status;
  std::thread thread;

  Impl(EventFeed& from, StoreSettings chosen) : feed(from), settings(std::move(chosen)) {}

  [[nodiscard]] bool stopped() const {
    const std::lock_guard guard(lock);
    return stopping;
  }

  void say(const std::string& line) const {
    if (settings.log) settings.log(line);
  }

  /// Follows the feed until stop(); a fault costs the connection and a wait, never an entry.
  void run() {
    pg::Backoff backoff;
    while (!stopped()) {
      try {
        RegistryWriter writer(settings.conninfo);
        advance(writer.position());
        connected();
        while (!stopped()) {
          follow(writer);
          backoff.reset();
        }
      } catch (const std::exception& fault) {
        lost(fault.what());
        std::unique_lock guard(lock);
        wake.wait_for(guard, backoff.next(), [&] { return stopping; });
      }
    }
  }

  void follow(RegistryWriter& writer) {
    const EntryBatchPtr batch = feed.next(position(), milliseconds(200));
    if (!batch) return;
    std::vector<Entry> entries;
    for (std::size_t i = 0; i < batch->size(); ++i) {
      auto entry = decode_entry(batch->entry(i));
      if (!entry)
        throw pg::Fault("the feed's entry " + std::to_string(batch->first().raw() + i) + " cannot be decoded");
      entries.push_back(std::move(*entry));
      if (entries.size() < settings.batch_entries && i + 1 < batch->size()) continue;
      advance(writer.apply(entries));
      entries.clear();
      if (stopped()) return;
    }
  }

  [[nodiscard]] Sequence position() const {
    const std::lock_guard guard(lock);
    return status.position;
  }
  void advance(Sequence to) {
    const std::lock_guard guard(lock);
    if (to > status.position) ++status.batches;
    status.position = to;
  }
  void connected() {
    const std::lock_guard guard(lock);
    if (!status.last_fault.empty())
      say("the registry's books follow again from " + std::to_string(status.position.raw()));
    status.connected = true;
    status.last_fault.clear();
  }
  void lost(const std::string& fault) {
    const std::lock_guard guard(lock);
    if (status.last_fault != fault)
      say("the registry's books wait at " + std::to_string(status.position.raw()) + ": " + fault);
    status.connected = false;
    status.last_fault = fault;
  }
};

Store::Store(EventFeed& feed, StoreSettings settings) : impl_(std::make_unique<Impl>(feed, std::move(settings))) {}

Store::~Store() {
  stop();
}

void Store::start() {
  if (impl_->thread.joinable()) return;
  impl_->stopping = false;
  impl_->thread = std::thread([this] { impl_->run(); });
}

void Store::stop() {
  {
    const std::lock_guard guard(impl_->lock);
    impl_->stopping = true;
  }
  impl_->wake.notify_all();
  if (impl_->thread.joinable()) impl_->thread.join();
}

Sequence Store::position() const {
  return impl_->position();
}

StoreStatus Store::status() const {
  const std::lock_guard guard(impl_->lock);
  return impl_->status;
}

}  // namespace pace
