#include "tools/pace/bench_measure.h"

#include <time.h>
#include <x86intrin.h>

#include <array>
#include <chrono>
#include <cinttypes>
#include <cstdio>

namespace pace::tool {

double thread_ns() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

double wall_ns() {
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

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

namespace {

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

}  // namespace

int report(const char* bench, const Flow& flow, const BenchOptions& options, const Measured& m,
           const Latency& latency) {
  const bool agrees = m.totals == flow.header.expected && m.resting == flow.header.resting_at_end;
  const Latency* shown = options.latency ? &latency : nullptr;
  if (options.json) {
    print_json(flow, m, shown, agrees);
  } else {
    print_text(flow, m, shown);
  }
  if (!agrees) std::fprintf(stderr, "%s: the totals are not those of the flow's header\n", bench);
  return agrees ? 0 : 1;
}

}  // namespace pace::tool
