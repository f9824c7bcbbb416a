#include "tools/pace/path_run.h"

#include <sys/prctl.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "engine/journal/data_directory.h"
#include "engine/journal/format.h"
#include "engine/journal/posix_disk.h"
#include "engine/sequencer/large_pages.h"
#include "engine/sequencer/replay.h"
#include "engine/sequencer/verification.h"

namespace pace::tool {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::nanoseconds;

constexpr nanoseconds burst_every = std::chrono::microseconds(100);
constexpr std::chrono::milliseconds feed_patience(100);
constexpr std::chrono::microseconds busy_pause(200);
/// Of the commands that open a market, each so many-th is asked for its answer, besides the last.
constexpr std::uint64_t asked_every = 61;

std::int64_t ns_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration_cast<nanoseconds>(to - from).count();
}

std::size_t record_size(const Request& request) {
  Bytes payload;
  ByteWriter out(payload);
  encode_request(out, request);
  return record_bytes(static_cast<std::uint32_t>(payload.size()));
}

// Submits, a little later again while the queue is full, which has work for some milliseconds then; how often it was.
std::uint64_t submit(Sequencer& sequencer, const Request& request, const CommandPort::Answered& answered = {}) {
  std::uint64_t busy = 0;
  for (;;) {
    const Reject reject = sequencer.submit(request, answered);
    if (reject == Reject::none) return busy;
    if (reject != Reject::busy) throw std::runtime_error("the log failed");
    ++busy;
    std::this_thread::sleep_for(busy_pause);
  }
}

// Reads the feed up to a sequence and keeps when each part of it came.
class Reader {
 public:
  Reader(Sequencer& sequencer, Sequence after, Sequence last)
      : sequencer_(sequencer), last_(last), thread_([this, after] { run(after); }) {}
  ~Reader() {
    if (thread_.joinable()) thread_.join();
  }
  struct Mark {
    Sequence last;
    Clock::time_point time;
  };
  const std::vector<Mark>& wait() {
    thread_.join();
    if (marks_.empty() || marks_.back().last < last_) throw std::runtime_error("the log failed");
    return marks_;
  }

 private:
  void run(Sequence after) {
    while (after < last_ && !sequencer_.failed()) {
      const EntryBatchPtr batch = sequencer_.next(after, feed_patience);
      if (batch == nullptr) continue;
      after = batch->last();
      marks_.push_back({after, Clock::now()});
    }
  }

  Sequencer& sequencer_;
  const Sequence last_;
  std::vector<Mark> marks_;
  std::thread thread_;
};

}  // namespace

Spread spread_of(std::vector<std::int64_t> spans) {
  const auto at = [&](std::size_t per_mille) {
    const std::size_t place = std::min(spans.size() - 1, spans.size() * per_mille / 1000);
    std::nth_element(spans.begin(), spans.begin() + static_cast<std::ptrdiff_t>(place), spans.end());
    return spans[place];
  };
  return {at(500), at(990), at(999), at(1000)};
}

void print_spread(int width, const char* name, const Spread& s) {
  const auto us = [](std::int64_t ns) { return static_cast<double>(ns) / 1000; };
  std::printf("  %-*s p50 %9.1f us  p99 %9.1f us  p99.9 %9.1f us  most %9.1f us\n", width, name, us(s.p50), us(s.p99),
              us(s.p999), us(s.most));
}

void print_json_spread(const char* name, const Spread& s) {
  std::printf("\"%s\":{\"p50_ns\":%" PRId64 ",\"p99_ns\":%" PRId64 ",\"p999_ns\":%" PRId64 ",\"most_ns\":%" PRId64 "}",
              name, s.p50, s.p99, s.p999, s.most);
}

const char* verdict(bool met) {
  return met ? "met" : "missed";
}

void open_market(Sequencer& sequencer, OrderDesk& desk) {
  struct Counts {
    std::atomic<std::uint64_t> answered{0};
    std::string first_reject;  // complete when `answered` is
  };
  const auto counts = std::make_shared<Counts>();  // the last callback may still run when this returns
  const std::uint64_t all = desk.opening_commands();
  std::uint64_t sent = 0, asked = 0;
  desk.open([&](const Request& request) {
    if (++sent != all && sent % asked_every != 0) return static_cast<void>(submit(sequencer, request));
    ++asked;
    submit(sequencer, request, [counts](const Entry& entry) {
      if (!entry.outcome.accepted() && counts->first_reject.empty()) counts->first_reject = to_text(entry.outcome);
      ++counts->answered;
      counts->answered.notify_one();
    });
  });
  for (std::uint64_t seen = counts->answered; seen < asked; seen = counts->answered) counts->answered.wait(seen);
  if (!counts->first_reject.empty()) throw std::runtime_error("the market did not open: " + counts->first_reject);
}

