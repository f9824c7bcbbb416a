#include "tools/pace/bench_exchange.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "tools/pace/bench_measure.h"
#include "tools/pace/exchange_flow.h"

namespace pace::tool {

int run_bench_exchange(int argc, char** argv) {
  CLI::App app(
      "Times the whole exchange over a flow file: accounts, mandates, limits, holdings, cash, T+1, request ids, every "
      "event encoded. Requests in memory, set-up and warm-up not timed, processor time.",
      "pace bench exchange");
  BenchOptions options;
  app.add_option("--flow", options.flow, "order flow, format CAXWL001")->required();
  app.add_flag("--latency", options.latency, "also time each message alone, in a second run: p50, p99, p999");
  app.add_flag("--json", options.json, "one JSON object");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    return run_flow<ExchangeFlow>("pace bench exchange", read_flow(options.flow), options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "pace bench exchange: %s\n", error.what());
    return 1;
  }
}

}  // namespace pace::tool
