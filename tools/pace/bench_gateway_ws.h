// The WebSocket part of pace bench gateway: what the door takes for an order, for many, for one message to a thousand
// readers, and of memory. Thread rule: one thread; moves the process to one core.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>

namespace pace::tool {

struct WsBenchOptions {
  std::uint32_t principals = 10'000;
  std::uint32_t one_by_one = 20'000;
  std::uint32_t pipelined = 200'000;
  std::uint32_t pings = 500'000;
  std::uint32_t readers = 1'000;
  std::uint32_t idle = 5'000;
};
/// Those that are the WebSocket door's alone.
void add_ws_options(CLI::App& app, WsBenchOptions& options);

/// Measures and prints. True when every goal was met; throws when something went wrong.
bool bench_ws_door(const WsBenchOptions& options, bool json);

}  // namespace pace::tool
