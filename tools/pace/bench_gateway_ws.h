// pace bench gateway-ws: what the WebSocket door takes for an order, for many, for one message to a thousand readers,
// and of memory. Server and client share one core.
#pragma once

namespace pace::tool {

int run_bench_gateway_ws(int argc, char** argv);

}  // namespace pace::tool
