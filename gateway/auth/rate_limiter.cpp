#include "gateway/auth/rate_limiter.h"

#include <algorithm>
#include <cmath>

#include "engine/base/check.h"

namespace pace {

RateLimiter::RateLimiter(double per_second, double burst, std::size_t max_keys)
    : per_second_(per_second), burst_(burst), max_keys_(max_keys) {
  PACE_CHECK(per_second > 0 && burst >= 1 && max_keys >= 1);
}

double RateLimiter::level(const Bucket& bucket, Time now) const {
  const double seconds = std::chrono::duration<double>(now - bucket.filled).count();
  return std::min(burst_, bucket.tokens + seconds * per_second_);
}

RateLimiter::Grant RateLimiter::take(std::string_view key, Time now, std::uint32_t tokens) {
  PACE_CHECK(tokens <= burst_);
  std::string name(key);
  auto found = buckets_.find(name);
  if (found == buckets_.end()) {
    if (buckets_.size() >= max_keys_) forget_full(now);
    if (buckets_.size() >= max_keys_) return {false, 0, std::chrono::seconds(1)};
    found = buckets_.emplace(std::move(name), Bucket{burst_, now}).first;
  }
  Bucket& bucket = found->second;
  bucket = {level(bucket, now), now};
  if (bucket.tokens < tokens) {
    const auto wait = static_cast<std::int64_t>(std::ceil((tokens - bucket.tokens) / per_second_ * 1000));
    return {false, static_cast<std::uint32_t>(bucket.tokens), std::chrono::milliseconds(wait)};
  }
  bucket.tokens -= tokens;
  return {true, static_cast<std::uint32_t>(bucket.tokens), {}};
}

void RateLimiter::forget_full(Time now) {
  std::erase_if(buckets_, [&](const auto& entry) { return level(entry.second, now) >= burst_; });
}

}  // namespace pace
