#include "tools/pace/inline_exchange.h"

#include <variant>

#include "engine/base/check.h"

namespace pace::tool {

void InlineExchange::release(const Entry& entry) {
  ByteWriter out(fresh_);
  encode_entry(out, entry);
  ends_.push_back(fresh_.size());
}

Reject InlineExchange::submit(Request request, CommandPort::Answered answered) {
  Entry entry;
  {
    const std::lock_guard lock(mutex_);
    if (const auto* clock = std::get_if<AdvanceTime>(&request.command)) time_ = clock->to;
    events_.clear();
    sequence_ = pace::next(sequence_);
    const Applied applied = exchange_.apply(sequence_, time_, request, events_);
    entry.stamped = {sequence_, time_, std::move(request)};
    entry.outcome = applied.outcome;
    entry.repeats = applied.repeats;
    entry.events = events_.decode();
    rejected_ += entry.outcome.accepted() ? 0 : 1;
    release(entry);
  }
  if (answered) answered(entry);
  return Reject::none;
}

Reject InlineExchange::ask(Question question, QueryPort::Answered answered) {
  Answer answer;
  {
    const std::lock_guard lock(mutex_);
    answer = exchange_.answer(question);
  }
  answered(answer);
  return Reject::none;
}

EntryBatchPtr InlineExchange::next(Sequence after, std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  // Orders come out by batches, as they do behind a disk: who reads them is not woken for each.
  for (auto waited = std::chrono::milliseconds(0); ends_.empty(); ++waited) {
    if (waited >= patience) return nullptr;
    released_more_.wait_for(lock, std::chrono::milliseconds(1));
  }
  const Sequence first(sequence_.raw() + 1 - ends_.size());
  PACE_CHECK(first == pace::next(after));
  return std::make_shared<const EntryBatch>(first, std::exchange(fresh_, {}), std::exchange(ends_, {}));
}

Sequence InlineExchange::released() const {
  const std::lock_guard lock(mutex_);
  return sequence_;
}

void InlineExchange::publish(std::vector<Event> events) {
  const std::lock_guard lock(mutex_);
  sequence_ = pace::next(sequence_);
  Entry entry;
  entry.stamped = {sequence_, time_, {Sender{}, ClientId{}, AdvanceTime{}}};
  entry.events = std::move(events);
  release(entry);
  released_more_.notify_one();
}

}  // namespace pace::tool
