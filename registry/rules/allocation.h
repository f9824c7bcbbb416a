// The allocation: weights, A_i, its timed release, and the digest by which anybody recomputes a run. Rulebook 3. Pure.
//
// A_i = floor(F * w_i / sum of w); leftover kilograms go one each by largest remainder, ties by lower tie hash:
//   tie hash = SHA-256 of the text "<account>/<year>" (decimal, ASCII), compared as a big-endian number.
// Inputs digest = SHA-256 of this text, every line ended by a line feed, accounts in rising order of number (for
// account names that are not numbers: by length, then by bytes, which is the same for numbers):
//   pace-allocation/1
//   year=2026
//   cap=120000000
//   reserve=6000000
//   paid_pool=0
//   free_pool=114000000
//   <account>,<weight in thousandths>      one line for each account with a weight above 0
// Thread rule: functions of their arguments.
#pragma once

#include <array>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/sha256.h"
#include "engine/message/types.h"
#include "registry/rules/cap.h"
#include "registry/rules/rulebook.h"

namespace pace {

/// Adults weigh 1.0, minors 0.5, plus the add-ons; accounts that are not persons weigh nothing.
/// REQUIRES: |addons| <= addon_bound.
PerMille weight_of(AccountKind kind, PerMille addons, const Rulebook& rules);

Bytes32 tie_hash(std::string_view account, Year year);

/// The text of an entry's account, for its tie hash. Must name the same account every time.
using AccountText = std::function<std::string(std::uint32_t position)>;

/// A_i in the order of `weights`; they sum to `free_pool`. REQUIRES: free_pool >= 0, weight_sum(weights) > 0.
std::vector<Quantity> allocate(Quantity free_pool, Year year, std::span<const std::int64_t> weights,
                               const AccountText& account);

class AllocationDigest {
 public:
  AllocationDigest(Year year, Quantity cap, const Pools& pools);
  /// REQUIRES: called in the order given above.
  void add(std::string_view account, PerMille weight);
  /// The object is spent afterwards.
  [[nodiscard]] Bytes32 finish() { return hash_.finish(); }

 private:
  Sha256 hash_;
  std::string line_;
};

struct ReleaseSchedule {
  PerMille first{500};      ///< released with part 0
  std::int64_t parts = 26;  ///< the rest, in equal parts; the last takes the remainder
};
/// Released of A_i after the first `parts_released` parts (part 0 counts as one). REQUIRES: allocated >= 0.
Quantity released(Quantity allocated, std::int64_t parts_released, const ReleaseSchedule& schedule);

/// How equal a run is: Gini coefficient in millionths, and the kilograms of each tenth of the accounts, poorest first
/// (tenth k holds the accounts from floor(n*k/10) to floor(n*(k+1)/10)). REQUIRES: no negative quantity.
struct Distribution {
  std::int64_t gini_millionths = 0;
  std::array<Quantity, 10> deciles{};
};
Distribution distribution_of(std::vector<Quantity> quantities);

}  // namespace pace
