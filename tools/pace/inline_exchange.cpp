#include "tools/pace/inline_exchange.h"

#include <variant>

#include "engine/base/check.h"

namespace pace::tool {

// The entry's bytes are made as the applier makes them behind the sequencer.
Applied InlineExchange::apply(const Request& request) {
  events_.clear();
  sequence_ = pace::next(sequence_);
  const Applied applied = exchange_.apply(sequence_, time_, request, events_);
  rejected_ += applied.outcome.accepted() ? 0 : 1;
  payload_.clear();
  ByteWriter payload(payload_);
  encode_request(payload, request);
  ByteWriter out(fresh_);
  out.put(sequence_.raw());
  out.put(time_.raw());
  encode_entry(out, payload_, applied.outcome, applied.repeats, events_.count(), events_.bytes());
  ends_.push_back(fresh_.size());
  return applied;
}

Reject InlineExchange::submit(Request request, CommandPort::Answered answered) {
  Entry entry;
  {
    const std::lock_guard lock(mutex_);
    if (const auto* clock = std::get_if<AdvanceTime>(&request.command)) time_ = clock->to;
    const Applied applied = apply(request);
    if (!answered) return Reject::none;
    entry.stamped = {sequence_, time_, std::move(request)};
    entry.outcome = applied.outcome;
    entry.repeats = applied.repeats;
    entry.events = events_.decode();
  }
  answered(entry);
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

void InlineExchange::publish(const std::vector<std::vector<Event>>& entries) {
  const std::lock_guard lock(mutex_);
  for (const std::vector<Event>& events : entries) {
    sequence_ = pace::next(sequence_);
    ByteWriter out(fresh_);
    encode_entry(out, Entry{.stamped = {sequence_, time_, {Sender{}, ClientId{}, AdvanceTime{}}}, .events = events});
    ends_.push_back(fresh_.size());
  }
  released_more_.notify_one();
}

}  // namespace pace::tool
