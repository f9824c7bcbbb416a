#include <doctest/doctest.h>

#include <algorithm>

#include "engine/journal/posix_disk.h"
#include "tests/engine/journal/log_kit.h"
#include "tests/engine/journal/simulated_disk.h"

using namespace pace;
using namespace pace::test;

namespace {

constexpr const char* first_segment = "/data/log/journal/00000000000000000001.seg";

void write_log(SimulatedDisk& disk, std::initializer_list<std::uint64_t> batches,
               std::uint64_t segment_bytes = 64 * 1024) {
  LogWriter writer(disk, small_log(segment_bytes), end_of(disk));
  for (const std::uint64_t records : batches) write_batch(writer, records);
}

std::uint64_t offset_of(SimulatedDisk& disk, std::uint64_t sequence) {
  const ReadBack log = read_back(disk);
  return log.records.at(static_cast<std::size_t>(sequence) - 1).offset;
}

void flip(SimulatedDisk& disk, const std::string& path, std::uint64_t offset) {
  Bytes bytes = disk.content(path);
  bytes.at(static_cast<std::size_t>(offset)) ^= 0x20;
  disk.put(path, bytes);
}

}  // namespace

TEST_CASE("log: what was appended is read back, over many segments") {
  SimulatedDisk disk;
  {
    LogWriter writer(disk, small_log(), end_of(disk));
    for (std::uint64_t i = 0; i < 60; ++i) {
      write_batch(writer, i % 9 + 1);
      if (i % 3 == 0) writer.prepare();
    }
  }
  const ReadBack log = read_back(disk);
  CHECK(log.records.size() == 291);
  CHECK(log.all_as_written);
  CHECK(log.end.last == Sequence(291));
  CHECK(log.end.torn == 0);
  const auto names = disk.names(log_directory);
  CHECK(std::count_if(names.begin(), names.end(),
                      [](const auto& name) { return parse_segment_name(name).has_value(); }) > 5);
}

TEST_CASE("log: a reader starts at any sequence") {
  SimulatedDisk disk;
  write_log(disk, {5, 40, 40, 15}, 8192);
  for (std::uint64_t from = 1; from <= 100; ++from) {
    const ReadBack log = read_back(disk, Sequence(from));
    REQUIRE(log.records.size() == 101 - from);
    REQUIRE(log.all_as_written);
  }
  CHECK(read_back(disk, Sequence(101)).records.empty());
}

TEST_CASE("log: a second writer continues the chain under a new epoch") {
  SimulatedDisk disk;
  write_log(disk, {3});
  const LogEnd before = end_of(disk);
  write_log(disk, {4});
  const ReadBack log = read_back(disk);
  CHECK(log.all_as_written);
  CHECK(log.records.size() == 7);
  CHECK(before.epoch == 1);
  CHECK(log.end.epoch == 2);
}

// Found by log_fuzz: the sequence before it wrapped around.
TEST_CASE("log: there is no segment of sequence 0") {
  SimulatedDisk disk;
  write_log(disk, {3});
  const SegmentHeaderBytes header = encode(SegmentHeader{.kind = LogKind::journal});
  disk.put(log_directory + "/" + segment_name(Sequence(0)), Bytes(header.begin(), header.end()));
  CHECK_FALSE(parse_segment_name(segment_name(Sequence(0))));
  CHECK(read_back(disk).all_as_written);
  CHECK(end_of(disk).last == Sequence(3));
}

// Found by log_fuzz: the epoch wrapped around, and what was written behind was read as a torn tail.
TEST_CASE("log: a writer refuses to go on behind the last epoch there is") {
  SimulatedDisk disk;
  write_log(disk, {3});
  LogEnd end = end_of(disk);
  end.epoch = UINT32_MAX;
  CHECK_THROWS_AS(LogWriter(disk, small_log(), end), Refused);
}

