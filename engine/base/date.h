// Civil dates and the exchange's day. Pure arithmetic (Howard Hinnant's days_from_civil); the exchange's time zone is
// a fixed offset from UTC (China Standard Time, +08:00, no summer time), so that no zone database enters the state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/units.h"

namespace pace {

/// Compliance or vintage year.
using Year = Unit<struct YearTag, std::int32_t>;
/// Days since 1970-01-01.
using Date = Unit<struct DateTag, std::int32_t>;

struct CivilDate {
  std::int32_t year, month, day;
};

constexpr std::int64_t utc_offset_seconds = 8 * 3600;

constexpr Date make_date(std::int32_t y, std::int32_t m, std::int32_t d) {
  y -= m <= 2;
  const std::int32_t era = (y >= 0 ? y : y - 399) / 400;
  const std::int32_t yoe = y - era * 400;
  const std::int32_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
  const std::int32_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return Date(era * 146097 + doe - 719468);
}

constexpr CivilDate civil(Date date) {
  const std::int32_t z = date.raw() + 719468;
  const std::int32_t era = (z >= 0 ? z : z - 146096) / 146097;
  const std::int32_t doe = z - era * 146097;
  const std::int32_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  const std::int32_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const std::int32_t mp = (5 * doy + 2) / 153;
  const std::int32_t month = mp < 10 ? mp + 3 : mp - 9;
  return {yoe + era * 400 + (month <= 2), month, doy - (153 * mp + 2) / 5 + 1};
}

constexpr Date add_days(Date date, std::int32_t n) {
  return Date(date.raw() + n);
}
/// 0 = Monday … 6 = Sunday.
constexpr std::int32_t weekday(Date date) {
  return ((date.raw() + 3) % 7 + 7) % 7;
}
constexpr Year year_of(Date date) {
  return Year(civil(date).year);
}

/// The exchange's local date at an instant, and the seconds since its local midnight.
constexpr Date local_date(Timestamp t) {
  const std::int64_t s = t.raw() / 1'000'000'000 + utc_offset_seconds;
  return Date(static_cast<std::int32_t>((s >= 0 ? s : s - 86399) / 86400));
}
/// The instant of a local time of day.
constexpr Timestamp at(Date date, std::int64_t seconds_of_day) {
  return Timestamp((std::int64_t{date.raw()} * 86400 + seconds_of_day - utc_offset_seconds) * 1'000'000'000);
}
constexpr std::int64_t hms(std::int64_t h, std::int64_t m, std::int64_t s = 0) {
  return h * 3600 + m * 60 + s;
}

/// "2026-09-15"
std::string to_text(Date date);
/// "2026-09-15T09:30:00.000000000+08:00"
std::string to_text(Timestamp time);
/// Exactly YYYY-MM-DD and a date that exists, else nothing.
std::optional<Date> parse_date(std::string_view text);
/// YYYY-MM-DD, or YYYY-MM-DDTHH:MM[:SS] in exchange local time, of the years 1678 to 2261, else nothing.
std::optional<Timestamp> parse_local_time(std::string_view text);

}  // namespace pace
