// pace: the one binary. Picks the subcommand; each lives in a file of its own.
#include <cstdio>
#include <cstring>
#include <exception>
#include <string_view>

#include "tools/pace/commands.h"

namespace {

struct Subcommand {
  std::string_view name, what;
  int (*run)(int, char**);
};

using namespace pace::tool;  // NOLINT(google-build-using-namespace): the table below is all there is here

constexpr Subcommand subcommands[] = {
    {"init", "prepare a data directory: keys, credentials, format version", run_init},
    {"serve", "run the exchange: engine, gateway, books, registry store", run_serve},
    {"admin", "operator, registry and authority actions on a running exchange", run_admin},
    {"load", "generate or load population, entrustments, bank statements, emission records", run_load},
    {"replay", "replay the log and print the state digest", run_replay},
    {"verify", "check every segment, snapshot and event of a data directory", run_verify},
    {"audit", "export, verify and prove for the regulator", run_audit},
    {"rules", "the rulebook's allocation and compliance as calculators on CSV files", run_rules},
    {"client", "a FIX client for trying out and for the main job", run_client},
    {"bench", "measure: book", run_bench},
};

void usage(std::FILE* to) {
  std::fputs("pace: the Personal Allowance Carbon Exchange\n\nusage: pace SUBCOMMAND [--help] …\n\n", to);
  for (const Subcommand& s : subcommands)
    std::fprintf(to, "  %-8.*s %.*s\n", static_cast<int>(s.name.size()), s.name.data(), static_cast<int>(s.what.size()),
                 s.what.data());
  std::fputs("\nExit status: 0 done, 1 the answer is no or it failed, 2 wrong usage.\n", to);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    usage(stderr);
    return 2;
  }
  const std::string_view word = argv[1];
  if (word == "--help" || word == "-h" || word == "help") {
    usage(stdout);
    return 0;
  }
  for (const Subcommand& s : subcommands) {
    if (s.name != word) continue;
    try {
      return s.run(argc - 1, argv + 1);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "pace %s: %s\n", argv[1], error.what());
      return 1;
    }
  }
  std::fprintf(stderr, "pace: unknown subcommand %s\n", argv[1]);
  usage(stderr);
  return 2;
}
