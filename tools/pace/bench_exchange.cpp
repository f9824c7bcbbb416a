#include "tools/pace/bench_exchange.h"

#include "engine/sequencer/large_pages.h"
#include "tools/pace/bench_measure.h"
#include "tools/pace/bench_run.h"
#include "tools/pace/exchange_flow.h"

namespace pace::tool {
namespace {

/// Its memory in large pages, as the service keeps it for its snapshots.
struct SettledFlow : ExchangeFlow {
  explicit SettledFlow(const Flow& flow) : ExchangeFlow(flow) { use_large_pages(); }
};

}  // namespace

int run_bench_exchange(int argc, char** argv) {
  CLI::App app(
      "Times the whole exchange over a flow file: accounts, mandates, limits, holdings, cash, T+1, request ids, every "
      "event encoded. Messages in memory, set-up and warm-up not timed, processor time.",
      "pace bench exchange");
  BenchOptions options;
  app.add_option("--flow", options.flow, "order flow, format CAXWL001")->required();
  app.add_flag("--latency", options.latency, "also time each message alone, in a second run: p50, p99, p999");
  app.add_flag("--json", options.json, "one JSON object");
  return run_bench_app(app, argc, argv, [&]() -> int {
    return run_flow<SettledFlow>("pace bench exchange", read_flow(options.flow), options);
  });
}

}  // namespace pace::tool
