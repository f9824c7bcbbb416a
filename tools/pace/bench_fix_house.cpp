#include "tools/pace/bench_fix_house.h"

#include <charconv>
#include <utility>
#include <variant>

namespace pace::tool {
namespace {

std::optional<Identity> enter(const FixProof& proof) {
  std::uint32_t number = 0;
  if (proof.password != "bench" || !proof.user.starts_with('B')) return std::nullopt;
  std::from_chars(proof.user.data() + 1, proof.user.data() + proof.user.size(), number);
  const std::string user(proof.user);
  return Identity{user, {Role::broker, number}, {.read = true, .trade = true}, user, {}};
}

FixOptions options_of(const std::string& directory, bool sync) {
  FixOptions options;
  options.directory = directory;
  options.dictionary = PACE_SOURCE_DIR "/config/fix/PACE44.xml";
  options.sync = sync;
  options.messages_per_second = options.messages_burst = 1e9;
  options.max_unsent_bytes = std::size_t{1} << 30;
  return options;
}

}  // namespace

// As the sequencer does it: entries are encoded from their parts, and what it decodes for the answer it decodes on its
// own core. The door reads events from the feed alone, so the answer comes without.
Reject MemoryExchange::submit(Request request, CommandPort::Answered answered) {
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
    stamped_.clear();
    ByteWriter stamped(stamped_);
    encode_stamped(stamped, entry.stamped);
    ByteWriter out(fresh_);
    encode_entry(out, stamped_, entry.outcome, entry.repeats, events_.count(), events_.bytes());
    ends_.push_back(fresh_.size());
  }
  if (answered) answered(entry);
  if (woken_) woken_();
  return Reject::none;
}

Reject MemoryExchange::ask(Question question, QueryPort::Answered answered) {
  Answer answer;
  {
    const std::lock_guard lock(mutex_);
    answer = exchange_.answer(question);
  }
  answered(answer);
  return Reject::none;
}

EntryBatchPtr MemoryExchange::next(Sequence after, std::chrono::milliseconds) {
  const std::lock_guard lock(mutex_);
  const Sequence first(sequence_.raw() + 1 - ends_.size());
  if (ends_.empty() || first != pace::next(after)) return nullptr;
  return std::make_shared<const EntryBatch>(first, std::exchange(fresh_, {}), std::exchange(ends_, {}));
}

Sequence MemoryExchange::released() const {
  const std::lock_guard lock(mutex_);
  return sequence_;
}

EventFeed::Subscription MemoryExchange::subscribe(std::function<void()> woken) {
  woken_ = std::move(woken);
  return {};
}

FixHall::FixHall(CommandPort& commands, QueryPort& queries, EventFeed& feed, const std::string& directory, bool sync)
    : gateway_(context_, commands, queries, feed, FixLogon{enter, [](const Identity&) { return std::string(); }},
               options_of(directory, sync)),
      port_(gateway_.start()),
      thread_([this] { context_.run(); }) {}

FixHall::~FixHall() {
  gateway_.stop();
  work_.reset();
  context_.stop();
  thread_.join();
}

}  // namespace pace::tool
