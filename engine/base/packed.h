// Integers in as few bytes as they need, for what is mostly zeros and small numbers: seven bits a byte, the lowest
// first, the high bit says that another follows; signed ones zigzag (0, -1, 1, -2 …). Bytes of a fixed length without
// the zeros at their end. Each value has one form only, so that what was read is written as the same bytes.
// Readers and writers stand in front of a ByteReader or ByteWriter and can take turns with it. Thread rule: one owner.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>

#include "engine/base/bytes.h"

namespace pace {

class PackedWriter {
 public:
  explicit PackedWriter(ByteWriter& out) : out_(out) {}
  template <class T>
  requires std::is_integral_v<T>
  void put(T value) {
    std::uint64_t bits;
    if constexpr (std::is_signed_v<T>) {
      const auto wide = static_cast<std::int64_t>(value);
      bits = static_cast<std::uint64_t>(wide) << 1 ^ static_cast<std::uint64_t>(wide >> 63);
    } else {
      bits = value;
    }
    std::array<std::uint8_t, 10> bytes;
    std::size_t n = 0;
    for (; bits >= 0x80; bits >>= 7) bytes[n++] = static_cast<std::uint8_t>(bits | 0x80);
    bytes[n++] = static_cast<std::uint8_t>(bits);
    out_.put_bytes(bytes.data(), n);
  }
  void put_bytes(const void* from, std::size_t n) {
    const auto* const bytes = static_cast<const std::uint8_t*>(from);
    while (n != 0 && bytes[n - 1] == 0) --n;
    put(n);
    out_.put_bytes(from, n);
  }
  void put_text(std::string_view text) {
    put(text.size());
    out_.put_bytes(text.data(), text.size());
  }

 private:
  ByteWriter& out_;
};

/// As ByteReader: stays failed after the first thing that was not there or not in its one form.
class PackedReader {
 public:
  explicit PackedReader(ByteReader& in) : in_(in) {}
  template <class T>
  requires std::is_integral_v<T> T get() {
    std::uint64_t bits = 0;
    for (unsigned shift = 0;; shift += 7) {
      const auto byte = in_.get<std::uint8_t>();
      const std::uint64_t more = byte & 0x7fu;
      if (shift == 63 && more > 1) in_.fail();  // beyond 64 bits
      if (shift != 0 && byte == 0) in_.fail();  // a form longer than it needs
      if (!in_.ok()) return T{};
      bits |= more << shift;
      if (byte < 0x80) break;
      if (shift == 63) {
        in_.fail();
        return T{};
      }
    }
    if constexpr (std::is_signed_v<T>) {
      const auto value = static_cast<std::int64_t>(bits >> 1 ^ (0 - (bits & 1)));
      if (value < std::numeric_limits<T>::min() || value > std::numeric_limits<T>::max()) in_.fail();
      return in_.ok() ? static_cast<T>(value) : T{};
    } else {
      if (bits > std::numeric_limits<T>::max()) in_.fail();
      return in_.ok() ? static_cast<T>(bits) : T{};
    }
  }
  void get_bytes(void* to, std::size_t n) {
    const auto used = get<std::size_t>();
    if (used > n) in_.fail();
    auto* const bytes = static_cast<std::uint8_t*>(to);
    const std::size_t got = in_.ok() ? used : 0;
    in_.get_bytes(bytes, got);
    if (got != 0 && bytes[got - 1] == 0) in_.fail();
    if (n > got) std::memset(bytes + got, 0, n - got);
  }
  BytesView get_view(std::size_t n) { return in_.get_view(n); }
  void fail() { in_.fail(); }
  [[nodiscard]] std::size_t remaining() const { return in_.remaining(); }
  [[nodiscard]] bool ok() const { return in_.ok(); }

 private:
  ByteReader& in_;
};

}  // namespace pace
