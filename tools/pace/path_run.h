// What `pace bench path` measures on a running sequencer: commands in at the port, until their events are out.
// Thread rule: one thread calls; each run has a reader of the feed of its own.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/sequencer/sequencer.h"
#include "tools/pace/bench_desk.h"
#include "tools/pace/raw_sync.h"

namespace pace::tool {

/// Nanoseconds.
struct Spread {
  std::int64_t p50 = 0, p99 = 0, p999 = 0, most = 0;
};
/// REQUIRES: not empty.
[[nodiscard]] Spread spread_of(std::vector<std::int64_t> spans);
/// A line in microseconds, the name `width` wide; and `"name":{…}` in nanoseconds, without a comma.
void print_spread(int width, const char* name, const Spread& spread);
void print_json_spread(const char* name, const Spread& spread);
/// "met" or "missed".
[[nodiscard]] const char* verdict(bool met);

/// Submits, again while the queue is full, and waits until the last command's events are out. Throws when one of the
/// commands that it asks (some of all, and the last) was rejected, or the log failed.
void open_market(Sequencer& sequencer, OrderDesk& desk);

struct ClosedRun {
  Spread raw, path;
  std::uint64_t accepted = 0;
};
/// One command at a time, and before each a raw write and sync of the bytes of its record.
[[nodiscard]] ClosedRun run_closed(Sequencer& sequencer, OrderDesk& desk, RawSync& raw, std::uint64_t commands);

/// One command, from the port to its answer. Nanoseconds.
class OneAtATime {
 public:
  OneAtATime(Sequencer& sequencer, OrderDesk& desk);
  [[nodiscard]] std::int64_t once();
  [[nodiscard]] std::int64_t once(const Request& request);
  [[nodiscard]] std::uint64_t accepted() const { return accepted_; }

 private:
  struct Turn;
  Sequencer& sequencer_;
  OrderDesk& desk_;
  std::shared_ptr<Turn> turn_;
  std::uint64_t sent_ = 0, accepted_ = 0;
};

struct OpenRun {
  std::uint64_t commands = 0;
  double seconds = 0;               ///< from the first command's time to the last event out
  std::uint64_t busy = 0;           ///< times the port was full, and the command tried again
  std::uint64_t batches = 0;        ///< syncs
  std::uint64_t log_bytes = 0;      ///< of the journal
  std::vector<std::int64_t> spans;  ///< of each command, from when it was due
  [[nodiscard]] double per_second() const { return static_cast<double>(commands) / seconds; }
  void add(const OpenRun& other);
};
/// `rate` commands per second, due in bursts every 100 microseconds whether or not the ones before are out; 0: as fast
/// as the port takes them. What is measured counts from when a command was due, so that a stall is not left out.
/// REQUIRES: some requests.
[[nodiscard]] OpenRun run_open(Sequencer& sequencer, const std::vector<Request>& requests, std::uint64_t rate);
/// Made ahead of the run: drawing them is the clients' work, and takes as long as the port.
[[nodiscard]] std::vector<Request> draw_requests(OrderDesk& desk, std::uint64_t count);

struct ReplayRun {
  std::uint64_t commands = 0;
  double memory_seconds = 0;  ///< to make ready what the exchange keeps its requests in
  double seconds = 0;         ///< of the replay, without that
  Bytes32 digest{};
  [[nodiscard]] double per_second() const { return static_cast<double>(commands) / seconds; }
};
/// The whole journal of a stopped exchange, read before so that the page cache holds it, applied to an empty one.
[[nodiscard]] ReplayRun run_replay(const std::string& data, const Capacity& capacity);

}  // namespace pace::tool
