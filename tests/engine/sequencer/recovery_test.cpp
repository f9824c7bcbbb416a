#include <doctest/doctest.h>

#include "engine/journal/data_directory.h"
#include "engine/journal/log_reader.h"
#include "engine/sequencer/local_log.h"
#include "engine/sequencer/verification.h"
#include "tests/engine/sequencer/sequencer_kit.h"
#include "tests/engine/sequencer/slow_disk.h"

using namespace pace;
using namespace pace::test;

namespace {

const std::string events_directory = "/data/log/events";
const std::string first_journal = "/data/log/journal/00000000000000000001.seg";

std::vector<std::string> paths(SimulatedDisk& disk, const std::string& directory, const std::string& ending) {
  std::vector<std::string> result;
  for (const std::string& name : disk.names(directory))
    if (name.ends_with(ending)) result.push_back(directory + "/" + name);
  return result;
}

// Runs `commands` commands and stops. Returns the digest.
Bytes32 run(SimulatedDisk& disk, int commands, const std::string& prefix, SequencerOptions options = small()) {
  Sequencer sequencer(options, disk);
  for (int i = 0; i < commands; ++i) settle(sequencer, request(prefix + std::to_string(i)));
  return digest(sequencer).digest;
}

Bytes32 digest_after_restart(SimulatedDisk& disk, std::vector<std::string>* notes = nullptr) {
  SequencerOptions options = small();
  if (notes != nullptr) options.on_note = [notes](const std::string& note) { notes->push_back(note); };
  Sequencer sequencer(options, disk);
  return digest(sequencer).digest;
}

Verified verify_now(SimulatedDisk& disk) {
  return verify(disk, DataDirectory::look(disk, "/data"), {});
}

void flip(SimulatedDisk& disk, const std::string& path, std::size_t offset) {
  Bytes bytes = disk.content(path);
  bytes.at(offset) ^= 0x04;
  disk.put(path, bytes);
}

}  // namespace

TEST_CASE("recovery: a clean stop and a start give the same state, with and without snapshots") {
  SimulatedDisk disk;
  const Bytes32 before = run(disk, 300, "a");
  CHECK(paths(disk, "/data/snapshots", ".snap").size() == 1);
  CHECK(digest_after_restart(disk) == before);
  for (const std::string& snapshot : paths(disk, "/data/snapshots", ".snap")) disk.remove(snapshot);
  CHECK(digest_after_restart(disk) == before);
  const Verified verified = verify_now(disk);
  CHECK(verified.sequence == Sequence(300));
  CHECK(verified.digest == before);
  CHECK(verified.entries == 300);
  CHECK(verified.notes.empty());
}

TEST_CASE("recovery: a start without new commands writes nothing new") {
  SimulatedDisk disk;
  run(disk, 10, "a");
  const auto before = paths(disk, "/data/snapshots", ".snap");
  digest_after_restart(disk);
  CHECK(paths(disk, "/data/snapshots", ".snap") == before);
}

TEST_CASE("recovery: power cuts at many changes lose no acknowledged command and double none") {
  SequencerOptions options = small();
  options.snapshot_every = 10;
  options.segment_bytes = 8192;
  std::uint64_t cuts = 0;
  for (std::uint64_t at = 1; at < 400; at += 3) {
    CAPTURE(at);
    SimulatedDisk disk;
    std::mutex mutex;
    std::map<Sequence, std::string> acknowledged;
    disk.cut_power_at(at);
    try {
      Sequencer sequencer(options, disk);
      std::atomic<int> answers{0};
      for (int i = 0; i < 60 && !sequencer.failed(); ++i) {
        const std::string id = "c" + std::to_string(i);
        static_cast<void>(sequencer.submit(request(id), [&, id](const Entry& entry) {
          const std::lock_guard lock(mutex);
          if (entry.outcome.accepted()) acknowledged[entry.sequence()] = id;
          ++answers;
        }));
        while (i % 3 == 2 && answers <= i && !sequencer.failed()) std::this_thread::yield();  // batches of about three
      }
      if (!sequencer.stop()) ++cuts;
    } catch (const PowerCut&) {
      ++cuts;  // while it started
    }
    const auto found = disk.after_power_cut(at);
    Bytes32 first_digest{};
    {
      Sequencer again(options, *found);
      const Sequence last = again.released();
      if (!acknowledged.empty()) REQUIRE(last >= acknowledged.rbegin()->first);
      std::map<std::string, int> times;
      for (const Entry& entry : entries(again, Sequence(0), last)) {
        const std::string id(entry.stamped.request.request_id.view());
        REQUIRE(++times[id] == 1);
        const auto known = acknowledged.find(entry.sequence());
        if (known != acknowledged.end()) REQUIRE(known->second == id);
      }
      settle(again, request("after"));
      first_digest = digest(again).digest;
    }
    REQUIRE(digest_after_restart(*found) == first_digest);
    REQUIRE(verify_now(*found).digest == first_digest);
  }
  CHECK(cuts > 20);
}

