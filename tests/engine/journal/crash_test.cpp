#include <doctest/doctest.h>

#include <optional>

#include "tests/engine/journal/log_kit.h"
#include "tests/engine/journal/simulated_disk.h"

using namespace pace;
using namespace pace::test;

namespace {

// What a writer's life looks like: starts, batches of many sizes, a segment made ahead now and then. Returns the last
// sequence that was acknowledged when the power went, or nothing when it never did.
struct Life {
  Sequence acknowledged;
  Sequence written;
  bool cut = false;
};

Life live(SimulatedDisk& disk, bool zero_ahead) {
  Life life;
  try {
    for (int start = 0; start < 2; ++start) {
      LogWriter writer(disk, small_log(8192, zero_ahead), end_of(disk));
      life.acknowledged = life.written = writer.last();
      for (std::uint64_t i = 0; i < 12; ++i) {
        if (i % 4 == 1) writer.prepare();
        LogBatch batch = batch_behind(writer.last(), i * 5 % 23 + 1);
        life.written = batch.last();
        writer.append(batch);
        writer.sync();
        life.acknowledged = writer.last();
      }
    }
  } catch (const PowerCut&) {
    life.cut = true;
  }
  return life;
}

void check_found(SimulatedDisk& disk, const Life& life) {
  const ReadBack log = read_back(disk);
  REQUIRE(log.all_as_written);
  REQUIRE(log.end.last >= life.acknowledged);
  REQUIRE(log.end.last <= life.written);
}

void crash_everywhere(bool zero_ahead) {
  std::uint64_t crashes = 0;
  for (std::uint64_t at = 1;; ++at) {
    SimulatedDisk disk;
    disk.cut_power_at(at);
    const Life life = live(disk, zero_ahead);
    if (!life.cut) break;
    ++crashes;
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      CAPTURE(at);
      CAPTURE(seed);
      const auto found = disk.after_power_cut(seed);
      check_found(*found, life);
      const Sequence kept = end_of(*found).last;
      // Power goes again while the tail is being cut, and comes back: nothing changes.
      found->cut_power_at(seed + 1);
      try {
        const LogWriter again(*found, small_log(8192, zero_ahead), end_of(*found));
      } catch (const PowerCut&) {
      }
      const auto second = found->after_power_cut(seed * 7 + 1);
      check_found(*second, {kept, life.written, true});
      // The next life builds on what was found.
      const Life next_life = live(*second, zero_ahead);
      REQUIRE(!next_life.cut);
      REQUIRE(next_life.acknowledged > kept);
      check_found(*second, next_life);
    }
  }
  CHECK(crashes > 60);
}

}  // namespace

TEST_CASE("power cut: at every change, every acknowledged record is found, once") {
  crash_everywhere(true);
}

TEST_CASE("power cut: the same for a log that grows") {
  crash_everywhere(false);
}

TEST_CASE("power cut: without a sync nothing need be left") {
  SimulatedDisk disk;
  LogWriter writer(disk, small_log(), end_of(disk));
  write_batch(writer, 3);
  LogBatch batch = batch_behind(writer.last(), 20);
  writer.append(batch);
  bool lost = false, kept = false;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const auto found = disk.after_power_cut(seed);
    const Sequence last = end_of(*found).last;
    REQUIRE(last >= Sequence(3));
    lost = lost || last == Sequence(3);
    kept = kept || last == Sequence(23);
  }
  CHECK(lost);
  CHECK(kept);
}
