// The circuit breaker's window price by price, and its call across a snapshot. Its stories: tests/scenario.
#include "engine/exchange/breaker.h"

#include <doctest/doctest.h>

#include "tests/engine/exchange/world.h"

using namespace pace;
using namespace pace::test;

namespace {

Timestamp second(std::int64_t n) {
  return at(make_date(2026, 9, 7), n);
}

struct Traded {
  Breaker breaker;
  Rulebook rules;

  void trade(std::int64_t when, std::int64_t fen) {
    roll(when);
    breaker.note(Price(fen));
  }
  void roll(std::int64_t when) { breaker.roll(second(when), rules); }
  std::pair<std::int64_t, std::int64_t> bounds(std::int64_t when) {
    roll(when);
    return {breaker.lowest().raw(), breaker.highest().raw()};
  }
};

using Bounds = std::pair<std::int64_t, std::int64_t>;
const Bounds anywhere{0, book_max_price.raw()};

}  // namespace

TEST_CASE("breaker: the bounds are 5% around the lowest and the highest price of five minutes, inwards to whole fen") {
  Traded t;
  CHECK(t.bounds(0) == anywhere);
  t.trade(0, 8001);
  CHECK(t.bounds(0) == Bounds{8001 - 400, 8001 + 400});
  t.trade(10, 8100);
  t.trade(20, 7950);
  CHECK(t.bounds(20) == Bounds{8100 - 405, 7950 + 397});
  CHECK(t.breaker.allows(Price(7695), Price(8347)));
  CHECK_FALSE(t.breaker.allows(Price(7694), Price(8347)));
  CHECK_FALSE(t.breaker.allows(Price(7695), Price(8348)));
}

TEST_CASE("breaker: a price counts for five minutes and at most five seconds more, the one that stands for ever") {
  Traded t;
  t.trade(0, 8100);
  t.trade(1, 8000);
  CHECK(t.bounds(300) == Bounds{7695, 8400});
  CHECK(t.bounds(305) == Bounds{7600, 8400});
  CHECK(t.bounds(100'000) == Bounds{7600, 8400});
  t.trade(100'001, 8200);
  CHECK(t.bounds(100'301) == Bounds{7790, 8400});
  CHECK(t.bounds(100'306) == Bounds{7790, 8610});
}

TEST_CASE("breaker: a call's price begins the window anew, a call without one empties it") {
  Traded t;
  t.trade(0, 8000);
  t.breaker.restart(Price(9000));
  CHECK(t.bounds(1) == Bounds{8550, 9450});
  t.breaker.restart({});
  CHECK(t.bounds(2) == anywhere);
  CHECK(t.bounds(1000) == anywhere);
}

TEST_CASE("breaker: a new window begins with the price that stands, a new move holds from the next part on") {
  Traded t;
  t.trade(0, 8100);
  t.trade(1, 8000);
  t.rules.breaker_window_s = 7200;
  t.rules.breaker_move_permille = 100;
  CHECK(t.bounds(4) == Bounds{7695, 8400});
  CHECK(t.bounds(5) == Bounds{7200, 8800});
  t.trade(6, 8200);
  t.trade(7, 8000);
  CHECK(t.bounds(7199) == Bounds{7380, 8800});
  CHECK(t.bounds(7320) == Bounds{7200, 8800});
}

TEST_CASE("breaker: no price is too high for it") {
  Traded t;
  t.rules.breaker_move_permille = 1000;
  t.trade(0, book_max_price.raw());
  CHECK(t.bounds(0) == Bounds{0, book_max_price.raw()});
}

TEST_CASE("breaker: saved and loaded it says the same, and unsound bytes are refused") {
  Traded t;
  for (int i = 0; i < 400; ++i) t.trade(i, 8000 + i % 17 * 10);
  Bytes bytes;
  ByteWriter out(bytes);
  t.breaker.save(out);
  Traded copy;
  ByteReader in(bytes);
  REQUIRE(copy.breaker.load(in));
  for (int i = 400; i < 800; i += 7) CHECK(copy.bounds(i) == t.bounds(i));
  bytes[0] = 61;
  ByteReader bad(bytes);
  CHECK_FALSE(copy.breaker.load(bad));
}

TEST_CASE("volatility call: saved in its middle it goes on as if never saved; the clock is asked for its end") {
  World world;
  world.until("09:30");
  const auto send = [&](World& w, const char* id, Side side, std::int64_t fen) {
    return w.send(broker1, id, order(w, side == Side::buy ? "ann" : "bo", side, Quantity(20), Price(fen)));
  };
  for (const auto& [id, side, fen] :
       {std::tuple{"a", Side::sell, 8000}, {"b", Side::buy, 8000}, {"c", Side::sell, 8500}})
    CHECK(send(world, id, side, fen).outcome.accepted());
  CHECK(send(world, "d", Side::buy, 8500).events.size() == 4);
  CHECK(world.market().instruments[1].state == InstrumentState::volatility_call);
  CHECK(world.exchange().next_due() == at(make_date(2026, 9, 7), hms(9, 35)));
  World copy;
  REQUIRE(copy.restore(world.state(), world));
  CHECK(copy.exchange().next_due() == world.exchange().next_due());
  for (const char* time : {"09:34:59", "09:35"}) {
    CHECK(copy.until(time).events == world.until(time).events);
    CHECK(copy.state() == world.state());
  }
  CHECK(world.market().instruments[1].last == Price(8500));
  CHECK(send(copy, "e", Side::buy, 8500).events == send(world, "e", Side::buy, 8500).events);
  CHECK(copy.state() == world.state());
}
