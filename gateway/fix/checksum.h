// CRC-32C of the gateway's files: by the processor's own instruction where the build has it. Thread rule: pure
// function.
#pragma once

#include <boost/crc.hpp>
#include <cstdint>
#include <cstring>
#include <string_view>

#ifdef __SSE4_2__
#include <nmmintrin.h>
#endif

namespace pace::fix {

inline std::uint32_t crc32c_portable(std::string_view bytes) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return crc.checksum();
}

inline std::uint32_t crc32c(std::string_view bytes) {
#ifdef __SSE4_2__
  std::uint64_t crc = 0xFFFFFFFF;
  for (; bytes.size() >= sizeof crc; bytes.remove_prefix(sizeof crc)) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, bytes.data(), sizeof eight);
    crc = _mm_crc32_u64(crc, eight);
  }
  auto rest = static_cast<std::uint32_t>(crc);
  for (const char c : bytes) rest = _mm_crc32_u8(rest, static_cast<std::uint8_t>(c));
  return ~rest;
#else
  return crc32c_portable(bytes);
#endif
}

}  // namespace pace::fix
