// SHA-256 for the audit log, by OpenSSL, and the text forms of digests. Thread rule: values, no shared state.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/bytes.h"
#include "engine/base/hex.h"

namespace pace::audit {

using Hash = std::array<std::uint8_t, 32>;

inline BytesView bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;
  void update(BytesView bytes);
  void update(std::string_view text) { update(bytes_of(text)); }
  /// The digest of all that was given; the hasher then starts anew.
  [[nodiscard]] Hash finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

[[nodiscard]] Hash hash_of(BytesView bytes);

/// Exactly 64 lower-case hex digits.
[[nodiscard]] std::optional<Hash> hash_from_hex(std::string_view text);

/// RFC 4648 base64 with padding.
[[nodiscard]] std::string to_base64(BytesView bytes);
/// Only the one canonical form of the bytes: a flipped bit anywhere is refused or changes them.
[[nodiscard]] std::optional<Bytes> from_base64(std::string_view text);

}  // namespace pace::audit
