// pace bench gateway: both doors, FIX and WebSocket, one after the other, as one table or one JSON object.
#pragma once

namespace pace::tool {

int run_bench_gateway(int argc, char** argv);

}  // namespace pace::tool
