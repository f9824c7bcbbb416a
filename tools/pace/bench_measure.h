// What every bench of a flow does: runs it untimed to warm up, times the rest, prints, and compares what came out with
// the flow's header. An engine of a bench is made from the flow and has
//
//   void apply(const FlowMessage&);          in order, each message of the flow once
//   const FlowTotals& totals() const;        what its trades and rejects add up to
//   std::uint32_t resting() const;           orders that rest now
//
// Thread rule: one thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "tools/pace/flow.h"

namespace pace::tool {

struct Latency {
  double p50 = 0, p99 = 0, p999 = 0;
};

struct Measured {
  double ns_per_message = 0;       // of this thread's processor time
  double wall_ns_per_message = 0;  // with what other processes took
  FlowTotals totals;
  std::uint64_t resting = 0;
};

/// This thread's processor time, and the wall clock's.
double thread_ns();
double wall_ns();
/// Time stamps that neither overtake the message nor are overtaken by it; and what taking one takes.
std::uint64_t ticks();
std::uint64_t median_of_nothing();

template <class Engine>
Measured measure(const Flow& flow) {
  Engine engine(flow);
  for (const FlowMessage& m : flow.warm_up()) engine.apply(m);
  const double cpu = thread_ns(), wall = wall_ns();
  for (const FlowMessage& m : flow.timed()) engine.apply(m);
  const auto n = static_cast<double>(flow.header.timed);
  return {(thread_ns() - cpu) / n, (wall_ns() - wall) / n, engine.totals(), engine.resting()};
}

/// Message by message, on an engine of its own; the time that reading the counter takes is taken off.
template <class Engine>
Latency measure_latency(const Flow& flow) {
  Engine engine(flow);
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

struct BenchOptions {
  std::string flow;
  bool json = false, latency = false;
};

/// Prints the result. Exit status: 0, or 1 when the totals are not those of the header.
int report(const char* bench, const Flow& flow, const BenchOptions& options, const Measured& m, const Latency& latency);

template <class Engine>
int run_flow(const char* bench, const Flow& flow, const BenchOptions& options) {
  const Measured measured = measure<Engine>(flow);
  return report(bench, flow, options, measured, options.latency ? measure_latency<Engine>(flow) : Latency{});
}

}  // namespace pace::tool
