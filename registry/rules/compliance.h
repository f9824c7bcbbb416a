// The compliance cycle's arithmetic: offsets, surrender order, penalty, banking. Rulebook 9, with its worked examples
// as tests. Pure. Thread rule: functions of their arguments. REQUIRES throughout: quantities >= 0 except net sales,
// prices >= 0.
#pragma once

#include <span>
#include <vector>

#include "engine/message/types.h"
#include "registry/rules/rulebook.h"

namespace pace {

/// The most a person may offset: floor(10% * E).
Quantity offset_limit(Quantity liability, const Rulebook& rules);

/// What each request is granted when `total` is the year's limit G: all of it, or, above G, floor(request * G / sum)
/// and the rest by largest remainder, ties in the order given. REQUIRES: the sum of requests fits.
std::vector<Quantity> grant_offsets(std::span<const Quantity> requests, Quantity total);

/// What a principal has to surrender with.
struct Means {
  Quantity credits;  ///< granted as offset and held
  Quantity banked;   ///< units of older vintages
  Quantity vintage;  ///< units of the year
};
struct Surrender {
  Quantity credits, banked, vintage;
  Quantity shortfall;  ///< S
  bool operator==(const Surrender&) const = default;
};
/// Approved credits, then banked units, then the year's own. A later vintage never.
Surrender surrender_of(Quantity liability, const Means& means);

struct Penalty {
  Quantity deduct;  ///< min(2 S, floor(50% * next allocation))
  Quantity debt;    ///< 2 S - deduct
  Cash surcharge;   ///< min(k * S * P, 500 CNY); half up once where k leaves a fraction of a milli-fen
  bool operator==(const Penalty&) const = default;
};
/// `price` is P, the month's volume-weighted price before the surrender day.
Penalty penalty_of(Quantity shortfall, Quantity next_allocation, Price price, const Rulebook& rules);

/// The most of a vintage that may be carried on: floor(10% * A) + floor(1.5 * net sales, not below 0) when limited,
/// nothing when none, Quantity::max() when unlimited.
Quantity banking_limit(Quantity allocation, Quantity net_sales, const Rulebook& rules);

}  // namespace pace
