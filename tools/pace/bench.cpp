// pace bench: measures parts of the exchange. One name per part.
#include <algorithm>
#include <cstdio>
#include <string_view>

#include "tools/pace/bench_book.h"
#include "tools/pace/bench_exchange.h"
#include "tools/pace/bench_gateway.h"
#include "tools/pace/bench_path.h"
#include "tools/pace/bench_snapshot.h"
#include "tools/pace/commands.h"

namespace pace::tool {
namespace {

struct Bench {
  std::string_view name, says;
  int (*run)(int argc, char** argv);
};
constexpr Bench benches[] = {
    {"book", "the order book alone, over a flow file", run_bench_book},
    {"exchange", "the whole state machine, over a flow file", run_bench_exchange},
    {"gateway", "the FIX and the WebSocket door: latency, throughput, fan-out, memory", run_bench_gateway},
    {"path", "command port to durable event: latency, throughput", run_bench_path},
    {"snapshot", "a snapshot of many accounts, and what it costs the market", run_bench_snapshot},
};

void list(std::FILE* to) {
  std::fprintf(to, "usage: pace bench NAME [options]\n");
  for (const Bench& b : benches)
    std::fprintf(to, "  %-10.*s %.*s\n", static_cast<int>(b.name.size()), b.name.data(),
                 static_cast<int>(b.says.size()), b.says.data());
}

}  // namespace

int run_bench(int argc, char** argv) {
  const std::string_view asked = argc > 1 ? argv[1] : "";
  if (asked == "--help" || asked == "-h") {
    list(stdout);
    return 0;
  }
  const auto* bench =
      std::find_if(std::begin(benches), std::end(benches), [&](const Bench& b) { return b.name == asked; });
  if (bench != std::end(benches)) return bench->run(argc - 1, argv + 1);
  if (!asked.empty()) std::fprintf(stderr, "pace bench: there is no %s\n", argv[1]);
  list(stderr);
  return 2;
}

}  // namespace pace::tool
