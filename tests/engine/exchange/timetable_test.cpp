#include "engine/exchange/timetable.h"

#include <doctest/doctest.h>

#include "tests/engine/exchange/world.h"

using namespace pace;

namespace {

Timestamp local(const char* text) {
  return *parse_local_time(text);
}

std::string walk(Timetable& timetable, int steps) {
  std::string said;
  for (int i = 0; i < steps; ++i) {
    said += to_text(timetable.next().time).substr(0, 16) + " " + std::string(name_of(timetable.next().phase)) + "\n";
    timetable.advance({});
  }
  return said;
}

}  // namespace

TEST_CASE("timetable: the trading day of rulebook 7, over a weekend") {
  Timetable timetable;
  timetable.start({}, local("2026-09-04T00:00"));
  CHECK(walk(timetable, 8) ==
        "2026-09-04T09:15 opening_call\n2026-09-04T09:25 pre_open\n2026-09-04T09:30 morning\n2026-09-04T11:30 lunch\n"
        "2026-09-04T13:00 afternoon\n2026-09-04T14:57 closing_call\n2026-09-04T15:00 closed\n"
        "2026-09-07T09:15 opening_call\n");
}

TEST_CASE("timetable: an exchange begins with an opening call that is still to come") {
  for (const auto& [now, first] : {std::pair{"2026-09-07T09:15", "2026-09-07"},
                                   {"2026-09-07T09:16", "2026-09-08"},
                                   {"2026-09-05T08:00", "2026-09-07"},
                                   {"2026-09-04T23:59", "2026-09-07"}}) {
    Timetable timetable;
    timetable.start({}, local(now));
    CHECK(to_text(timetable.next().day) == first);
  }
}

TEST_CASE("timetable: holidays move the next opening both ways, never a day that has begun, never into the past") {
  const std::vector<Date> week = {make_date(2026, 9, 7), make_date(2026, 9, 8)};
  Timetable timetable;
  timetable.start({}, local("2026-09-07T08:00"));
  timetable.set_holidays(Year(2026), week, {}, local("2026-09-07T08:00"));
  CHECK(to_text(timetable.next().day) == "2026-09-09");
  timetable.set_holidays(Year(2026), {}, {}, local("2026-09-07T10:00"));
  CHECK(to_text(timetable.next().day) == "2026-09-08");
  timetable.advance({});  // the 8th has begun
  timetable.set_holidays(Year(2026), week, {}, local("2026-09-08T09:20"));
  CHECK(to_text(timetable.next().day) == "2026-09-08");
  timetable.set_holidays(Year(2027), {}, {}, local("2026-09-08T09:20"));
  CHECK_FALSE(timetable.is_trading_day(make_date(2026, 9, 8)));  // another year's list is another year's
}

TEST_CASE("timetable: new hours hold from the next day that has not begun") {
  Rulebook early;
  early.opening_call_from_s = hms(9, 0);
  Timetable timetable;
  timetable.start({}, local("2026-09-07T08:00"));
  timetable.advance({});
  timetable.set_hours(early, local("2026-09-07T09:20"));
  for (int i = 0; i < 6; ++i) timetable.advance(early);
  CHECK(to_text(timetable.next().time).substr(0, 16) == "2026-09-08T09:00");
}

TEST_CASE("timetable: bytes that are not a timetable are refused") {
  Timetable timetable;
  timetable.start({}, local("2026-09-07T08:00"));
  Bytes bytes;
  ByteWriter out(bytes);
  timetable.save(out);
  Timetable copy;
  ByteReader whole(bytes);
  CHECK(copy.load(whole));
  CHECK(copy.next().time == timetable.next().time);
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    ByteReader part(BytesView(bytes).first(cut));
    CHECK_FALSE(Timetable().load(part));
  }
}