TEST_CASE("log: a batch larger than a segment gets a segment of its own") {
  SimulatedDisk disk;
  write_log(disk, {2, 200, 2}, 8192);
  CHECK(read_back(disk).all_as_written);
  CHECK(disk.content("/data/log/journal/00000000000000000003.seg").size() > 8192);
}

TEST_CASE("log: a log without zeros ahead grows, and continues") {
  SimulatedDisk disk;
  for (int start = 0; start < 3; ++start) {
    LogWriter writer(disk, small_log(8192, false), end_of(disk));
    write_batch(writer, 30);
  }
  CHECK(read_back(disk).records.size() == 90);
  CHECK(read_back(disk).all_as_written);
}

TEST_CASE("log: a reader that reached the end sees what is appended later") {
  SimulatedDisk disk;
  LogReader reader(disk, log_directory, LogKind::journal, Sequence(1));
  CHECK(reader.next() == nullptr);
  LogWriter writer(disk, small_log(), end_of(disk));
  std::uint64_t seen = 0;
  for (int i = 0; i < 30; ++i) {
    write_batch(writer, 7);
    while (const LogRecord* record = reader.next()) REQUIRE(record->sequence == Sequence(++seen));
    REQUIRE(seen == writer.last().raw());
  }
}

TEST_CASE("log: a torn last batch is cut, reported, and written over") {
  SimulatedDisk disk;
  write_log(disk, {10, 5});
  const std::uint64_t torn_at = offset_of(disk, 13);
  flip(disk, first_segment, torn_at + 40);
  const LogEnd end = end_of(disk);  // 14 and 15 are good, but of the same batch as 13
  CHECK(end.last == Sequence(12));
  CHECK(end.offset == torn_at);
  CHECK(end.torn > 0);
  write_log(disk, {3});
  const ReadBack log = read_back(disk);
  CHECK(log.records.size() == 15);
  CHECK(log.all_as_written);
  CHECK(log.end.torn == 0);
}

TEST_CASE("log: damage before a later batch stops with file and offset") {
  SimulatedDisk disk;
  write_log(disk, {10, 5, 1});
  const std::uint64_t offset = offset_of(disk, 13);
  flip(disk, first_segment, offset + 40);
  try {
    read_back(disk);
    FAIL("the damage was not seen");
  } catch (const Damage& damage) {
    CHECK(damage.path() == first_segment);
    CHECK(damage.offset() == offset);
    const std::string text = damage.what();
    CHECK(text.find("record 13 does not fit its checksum, yet a good record of a later batch stands behind it") !=
          std::string::npos);
  }
}

TEST_CASE("log: any flipped bit of a durable record before the last batch is found") {
  SimulatedDisk disk;
  write_log(disk, {2, 1, 1});
  const std::uint64_t from = offset_of(disk, 1), to = offset_of(disk, 4);
  const Bytes good = disk.content(first_segment);
  for (std::uint64_t at = from; at < to; ++at) {
    Bytes bad = good;
    bad.at(static_cast<std::size_t>(at)) ^= static_cast<std::uint8_t>(1u << (at % 8));
    disk.put(first_segment, bad);
    REQUIRE_THROWS_AS(read_back(disk), Damage);
  }
}

TEST_CASE("log: zeros over a durable batch are damage, not an end") {
  SimulatedDisk disk;
  write_log(disk, {4, 4, 4});
  const auto from = static_cast<std::ptrdiff_t>(offset_of(disk, 5)),
             to = static_cast<std::ptrdiff_t>(offset_of(disk, 9));
  Bytes bytes = disk.content(first_segment);
  std::fill(bytes.begin() + from, bytes.begin() + to, std::uint8_t{0});
  disk.put(first_segment, bytes);
  CHECK_THROWS_AS(read_back(disk), Damage);
}

