// pace bench book: the order book alone, over a flow file.
#pragma once

namespace pace::tool {

int run_bench_book(int argc, char** argv);

}  // namespace pace::tool
