// pace serve: runs the exchange until SIGTERM or SIGINT, then drains. SIGKILL is allowed too: that is what the log is
// for.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <filesystem>

#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include "tools/pace/commands.h"
#include "tools/pace/logging.h"
#include "tools/pace/service.h"

namespace pace::tool {
namespace {

sigset_t our_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  return set;
}

// Waits for a stop signal; false when the service failed first. SIGHUP reads certificates again.
bool wait_for_stop(Service& service) {
  const sigset_t set = our_signals();
  const timespec tick{.tv_sec = 0, .tv_nsec = 200'000'000};
  while (!service.failed()) {
    const int signal = sigtimedwait(&set, nullptr, &tick);
    if (signal == SIGHUP) {
      service.reload();
    } else if (signal > 0) {
      return true;
    }
  }
  return false;
}

// Every connection takes a descriptor, and shells start programs with 1,024.
void raise_descriptor_limit(const Config& config) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  const auto wanted = static_cast<rlim_t>(config.http_connections + config.fix_connections);
  if (limit.rlim_max < wanted)
    spdlog::warn("{} descriptors at most, but {} connections are allowed: raise the hard limit (ulimit -Hn)",
                 limit.rlim_max, wanted);
}

int serve(const Config& config, const std::string& data, const std::string& ready_file) {
  // Blocked before any thread is made, so that every thread inherits it and only wait_for_stop sees the signal.
  const sigset_t set = our_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  raise_descriptor_limit(config);
  Service service(config, data);
  const Ready ready = service.ready();
  write_ready_file(data + "/ready.json", ready);
  if (!ready_file.empty()) write_ready_file(ready_file, ready);
  spdlog::info("ready: http://{}:{}/market, FIX {}:{}", ready.host, ready.http_port, ready.host, ready.fix_port);

  const bool asked = wait_for_stop(service);
  std::filesystem::remove(data + "/ready.json");
  spdlog::info("{}", asked ? "stopping: draining" : "stopping after a fault");
  const bool clean = service.drain();
  spdlog::info("{}", clean ? "stopped; nothing is pending" : "stopped; everything acknowledged is in the log");
  return asked && clean ? 0 : 1;
}

}  // namespace

int run_serve(int argc, char** argv) {
  CLI::App app("Runs the exchange: engine, gateway, settlement books and registry store in one process.", "pace serve");
  std::string data = "var", config_file, ready_file, clock;
  std::vector<std::string> overrides;
  app.add_option("--data", data, "data directory, made by pace init")->capture_default_str();
  app.add_option("--config", config_file, "configuration (config/pace.toml says every key); default: the defaults");
  app.add_option("--ready-file", ready_file,
                 "written when every port listens: {host, http, https, fix, fix_tls, pid}; also DATA/ready.json");
  app.add_option("--clock", clock, "real or simulated: short for --set clock.kind=…");
  app.add_option("--set", overrides, "one key of the configuration, for example --set http.port=0")->take_all();
  app.footer(config_help());
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (!clock.empty()) overrides.push_back("clock.kind=" + clock);
  try {
    const Config config = load_config(config_file, overrides);
    set_up_logging(config.log_level, config.log_json);
    return serve(config, data, ready_file);
  } catch (const ConfigError& error) {
    std::fprintf(stderr, "pace serve: %s\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "pace serve: %s\n", error.what());
    return 1;
  }
}

}  // namespace pace::tool
