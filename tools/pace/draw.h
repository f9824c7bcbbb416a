// Draws from a seed, SplitMix64 (Steele, Lea, Flood 2014): integers only, so that a seed gives the same anywhere.
// Thread rule: a value.
#pragma once

#include <cstdint>

namespace pace::tool {

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  std::int64_t below(std::int64_t n) { return static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(n)); }
  bool percent(std::int64_t p) { return below(100) < p; }

 private:
  std::uint64_t state_;
};

}  // namespace pace::tool
