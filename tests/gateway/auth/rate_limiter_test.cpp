#include <doctest/doctest.h>

#include "gateway/auth/rate_limiter.h"

using namespace pace;
using namespace std::chrono_literals;

TEST_CASE("rate limiter: a burst passes, then the refill rate, and the answer says how long to wait") {
  RateLimiter limiter(10, 3);
  const RateLimiter::Time start{};
  CHECK(limiter.take("ann", start).remaining == 2);
  CHECK(limiter.take("ann", start).remaining == 1);
  CHECK(limiter.take("ann", start).remaining == 0);
  const auto refused = limiter.take("ann", start);
  CHECK_FALSE(refused.allowed);
  CHECK(refused.retry_after == 100ms);
  CHECK(limiter.take("bob", start).allowed);
  CHECK_FALSE(limiter.take("ann", start + 99ms).allowed);
  CHECK(limiter.take("ann", start + 100ms).allowed);
  CHECK(limiter.take("ann", start + 1h).remaining == 2);
}

TEST_CASE("rate limiter: several tokens are taken together or not at all") {
  RateLimiter limiter(10, 10);
  const RateLimiter::Time start{};
  CHECK(limiter.take("ann", start, 7).remaining == 3);
  const auto refused = limiter.take("ann", start, 5);
  CHECK_FALSE(refused.allowed);
  CHECK(refused.remaining == 3);
  CHECK(refused.retry_after == 200ms);
  CHECK(limiter.take("ann", start, 3).remaining == 0);
}

TEST_CASE("rate limiter: keys are bounded, and only full buckets are forgotten") {
  RateLimiter limiter(1, 1, 2);
  const RateLimiter::Time start{};
  CHECK(limiter.take("a", start).allowed);
  CHECK(limiter.take("b", start).allowed);
  CHECK_FALSE(limiter.take("c", start).allowed);
  CHECK_FALSE(limiter.take("a", start).allowed);
  CHECK(limiter.take("c", start + 1s).allowed);
  CHECK(limiter.keys() == 1);
}
