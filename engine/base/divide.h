// Divisions by a constant that never become a division instruction. A compiler multiplies instead by itself, but not at
// places that it takes for rare ones; there it saves an instruction and pays twenty cycles.
// Pure. Thread rule: values.
#pragma once

#include <cstdint>

namespace pace {

__extension__ using DoubleWord = unsigned __int128;

/// x / 100.
constexpr std::uint64_t hundredth(std::uint64_t x) {
  return static_cast<std::uint64_t>(static_cast<DoubleWord>(x >> 2) * 0x28f5'c28f'5c28'f5c3 >> 64) >> 2;
}
/// x / 1000.
constexpr std::uint64_t thousandth(std::uint64_t x) {
  return static_cast<std::uint64_t>(static_cast<DoubleWord>(x >> 3) * 0x20c4'9ba5'e353'f7cf >> 64) >> 4;
}
static_assert(hundredth(99) == 0 && hundredth(100) == 1 && hundredth(12'399) == 123 && hundredth(~0ull) == ~0ull / 100);
static_assert(thousandth(999) == 0 && thousandth(1'000) == 1 && thousandth(~0ull) == ~0ull / 1'000);
static_assert(thousandth(~0ull / 1'000 * 1'000 - 1) == ~0ull / 1'000 - 1);
static_assert(hundredth(~0ull / 100 * 100 - 1) == ~0ull / 100 - 1);

}  // namespace pace
