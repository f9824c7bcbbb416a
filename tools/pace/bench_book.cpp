#include "tools/pace/bench_book.h"

#include <time.h>
#include <x86intrin.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <exception>

#include "tools/pace/bench_flow.h"

namespace pace::tool {
namespace {

struct Latency {
  double p50 = 0, p99 = 0, p999 = 0;
};

struct Measured {
  double ns_per_message = 0;       // of this thread's processor time
  double wall_ns_per_message = 0;  // with what other processes took
  FlowTotals totals;
  std::uint64_t resting = 0;
};

double thread_ns() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

double wall_ns() {
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

template <class Report>
Measured measure(const Flow& flow) {
  FlowEngine<Report> engine(flow.header);
  for (const FlowMessage& m : flow.warm_up()) engine.apply(m);
  const double cpu = thread_ns(), wall = wall_ns();
  for (const FlowMessage& m : flow.timed()) engine.apply(m);
  const auto n = static_cast<double>(flow.header.timed);
  return {(thread_ns() - cpu) / n, (wall_ns() - wall) / n, engine.totals(), engine.resting()};
}

// Time stamps that neither overtake the message nor are overtaken by it.
std::uint64_t ticks() {
  _mm_lfence();
  const std::uint64_t now = __rdtsc();
  _mm_lfence();
  return now;
}

std::uint64_t median_of_nothing() {
  std::array<std::uint64_t, 20'001> spans{};
  for (std::uint64_t& span : spans) {
    const std::uint64_t before = ticks();
    span = ticks() - before;
  }
  std::nth_element(spans.begin(), spans.begin() + spans.size() / 2, spans.end());
  return spans[spans.size() / 2];
}

// Message by message, on an engine of its own; the time that reading the counter takes is taken off.
template <class Report>
Latency measure_latency(const Flow& flow) {
  FlowEngine<Report> engine(flow.header);
  for (const FlowMessage& m : flow.warm_up()) engine.apply(m);
  std::vector<std::uint64_t> spans;
  spans.reserve(flow.header.timed);
  const std::uint64_t nothing = median_of_nothing();
  const double wall = wall_ns();
  const std::uint64_t first = ticks();
  for (const FlowMessage& m : flow.timed()) {
    const std::uint64_t before = ticks();
    engine.apply(m);
    spans.push_back(ticks() - before);
  }
  const double ns_per_tick = (wall_ns() - wall) / static_cast<double>(ticks() - first);
  std::sort(spans.begin(), spans.end());
  const auto at = [&](std::size_t per_mille) {
    const std::uint64_t span = spans[std::min(spans.size() - 1, spans.size() * per_mille / 1000)];
    return static_cast<double>(span - std::min(span, nothing)) * ns_per_tick;
  };
  return {at(500), at(990), at(999)};
}

void print_text(const Flow& flow, const Measured& m, const Latency* latency) {
  std::printf("msgs         %" PRIu64 "\nns_per_msg   %.2f (wall %.2f)\n", flow.header.timed, m.ns_per_message,
              m.wall_ns_per_message);
  if (latency != nullptr)
    std::printf("latency      p50 %.0f ns, p99 %.0f ns, p999 %.0f ns\n", latency->p50, latency->p99, latency->p999);
  std::printf("trades       %" PRIu64 "\nvolume       %" PRIu64 "\nnotional     %" PRIu64 "\nrejects      %" PRIu64
              "\ntrade_hash   %016" PRIx64 "\n",
              m.totals.trades, m.totals.volume, m.totals.notional, m.totals.rejects, m.totals.trade_hash);
}

void print_json(const Flow& flow, const Measured& m, const Latency* latency, bool agrees) {
  std::printf("{\"msgs\":%" PRIu64 ",\"ns_per_msg\":%.2f,\"wall_ns_per_msg\":%.2f", flow.header.timed, m.ns_per_message,
              m.wall_ns_per_message);
  if (latency != nullptr)
    std::printf(",\"p50_ns\":%.0f,\"p99_ns\":%.0f,\"p999_ns\":%.0f", latency->p50, latency->p99, latency->p999);
  std::printf(",\"trades\":%" PRIu64 ",\"volume\":%" PRIu64 ",\"notional\":%" PRIu64 ",\"rejects\":%" PRIu64
              ",\"trade_hash\":\"%016" PRIx64 "\",\"agrees\":%s}\n",
              m.totals.trades, m.totals.volume, m.totals.notional, m.totals.rejects, m.totals.trade_hash,
              agrees ? "true" : "false");
}

template <class Report>
int run(const Flow& flow, bool json, bool with_latency) {
  const Measured measured = measure<Report>(flow);
  Latency latency;
  if (with_latency) latency = measure_latency<Report>(flow);
  const bool agrees = measured.totals == flow.header.expected && measured.resting == flow.header.resting_at_end;
  const Latency* shown = with_latency ? &latency : nullptr;
  if (json) {
    print_json(flow, measured, shown, agrees);
  } else {
    print_text(flow, measured, shown);
  }
  if (!agrees) std::fprintf(stderr, "pace bench book: the totals are not those of the flow's header\n");
  return agrees ? 0 : 1;
}

}  // namespace

int run_bench_book(int argc, char** argv) {
  CLI::App app("Times the order book over a flow file: messages in memory, warm-up not timed, processor time.",
               "pace bench book");
  std::string path;
  bool report_events = false, json = false, latency = false;
  app.add_option("--flow", path, "order flow, format CAXWL001")->required();
  app.add_flag("--report-events", report_events, "write every event as a 64-byte record");
  app.add_flag("--latency", latency, "also time each message alone, in a second run: p50, p99, p999");
  app.add_flag("--json", json, "one JSON object");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    const Flow flow = read_flow(path);
    return report_events ? run<RingReport>(flow, json, latency) : run<NoReport>(flow, json, latency);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "pace bench book: %s\n", error.what());
    return 1;
  }
}

}  // namespace pace::tool
