#include "tools/pace/bench_run.h"

#include <cstdio>
#include <exception>

namespace pace::tool {

int run_bench_app(CLI::App& app, int argc, char** argv, const std::function<int()>& measure) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    return measure();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", app.get_name().c_str(), error.what());
    return 1;
  }
}

}  // namespace pace::tool
