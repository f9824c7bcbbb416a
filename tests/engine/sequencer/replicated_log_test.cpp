#include "tests/engine/sequencer/replicated_log.h"

#include <doctest/doctest.h>

#include <cerrno>

#include "tests/engine/sequencer/sequencer_kit.h"

using namespace pace;
using namespace pace::test;

namespace {

SequencerOptions on(Cluster& cluster) {
  SequencerOptions options = small();
  options.open_log = [&cluster](Disk& disk, const LogOptions& copy, const LogEnd& end) {
    return std::make_unique<ReplicatedLog>(cluster, disk, copy, end);
  };
  return options;
}

// A data directory without a command.
void make_directory(SimulatedDisk& disk) {
  CHECK(Sequencer(small(), disk).stop());
}

LogOptions copy_of(const SequencerOptions& options) {
  return {options.data_directory + "/log/journal", LogKind::journal, options.segment_bytes, true};
}

}  // namespace

TEST_CASE("replicated log: an engine whose office was taken acknowledges nothing more") {
  Cluster cluster;
  SimulatedDisk old_disk, new_disk;
  Answers answers;
  std::vector<std::string> faults;
  SequencerOptions options = on(cluster);
  options.on_fault = [&](const std::string& text) { faults.push_back(text); };
  Sequencer old_engine(options, old_disk);
  settle(old_engine, request("a"));

  make_directory(new_disk);
  fetch(cluster, new_disk, copy_of(options));
  Sequencer new_engine(on(cluster), new_disk);
  CHECK(new_engine.released() == Sequence(1));  // it has what was acknowledged

  REQUIRE(old_engine.submit(request("late"), answers.taker()) == Reject::none);
  CHECK(!old_engine.stop());
  CHECK(answers.unknown == 1);
  CHECK(answers.acknowledged.empty());
  CHECK(old_engine.released() == Sequence(1));
  CHECK(cluster.records().size() == 1);
  REQUIRE(faults.size() == 1);
  CHECK(faults[0].starts_with("the office of epoch 1 was taken over"));

  CHECK(settle(new_engine, request("b")).sequence() == Sequence(2));
}

TEST_CASE("replicated log: who lost the race for a sequence acknowledges nothing, and the winner's batch stays") {
  Cluster cluster;
  SimulatedDisk disk;
  Answers answers;
  Sequencer engine(on(cluster), disk);
  settle(engine, request("a"));
  LogBatch other;  // by somebody who wrongly holds the same epoch
  other.add(Sequence(2), Timestamp(7), Bytes{1, 2, 3});
  cluster.append(other, Sequence(1), 1);
  REQUIRE(engine.submit(request("b"), answers.taker()) == Reject::none);
  CHECK(!engine.stop());
  CHECK(answers.unknown == 1);
  CHECK(answers.acknowledged.empty());
  CHECK(engine.released() == Sequence(1));
  CHECK(cluster.records().size() == 2);
  CHECK(cluster.records().at(Sequence(2)).payload == Bytes{1, 2, 3});
}

TEST_CASE("replicated log: while the answer is late the gate stays shut, then everything comes in order") {
  Cluster cluster;
  SimulatedDisk disk;
  Answers answers;
  Latch late;
  std::atomic<bool> reached{false};
  cluster.before_answer = [&] {
    reached = true;
    late.wait();
  };
  Sequencer engine(on(cluster), disk);
  for (int i = 0; i < 40; ++i)
    REQUIRE(engine.submit(request("r" + std::to_string(i)), answers.taker()) == Reject::none);
  while (!reached) std::this_thread::yield();
  CHECK(!cluster.records().empty());  // it has taken effect, and nobody knows yet
  CHECK(engine.released() == Sequence(0));
  CHECK(engine.next(Sequence(0), 0ms) == nullptr);
  late.open();
  CHECK(engine.stop());
  CHECK(answers.acknowledged.size() == 40);
  CHECK(answers.unknown == 0);
  CHECK(cluster.records().size() == 40);
}

TEST_CASE("replicated log: a command whose answer was lost is found by the next engine, and a repeat is told so") {
  Cluster cluster;
  SimulatedDisk old_disk, new_disk;
  Answers answers;
  {
    Sequencer engine(on(cluster), old_disk);
    settle(engine, request("a"));
    cluster.before_answer = [] { throw DiskFault("hear from", "the cluster", EIO); };
    REQUIRE(engine.submit(request("b"), answers.taker()) == Reject::none);
    CHECK(!engine.stop());
    CHECK(answers.unknown == 1);
  }
  cluster.before_answer = [] {};
  const SequencerOptions options = on(cluster);
  SimulatedDisk* found = nullptr;
  SUBCASE("on the old engine's files, which lack it") {
    found = &old_disk;
  }
  SUBCASE("on new files") {
    found = &new_disk;
    make_directory(new_disk);
  }
  SimulatedDisk& disk = *found;
  fetch(cluster, disk, copy_of(options));
  Sequencer engine(options, disk);
  CHECK(engine.released() == Sequence(2));
  CHECK(entries(engine, Sequence(1), Sequence(2))[0].stamped.request.request_id == client_id("b"));
  CHECK(settle(engine, request("b")).repeats != Sequence(0));
}
