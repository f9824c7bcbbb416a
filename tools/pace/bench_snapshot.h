// pace bench snapshot: what a snapshot costs the market while it is made.
#pragma once

namespace pace::tool {

int run_bench_snapshot(int argc, char** argv);

}  // namespace pace::tool
