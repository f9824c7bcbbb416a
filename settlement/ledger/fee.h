// The exchange's fee: value times a rate per mille, rounded half up once per fill and side (rulebook 1).
// Thread rule: pure.
#pragma once

#include <cstdint>

#include "engine/base/check.h"
#include "engine/base/divide.h"
#include "engine/base/units.h"

namespace pace {

/// REQUIRES: value >= 0, 0 <= rate <= 1000. The value is split at the thousand so that no product overflows and no
/// 128-bit division is paid per fill; since 1000 * rate is whole, only the rest is rounded.
constexpr Cash fee(Cash value, PerMille rate) {
  PACE_CHECK(value >= Cash{} && rate >= PerMille{} && rate <= PerMille(1000));
  const auto all = static_cast<std::uint64_t>(value.raw()), permille = static_cast<std::uint64_t>(rate.raw());
  const std::uint64_t whole = thousandth(all), rest = all - whole * 1000;
  return Cash(static_cast<std::int64_t>(whole * permille + thousandth(rest * permille + 500)));
}

}  // namespace pace
