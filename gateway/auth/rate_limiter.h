// Token buckets, one per key (user, or session before login): so many requests a second on average, so many at once.
// Thread rule: one thread owns it. Time is an argument. Invariant: memory is bounded; full buckets are forgotten first.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace pace {

class RateLimiter {
 public:
  using Time = std::chrono::steady_clock::time_point;
  struct Grant {
    bool allowed = false;
    std::uint32_t remaining = 0;              ///< whole tokens left: the budget told to the client
    std::chrono::milliseconds retry_after{};  ///< when refused: until the tokens are there, rounded up
  };

  /// REQUIRES: per_second > 0, burst >= 1, max_keys >= 1.
  RateLimiter(double per_second, double burst, std::size_t max_keys = 100'000);
  /// Takes `tokens` of `key`, all or none. REQUIRES: tokens <= burst; now does not go back. When max_keys buckets are
  /// all in use, a new key is refused: forgetting a bucket that is not full would hand out its tokens twice.
  Grant take(std::string_view key, Time now, std::uint32_t tokens = 1);
  [[nodiscard]] double burst() const { return burst_; }
  [[nodiscard]] std::size_t keys() const { return buckets_.size(); }

 private:
  struct Bucket {
    double tokens;
    Time filled;
  };
  [[nodiscard]] double level(const Bucket& bucket, Time now) const;
  void forget_full(Time now);

  double per_second_, burst_;
  std::size_t max_keys_;
  std::unordered_map<std::string, Bucket> buckets_;
};

}  // namespace pace
