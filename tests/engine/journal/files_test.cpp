#include <doctest/doctest.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "engine/base/sha256.h"
#include "engine/journal/crc32c.h"
#include "engine/journal/data_directory.h"
#include "engine/journal/posix_disk.h"
#include "engine/journal/snapshots.h"
#include "tests/engine/journal/simulated_disk.h"
#include "tests/temporary_directory.h"

using namespace pace;
using namespace pace::test;

namespace {

BytesView view(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// A state given in small pieces.
Snapshots::Source source(BytesView state) {
  return [left = Bytes(state.begin(), state.end())](std::span<std::uint8_t> into) mutable {
    const std::size_t n = std::min({left.size(), into.size(), std::size_t{700}});
    std::copy_n(left.begin(), n, into.begin());
    left.erase(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(n));
    return n;
  };
}

constexpr DataSettings settings{true, 1000, 100, 10, 5000};

std::string refusal(const std::function<void()>& attempt) {
  try {
    attempt();
  } catch (const Refused& refused) {
    return refused.what();
  }
  return "";
}

}  // namespace

TEST_CASE("crc32c: known answers of RFC 3720, and the same by table") {
  CHECK(crc32c(view("123456789")) == 0xe3069283u);
  CHECK(crc32c(Bytes(32, 0)) == 0x8a9136aau);
  CHECK(crc32c(Bytes(32, 0xff)) == 0x62a8ab43u);
  CHECK(crc32c({}) == 0);
}

TEST_CASE("crc32c: table and instruction agree at every length, start and continuation") {
  Bytes bytes(300);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * i + 13 * i);
  for (std::size_t from = 0; from < 9; ++from)
    for (std::size_t n = 0; from + n <= bytes.size(); ++n) {
      const BytesView part = BytesView(bytes).subspan(from, n);
      REQUIRE(crc32c(part) == crc32c_portable(part));
      const std::size_t half = n / 2;
      REQUIRE(crc32c(part.subspan(half), crc32c(part.first(half))) == crc32c(part));
    }
}

TEST_CASE("snapshot: written whole, read back, the newest two kept") {
  SimulatedDisk disk;
  Snapshots snapshots(disk, "/data/snapshots");
  for (std::uint64_t n = 1; n <= 4; ++n) {
    const Bytes state(static_cast<std::size_t>(n * 1000), static_cast<std::uint8_t>(n));
    snapshots.write(Sequence(n * 10), Timestamp(static_cast<std::int64_t>(n)), source(state));
    const Snapshot read = snapshots.load(Sequence(n * 10));
    CHECK(read.state == state);
    CHECK(read.header.time == Timestamp(static_cast<std::int64_t>(n)));
    CHECK(read.header.digest == sha256(state));
  }
  CHECK(snapshots.list() == std::vector{Sequence(40), Sequence(30)});
}

TEST_CASE("snapshot: a power cut at any change leaves the old ones good and the new one whole or absent") {
  for (std::uint64_t at = 1;; ++at) {
    SimulatedDisk disk;
    Snapshots snapshots(disk, "/data/snapshots");
    for (std::uint64_t n = 1; n <= 2; ++n) snapshots.write(Sequence(n), Timestamp(1), source(Bytes(3000, 7)));
    disk.cut_power_at(at);
    bool done = false;
    try {
      snapshots.write(Sequence(3), Timestamp(1), source(Bytes(5000, 9)));
      done = true;
    } catch (const PowerCut&) {
    }
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
      const auto found = disk.after_power_cut(seed);
      const Snapshots after(*found, "/data/snapshots");
      const std::vector<Sequence> all = after.list();
      REQUIRE(all.size() >= 2);
      for (const Sequence sequence : all) REQUIRE_NOTHROW(static_cast<void>(after.load(sequence)));
    }
    if (done) break;
  }
}

TEST_CASE("snapshot: every flipped byte is found") {
  SimulatedDisk disk;
  Snapshots snapshots(disk, "/data/snapshots");
  snapshots.write(Sequence(5), Timestamp(1), source(view("the state of an exchange")));
  const std::string path = snapshots.path(Sequence(5));
  const Bytes good = disk.content(path);
  for (std::size_t at = 0; at < good.size(); ++at) {
    Bytes bad = good;
    bad[at] ^= 0x11;
    disk.put(path, bad);
    bool found = false;
    try {
      static_cast<void>(snapshots.load(Sequence(5)));
    } catch (const Damage&) {
      found = true;
    } catch (const Refused&) {
      found = at >= 8 && at < 12;  // the version's bytes: now a newer one
    }
    REQUIRE(found);
  }
}

