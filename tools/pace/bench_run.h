// What every bench's command line does alike. Thread rule: one thread.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace pace::tool {

/// Parses, then measures. Exit status: the measurement's; 1 when it threw, with the reason on stderr; 2 for bad usage.
int run_bench_app(CLI::App& app, int argc, char** argv, const std::function<int()>& measure);

}  // namespace pace::tool
