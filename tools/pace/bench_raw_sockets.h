// What the kernel alone takes for the bytes of a gateway's bench: the yardstick beside its figures, on the core that
// the caller runs on. No gateway, no JSON, no frames. Thread rule: one thread; the server's side is made within.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace pace::tool {

struct RawSize {
  std::size_t request = 0, answer = 0;  ///< bytes
};
/// Nanoseconds of each round trip between two threads over TCP.
std::vector<std::int64_t> raw_round_trips(std::uint32_t count, RawSize size);
/// Nanoseconds, the median of some rounds: `bytes` to each of so many connections, and all of it read by one epoll
/// loop.
std::int64_t raw_fan_out(std::uint32_t readers, std::size_t bytes);

}  // namespace pace::tool
