// CRC-32C of the gateway's files. Thread rule: pure function.
#pragma once

#include <boost/crc.hpp>
#include <cstdint>
#include <string_view>

namespace pace::fix {

inline std::uint32_t crc32c(std::string_view bytes) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return crc.checksum();
}

}  // namespace pace::fix
