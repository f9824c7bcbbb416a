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

/// The remainder of the last one served when `leftover` are served in falling order; reorders. REQUIRES: 0 < leftover
/// <= size.
std::uint64_t last_served(std::vector<std::uint64_t>& remainders, std::size_t leftover) {
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
  std::vector<std::uint64_t> falling = remainders;
  const std::uint64_t threshold = last_served(falling, leftover);
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

namespace {

/// What a part is behind what it is due, in kilograms times `declared`; 0 when it is ahead.
std::uint64_t arrears(const PoolPart& part, Quantity due_so_far, Quantity declared) {
  const auto due = static_cast<std::uint64_t>(part.declared.raw()) * static_cast<std::uint64_t>(due_so_far.raw());
  const auto had = static_cast<std::uint64_t>(part.filled.raw()) * static_cast<std::uint64_t>(declared.raw());
  return due > had ? due - had : 0;
}

/// Everybody's whole kilograms of arrears beyond `level`, and the remainders; returns what that comes to.
std::int64_t share_whole(std::int64_t level, Quantity due_so_far, Quantity declared, std::span<PoolPart> parts) {
  const auto sum = static_cast<std::uint64_t>(declared.raw());
  std::int64_t given = 0;
  for (PoolPart& part : parts) {
    const std::uint64_t behind = arrears(part, due_so_far, declared);
    const auto whole = static_cast<std::int64_t>(behind / sum);
    part.share = Quantity(std::max<std::int64_t>(whole - level, 0));
    part.remainder = behind == 0 || whole < level ? 0 : behind % sum + 1;  // 0: nothing is left over for this one
    given += part.share.raw();
  }
  return given;
}

}  // namespace

// As if the kilograms went one by one to whoever is furthest behind: whole kilograms first, then the remainders. Nobody
// is ever a kilogram ahead, so nobody is many behind either: `level` is above 0 only when more is due to those behind
// than was filled, as others are ahead.
void share_fill(Quantity fill, Quantity declared, Quantity filled, std::span<PoolPart> parts,
                std::vector<std::uint64_t>& scratch) {
  PACE_CHECK(fill >= Quantity{} && filled >= Quantity{} && filled + fill <= declared && declared.raw() <= 0xffff'ffff);
  const Quantity so_far = filled + fill;
  std::int64_t given = share_whole(0, so_far, declared, parts);
  for (std::int64_t level = 1; given > fill.raw(); ++level) given = share_whole(level, so_far, declared, parts);
  auto leftover = static_cast<std::size_t>(fill.raw() - given);
  if (leftover == 0) return;
  scratch.clear();
  for (const PoolPart& part : parts) scratch.push_back(part.remainder);
  PACE_CHECK(leftover <= parts.size());
  const std::uint64_t threshold = last_served(scratch, leftover);
  PACE_CHECK(threshold > 0);
  for (PoolPart& part : parts)
    if (part.remainder > threshold) part.share += Quantity(1), --leftover;
  for (PoolPart& part : parts) {
    if (leftover == 0) return;
    if (part.remainder == threshold) part.share += Quantity(1), --leftover;
  }
}

}  // namespace pace
