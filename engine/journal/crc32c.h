// CRC-32C (Castagnoli, RFC 3720 appendix B.4): the checksum of every header and record on disk. Uses the processor's
// instruction where it has one; a test holds both ways to the same answers.
// Thread rule: pure functions.
#pragma once

#include <cstdint>

#include "engine/base/bytes.h"

namespace pace {

/// Checksum of bytes that follow bytes with checksum `before` (0: none).
[[nodiscard]] std::uint32_t crc32c(BytesView bytes, std::uint32_t before = 0);
/// The same by table, on any processor.
[[nodiscard]] std::uint32_t crc32c_portable(BytesView bytes, std::uint32_t before = 0);

}  // namespace pace
