// pace bench path. Thread rule: main's.
#pragma once

namespace pace::tool {

int run_bench_path(int argc, char** argv);

}  // namespace pace::tool
