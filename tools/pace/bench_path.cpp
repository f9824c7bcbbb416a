// pace bench path: what a command costs from the port until its events are out, against the disk alone. The real
// exchange, real orders, the sequencer with its production defaults, the journal synced; the memory for the day's
// requests is touched before (engine.requests_touched), as in a service that has been running for days.
#include "tools/pace/bench_path.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <filesystem>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "engine/sequencer/large_pages.h"
#include "engine/sequencer/turns.h"
#include "tools/pace/bench_directory.h"
#include "tools/pace/bench_run.h"
#include "tools/pace/path_run.h"

namespace pace::tool {
namespace {

// The goals of the path.
constexpr int name_width = 5;
constexpr double closed_ratio_goal = 1.15;
constexpr std::uint64_t rate_goal = 1'000'000;
constexpr double open_ratio_goal = 3.0;
constexpr double replay_goal = 5'000'000;

constexpr std::uint64_t slices = 10;
constexpr std::uint64_t raw_syncs_per_slice = 300;
constexpr std::size_t raw_file_bytes = 64u << 20;

struct PathOptions {
  std::string data;
  bool json = false, strict = false;
  std::uint32_t principals = 10'000;
  std::uint64_t closed = 2'000, rate = rate_goal, seed = 42;
  double seconds = 5;
  [[nodiscard]] std::uint64_t commands(std::uint64_t rate_asked) const {
    return static_cast<std::uint64_t>(static_cast<double>(rate_asked) * seconds);
  }
};

struct PathResult {
  ClosedRun closed;
  OpenRun half, full, most;
  Spread raw, half_spread, full_spread;
  std::size_t raw_bytes = 0;  ///< of each write beside the half rate: its batches' mean
  ReplayRun replay;
  [[nodiscard]] double closed_ratio() const {
    return static_cast<double>(closed.path.p50) / static_cast<double>(closed.raw.p50);
  }
  [[nodiscard]] double open_ratio() const {
    return static_cast<double>(half_spread.p99) / static_cast<double>(raw.p99);
  }
};

// In slices, each followed by raw syncs of the size that its batches had: both see the same disk.
void run_half_rate(Sequencer& sequencer, OrderDesk& desk, RawSync& raw, const PathOptions& options,
                   PathResult& result) {
  std::vector<std::int64_t> raw_spans;
  for (std::uint64_t i = 0; i < slices; ++i) {
    const OpenRun run =
        run_open(sequencer, draw_requests(desk, options.commands(options.rate / 2) / slices), options.rate / 2);
    result.half.add(run);
    result.raw_bytes = static_cast<std::size_t>(result.half.log_bytes / result.half.batches);
    for (std::uint64_t n = 0; n < raw_syncs_per_slice; ++n) raw_spans.push_back(raw.once(result.raw_bytes));
  }
  result.raw = spread_of(std::move(raw_spans));
  result.half_spread = spread_of(result.half.spans);
}

Bytes32 digest_of(Sequencer& sequencer) {
  auto answer = std::make_shared<std::promise<Answer>>();
  std::future<Answer> future = answer->get_future();
  const Reject reject = sequencer.ask(
      AskDigest{}, [answer = std::exchange(answer, nullptr)](const Answer& given) { answer->set_value(given); });
  if (reject != Reject::none) throw std::runtime_error("the log failed");
  const Answer given = future.get();  // throws when the question was dropped, for the log failed
  const auto* view = std::get_if<DigestView>(&given);
  if (view == nullptr) throw std::runtime_error("no digest could be made");
  return view->digest;
}

// Everything that the running market shows. Returns the digest of its state at the end.
Bytes32 run_live(const SequencerOptions& sequencing, OrderDesk& desk, const PathOptions& options, PathResult& result) {
  take(Turns::shortest);  // as the journal thread, which the raw syncs are compared with; and a client is punctual
  Sequencer sequencer(sequencing);
  use_large_pages();
  open_market(sequencer, desk);
  const std::string raw_path = sequencing.data_directory + "/raw";
  {
    RawSync raw(raw_path, raw_file_bytes);
    result.closed = run_closed(sequencer, desk, raw, options.closed);
    run_half_rate(sequencer, desk, raw, options, result);
  }
  std::filesystem::remove(raw_path);
  result.full = run_open(sequencer, draw_requests(desk, options.commands(options.rate)), options.rate);
  result.full_spread = spread_of(result.full.spans);
  result.most = run_open(sequencer, draw_requests(desk, options.commands(options.rate)), 0);
  const Bytes32 digest = digest_of(sequencer);
  if (!sequencer.stop()) throw std::runtime_error("the log failed");
  return digest;
}

PathResult measure(const PathOptions& options) {
  const BenchDirectory directory(options.data);
  const std::uint64_t requests =
      options.closed + options.commands(options.rate / 2) + 2 * options.commands(options.rate);
  SequencerOptions sequencing;
  sequencing.data_directory = directory.path();
  sequencing.clock = ClockMode::simulated;
  OrderDesk desk(options.principals, 1, options.seed);
  sequencing.capacity = desk.capacity(requests);
  sequencing.capacity.requests_touched = sequencing.capacity.requests_per_day;
  sequencing.on_fault = [](const std::string& text) { std::fprintf(stderr, "pace bench path: %s\n", text.c_str()); };
  PathResult result;
  const Bytes32 digest = run_live(sequencing, desk, options, result);
  result.replay = run_replay(directory.path(), sequencing.capacity);
  if (result.replay.digest != digest) throw std::runtime_error("the journal replays to another state");
  return result;
}

bool keeps_up(const PathOptions& options, const OpenRun& run) {
  return run.per_second() >= 0.99 * static_cast<double>(options.rate);
}

bool goals_met(const PathOptions& options, const PathResult& r) {
  return r.closed_ratio() <= closed_ratio_goal && r.open_ratio() <= open_ratio_goal && options.rate >= rate_goal &&
         keeps_up(options, r.full) && r.replay.per_second() >= replay_goal;
}

void print_open(const char* name, const OpenRun& run) {
  std::printf("  %-5s %.0f commands/s: %" PRIu64 " in %.3f s, %" PRIu64
              " syncs of %.1f commands, %.0f bytes; busy %" PRIu64 "\n",
              name, run.per_second(), run.commands, run.seconds, run.batches,
              static_cast<double>(run.commands) / static_cast<double>(run.batches),
              static_cast<double>(run.log_bytes) / static_cast<double>(run.batches), run.busy);
}

void print_text(const PathOptions& options, const PathResult& r) {
  std::printf("closed loop, one at a time: %" PRIu64 " commands, %" PRIu64 " accepted\n", options.closed,
              r.closed.accepted);
  print_spread(name_width, "raw", r.closed.raw);
  print_spread(name_width, "path", r.closed.path);
  std::printf("  p50 of the path is %.3f x the raw sync's   (goal: at most %.2f; %s)\n", r.closed_ratio(),
              closed_ratio_goal, verdict(r.closed_ratio() <= closed_ratio_goal));
  std::printf("open loop, %" PRIu64 " commands/s\n", options.rate / 2);
  print_open("path", r.half);
  print_spread(name_width, "path", r.half_spread);
  print_spread(name_width, "raw", r.raw);
  std::printf("  p99 of the path is %.3f x that of a raw sync of %zu bytes   (goal: at most %.1f; %s)\n",
              r.open_ratio(), r.raw_bytes, open_ratio_goal, verdict(r.open_ratio() <= open_ratio_goal));
  std::printf("open loop, %" PRIu64 " commands/s\n", options.rate);
  print_open("path", r.full);
  print_spread(name_width, "path", r.full_spread);
  std::printf("  keeps up   (goal: %" PRIu64 " commands/s; %s)\n", rate_goal,
              verdict(keeps_up(options, r.full) && options.rate >= rate_goal));
  std::printf("as fast as the port takes them\n");
  print_open("path", r.most);
  std::printf("replay of the journal to the same digest: %" PRIu64
              " commands in %.3f s, %.0f commands/s   (goal: %.0f; %s); memory made ready before in %.3f s\n",
              r.replay.commands, r.replay.seconds, r.replay.per_second(), replay_goal,
              verdict(r.replay.per_second() >= replay_goal), r.replay.memory_seconds);
}

void print_json_open(const OpenRun& run) {
  std::printf("\"commands\":%" PRIu64 ",\"seconds\":%.6f,\"per_second\":%.0f,\"batches\":%" PRIu64
              ",\"log_bytes\":%" PRIu64 ",\"busy\":%" PRIu64,
              run.commands, run.seconds, run.per_second(), run.batches, run.log_bytes, run.busy);
}

void print_json(const PathOptions& options, const PathResult& r) {
  std::printf("{\"closed\":{\"commands\":%" PRIu64 ",\"accepted\":%" PRIu64 ",", options.closed, r.closed.accepted);
  print_json_spread("raw", r.closed.raw);
  std::printf(",");
  print_json_spread("path", r.closed.path);
  std::printf(",\"ratio\":%.4f},\"half_rate\":{\"rate\":%" PRIu64 ",", r.closed_ratio(), options.rate / 2);
  print_json_open(r.half);
  std::printf(",");
  print_json_spread("path", r.half_spread);
  std::printf(",");
  print_json_spread("raw", r.raw);
  std::printf(",\"raw_bytes\":%zu,\"ratio\":%.4f},\"full_rate\":{\"rate\":%" PRIu64 ",", r.raw_bytes, r.open_ratio(),
              options.rate);
  print_json_open(r.full);
  std::printf(",");
  print_json_spread("path", r.full_spread);
  std::printf(",\"keeps_up\":%s},\"most\":{", keeps_up(options, r.full) ? "true" : "false");
  print_json_open(r.most);
  std::printf("},\"replay\":{\"commands\":%" PRIu64 ",\"seconds\":%.6f,\"per_second\":%.0f},\"goals_met\":%s}\n",
              r.replay.commands, r.replay.seconds, r.replay.per_second(), goals_met(options, r) ? "true" : "false");
}

}  // namespace

int run_bench_path(int argc, char** argv) {
  CLI::App app(
      "Times commands from the port until their events are durable and out, on the real exchange with real orders,\n"
      "beside raw writes and syncs of the same sizes on the same file system, by turns; then replays their journal.",
      "pace bench path");
  PathOptions options;
  app.add_option("--data", options.data, "an empty or new directory, left behind; default: a temporary one here");
  app.add_option("--principals", options.principals, "who trade")
      ->check(CLI::Range(1u, OrderDesk::most_principals))
      ->capture_default_str();
  app.add_option("--closed", options.closed, "commands one at a time")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--rate", options.rate, "commands per second of the open loop; also run at half of it")
      ->check(CLI::Range(1'000, 100'000'000))
      ->capture_default_str();
  app.add_option("--seconds", options.seconds, "of each open loop")
      ->check(CLI::Range(0.1, 600.0))
      ->capture_default_str();
  app.add_option("--seed", options.seed, "of the orders")->capture_default_str();
  app.add_flag("--json", options.json, "one JSON object");
  app.add_flag("--strict", options.strict, "exit 1 when a goal is missed");
  return run_bench_app(app, argc, argv, [&]() -> int {
    const PathResult result = measure(options);
    if (options.json) {
      print_json(options, result);
    } else {
      print_text(options, result);
    }
    return !options.strict || goals_met(options, result) ? 0 : 1;
  });
}

}  // namespace pace::tool
