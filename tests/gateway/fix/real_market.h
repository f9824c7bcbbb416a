// The real exchange behind the three ports, in one thread's turn: the small market of tests/engine/exchange/world.h
// (members ALFA and BETA, ann, bo, cy … as principals), each command applied, checked and released at once. For
// conversations whose answers must be the exchange's own. Thread rule: any thread.
#pragma once

#include <map>
#include <mutex>
#include <vector>

#include "engine/sequencer/port.h"
#include "tests/engine/exchange/world.h"

namespace pace {

class RealMarket final : public CommandPort, public QueryPort, public EventFeed {
 public:
  static constexpr const char* name = "real";
  RealMarket() { until("2026-09-07T10:00"); }

  Reject submit(Request request, CommandPort::Answered answered = {}) override {
    const Entry entry = change([&] { world_.send(request.sender, request.request_id, request.command); });
    if (answered) answered(entry);
    return Reject::none;
  }
  Reject ask(Question question, QueryPort::Answered answered) override {
    Answer answer;
    {
      const std::lock_guard lock(mutex_);
      answer = world_.exchange().answer(question);
    }
    answered(answer);
    return Reject::none;
  }
  EntryBatchPtr next(Sequence after, std::chrono::milliseconds) override {
    const std::lock_guard lock(mutex_);
    if (after.raw() >= entries_.size()) return nullptr;
    Bytes bytes;
    std::vector<std::size_t> ends;
    ByteWriter out(bytes);
    for (std::size_t i = after.raw(); i < entries_.size() && ends.size() < 64; ++i) {
      encode_entry(out, entries_[i]);
      ends.push_back(bytes.size());
    }
    return std::make_shared<EntryBatch>(pace::next(after), std::move(bytes), std::move(ends));
  }
  Sequence released() const override {
    const std::lock_guard lock(mutex_);
    return Sequence(entries_.size());
  }
  Subscription subscribe(std::function<void()> woken) override {
    const std::lock_guard lock(mutex_);
    const int id = ++next_subscriber_;
    subscribers_[id] = std::move(woken);
    return Subscription(this, [this, id](void*) {
      const std::lock_guard inner(mutex_);
      subscribers_.erase(id);
    });
  }

  /// The clock goes on to a local time, as World::until.
  void until(const std::string& local_time) {
    change([&] { world_.until(local_time); });
  }
  /// A command that must be accepted, from somebody else.
  void must(const Sender& sender, const Command& command) {
    change([&] { world_.must(sender, command); });
  }
  [[nodiscard]] AccountId account(const std::string& who) const { return world_.account(who); }

 private:
  template <class Action>
  Entry change(Action action) {
    std::vector<std::function<void()>> wakes;
    Entry newest;
    {
      const std::lock_guard lock(mutex_);
      action();
      for (const StampedCommand& command : log_) entries_.push_back(entry_of(command));
      log_.clear();
      newest = entries_.back();
      for (const auto& [id, woken] : subscribers_) wakes.push_back(woken);
    }
    for (const auto& wake : wakes) wake();
    return newest;
  }
  // The world tells what it did as commands: a second exchange says the same of them, with the events.
  Entry entry_of(const StampedCommand& command) {
    EventBuffer events;
    const Applied applied = mirror_.apply(command.sequence, command.time, command.request, events);
    return {.stamped = command, .outcome = applied.outcome, .repeats = applied.repeats, .events = events.decode()};
  }

  mutable std::mutex mutex_;
  std::vector<StampedCommand> log_;
  test::World world_{test::small_capacity(), &log_};
  Exchange mirror_{test::small_capacity()};
  std::vector<Entry> entries_;
  std::map<int, std::function<void()>> subscribers_;
  int next_subscriber_ = 0;
};

}  // namespace pace