TEST_CASE("log: a missing, foreign or cut segment is damage") {
  SimulatedDisk disk;
  write_log(disk, {40, 40, 40, 40}, 8192);
  std::vector<std::string> paths;
  for (const std::string& name : disk.names(log_directory))
    if (parse_segment_name(name)) paths.push_back(log_directory + "/" + name);
  REQUIRE(paths.size() >= 3);
  SUBCASE("the first is missing") {
    disk.remove(paths[0]);
  }
  SUBCASE("one between is missing") {
    disk.remove(paths[1]);
  }
  SUBCASE("one between is cut") {
    Bytes bytes = disk.content(paths[1]);
    bytes.resize(bytes.size() / 2);
    disk.put(paths[1], bytes);
  }
  SUBCASE("one stands under another's name") {
    disk.put(paths[2], disk.content(paths[1]));
  }
  SUBCASE("one belongs to another log of the same length") {
    SimulatedDisk other;
    LogWriter writer(other, {log_directory, LogKind::journal, 8192, true}, LogEnd{.epoch = 7});
    for (int i = 0; i < 4; ++i) write_batch(writer, 40);
    disk.put(paths[1], other.content(paths[1]));
  }
  SUBCASE("a header is damaged") {
    flip(disk, paths[1], 20);
  }
  CHECK_THROWS_AS(read_back(disk), Damage);
}

TEST_CASE("log: a newer format is refused by name") {
  SimulatedDisk disk;
  write_log(disk, {3});
  Bytes bytes = disk.content(first_segment);
  bytes[8] = 2;
  disk.put(first_segment, bytes);
  try {
    read_back(disk);
    FAIL("read a newer format");
  } catch (const Refused& refused) {
    CHECK(std::string(refused.what()) ==
          std::string(first_segment) + " is in format 2, written by a newer PACE; this one reads up to format 1");
  }
}

TEST_CASE("log: events are not taken for a journal") {
  SimulatedDisk disk;
  write_log(disk, {3});
  CHECK_THROWS_AS(read_back(disk, Sequence(1), LogKind::events), Damage);
}

TEST_CASE("log: a full disk says so, keeps what was durable, and goes on after space is freed") {
  SimulatedDisk disk;
  disk.set_capacity(20'000);  // two segments of 8 KiB, not three
  Sequence durable;
  {
    LogWriter writer(disk, small_log(), end_of(disk));
    std::string text;
    try {
      for (;;) durable = write_batch(writer, 10);
    } catch (const DiskFault& fault) {
      text = fault.what();
    }
    CHECK(text.starts_with("disk full: could not write to /data/log/journal/"));
    CHECK(text.ends_with("free space and start again"));
    LogBatch more = batch_behind(durable, 1);
    CHECK_THROWS_AS(writer.append(more), Refused);
  }
  CHECK(end_of(disk).last == durable);
  disk.set_capacity(UINT64_MAX);
  write_log(disk, {50}, 8192);
  CHECK(read_back(disk).records.size() == durable.raw() + 50);
  CHECK(read_back(disk).all_as_written);
}

TEST_CASE("log: a full disk does not stop a writer that only prepares") {
  SimulatedDisk disk;
  LogWriter writer(disk, small_log(), end_of(disk));
  write_batch(writer, 1);
  disk.set_capacity(9000);
  CHECK_THROWS_AS(writer.prepare(), DiskFault);
  CHECK(!writer.wants_prepare());
  CHECK(!disk.exists(log_directory + "/spare.new"));
  CHECK(write_batch(writer, 5) == Sequence(6));
}

TEST_CASE("log: after a failed sync nothing more is taken") {
  SimulatedDisk disk;
  LogWriter writer(disk, small_log(), end_of(disk));
  write_batch(writer, 1);
  disk.fail_sync(log_directory);
  LogBatch batch = batch_behind(writer.last(), 1);
  writer.append(batch);
  CHECK_THROWS_AS(writer.sync(), DiskFault);
  CHECK_THROWS_AS(writer.sync(), Refused);
  LogBatch more = batch_behind(writer.last(), 1);
  CHECK_THROWS_AS(writer.append(more), Refused);
}
