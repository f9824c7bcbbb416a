#include "registry/rules/allocation.h"

#include <algorithm>

#include "registry/rules/split.h"

namespace pace {
namespace {

struct Claim {
  std::uint64_t prefix;  ///< the hash's first eight bytes, big endian
  std::uint32_t position;
};

Claim claim_of(const Bytes32& hash, std::uint32_t position) {
  std::uint64_t prefix = 0;
  for (std::size_t i = 0; i < 8; ++i) prefix = (prefix << 8) | hash[i];
  return {prefix, position};
}

/// Millions may tie, so only eight bytes of each hash are kept; accounts equal in those are hashed again.
void break_by_hash(std::vector<std::uint32_t>& tied, std::size_t served, Year year, const AccountText& account) {
  std::vector<Claim> claims;
  claims.reserve(tied.size());
  for (const std::uint32_t position : tied) claims.push_back(claim_of(tie_hash(account(position), year), position));
  std::nth_element(claims.begin(), claims.begin() + static_cast<std::ptrdiff_t>(served), claims.end(),
                   [&](const Claim& a, const Claim& b) {
                     if (a.prefix != b.prefix || a.position == b.position) return a.prefix < b.prefix;
                     return tie_hash(account(a.position), year) < tie_hash(account(b.position), year);
                   });
  for (std::size_t i = 0; i < tied.size(); ++i) tied[i] = claims[i].position;
}

}  // namespace

PerMille weight_of(AccountKind kind, PerMille addons, const Rulebook& rules) {
  PACE_CHECK(addons.raw() >= -rules.addon_bound && addons.raw() <= rules.addon_bound);
  if (kind == AccountKind::person) return PerMille(rules.adult_weight) + addons;
  if (kind == AccountKind::minor) return std::max(PerMille(rules.minor_weight) + addons, PerMille{});
  return {};
}

Bytes32 tie_hash(std::string_view account, Year year) {
  std::string text(account);
  text += '/';
  text += std::to_string(year.raw());
  return sha256(text);
}

std::vector<Quantity> allocate(Quantity free_pool, Year year, std::span<const std::int64_t> weights,
                               const AccountText& account) {
  return share_out(free_pool, weights, [&](std::vector<std::uint32_t>& tied, std::size_t served) {
    break_by_hash(tied, served, year, account);
  });
}

AllocationDigest::AllocationDigest(Year year, Quantity cap, const Pools& pools) {
  hash_.update("pace-allocation/1\nyear=" + std::to_string(year.raw()) + "\ncap=" + std::to_string(cap.raw()) +
               "\nreserve=" + std::to_string(pools.reserve.raw()) + "\npaid_pool=" +
               std::to_string(pools.paid_pool.raw()) + "\nfree_pool=" + std::to_string(pools.free_pool.raw()) + "\n");
}

void AllocationDigest::add(std::string_view account, PerMille weight) {
  line_.assign(account);
  line_ += ',';
  line_ += std::to_string(weight.raw());
  line_ += '\n';
  hash_.update(line_);
}

Quantity released(Quantity allocated, std::int64_t parts_released, const ReleaseSchedule& schedule) {
  if (parts_released <= 0) return {};
  if (parts_released > schedule.parts) return allocated;
  const Quantity first(muldiv_floor(allocated.raw(), schedule.first.raw(), 1'000));
  const std::int64_t part = (allocated - first).raw() / schedule.parts;
  return first + Quantity(part * (parts_released - 1));
}

Distribution distribution_of(std::vector<Quantity> quantities) {
  Distribution result;
  std::sort(quantities.begin(), quantities.end());
  __extension__ using Wide = __int128;
  const auto n = static_cast<std::int64_t>(quantities.size());
  Wide sum = 0;
  Wide ranked = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const Quantity quantity = quantities[static_cast<std::size_t>(i)];
    PACE_CHECK(quantity >= Quantity{});
    sum += quantity.raw();
    ranked += static_cast<Wide>(i + 1) * quantity.raw();
    result.deciles[static_cast<std::size_t>((i * 10 + 9) / n)] += quantity;
  }
  if (sum == 0) return result;
  // G = 2 * (sum of rank * x) / (n * sum of x) - (n + 1) / n, over one denominator and cut to millionths.
  result.gini_millionths = static_cast<std::int64_t>((2 * ranked - (n + 1) * sum) * 1'000'000 / (n * sum));
  return result;
}

}  // namespace pace
