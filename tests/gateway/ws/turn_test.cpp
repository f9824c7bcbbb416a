#include "gateway/ws/turn.h"

#include <doctest/doctest.h>

#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>

using namespace pace;

namespace {

struct Said : Turn::Outgoer {
  explicit Said(std::string& told) : all(told) {}
  void let_out() override { all += "out "; }
  std::string& all;
};

}  // namespace

TEST_CASE("turn: what is posted in it runs in it, in order, and then everything leaves once") {
  boost::asio::io_context io{1};
  Turn& turn = Turn::of(io);
  std::string told;
  const auto out = std::make_shared<Said>(told);
  boost::asio::post(io, [&] {
    turn.run([&] {
      turn.at_end(out);
      turn.post([&] {
        told += "a ";
        turn.post([&] { told += "c "; });
      });
      turn.post([&] { told += "b "; });
      turn.run([&] { told += "now "; });
    });
    told += "end ";
  });
  io.run();
  CHECK(told == "now a b c out end ");
}

TEST_CASE("turn: what another thread posts, and what is written outside a turn, makes one") {
  boost::asio::io_context io{1};
  Turn& turn = Turn::of(io);
  std::string told;
  turn.at_end(std::make_shared<Said>(told));
  std::thread([&] { turn.executor().execute([&] { told += "other "; }); }).join();
  io.run();
  CHECK(told == "out other ");
}

TEST_CASE("turn: work without end lets the loop look at its sockets and timers") {
  boost::asio::io_context io{1};
  Turn& turn = Turn::of(io);
  bool stop = false;
  std::size_t runs = 0;
  std::function<void()> again = [&] {
    ++runs;
    if (!stop) turn.post(again);
  };
  turn.post(again);
  boost::asio::steady_timer timer(io, std::chrono::milliseconds(1));
  timer.async_wait([&](boost::system::error_code) { stop = true; });
  io.run();
  CHECK(stop);
  CHECK(runs > 1);
}

TEST_CASE("turn: an exception passes through, and what is left is done in the next one") {
  boost::asio::io_context io{1};
  Turn& turn = Turn::of(io);
  bool done = false;
  boost::asio::post(io, [&] {
    turn.run([&] {
      turn.post([] { throw std::runtime_error("a handler's"); });
      turn.post([&] { done = true; });
    });
  });
  CHECK_THROWS_AS(io.run(), std::runtime_error);
  CHECK_FALSE(done);
  io.run();
  CHECK(done);
}
