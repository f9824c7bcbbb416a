// pace bench gateway-fix: what the FIX door takes for an order, for many, for a resend, for a thousand sessions, and
// through the synced log. Server and client share one core. Thread rule: main's.
#pragma once

namespace pace::tool {

int run_bench_gateway_fix(int argc, char** argv);

}  // namespace pace::tool