TEST_CASE("recovery: a torn journal tail is cut and noted") {
  SimulatedDisk disk;
  run(disk, 5, "a");
  for (const std::string& snapshot : paths(disk, "/data/snapshots", ".snap")) disk.remove(snapshot);
  for (const std::string& segment : paths(disk, events_directory, ".seg")) disk.remove(segment);
  LogReader reader(disk, "/data/log/journal", LogKind::journal, Sequence(1));
  std::uint64_t last_offset = 0;
  while (const LogRecord* record = reader.next()) last_offset = record->offset;
  flip(disk, first_journal, static_cast<std::size_t>(last_offset) + 40);
  std::vector<std::string> notes;
  digest_after_restart(disk, &notes);
  REQUIRE(notes.size() == 1);
  CHECK(notes[0].find("bytes of an unfinished batch are cut behind sequence 4") != std::string::npos);
  CHECK(verify_now(disk).sequence == Sequence(4));
}

TEST_CASE("recovery: damage in the journal stops the start with file and offset") {
  SimulatedDisk disk;
  run(disk, 20, "a");
  for (const std::string& snapshot : paths(disk, "/data/snapshots", ".snap")) disk.remove(snapshot);
  flip(disk, first_journal, 4096 + 50);
  try {
    digest_after_restart(disk);
    FAIL("started on a damaged journal");
  } catch (const Damage& damage) {
    CHECK(damage.path() == first_journal);
    CHECK(damage.offset() == 4096);
  }
  CHECK_THROWS_AS(verify_now(disk), Damage);
}

TEST_CASE("recovery: a journal shorter than what was released or kept in a snapshot stops the start") {
  SimulatedDisk disk;
  run(disk, 3, "a");
  Bytes bytes = disk.content(first_journal);
  std::fill(bytes.begin() + 4096, bytes.end(), std::uint8_t{0});
  disk.put(first_journal, bytes);
  const auto told = [&] {
    try {
      digest_after_restart(disk);
    } catch (const Damage& damage) {
      return std::string(damage.what());
    }
    return std::string();
  };
  CHECK(told().find("a snapshot holds sequence 3: acknowledged commands are missing") != std::string::npos);
  CHECK_THROWS_AS(verify_now(disk), Damage);
  for (const std::string& snapshot : paths(disk, "/data/snapshots", ".snap")) disk.remove(snapshot);
  CHECK(told().find("which had been released, but the journal ends with sequence 0") != std::string::npos);
  CHECK_THROWS_AS(verify_now(disk), Damage);
}

TEST_CASE("recovery: a damaged snapshot is passed over for the one before") {
  SimulatedDisk disk;
  run(disk, 50, "a");
  const Bytes32 before = run(disk, 50, "b");
  const auto snapshots = paths(disk, "/data/snapshots", ".snap");
  REQUIRE(snapshots.size() == 2);
  flip(disk, snapshots[1], 80);
  CHECK_THROWS_AS(verify_now(disk), Damage);
  std::vector<std::string> notes;
  CHECK(digest_after_restart(disk, &notes) == before);
  REQUIRE(notes.size() == 1);
  CHECK(notes[0].find("snapshot passed over") != std::string::npos);
}

