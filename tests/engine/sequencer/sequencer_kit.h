// What the sequencer's tests share: requests that name themselves, a wait without a clock, and a reader of the feed.
#pragma once

#include <atomic>
#include <future>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "engine/sequencer/sequencer.h"
#include "tests/engine/journal/simulated_disk.h"
#include "tests/reached_rejects.h"

namespace pace::test {

using namespace std::chrono_literals;

/// Long enough never to be what ends a wait that can end.
constexpr auto forever = 60'000ms;

inline ClientId client_id(const std::string& text) {
  return ClientId::from(text).value();
}

inline Request request(const std::string& id, Command command = RunAllocation{Year(2030)},
                       Sender sender = {Role::authority, 1}) {
  return {sender, client_id(id), std::move(command)};
}
inline Request advance(const std::string& id, std::int64_t to) {
  return request(id, AdvanceTime{Timestamp(to)}, {Role::exchange_operator, 1});
}

inline SequencerOptions small(ClockMode clock = ClockMode::simulated) {
  SequencerOptions options;
  options.data_directory = "/data";
  options.clock = clock;
  options.queue_capacity = 64;
  options.ring_bytes = 4096;
  options.segment_bytes = 16 * 1024;
  options.snapshot_every = 0;
  return options;
}

/// Submits, again while the queue is full, and returns the answer.
inline Entry settle(Sequencer& sequencer, const Request& what) {
  std::promise<Entry> answer;
  for (;;) {
    const Reject reject = sequencer.submit(what, [&](const Entry& entry) { answer.set_value(entry); });
    if (reject == Reject::none) return answer.get_future().get();
    if (reject != Reject::busy) throw std::runtime_error("refused");
    std::this_thread::yield();
  }
}

inline Answer ask(Sequencer& sequencer, const Question& question) {
  std::promise<Answer> answer;
  if (sequencer.ask(question, [&](const Answer& given) { answer.set_value(given); }) != Reject::none)
    throw std::runtime_error("refused");
  return answer.get_future().get();
}
inline DigestView digest(Sequencer& sequencer) {
  return std::get<DigestView>(ask(sequencer, AskDigest{}));
}

/// Every entry after `after` up to `last`, decoded.
inline std::vector<Entry> entries(EventFeed& feed, Sequence after, Sequence last) {
  std::vector<Entry> result;
  while (after < last) {
    const EntryBatchPtr batch = feed.next(after, forever);
    if (batch == nullptr || batch->first() != next(after)) throw std::runtime_error("the feed has a gap");
    for (std::size_t i = 0; i < batch->size(); ++i) result.push_back(decode_entry(batch->entry(i)).value());
    after = batch->last();
  }
  return result;
}

/// What the callbacks of submitted commands were told. Must outlive the sequencer.
struct Answers {
  std::mutex mutex;
  std::set<Sequence> acknowledged;
  std::uint64_t unknown = 0;
  CommandPort::Answered taker() {
    return [this](const Entry& entry) {
      const std::lock_guard lock(mutex);
      if (reached(entry.outcome.code) == Reject::outcome_unknown) {
        ++unknown;
      } else {
        acknowledged.insert(entry.sequence());
      }
    };
  }
};

/// A gate that a test holds shut: callbacks wait in it.
class Latch {
 public:
  void open() { opened_.set_value(); }
  void wait() { future_.wait(); }

 private:
  std::promise<void> opened_;
  std::shared_future<void> future_ = opened_.get_future().share();
};

}  // namespace pace::test
