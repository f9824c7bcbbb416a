#include "registry/rules/cap.h"

#include <vector>

namespace pace {
namespace {

/// A natural number of any size, lowest digit first, base 2^32. Only what the path needs.
class Natural {
 public:
  explicit Natural(std::uint64_t value)
      : digits_{static_cast<std::uint32_t>(value), static_cast<std::uint32_t>(value >> 32)} {}

  void multiply(std::uint32_t factor) {
    std::uint64_t carry = 0;
    for (std::uint32_t& digit : digits_) {
      carry += std::uint64_t{digit} * factor;
      digit = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
    if (carry != 0) digits_.push_back(static_cast<std::uint32_t>(carry));
  }

  void divide_floor(std::uint32_t divisor) {
    std::uint64_t rest = 0;
    for (auto digit = digits_.rbegin(); digit != digits_.rend(); ++digit) {
      rest = (rest << 32) | *digit;
      *digit = static_cast<std::uint32_t>(rest / divisor);
      rest %= divisor;
    }
  }

  /// REQUIRES: it fits.
  [[nodiscard]] std::uint64_t value() const {
    for (std::size_t i = 2; i < digits_.size(); ++i) PACE_CHECK(digits_[i] == 0);
    return (std::uint64_t{digits_[1]} << 32) | digits_[0];
  }

 private:
  std::vector<std::uint32_t> digits_;
};

}  // namespace

Quantity cap_on_path(Quantity base, PerMille reduction, std::int32_t years) {
  PACE_CHECK(base >= Quantity{} && reduction >= PerMille{} && reduction <= PerMille(1'000));
  PACE_CHECK(years >= 0 && years <= 200);
  Natural cap(static_cast<std::uint64_t>(base.raw()));
  for (std::int32_t y = 0; y < years; ++y) cap.multiply(static_cast<std::uint32_t>(1'000 - reduction.raw()));
  // Floors nest: floor(floor(x / 1000) / 1000) = floor(x / 10^6), so dividing step by step still rounds only once.
  for (std::int32_t y = 0; y < years; ++y) cap.divide_floor(1'000);
  return Quantity(static_cast<std::int64_t>(cap.value()));
}

Pools divide_cap(Quantity cap, PerMille reserve, PerMille paid) {
  PACE_CHECK(reserve + paid <= PerMille(1'000));
  Pools pools;
  pools.reserve = Quantity(muldiv_floor(cap.raw(), reserve.raw(), 1'000));
  pools.paid_pool = Quantity(muldiv_floor(cap.raw(), paid.raw(), 1'000));
  pools.free_pool = cap - pools.reserve - pools.paid_pool;
  return pools;
}

}  // namespace pace