TEST_CASE("recovery: a lost event log is written again, the same bytes") {
  SimulatedDisk disk;
  const Bytes32 before = run(disk, 200, "a");
  const auto segments = paths(disk, events_directory, ".seg");
  REQUIRE(segments.size() >= 2);
  const auto payloads = [&] {
    std::vector<Bytes> all;
    LogReader reader(disk, events_directory, LogKind::events, Sequence(1));
    while (const LogRecord* record = reader.next()) all.emplace_back(record->payload.begin(), record->payload.end());
    return all;
  };
  const std::vector<Bytes> written = payloads();
  REQUIRE(written.size() == 200);
  SUBCASE("all of it") {
    for (const std::string& segment : segments) disk.remove(segment);
  }
  SUBCASE("its beginning") {
    disk.remove(segments[0]);
  }
  SUBCASE("its end") {
    disk.remove(segments.back());
  }
  SUBCASE("a page in it") {
    flip(disk, segments.back(), 4096 + 20);
  }
  CHECK(digest_after_restart(disk) == before);
  // Its beginning is older than the snapshot that a start begins with: verify names it, and without snapshots the
  // journal gives it again.
  if (disk.names(events_directory).front() != segment_name(Sequence(1))) {
    CHECK_THROWS_AS(verify_now(disk), Damage);
    for (const std::string& snapshot : paths(disk, "/data/snapshots", ".snap")) disk.remove(snapshot);
    CHECK(digest_after_restart(disk) == before);
  }
  CHECK(payloads() == written);
  CHECK(verify_now(disk).entries == 200);
}

TEST_CASE("recovery: an entry that the journal does not replay to stops the start") {
  SimulatedDisk disk;
  run(disk, 20, "a");
  for (const std::string& snapshot : paths(disk, "/data/snapshots", ".snap")) disk.remove(snapshot);
  // The same event log with entry 11 forged, checksums and all.
  SimulatedDisk forged;
  {
    LogReader reader(disk, events_directory, LogKind::events, Sequence(1));
    LogWriter writer(forged, {events_directory, LogKind::events, 16 * 1024, false}, LogEnd{});
    LogBatch batch;
    while (const LogRecord* record = reader.next()) {
      Bytes payload(record->payload.begin(), record->payload.end());
      if (record->sequence == Sequence(11)) payload.back() ^= 1;
      batch.add(record->sequence, record->time, payload);
    }
    writer.append(batch);
  }
  for (const std::string& segment : paths(disk, events_directory, ".seg")) disk.remove(segment);
  for (const std::string& segment : paths(forged, events_directory, ".seg")) disk.put(segment, forged.content(segment));
  try {
    digest_after_restart(disk);
    FAIL("started on a forged event log");
  } catch (const Damage& damage) {
    CHECK(std::string(damage.what()).find("entry 11 differs from what the journal replays to") != std::string::npos);
  }
  CHECK_THROWS_AS(verify_now(disk), Damage);
}

TEST_CASE("fault: a full disk refuses everything, tells once, and loses nothing acknowledged") {
  SimulatedDisk disk;
  SequencerOptions options = small();
  std::vector<std::string> faults;
  options.on_fault = [&](const std::string& text) { faults.push_back(text); };
  Answers answers;
  std::uint64_t taken = 0;
  {
    Sequencer sequencer(options, disk);
    settle(sequencer, request("first"));
    disk.set_capacity(0);
    for (int i = 0;; ++i) {
      const Reject reject = sequencer.submit(request("r" + std::to_string(i)), answers.taker());
      if (reject == Reject::stopping) break;
      if (reject == Reject::none) ++taken;
    }
    CHECK(sequencer.failed());
    CHECK(sequencer.submit(request("late"), answers.taker()) == Reject::stopping);
    CHECK(!sequencer.stop());
  }
  REQUIRE(faults.size() == 1);
  CHECK(faults[0].find("disk full: could not write to /data/log/") != std::string::npos);
  CHECK(faults[0].find("free space and start again; nothing acknowledged is lost") != std::string::npos);
  CHECK(answers.acknowledged.size() + answers.unknown == taken);
  disk.set_capacity(UINT64_MAX);
  Sequencer again(small(), disk);
  if (!answers.acknowledged.empty()) CHECK(again.released() >= *answers.acknowledged.rbegin());
  const Sequence last = again.released();
  CHECK(settle(again, request("after")).sequence() == next(last));
}

TEST_CASE("fault: a failed sync is never tried again") {
  SimulatedDisk disk;
  SequencerOptions options = small();
  options.segment_bytes = 1 << 20;
  run(disk, 1, "first", options);
  std::atomic<int> faults{0};
  options.on_fault = [&](const std::string&) { ++faults; };
  Answers answers;
  Sequencer sequencer(options, disk);
  disk.fail_sync("/data/log/journal/0000");  // the next one would work
  while (sequencer.submit(request("x"), answers.taker()) != Reject::stopping) std::this_thread::yield();
  CHECK(!sequencer.stop());
  CHECK(faults == 1);
  CHECK(answers.acknowledged.empty());
  CHECK(sequencer.released() == Sequence(1));
}

