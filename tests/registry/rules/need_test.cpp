#include "registry/rules/need.h"

#include <doctest/doctest.h>

namespace pace {
namespace {

RecordedEmissions recorded(std::int64_t kg, Date to) {
  return {Quantity(kg), to};
}
constexpr RecordedEmissions none{};

}  // namespace

TEST_CASE("need: what is on record goes on to the year's end, rounded up") {
  struct Row {
    std::int32_t year;
    RecordedEmissions so_far, year_before;
    std::int64_t expected;
  };
  const Row rows[] = {
      {2026, recorded(700, make_date(2026, 12, 31)), none, 700},
      {2026, recorded(700, make_date(2026, 12, 30)), none, 702},  // 700 * 365 / 364 = 701.92
      {2026, recorded(1, make_date(2026, 1, 1)), none, 365},      // one day
      {2026, recorded(400, make_date(2026, 8, 31)), none, 601},   // 243 days: 600.82
      {2028, recorded(366, make_date(2028, 12, 31)), none, 366},  // a leap year
      {2028, recorded(60, make_date(2028, 2, 29)), none, 366},    // its first 60 days
      {2026, recorded(0, make_date(2026, 3, 31)), recorded(900, make_date(2025, 12, 31)), 0},  // measured: nothing
      {2026, none, recorded(900, make_date(2025, 12, 31)), 900},  // nothing yet: as the year before
      {2026, none, recorded(900, make_date(2025, 6, 30)), 900},   // which is taken as it stands
      {2026, recorded(9'000'000'000'000, make_date(2026, 1, 1)), none, 3'285'000'000'000'000},
  };
  for (const Row& row : rows) {
    CAPTURE(row.expected);
    CHECK(projected_emissions(Year(row.year), row.so_far, row.year_before) == Quantity(row.expected));
  }
  CHECK(projected_emissions(Year(2026), none, none) == std::nullopt);
}

}  // namespace pace
