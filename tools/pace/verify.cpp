// pace verify: trusts nothing in a data directory. Every segment, record and link of the journal, every entry of the
// event log and every snapshot against a replay from the first record. The exchange must be stopped (or look at a
// copy).
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "engine/journal/posix_disk.h"
#include "engine/message/json.h"
#include "engine/sequencer/verification.h"
#include "tools/pace/commands.h"

namespace pace::tool {
namespace {

void print_json(const Verified& verified) {
  std::string out = "{\"good\":true,\"sequence\":" + std::to_string(verified.sequence.raw()) + ",\"digest\":";
  json_hex(out, verified.digest);
  out += ",\"entries\":" + std::to_string(verified.entries) + ",\"snapshots\":" + std::to_string(verified.snapshots) +
         ",\"notes\":[";
  for (std::size_t i = 0; i < verified.notes.size(); ++i) {
    if (i != 0) out += ',';
    json_escape(out, verified.notes[i]);
  }
  std::printf("%s]}\n", out.c_str());
}

void print_text(const Verified& verified) {
  std::string digest;
  json_hex(digest, verified.digest);
  std::printf("good: %llu commands, %llu entries and %llu snapshots agree\ndigest %s\n",
              static_cast<unsigned long long>(verified.sequence.raw()),
              static_cast<unsigned long long>(verified.entries), static_cast<unsigned long long>(verified.snapshots),
              digest.substr(1, digest.size() - 2).c_str());
  for (const std::string& note : verified.notes) std::printf("note: %s\n", note.c_str());
}

int report_damage(const Damage& damage, bool json) {
  std::fprintf(stderr, "pace verify: %s\n", damage.what());
  if (!json) return 1;
  std::string out = "{\"good\":false,\"file\":";
  json_escape(out, damage.path());
  out += ",\"offset\":" + std::to_string(damage.offset()) + ",\"what\":";
  json_escape(out, damage.what());
  std::printf("%s}\n", out.c_str());
  return 1;
}

}  // namespace

int run_verify(int argc, char** argv) {
  CLI::App app(
      "Checks a stopped exchange's data directory: every journal segment and record, the event log and the snapshots "
      "against a replay.\nExit status 1 names file and offset of the first damage.",
      "pace verify");
  std::string data = "var";
  bool json = false;
  app.add_option("--data", data, "data directory")->capture_default_str();
  app.add_flag("--json", json, "one line of JSON");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const bool shows_progress = ::isatty(STDERR_FILENO) != 0;
  try {
    PosixDisk disk;
    const DataDirectory directory = DataDirectory::look(disk, data);
    const Verified verified = verify(disk, directory, [&](Sequence sequence) {
      if (shows_progress)
        std::fprintf(stderr, "\rchecked to sequence %llu ", static_cast<unsigned long long>(sequence.raw()));
    });
    if (shows_progress) std::fputc('\r', stderr);
    if (json) {
      print_json(verified);
    } else {
      print_text(verified);
    }
    return 0;
  } catch (const Damage& damage) {
    return report_damage(damage, json);
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "pace verify: %s\n", fault.what());
    return 1;
  }
}

}  // namespace pace::tool
