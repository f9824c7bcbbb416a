#include "gateway/ws/feed_reader.h"

#include <doctest/doctest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <future>

#include "engine/base/check.h"
#include "tests/gateway/fake_exchange.h"

using namespace pace;
using namespace std::chrono_literals;

namespace {

FeedReader::Handlers counting(std::size_t& entries) {
  return {.recalled = [](const Entry&) {},
          .caught_up = [] {},
          .entry = [&entries](const Entry&) { ++entries; },
          .piece_done = [] {}};
}

}  // namespace

TEST_CASE("feed reader: a batch of many pieces arrives whole") {
  FakeExchange exchange;
  exchange.batch_limit = 5'000;
  for (int i = 0; i < 5'000; ++i) exchange.emit({});
  boost::asio::io_context io;
  const auto work = boost::asio::make_work_guard(io);
  FeedReader reader(io, exchange);
  std::size_t entries = 0;
  reader.start(Sequence(0), Sequence(0), counting(entries));
  for (const auto end = std::chrono::steady_clock::now() + 5s; entries < 5'000;) {
    REQUIRE(std::chrono::steady_clock::now() < end);
    io.run_for(2ms);
  }
  reader.stop();
  CHECK(entries == 5'000);
}

TEST_CASE("feed reader: stops in the middle of a batch that nobody takes any more") {
  FakeExchange exchange;
  exchange.batch_limit = 5'000;
  for (int i = 0; i < 5'000; ++i) exchange.emit({});
  boost::asio::io_context io;
  FeedReader reader(io, exchange);
  std::size_t entries = 0;
  reader.start(Sequence(0), Sequence(0), counting(entries));
  std::this_thread::sleep_for(50ms);  // until it has handed over what may be on its way, and waits
  const auto stopped = std::async(std::launch::async, [&] { reader.stop(); });
  PACE_CHECK(stopped.wait_for(5s) == std::future_status::ready);  // a reader that hangs cannot be unwound
  io.run();
  CHECK(entries == 0);
}
