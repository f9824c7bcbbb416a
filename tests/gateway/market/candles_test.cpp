#include <doctest/doctest.h>

#include "gateway/market/candles.h"

using namespace pace;

namespace {

const Date day = make_date(2026, 9, 15);

PublicTrade at_time(std::int64_t seconds, std::int64_t price, std::int64_t quantity,
                    TradeKind kind = TradeKind::continuous) {
  return {.time = at(day, seconds),
          .instrument = InstrumentId(1),
          .price = Price(price),
          .quantity = Quantity(quantity),
          .kind = kind};
}

}  // namespace

TEST_CASE("candles: a minute holds its first, highest, lowest and last price, and what traded") {
  Candles candles;
  candles.add(at_time(hms(9, 30, 0), 8000, 10));
  candles.add(at_time(hms(9, 30, 20), 8100, 20));
  candles.add(at_time(hms(9, 30, 59), 7900, 30));
  candles.add(at_time(hms(9, 31, 0), 7950, 5));
  const auto minutes = candles.last(InstrumentId(1), CandleWidth::minute, {}, 10);
  REQUIRE(minutes.size() == 2);
  CHECK(minutes[0].start == at(day, hms(9, 30)));
  CHECK(minutes[0].open == Price(8000));
  CHECK(minutes[0].high == Price(8100));
  CHECK(minutes[0].low == Price(7900));
  CHECK(minutes[0].close == Price(7900));
  CHECK(minutes[0].volume == Quantity(60));
  CHECK(minutes[0].value == Cash(8000 * 10 + 8100 * 20 + 7900 * 30));
  CHECK(minutes[0].trades == 3);
  CHECK(minutes[1].open == Price(7950));
  CHECK(candles.last(InstrumentId(1), CandleWidth::five_minutes, {}, 10).size() == 1);
  CHECK(candles.last(InstrumentId(2), CandleWidth::minute, {}, 10).empty());
}

TEST_CASE("candles: a day is the exchange's own, and hours begin on the hour") {
  Candles candles;
  candles.add(at_time(hms(0, 10), 8000, 1));  // the day before in UTC
  candles.add(at_time(hms(14, 59), 8010, 1));
  const auto days = candles.last(InstrumentId(1), CandleWidth::day, {}, 10);
  REQUIRE(days.size() == 1);
  CHECK(days[0].start == at(day, 0));
  const auto hours = candles.last(InstrumentId(1), CandleWidth::hour, {}, 10);
  REQUIRE(hours.size() == 2);
  CHECK(hours[1].start == at(day, hms(14, 0)));
}

TEST_CASE("candles: blocks and corrections are in none") {
  Candles candles;
  candles.add(at_time(hms(9, 30), 8000, 10, TradeKind::block));
  candles.add(at_time(hms(9, 30), 8000, 10, TradeKind::correction));
  CHECK(candles.last(InstrumentId(1), CandleWidth::minute, {}, 10).empty());
}

TEST_CASE("candles: pages go back in time, and what is kept is bounded") {
  Candles candles;
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(Candles::most) + 10; ++i)
    candles.add(at_time(i * 60, 8000 + i % 7, 1));
  const auto all = candles.last(InstrumentId(1), CandleWidth::minute, {}, 100'000);
  CHECK(all.size() == Candles::most);
  const auto newest = candles.last(InstrumentId(1), CandleWidth::minute, {}, 3);
  CHECK(newest.back().start == all.back().start);
  const auto before = candles.last(InstrumentId(1), CandleWidth::minute, newest.front().start, 3);
  REQUIRE(before.size() == 3);
  CHECK(before.back().start == all[all.size() - 4].start);
  CHECK(candles.last(InstrumentId(1), CandleWidth::minute, all.front().start, 3).empty());
}
