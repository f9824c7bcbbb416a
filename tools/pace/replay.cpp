// pace replay: what the log says, from its first record, by a state machine that has seen nothing else. May run beside
// the exchange: it reads up to the last complete record and takes no lock.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <string>

#include "engine/journal/posix_disk.h"
#include "engine/journal/snapshots.h"
#include "engine/message/json.h"
#include "engine/sequencer/replay.h"
#include "engine/sequencer/verification.h"
#include "tools/pace/commands.h"

namespace pace::tool {
namespace {

constexpr std::uint64_t progress_every = 1 << 18;

struct ReplayOptions {
  std::string data = "var";
  bool json = false;
  bool from_snapshot = false;
  std::uint64_t to = 0;
};

// The newest snapshot at or before `to` (0: any) that loads; the state stays empty without one.
void load_snapshot(Disk& disk, const DataDirectory& directory, std::uint64_t to, Exchange& exchange) {
  const Snapshots snapshots(disk, directory.paths().snapshots);
  for (const Sequence sequence : snapshots.list()) {
    if (to != 0 && sequence.raw() > to) continue;
    try {
      if (exchange.load(snapshots.load(sequence).state)) return;
      exchange = Exchange(capacity_of(directory.settings()));
    } catch (const Damage& damage) {
      std::fprintf(stderr, "pace replay: snapshot passed over: %s\n", damage.what());
    }
  }
}

std::uint64_t run_log(Disk& disk, const DataDirectory& directory, std::uint64_t to, Exchange& exchange) {
  const bool shows_progress = ::isatty(STDERR_FILENO) != 0;
  Replay replay(disk, directory.paths().journal, exchange);
  while ((to == 0 || exchange.last_sequence().raw() < to) && replay.step_state()) {
    if (shows_progress && replay.commands() % progress_every == 0)
      std::fprintf(stderr, "\rreplayed to sequence %llu",
                   static_cast<unsigned long long>(exchange.last_sequence().raw()));
  }
  if (shows_progress && replay.commands() >= progress_every) std::fputc('\n', stderr);
  const bool at_end = to == 0 || exchange.last_sequence().raw() < to;
  if (at_end && replay.end().torn != 0)
    std::fprintf(stderr, "pace replay: %s at offset %llu: an unfinished batch is left out\n",
                 replay.end().segment.c_str(), static_cast<unsigned long long>(replay.end().offset));
  return replay.commands();
}

void print(const ReplayOptions& options, const Exchange& exchange, std::uint64_t commands, double seconds) {
  std::string digest;
  const auto bytes = state_digest(exchange);
  json_hex(digest, bytes);
  const auto sequence = static_cast<unsigned long long>(exchange.last_sequence().raw());
  const auto count = static_cast<unsigned long long>(commands);
  if (options.json) {
    std::printf("{\"sequence\":%llu,\"digest\":%s,\"commands\":%llu,\"seconds\":%.3f}\n", sequence, digest.c_str(),
                count, seconds);
  } else {
    std::printf("sequence %llu\ndigest   %s\ncommands %llu\nseconds  %.3f\n", sequence,
                digest.substr(1, digest.size() - 2).c_str(), count, seconds);
  }
}

}  // namespace

int run_replay(int argc, char** argv) {
  CLI::App app(
      "Replays the log of an exchange from its first record and prints the state's digest.\nMay run beside the "
      "exchange: it reads up to the last complete record.",
      "pace replay");
  ReplayOptions options;
  app.add_option("--data", options.data, "data directory")->capture_default_str();
  app.add_flag("--json", options.json, "one line of JSON: sequence, digest, commands, seconds");
  app.add_option("--to", options.to, "stop after this sequence number; must be in the log")->check(CLI::PositiveNumber);
  app.add_flag("--from-snapshot", options.from_snapshot,
               "begin with the newest good snapshot: shorter, but no longer proof by the log alone");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    PosixDisk disk;
    const DataDirectory directory = DataDirectory::glance(disk, options.data);
    Exchange exchange(capacity_of(directory.settings()));
    const auto start = std::chrono::steady_clock::now();
    if (options.from_snapshot) load_snapshot(disk, directory, options.to, exchange);
    const std::uint64_t commands = run_log(disk, directory, options.to, exchange);
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    print(options, exchange, commands, taken.count());
    if (options.to <= exchange.last_sequence().raw()) return 0;
    std::fprintf(stderr, "pace replay: the log ends before sequence %llu\n",
                 static_cast<unsigned long long>(options.to));
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "pace replay: %s\n", fault.what());
  }
  return 1;
}

}  // namespace pace::tool
