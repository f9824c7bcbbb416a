// Calendar months. Thread rule: pure.
#pragma once

#include <algorithm>
#include <cstdint>

#include "engine/base/date.h"

namespace pace {

constexpr Date first_of_month(Date date) {
  const CivilDate c = civil(date);
  return make_date(c.year, c.month, 1);
}
constexpr Date first_of_next_month(Date date) {
  const CivilDate c = civil(date);
  return c.month == 12 ? make_date(c.year + 1, 1, 1) : make_date(c.year, c.month + 1, 1);
}
/// The same day of an earlier month, or that month's last day.
constexpr Date months_before(Date date, std::int64_t months) {
  const CivilDate c = civil(date);
  const std::int64_t month = std::int64_t{c.year} * 12 + c.month - 1 - months;
  const Date first = make_date(static_cast<std::int32_t>(month / 12), static_cast<std::int32_t>(month % 12 + 1), 1);
  return std::min(add_days(first, c.day - 1), add_days(first_of_next_month(first), -1));
}

}  // namespace pace
