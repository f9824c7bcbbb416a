// The FIX part of pace bench gateway: orders through the FIX door, one at a time and pipelined, resends, idle sessions,
// and the way through the synced log. Thread rule: one thread; moves the process to one core.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

namespace pace::tool {

struct FixBenchOptions {
  std::string data;  ///< an empty or new directory, left behind; "": a temporary one
  std::uint32_t principals = 10'000, one_by_one = 20'000, pipelined = 200'000, sessions = 1'000;
  std::uint32_t path_rate = 10'000;
  double seconds = 5;
};
/// Those that are the FIX door's alone.
void add_fix_options(CLI::App& app, FixBenchOptions& options);

/// Measures and prints. True when every goal was met; throws when something went wrong.
bool bench_fix_door(const FixBenchOptions& options, bool json);

}  // namespace pace::tool
