#include "tools/pace/bench_gateway.h"

#include <sys/wait.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <cerrno>
#include <cstdio>
#include <exception>
#include <functional>
#include <string>
#include <system_error>

#include "tools/pace/bench_desk.h"
#include "tools/pace/bench_gateway_fix.h"
#include "tools/pace/bench_gateway_ws.h"
#include "tools/pace/bench_run.h"

namespace pace::tool {
namespace {

/// Status of a door's process: its goals were met, or missed, or it could not measure.
constexpr int met = 0, missed = 1, failed = 2;

// Each door in a process of its own: memory that the one has given back would hide what the other takes.
bool measured_apart(const std::function<bool()>& door) {
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (child == 0) {
    int status = failed;
    try {
      status = door() ? met : missed;
    } catch (const std::exception& error) {
      std::fprintf(stderr, "pace bench gateway: %s\n", error.what());
    }
    std::fflush(stdout);
    ::_exit(status);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "waitpid");
  if (!WIFEXITED(status) || WEXITSTATUS(status) >= failed) throw std::runtime_error("a door was not measured");
  return WEXITSTATUS(status) == met;
}

struct Options {
  std::string only;
  FixBenchOptions fix;
  WsBenchOptions ws;
  bool json = false, strict = false;
};

bool measure(const Options& options) {
  bool all_met = true;
  const char* before = options.json ? "{" : "";
  const auto part = [&](const char* name, const std::function<bool()>& door) {
    if (!options.only.empty() && options.only != name) return;
    std::printf("%s", before);
    if (options.json) std::printf("\"%s\":", name);
    all_met = measured_apart(door) && all_met;
    before = options.json ? "," : "\n";
  };
  part("fix", [&] { return bench_fix_door(options.fix, options.json); });
  part("ws", [&] { return bench_ws_door(options.ws, options.json); });
  if (options.json) std::printf(",\"goals_met\":%s}\n", all_met ? "true" : "false");
  return all_met;
}

}  // namespace

int run_bench_gateway(int argc, char** argv) {
  CLI::App app(
      "Times the doors on the real exchange, client and server on one core before any disk, and FIX through the synced "
      "log.",
      "pace bench gateway");
  Options options;
  std::uint32_t principals = options.fix.principals, orders = options.fix.one_by_one, pipelined = options.fix.pipelined;
  app.add_option("--only", options.only, "one door: fix or ws")->check(CLI::IsMember({"fix", "ws"}));
  app.add_option("--principals", principals, "who trade")
      ->check(CLI::Range(1u, OrderDesk::most_principals))
      ->capture_default_str();
  app.add_option("--orders", orders, "one at a time")->check(CLI::Range(100, 10'000'000))->capture_default_str();
  app.add_option("--pipelined", pipelined, "orders as fast as the door takes them")
      ->check(CLI::Range(1'000, 10'000'000))
      ->capture_default_str();
  add_fix_options(app, options.fix);
  add_ws_options(app, options.ws);
  app.add_flag("--json", options.json, "one JSON object");
  app.add_flag("--strict", options.strict, "exit 1 when a goal is missed");
  return run_bench_app(app, argc, argv, [&]() -> int {
    options.fix.principals = options.ws.principals = principals;
    options.fix.one_by_one = options.ws.one_by_one = orders;
    options.fix.pipelined = options.ws.pipelined = pipelined;
    return measure(options) || !options.strict ? 0 : 1;
  });
}

}  // namespace pace::tool
