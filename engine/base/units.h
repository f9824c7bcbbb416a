// Money, mass, price and time as types of their own. Construction is explicit, there is no implicit way out, and
// arithmetic is checked: an overflow inside the exchange is a bug and aborts. At the door use the try_ functions.
// Rulebook 1. Thread rule: values, no shared state.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <optional>

#include "engine/base/check.h"

namespace pace {

template <class Tag, class Rep_ = std::int64_t>
class Unit {
 public:
  using Rep = Rep_;
  constexpr Unit() = default;
  constexpr explicit Unit(Rep value) : value_(value) {}
  [[nodiscard]] constexpr Rep raw() const { return value_; }
  constexpr auto operator<=>(const Unit&) const = default;

  constexpr Unit& operator+=(Unit other) {
    PACE_CHECK(!__builtin_add_overflow(value_, other.value_, &value_));
    return *this;
  }
  constexpr Unit& operator-=(Unit other) {
    PACE_CHECK(!__builtin_sub_overflow(value_, other.value_, &value_));
    return *this;
  }
  friend constexpr Unit operator+(Unit a, Unit b) { return a += b; }
  friend constexpr Unit operator-(Unit a, Unit b) { return a -= b; }
  constexpr Unit operator-() const { return Unit{} - *this; }
  [[nodiscard]] static constexpr Unit max() { return Unit(std::numeric_limits<Rep>::max()); }

 private:
  Rep value_{};
};

/// Fen per tonne CO2e, as quoted.
using Price = Unit<struct PriceTag>;
/// Kilograms CO2e.
using Quantity = Unit<struct QuantityTag>;
/// Milli-fen. Becomes fen only where money leaves for a bank.
using Cash = Unit<struct CashTag>;
/// Thousandths: allocation weights, per-mille rates.
using PerMille = Unit<struct PerMilleTag>;
/// Nanoseconds since 1970-01-01T00:00:00Z.
using Timestamp = Unit<struct TimestampTag>;
/// Nanoseconds.
using Duration = Unit<struct DurationTag>;

constexpr Timestamp operator+(Timestamp t, Duration d) {
  return t + Timestamp(d.raw());
}

constexpr Duration seconds(std::int64_t n) {
  return Duration(n * 1'000'000'000);
}

/// Trade value. Exact: fen per tonne times kilograms is milli-fen, so no fill rounds and every trade's legs cancel.
/// Limits at the door keep the product in range; an overflow here is a bug and aborts.
constexpr Cash operator*(Price price, Quantity mass) {
  std::int64_t product{};
  PACE_CHECK(!__builtin_mul_overflow(price.raw(), mass.raw(), &product));
  return Cash(product);
}

/// The same for values from outside: nothing when the product does not fit.
constexpr std::optional<Cash> try_multiply(Price price, Quantity mass) {
  std::int64_t product{};
  if (__builtin_mul_overflow(price.raw(), mass.raw(), &product)) return std::nullopt;
  return Cash(product);
}

template <class Tag, class Rep>
constexpr std::optional<Unit<Tag, Rep>> try_add(Unit<Tag, Rep> a, Unit<Tag, Rep> b) {
  Rep sum{};
  if (__builtin_add_overflow(a.raw(), b.raw(), &sum)) return std::nullopt;
  return Unit<Tag, Rep>(sum);
}

/// floor(value * numerator / denominator), exact in 128 bits. REQUIRES: value >= 0, numerator >= 0, denominator > 0.
constexpr std::int64_t muldiv_floor(std::int64_t value, std::int64_t numerator, std::int64_t denominator) {
  PACE_CHECK(value >= 0 && numerator >= 0 && denominator > 0);
  __extension__ using Wide = __int128;
  const Wide result = static_cast<Wide>(value) * numerator / denominator;
  PACE_CHECK(result <= std::numeric_limits<std::int64_t>::max());
  return static_cast<std::int64_t>(result);
}

/// value * numerator / denominator, rounded half up. Same REQUIRES.
constexpr std::int64_t muldiv_half_up(std::int64_t value, std::int64_t numerator, std::int64_t denominator) {
  PACE_CHECK(value >= 0 && numerator >= 0 && denominator > 0);
  __extension__ using Wide = __int128;
  const Wide result = (static_cast<Wide>(value) * numerator * 2 + denominator) / (static_cast<Wide>(denominator) * 2);
  PACE_CHECK(result <= std::numeric_limits<std::int64_t>::max());
  return static_cast<std::int64_t>(result);
}

}  // namespace pace
