#include "registry/rules/need.h"

namespace pace {

std::optional<Quantity> projected_emissions(Year year, const RecordedEmissions& so_far,
                                            const RecordedEmissions& year_before) {
  if (so_far.to == Date{}) return year_before.to == Date{} ? std::nullopt : std::optional(year_before.kg);
  const Date first = make_date(year.raw(), 1, 1), next = make_date(year.raw() + 1, 1, 1);
  const std::int64_t days = next.raw() - first.raw(), recorded = std::int64_t{so_far.to.raw()} - first.raw() + 1;
  PACE_CHECK(recorded > 0 && recorded <= days && so_far.kg >= Quantity{});
  __extension__ using Wide = __int128;
  const Wide whole = (static_cast<Wide>(so_far.kg.raw()) * days + recorded - 1) / recorded;
  PACE_CHECK(whole <= Quantity::max().raw());
  return Quantity(static_cast<std::int64_t>(whole));
}

}  // namespace pace
