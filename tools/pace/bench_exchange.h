// pace bench exchange: the whole state machine over a flow file.
#pragma once

namespace pace::tool {

int run_bench_exchange(int argc, char** argv);

}  // namespace pace::tool
