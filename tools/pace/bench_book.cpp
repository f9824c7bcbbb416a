#include "tools/pace/bench_book.h"

#include "tools/pace/bench_flow.h"
#include "tools/pace/bench_measure.h"
#include "tools/pace/bench_run.h"

namespace pace::tool {

int run_bench_book(int argc, char** argv) {
  CLI::App app("Times the order book over a flow file: messages in memory, warm-up not timed, processor time.",
               "pace bench book");
  BenchOptions options;
  bool report_events = false;
  app.add_option("--flow", options.flow, "order flow, format CAXWL001")->required();
  app.add_flag("--report-events", report_events, "write every event as a 64-byte record");
  app.add_flag("--latency", options.latency, "also time each message alone, in a second run: p50, p99, p999");
  app.add_flag("--json", options.json, "one JSON object");
  return run_bench_app(app, argc, argv, [&]() -> int {
    const MappedFlow flow = read_flow(options.flow);
    return report_events ? run_flow<FlowEngine<RingReport>>("pace bench book", flow, options)
                         : run_flow<FlowEngine<NoReport>>("pace bench book", flow, options);
  });
}

}  // namespace pace::tool