TEST_CASE("snapshot: a full disk leaves no half file behind") {
  SimulatedDisk disk;
  Snapshots snapshots(disk, "/data/snapshots");
  disk.set_capacity(1000);
  CHECK_THROWS_AS(snapshots.write(Sequence(5), Timestamp(1), source(Bytes(5000))), DiskFault);
  CHECK(disk.names("/data/snapshots").empty());
}

TEST_CASE("data directory: made once, opened again with the same settings only") {
  SimulatedDisk disk;
  { const auto directory = DataDirectory::open(disk, "/data", settings); }
  { CHECK_NOTHROW(static_cast<void>(DataDirectory::open(disk, "/data", settings))); }
  CHECK(DataDirectory::look(disk, "/data").settings() == settings);
  DataSettings other = settings;
  other.accounts = 2000;
  const std::string text = refusal([&] { static_cast<void>(DataDirectory::open(disk, "/data", other)); });
  CHECK(text.find("was made with other settings") != std::string::npos);
  CHECK(text.find("accounts 1000") != std::string::npos);
  CHECK(text.find("accounts 2000") != std::string::npos);
}

TEST_CASE("data directory: a newer one is refused, naming both versions") {
  SimulatedDisk disk;
  { const auto directory = DataDirectory::open(disk, "/data", settings); }
  const std::string text = "pace 9.1.0\nformat 2\n";
  disk.put("/data/VERSION", Bytes(text.begin(), text.end()));
  const std::string said = refusal([&] { static_cast<void>(DataDirectory::open(disk, "/data", settings)); });
  CHECK(said.find("was written by PACE 9.1.0 (format 2); this is PACE ") != std::string::npos);
}

TEST_CASE("data directory: a VERSION file that is none is damage; a journal without one is refused") {
  SimulatedDisk disk;
  { const auto directory = DataDirectory::open(disk, "/data", settings); }
  const std::string text = "format one\n";
  disk.put("/data/VERSION", Bytes(text.begin(), text.end()));
  CHECK_THROWS_AS(static_cast<void>(DataDirectory::open(disk, "/data", settings)), Damage);
  disk.remove("/data/VERSION");
  disk.put("/data/log/journal/00000000000000000001.seg", Bytes(10));
  CHECK(refusal([&] { static_cast<void>(DataDirectory::open(disk, "/data", settings)); }).find("no VERSION file") !=
        std::string::npos);
}

TEST_CASE("data directory: a second process is refused, and told who holds it") {
  const TemporaryDirectory scratch;
  PosixDisk disk;
  const auto held = DataDirectory::open(disk, scratch.path() / "exchange", settings);
  const pid_t child = ::fork();
  if (child == 0) {
    const std::string expected = "data directory in use: process " + std::to_string(::getppid()) + " holds ";
    const bool writer = refusal([&] {
                          static_cast<void>(DataDirectory::open(disk, held.paths().data, settings));
                        }).starts_with(expected);
    const bool reader =
        refusal([&] { static_cast<void>(DataDirectory::look(disk, held.paths().data)); }).starts_with(expected);
    ::_exit(writer && reader ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK_NOTHROW(static_cast<void>(DataDirectory::glance(disk, held.paths().data)));
}

TEST_CASE("disk fault: the text says what to do") {
  CHECK(std::string(DiskFault("write to", "/x", ENOSPC).what()) ==
        "disk full: could not write to /x (No space left on device); free space and start again");
  CHECK(std::string(DiskFault("create", "/x", EROFS).what()) ==
        "not writable: could not create /x (Read-only file system); check the mount and who owns the directory");
  CHECK(std::string(DiskFault("sync", "/x", EIO).what()) == "disk: could not sync /x (Input/output error)");
}

TEST_CASE("posix disk: files, names and errors") {
  const TemporaryDirectory scratch;
  PosixDisk disk;
  disk.make_directory(scratch.path() / "a/b");
  CHECK(disk.names(scratch.path() / "none").empty());
  write_whole(disk, scratch.path() / "a/b", "file", view("content"));
  CHECK(disk.names(scratch.path() / "a/b") == std::vector<std::string>{"file"});
  const Bytes read = read_whole(disk, scratch.path() / "a/b/file");
  CHECK(std::string(read.begin(), read.end()) == "content");
  const auto file = disk.open(scratch.path() / "a/b/file", Disk::Open::read_write);
  file->write_at(9, view("more"));
  CHECK(file->size() == 13);
  file->truncate(3);
  Bytes rest(10);
  CHECK(file->read_at(1, rest) == 2);
  CHECK_THROWS_AS(static_cast<void>(disk.open(scratch.path() / "none", Disk::Open::read)), DiskFault);
  CHECK_THROWS_AS(disk.rename(scratch.path() / "none", scratch.path() / "other"), DiskFault);
}
