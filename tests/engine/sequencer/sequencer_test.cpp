#include <doctest/doctest.h>

#include <set>

#include "tests/engine/sequencer/sequencer_kit.h"
#include "tests/engine/sequencer/slow_disk.h"
#include "tests/reached_rejects.h"

using namespace pace;
using namespace pace::test;

TEST_CASE("sequencer: many producers, every accepted command is answered once, in one order") {
  SimulatedDisk disk;
  SequencerOptions options = small();
  options.snapshot_every = 100;
  Sequencer sequencer(options, disk);
  constexpr int producers = 4, each = 300;
  std::mutex mutex;
  std::map<std::string, Sequence> answered;
  std::vector<Sequence> order;
  std::vector<std::thread> threads;
  for (int p = 0; p < producers; ++p)
    threads.emplace_back([&, p] {
      for (int i = 0; i < each;) {
        const std::string id = std::to_string(p) + "-" + std::to_string(i);
        const Reject reject = sequencer.submit(request(id), [&, id](const Entry& entry) {
          const std::lock_guard lock(mutex);
          answered[id] = entry.sequence();
          order.push_back(entry.sequence());
        });
        if (reject == Reject::none) ++i;
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(sequencer.stop());
  REQUIRE(answered.size() == producers * each);
  CHECK(order.size() == producers * each);
  for (std::size_t i = 0; i < order.size(); ++i) REQUIRE(order[i] == Sequence(i + 1));
  // What the feed says agrees with the answers, and each producer's commands kept their order.
  std::map<char, int> last_of;
  for (const Entry& entry : entries(sequencer, Sequence(0), sequencer.released())) {
    const std::string id(entry.stamped.request.request_id.view());
    REQUIRE(answered.at(id) == entry.sequence());
    const int number = std::stoi(id.substr(2));
    REQUIRE(number == last_of[id[0]]++);
  }
}

TEST_CASE("sequencer: a full queue answers busy and takes nothing") {
  SimulatedDisk disk;
  Sequencer sequencer(small(), disk);
  // The journal thread is held in a callback, so nothing is released; chunks fill up, then the queue.
  Latch latch;
  REQUIRE(sequencer.submit(request("held"), [&](const Entry&) { latch.wait(); }) == Reject::none);
  std::uint64_t taken = 1;
  std::atomic<std::uint64_t> answers{0};
  Reject reject = Reject::none;
  while (true) {
    reject = sequencer.submit(request("r" + std::to_string(taken)), [&](const Entry&) { ++answers; });
    if (reject != Reject::none) break;
    ++taken;
  }
  CHECK(reached(reject) == Reject::busy);
  CHECK(sequencer.ask(AskMarket{}, [](const Answer&) {}) == Reject::busy);
  CHECK(sequencer.statistics().busy == 2);
  CHECK(sequencer.statistics().queue_depth == 64);
  latch.open();
  CHECK(sequencer.stop());
  CHECK(answers == taken - 1);
  CHECK(sequencer.released() == Sequence(taken));
}

TEST_CASE("sequencer: after stop, commands and questions are refused and the feed still serves") {
  SimulatedDisk disk;
  Sequencer sequencer(small(), disk);
  settle(sequencer, request("a"));
  CHECK(sequencer.stop());
  CHECK(reached(sequencer.submit(request("b"))) == Reject::stopping);
  CHECK(sequencer.ask(AskMarket{}, [](const Answer&) {}) == Reject::stopping);
  CHECK(entries(sequencer, Sequence(0), Sequence(1)).size() == 1);
  CHECK(sequencer.next(Sequence(1), forever) == nullptr);
  CHECK(sequencer.stop());
}

TEST_CASE("sequencer: answers and questions come as of a durable sequence") {
  SimulatedDisk disk;
  Sequencer sequencer(small(), disk);
  for (int i = 1; i <= 20; ++i) {
    const Entry entry = settle(sequencer, request("r" + std::to_string(i)));
    CHECK(entry.sequence() == Sequence(static_cast<std::uint64_t>(i)));
    CHECK(entry.events.size() == 1);
    CHECK(sequencer.released() >= entry.sequence());
    CHECK(std::get<MarketView>(ask(sequencer, AskMarket{})).as_of == entry.sequence());
  }
  CHECK(digest(sequencer).as_of == Sequence(20));
}

TEST_CASE("sequencer: the gate stays shut while the disk has not synced") {
  SimulatedDisk under;
  SlowDisk disk(under);
  Sequencer sequencer(small(), disk);
  settle(sequencer, request("before"));
  disk.holds = true;
  std::atomic<int> answers{0};
  REQUIRE(sequencer.submit(request("held"), [&](const Entry&) { ++answers; }) == Reject::none);
  REQUIRE(sequencer.ask(AskMarket{}, [&](const Answer&) { ++answers; }) == Reject::none);
  while (sequencer.statistics().sequenced != Sequence(2)) std::this_thread::yield();  // applied …
  CHECK(sequencer.released() == Sequence(1));                                         // … and not out
  CHECK(sequencer.statistics().gate_lag == 1);
  CHECK(sequencer.next(Sequence(1), 0ms) == nullptr);
  CHECK(answers == 0);
  disk.holds = false;
  disk.latch.open();
  CHECK(sequencer.stop());
  CHECK(answers == 2);
  CHECK(sequencer.released() == Sequence(2));
}

TEST_CASE("sequencer: subscribers wake after each release until they go") {
  SimulatedDisk disk;
  Sequencer sequencer(small(), disk);
  std::atomic<std::uint64_t> seen{0}, calls{0};
  auto subscription = sequencer.subscribe([&] {
    seen = sequencer.released().raw();
    ++calls;
  });
  settle(sequencer, request("a"));
  CHECK(seen >= 1);
  subscription.reset();
  const std::uint64_t before = calls;
  settle(sequencer, request("b"));
  CHECK(calls == before);
}

TEST_CASE("sequencer: a slow reader gets the oldest entries from disk, the newest from memory") {
  SimulatedDisk disk;
  Sequencer sequencer(small(), disk);  // the ring holds 4 KiB
  for (int i = 0; i < 500; ++i) settle(sequencer, request("r" + std::to_string(i)));
  const Sequence last = sequencer.released();
  for (const std::uint64_t after : {0, 1, 7, 250, 490, 499}) {
    const std::vector<Entry> got = entries(sequencer, Sequence(after), last);
    REQUIRE(got.size() == 500 - after);
    REQUIRE(got.front().sequence() == Sequence(after + 1));
  }
  // Two slow readers in turn, a batch each, and none disturbs the other.
  Sequence one(0), two(100);
  while (one < last || two < last) {
    for (Sequence* place : {&one, &two})
      if (*place < last) *place = sequencer.next(*place, forever)->last();
  }
  CHECK(one == two);
}

TEST_CASE("clock: a simulated clock stands until it is moved, and never goes back") {
  SimulatedDisk disk;
  Sequencer sequencer(small(), disk);
  CHECK(settle(sequencer, request("a")).stamped.time == Timestamp(0));
  CHECK(settle(sequencer, advance("b", 5000)).stamped.time == Timestamp(5000));
  CHECK(settle(sequencer, request("c")).stamped.time == Timestamp(5000));
  const Entry back = settle(sequencer, advance("d", 4000));
  CHECK(back.stamped.time == Timestamp(5000));
  CHECK(back.outcome == Outcome{Reject::time_goes_back, 4000, 5000});
  // Who may not move the clock does not.
  Request stranger = advance("e", 9000);
  stranger.sender = {Role::broker, 1};
  CHECK(settle(sequencer, stranger).stamped.time == Timestamp(5000));
  // Nothing comes by itself.
  settle(sequencer, request("f", SetCap{Year(2030), Quantity(1)}));
  CHECK(settle(sequencer, request("g")).sequence() == Sequence(7));
}

TEST_CASE("clock: a real clock cannot be moved, never goes back, and brings what is due by itself") {
  SimulatedDisk disk;
  Sequencer sequencer(small(ClockMode::real), disk);
  CHECK(reached(sequencer.submit(advance("a", 5000))) == Reject::not_simulated);
  const Entry first = settle(sequencer, request("b"));
  CHECK(first.stamped.time > Timestamp(0));
  settle(sequencer, request("c", SetCap{Year(2030), Quantity(1000)}));  // due a microsecond later
  const std::vector<Entry> got = entries(sequencer, Sequence(2), Sequence(3));
  CHECK(std::holds_alternative<AdvanceTime>(got[0].stamped.request.command));
  CHECK(got[0].stamped.request.sender.role == Role::system);
  CHECK(got[0].stamped.request.request_id == client_id("t3"));
  CHECK(got[0].stamped.time >= first.stamped.time);
}

TEST_CASE("clock: a machine whose clock was set back stamps on from the last time") {
  SimulatedDisk disk;
  const std::int64_t far_future = 4'000'000'000'000'000'000;
  {
    Sequencer sequencer(small(), disk);
    settle(sequencer, advance("a", far_future));
  }
  // The same log under a real clock: only its VERSION file says otherwise.
  const Bytes version = disk.content("/data/VERSION");
  std::string text(version.begin(), version.end());
  text.replace(text.find("clock simulated"), 15, "clock real");
  disk.put("/data/VERSION", Bytes(text.begin(), text.end()));
  Sequencer sequencer(small(ClockMode::real), disk);
  CHECK(settle(sequencer, request("b")).stamped.time == Timestamp(far_future));
}
