// Sharing a whole number of kilograms by weights, to the last kilogram: everybody gets floor(total * w / sum of w), and
// the kilograms left over go one each to the largest remainders. Exact in 128 bits. Pure; O(n), no floating point.
// Invariants: the shares sum to the total exactly; a weight of 0 gets 0; nobody gets more than one kilogram above
// floor(total * w / sum). Thread rule: functions of their arguments.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "engine/base/units.h"

namespace pace {

/// Puts those positions first that are served when `served` of the tied are: positions with equal remainders come in
/// rising order, and the order among the first `served` does not matter.
using TieBreak = std::function<void(std::vector<std::uint32_t>& tied, std::size_t served)>;

/// The sum of weights; nothing when one is negative or the sum does not fit.
std::optional<std::int64_t> weight_sum(std::span<const std::int64_t> weights);

/// Ties in declared order: credits among a pool, a pooled order's fills, offsets above their total. Rulebook 5, 6, 9.
/// REQUIRES: total >= 0, weight_sum(weights) > 0, fewer than 2^32 - 1 weights.
std::vector<Quantity> share_out(Quantity total, std::span<const std::int64_t> weights);

/// Ties as the caller breaks them. REQUIRES: the same.
std::vector<Quantity> share_out(Quantity total, std::span<const std::int64_t> weights, const TieBreak& break_tie);

/// A principal's part in a pooled order, and its share of a fill.
struct PoolPart {
  Quantity declared, filled;
  Quantity share;
  std::uint64_t remainder{};  ///< of the sharing
};
/// Shares out a fill of a pooled order, of which `declared` is the sum of all parts and `filled` what was shared out
/// before, by largest remainder on the declared quantities, ties in declared order (rulebook 6). What counts is what a
/// principal is due of all fills so far, declared_i * (filled + fill) / declared, less what it has: for the first fill
/// that is its part of the fill; from then on a kilogram that rounding gave to one goes to another the next time, and
/// nobody gets more than it declared. Parts that are filled may be left out. docs/decisions/0013 says why.
/// REQUIRES: filled + fill <= declared < 2^32, fill >= 0, the parts as this function left them.
void share_fill(Quantity fill, Quantity declared, Quantity filled, std::span<PoolPart> parts,
                std::vector<std::uint64_t>& scratch);

}  // namespace pace
