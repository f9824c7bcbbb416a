#include "registry/rules/split.h"

#include <algorithm>

namespace pace {
namespace {

__extension__ using Wide = unsigned __int128;

struct Floors {
  std::vector<Quantity> shares;
  std::vector<std::uint64_t> remainders;
  std::size_t leftover = 0;
};

Floors floors_of(Quantity total, std::span<const std::int64_t> weights, std::uint64_t sum) {
  Floors result;
  result.shares.reserve(weights.size());
  result.remainders.reserve(weights.size());
  Quantity given;
  for (const std::int64_t weight : weights) {
    const Wide product = static_cast<Wide>(total.raw()) * static_cast<Wide>(weight);
    result.shares.emplace_back(static_cast<std::int64_t>(product / sum));
    result.remainders.push_back(static_cast<std::uint64_t>(product % sum));
    given += result.shares.back();
  }
  result.leftover = static_cast<std::size_t>((total - given).raw());
  return result;
}

/// The remainder of the last one served when `leftover` are served in falling order. REQUIRES: 0 < leftover <= size.
std::uint64_t last_served(std::vector<std::uint64_t> remainders, std::size_t leftover) {
  const auto nth = remainders.begin() + static_cast<std::ptrdiff_t>(leftover - 1);
  std::nth_element(remainders.begin(), nth, remainders.end(), std::greater<>());
  return *nth;
}

}  // namespace

std::optional<std::int64_t> weight_sum(std::span<const std::int64_t> weights) {
  std::int64_t sum = 0;
  for (const std::int64_t weight : weights)
    if (weight < 0 || __builtin_add_overflow(sum, weight, &sum)) return std::nullopt;
  return sum;
}

std::vector<Quantity> share_out(Quantity total, std::span<const std::int64_t> weights) {
  return share_out(total, weights, [](std::vector<std::uint32_t>&, std::size_t) {});  // declared order: as they come
}

std::vector<Quantity> share_out(Quantity total, std::span<const std::int64_t> weights, const TieBreak& break_tie) {
  const std::optional<std::int64_t> sum = weight_sum(weights);
  PACE_CHECK(total >= Quantity{} && sum && *sum > 0 && weights.size() < 0xffff'ffff);
  auto [shares, remainders, leftover] = floors_of(total, weights, static_cast<std::uint64_t>(*sum));
  if (leftover == 0) return shares;
  PACE_CHECK(leftover < weights.size());
  const std::uint64_t threshold = last_served(remainders, leftover);
  PACE_CHECK(threshold > 0);
  std::vector<std::uint32_t> tied;
  for (std::uint32_t i = 0; i < shares.size(); ++i) {
    if (remainders[i] == threshold) tied.push_back(i);
    if (remainders[i] <= threshold) continue;
    shares[i] += Quantity(1);
    --leftover;
  }
  if (leftover < tied.size()) break_tie(tied, leftover);
  for (std::size_t i = 0; i < leftover; ++i) shares[tied[i]] += Quantity(1);
  return shares;
}

}  // namespace pace
