// SHA-256 (FIPS 180-4) for the pure rooms, which may not use a crypto library: state digests and the allocation's tie
// rule. The edges use OpenSSL; a test holds the two to the same answers.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "engine/base/bytes.h"

namespace pace {

class Sha256 {
 public:
  void update(BytesView bytes);
  void update(std::string_view text) {
    update(BytesView(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
  }
  /// The digest of all that was given. The object is spent afterwards.
  [[nodiscard]] std::array<std::uint8_t, 32> finish();

 private:
  void block(const std::uint8_t* bytes);

  std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::uint8_t, 64> pending_{};
  std::size_t pending_size_ = 0;
  std::uint64_t total_ = 0;
};

[[nodiscard]] std::array<std::uint8_t, 32> sha256(BytesView bytes);
[[nodiscard]] std::array<std::uint8_t, 32> sha256(std::string_view text);

}  // namespace pace
