// What a buy order locks on entry. Rulebook 7 (prefunding 100%) and 1 (fee rounded half up once per fill per side); 6
// (the fee of an entrustment). A buy order of q kg at limit p holds q * held_per_kg(p). Why this is always enough,
// however the order is split into fills q1 + q2 + … = q at prices p1, p2, … <= p:
//   fee(pi * qi) = round(pi * qi * r) <= ceil(p * qi * r) <= qi * ceil(p * r),
// the last because qi * ceil(p * r) is a whole number not below p * qi * r. So each fill costs at most
// pi * qi + fee <= qi * held_per_kg(p), which is exactly what it lets go of; what it did not need is free again at
// once. A hold of p * q plus one fee over the whole would not do: many small fills may each round up.
// Thread rule: pure functions.
#pragma once

#include <cstdint>

#include "engine/base/divide.h"
#include "engine/base/units.h"
#include "engine/message/fields.h"

namespace pace {

/// What an order pays on its trades' value, in thousandths. Kept by the order from its entry.
struct Rates {
  std::uint8_t fee{};         ///< the exchange's
  std::uint8_t commission{};  ///< the broker's own, under its principal's mandate
  PACE_FIELDS(Rates, fee, commission);
};

/// The most a kilogram's fee can be, in milli-fen.
constexpr Price most_per_kg(Price price, std::int64_t permille) {
  const std::uint64_t fee = thousandth(static_cast<std::uint64_t>(price.raw() * permille) + 999);
  return Price(static_cast<std::int64_t>(fee));
}
/// Price, and the most a kilogram's fee and commission can be. The argument above holds for each of the two.
constexpr Price held_per_kg(Price price, Rates rates) {
  const Price with_fee = price + most_per_kg(price, rates.fee);
  if (rates.commission == 0) [[likely]]
    return with_fee;
  return with_fee + most_per_kg(price, rates.commission);
}

}  // namespace pace