TEST_CASE("fault: who waits for an answer is told once that nothing is known") {
  const std::string journal_files = "/data/log/journal/0000";
  SimulatedDisk under;
  SequencerOptions options = small();
  options.segment_bytes = 1 << 20;
  run(under, 1, "before", options);
  SlowDisk disk(under);
  Answers answers;
  bool question_answered = false;
  auto held_by_question = std::make_shared<int>();
  const std::weak_ptr<int> question = held_by_question;
  CommandPort::Answered first = answers.taker();
  std::size_t acknowledged = 0;
  SUBCASE("the sync under way fails; the others wait in the queue") {
    under.fail_sync(journal_files);
  }
  SUBCASE("the next sync fails, of a batch that is applied by then") {
    acknowledged = 1;
    first = [&, taker = answers.taker()](const Entry& entry) {
      taker(entry);
      under.fail_sync(journal_files);
    };
  }
  Sequencer sequencer(options, disk);
  disk.holds = true;
  REQUIRE(sequencer.submit(request("first"), first) == Reject::none);
  while (sequencer.statistics().sequenced != Sequence(2)) std::this_thread::yield();  // its sync is held
  for (int i = 0; i < 60; ++i)
    REQUIRE(sequencer.submit(request("r" + std::to_string(i)), answers.taker()) == Reject::none);
  REQUIRE(sequencer.ask(AskMarket{}, [&, held = std::move(held_by_question)](const Answer&) {
    question_answered = true;
  }) == Reject::none);
  disk.holds = false;
  disk.latch.open();
  while (!sequencer.failed()) std::this_thread::yield();
  CHECK(!sequencer.stop());
  CHECK(answers.unknown == 61 - acknowledged);
  CHECK(answers.acknowledged.size() == acknowledged);
  CHECK(sequencer.released() == Sequence(1 + acknowledged));
  CHECK(!question_answered);
  CHECK(question.expired());
}

TEST_CASE("fault: a snapshot that cannot be written is noted, and the market goes on") {
  SimulatedDisk disk;
  SequencerOptions options = small();
  options.segment_bytes = 1 << 20;
  options.snapshot_every = 5;
  std::promise<std::string> noted;
  std::atomic<bool> told{false};
  options.on_note = [&](const std::string& text) {
    if (!told.exchange(true)) noted.set_value(text);
  };
  Sequencer sequencer(options, disk);
  disk.set_full("/data/snapshots/");
  for (int i = 0; i < 10; ++i) settle(sequencer, request("r" + std::to_string(i)));
  CHECK(noted.get_future().get().starts_with(
      "no snapshot was written; the market goes on and a restart replays more (disk full"));
  CHECK(settle(sequencer, request("still")).outcome.accepted());
  CHECK(sequencer.stop());  // one may have been under way
  CHECK(disk.names("/data/snapshots").empty());
  CHECK(sequencer.statistics().snapshots == 0);
}

TEST_CASE("data directory: a second sequencer, another clock and another capacity are refused") {
  SimulatedDisk disk;
  {
    Sequencer sequencer(small(), disk);
    CHECK_THROWS_AS(Sequencer(small(), disk), Refused);
  }
  CHECK_THROWS_AS(Sequencer(small(ClockMode::real), disk), Refused);
  SequencerOptions options = small();
  options.capacity.accounts = 5;
  CHECK_THROWS_AS(Sequencer(options, disk), Refused);
}

TEST_CASE("log port: an append that expects another place or epoch is refused and writes nothing") {
  SimulatedDisk disk;
  LocalLog log(disk, {"/log", LogKind::journal, 8192, true}, LogEnd{});
  LogBatch batch;
  batch.add(Sequence(1), Timestamp(1), Bytes{1});
  CHECK_THROWS_AS(log.append(batch, Sequence(1), log.epoch()), Refused);
  CHECK_THROWS_AS(log.append(batch, Sequence(0), log.epoch() + 1), Refused);
  CHECK(disk.names("/log").empty());
  CHECK(log.append(batch, Sequence(0), log.epoch()) == Sequence(1));
  CHECK_THROWS_AS(log.append(batch, Sequence(1), log.epoch()), Refused);
}