// The last callback may still run when its run is over.
struct OneAtATime::Turn {
  Clock::time_point out;
  bool accepted = false;
  std::atomic<std::uint64_t> answered{0};
};

OneAtATime::OneAtATime(Sequencer& sequencer, OrderDesk& desk)
    : sequencer_(sequencer), desk_(desk), turn_(std::make_shared<Turn>()) {}

std::int64_t OneAtATime::once() {
  return once(desk_.next());
}

std::int64_t OneAtATime::once(const Request& request) {
  const Clock::time_point start = Clock::now();
  submit(sequencer_, request, [turn = turn_](const Entry& entry) {
    turn->out = Clock::now();
    turn->accepted = entry.outcome.accepted();
    ++turn->answered;
    turn->answered.notify_one();
  });
  turn_->answered.wait(sent_++);
  if (turn_->accepted) ++accepted_;
  return ns_between(start, turn_->out);
}

ClosedRun run_closed(Sequencer& sequencer, OrderDesk& desk, RawSync& raw, std::uint64_t commands) {
  OneAtATime path(sequencer, desk);
  std::vector<std::int64_t> raw_spans, path_spans;
  for (std::uint64_t i = 0; i < commands; ++i) {
    const Request request = desk.next();
    raw_spans.push_back(raw.once(record_size(request)));
    path_spans.push_back(path.once(request));
  }
  return {spread_of(std::move(raw_spans)), spread_of(std::move(path_spans)), path.accepted()};
}

void OpenRun::add(const OpenRun& other) {
  commands += other.commands;
  seconds += other.seconds;
  busy += other.busy;
  batches += other.batches;
  log_bytes += other.log_bytes;
  spans.insert(spans.end(), other.spans.begin(), other.spans.end());
}

std::vector<Request> draw_requests(OrderDesk& desk, std::uint64_t count) {
  std::vector<Request> requests;
  requests.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) requests.push_back(desk.next());
  return requests;
}

OpenRun run_open(Sequencer& sequencer, const std::vector<Request>& requests, std::uint64_t rate) {
  ::prctl(PR_SET_TIMERSLACK, 1UL);  // sleeps end when they should
  const std::uint64_t commands = requests.size();
  const SequencerStatistics before = sequencer.statistics();
  const Sequence first = before.released;
  Reader reader(sequencer, first, Sequence(first.raw() + commands));
  OpenRun run{.commands = commands};
  const Clock::time_point start = Clock::now() + std::chrono::milliseconds(1);
  const auto due = [&](std::uint64_t command) {
    if (rate == 0) return start;
    const nanoseconds exact(static_cast<std::int64_t>(command * 1'000'000'000 / rate));
    return start + exact / burst_every * burst_every;
  };
  Clock::time_point now;
  for (std::uint64_t i = 0; i < commands; ++i) {
    if (const Clock::time_point then = due(i); now < then) {
      std::this_thread::sleep_until(then);
      now = then;
    }
    run.busy += submit(sequencer, requests[i]);
  }
  const std::vector<Reader::Mark>& marks = reader.wait();
  run.seconds = static_cast<double>(ns_between(start, marks.back().time)) / 1e9;
  run.spans.reserve(commands);
  for (const Reader::Mark& mark : marks)
    while (run.spans.size() < mark.last.raw() - first.raw())
      run.spans.push_back(ns_between(due(run.spans.size()), mark.time));
  const SequencerStatistics after = sequencer.statistics();
  run.batches = after.batches - before.batches;
  run.log_bytes = after.bytes - before.bytes;
  return run;
}

ReplayRun run_replay(const std::string& data, const Capacity& capacity) {
  PosixDisk disk;
  const DataPaths paths(data);
  for (const std::string& name : disk.names(paths.journal))
    static_cast<void>(read_whole(disk, paths.journal + "/" + name));  // into the page cache
  ReplayRun run;
  Clock::time_point start = Clock::now();
  Exchange exchange(capacity);
  use_large_pages();
  run.memory_seconds = static_cast<double>(ns_between(start, Clock::now())) / 1e9;
  start = Clock::now();
  Replay replay(disk, paths.journal, exchange);
  while (replay.step_state()) {
  }
  run.seconds = static_cast<double>(ns_between(start, Clock::now())) / 1e9;
  run.commands = replay.commands();
  run.digest = state_digest(exchange);
  return run;
}

}  // namespace pace::tool
