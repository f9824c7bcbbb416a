// The work inside SHA-256: blocks of 64 bytes into the state of eight words. With the processor's SHA instructions
// where it has them (about six times as fast), portable elsewhere; a test holds both to the same answers. Thread rule:
// pure functions.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace pace {

using Sha256State = std::array<std::uint32_t, 8>;

/// REQUIRES: `bytes` points to 64 * blocks bytes.
void sha256_blocks(Sha256State& state, const std::uint8_t* bytes, std::size_t blocks);
/// The same on any processor.
void sha256_blocks_portable(Sha256State& state, const std::uint8_t* bytes, std::size_t blocks);

}  // namespace pace
