// The cap's path over the years and its division into reserve, paid pool and free pool. Rulebook 3. Pure.
// Thread rule: functions of their arguments.
#pragma once

#include "engine/base/units.h"

namespace pace {

/// floor(base * ((1000 - reduction) / 1000)^years), exact: rounded once, at the end.
/// REQUIRES: base >= 0, 0 <= reduction <= 1000, 0 <= years <= 200.
Quantity cap_on_path(Quantity base, PerMille reduction, std::int32_t years);

struct Pools {
  Quantity reserve;    ///< stability reserve: floor(reserve * cap)
  Quantity paid_pool;  ///< to be auctioned: floor(paid * cap)
  Quantity free_pool;  ///< F: the rest, allocated
  bool operator==(const Pools&) const = default;
};
/// REQUIRES: cap >= 0, both rates >= 0, their sum <= 1000.
Pools divide_cap(Quantity cap, PerMille reserve, PerMille paid);

}  // namespace pace
