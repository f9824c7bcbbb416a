// pace bench snapshot: a market with many accounts, opened by commands; orders one at a time, then the same while the
// sequencer writes a snapshot by itself. The memory is gathered into large pages before, as it is in a service that has
// made an image: gathering what grew to gigabytes since takes longer than the snapshot.
#include "tools/pace/bench_snapshot.h"

#include <algorithm>
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <filesystem>
#include <stdexcept>

#include "engine/journal/format.h"
#include "engine/sequencer/large_pages.h"
#include "tools/pace/bench_directory.h"
#include "tools/pace/bench_run.h"
#include "tools/pace/path_run.h"

namespace pace::tool {
namespace {

// The goals of a snapshot, of ten million accounts.
constexpr int name_width = 16;
constexpr double seconds_goal = 10;
constexpr double stall_goal_ms = 50;
constexpr std::uint64_t calm_commands = 2'000;

struct SnapshotOptions {
  std::string data;
  bool json = false, strict = false;
  std::uint32_t principals = 10'000'000, instruments = 4;
  std::uint64_t seed = 42;
};

struct SnapshotResult {
  double opening_seconds = 0, seconds = 0;
  std::uint64_t bytes = 0, commands = 0;  ///< of the snapshot; while it was made
  Spread before, during;
  [[nodiscard]] double stall_ms() const { return static_cast<double>(during.most) / 1e6; }
  [[nodiscard]] bool goals_met() const { return seconds <= seconds_goal && stall_ms() <= stall_goal_ms; }
};

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

SnapshotResult measure(const SnapshotOptions& options) {
  const BenchDirectory directory(options.data);
  OrderDesk desk(options.principals, options.instruments, options.seed);
  SequencerOptions sequencing;
  sequencing.data_directory = directory.path();
  sequencing.clock = ClockMode::simulated;
  sequencing.capacity = desk.capacity(0);
  sequencing.snapshot_every = desk.opening_commands() + calm_commands;
  sequencing.on_note = sequencing.on_fault = [](const std::string& text) {
    std::fprintf(stderr, "pace bench snapshot: %s\n", text.c_str());
  };
  SnapshotResult result;
  Sequencer sequencer(sequencing);
  auto start = std::chrono::steady_clock::now();
  open_market(sequencer, desk);
  result.opening_seconds = seconds_since(start);
  use_large_pages();
  OneAtATime path(sequencer, desk);
  std::vector<std::int64_t> spans;
  while (spans.size() + 1 < calm_commands) spans.push_back(path.once());
  result.before = spread_of(std::move(spans));
  spans = {};
  start = std::chrono::steady_clock::now();
  while (sequencer.statistics().snapshots == 0) spans.push_back(path.once());
  result.seconds = seconds_since(start);
  result.commands = spans.size();
  result.during = spread_of(std::move(spans));
  result.bytes =
      std::filesystem::file_size(directory.path() + "/snapshots/" + snapshot_name(sequencer.statistics().snapshot));
  if (!sequencer.stop()) throw std::runtime_error("the log failed");
  return result;
}

void print_text(const SnapshotOptions& options, const SnapshotResult& r) {
  std::printf("%u accounts with %u instruments, opened in %.1f s\n", options.principals, options.instruments,
              r.opening_seconds);
  std::printf("snapshot of %.1f MB in %.2f s   (goal: at most %.0f; %s), beside %" PRIu64 " commands one at a time\n",
              static_cast<double>(r.bytes) / 1e6, r.seconds, seconds_goal, verdict(r.seconds <= seconds_goal),
              r.commands);
  print_spread(name_width, "before", r.before);
  print_spread(name_width, "while it is made", r.during);
  std::printf("longest stall of the market %.1f ms   (goal: at most %.0f; %s)\n", r.stall_ms(), stall_goal_ms,
              verdict(r.stall_ms() <= stall_goal_ms));
}

void print_json(const SnapshotOptions& options, const SnapshotResult& r) {
  std::printf("{\"accounts\":%u,\"instruments\":%u,\"opening_seconds\":%.3f,\"bytes\":%" PRIu64
              ",\"seconds\":%.3f,\"commands\":%" PRIu64,
              options.principals, options.instruments, r.opening_seconds, r.bytes, r.seconds, r.commands);
  std::printf(",");
  print_json_spread("before", r.before);
  std::printf(",");
  print_json_spread("during", r.during);
  std::printf(",\"stall_ms\":%.3f,\"goals_met\":%s}\n", r.stall_ms(), r.goals_met() ? "true" : "false");
}

}  // namespace

int run_bench_snapshot(int argc, char** argv) {
  CLI::App app(
      "Times a snapshot of a market with many accounts, and how long it makes orders wait that come one at a time.\n"
      "Ten million accounts take some 15 GB of memory, as much disk, and minutes to open.",
      "pace bench snapshot");
  SnapshotOptions options;
  app.add_option("--data", options.data, "an empty or new directory, left behind; default: a temporary one here");
  app.add_option("--accounts", options.principals, "principals")
      ->check(CLI::Range(1u, OrderDesk::most_principals))
      ->capture_default_str();
  app.add_option("--instruments", options.instruments, "of which each principal holds units")
      ->check(CLI::Range(1, 10))
      ->capture_default_str();
  app.add_option("--seed", options.seed, "of the orders")->capture_default_str();
  app.add_flag("--json", options.json, "one JSON object");
  app.add_flag("--strict", options.strict, "exit 1 when a goal is missed");
  return run_bench_app(app, argc, argv, [&]() -> int {
    const SnapshotResult result = measure(options);
    if (options.json) {
      print_json(options, result);
    } else {
      print_text(options, result);
    }
    return !options.strict || result.goals_met() ? 0 : 1;
  });
}

}  // namespace pace::tool
