#include <doctest/doctest.h>

#include "engine/base/sha256.h"
#include "engine/journal/format.h"
#include "tests/engine/journal/log_kit.h"
#include "tests/engine/journal/simulated_disk.h"
#include "tests/golden.h"

using namespace pace;
using namespace pace::test;

// FORMAT.md describes these very bytes. A change here is a new format version, with a migration.

TEST_CASE("golden: a segment of two batches") {
  SimulatedDisk disk;
  {
    LogWriter writer(disk, small_log(), end_of(disk));
    write_batch(writer, 2);
    write_batch(writer, 1);
  }
  Bytes bytes = disk.content(log_directory + "/" + segment_name(Sequence(1)));
  CHECK(bytes.size() == 8192);
  const auto records = bytes.begin() + records_offset;
  CHECK(std::all_of(bytes.begin() + segment_header_bytes, records, [](std::uint8_t byte) { return byte == 0; }));
  Bytes shown(bytes.begin(), bytes.begin() + segment_header_bytes);
  shown.insert(shown.end(), records, records + static_cast<std::ptrdiff_t>(end_of(disk).offset - records_offset));
  check_golden("segment.hex", to_hex_lines(shown));
}

TEST_CASE("golden: a snapshot's header") {
  const Bytes state{1, 2, 3};
  const SnapshotHeaderBytes bytes = encode(SnapshotHeader{.version = snapshot_format_version,
                                                          .sequence = Sequence(0x1122334455667788),
                                                          .time = Timestamp(1'790'000'000'000'000'000),
                                                          .length = state.size(),
                                                          .digest = sha256(state)});
  check_golden("snapshot_header.hex", to_hex_lines(bytes));
}
