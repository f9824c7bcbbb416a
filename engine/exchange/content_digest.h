// What tells a repeat of a request from another request under the same id: 64 bits over a command's type and fields.
// A polynomial of the words at an odd constant: commands that differ in one word never agree, others by chance of
// 2^-64. Narrow fields share a word; a text or a list comes in as one word, hashed before. Not cryptographic: a sender
// who searches for two commands of one digest only confuses itself. Thread rule: pure.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

#include "engine/message/codec.h"
#include "engine/message/commands.h"

namespace pace {

class ContentSum {
 public:
  template <class T>
  [[gnu::always_inline]] void add(const T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      add_bits(value, 8);
    } else if constexpr (std::is_integral_v<T>) {
      add_bits(static_cast<std::make_unsigned_t<T>>(value), 8 * sizeof(T));
    } else if constexpr (std::is_enum_v<T>) {
      add(static_cast<std::underlying_type_t<T>>(value));
    } else if constexpr (StrongInteger<T>) {
      add(value.raw());
    } else if constexpr (IsFixedString<T>::value) {
      add_bytes<T::capacity>(value.bytes().data());
    } else if constexpr (IsByteArray<T>::value) {
      add_bytes<std::tuple_size_v<T>>(value.data());
    } else if constexpr (std::is_same_v<T, std::string> || IsList<T>::value) {
      add_bits(hash_of(value), 64);
    } else {
      for_each_field(
          value, [this](std::string_view, const auto& field) __attribute__((always_inline)) { add(field); });
    }
  }
  [[nodiscard]] std::uint64_t finish() {
    flush();
    return sum_;
  }

 private:
  [[gnu::always_inline]] void add_bits(std::uint64_t value, unsigned bits) {
    if (used_ + bits > 64) flush();
    word_ |= value << used_;
    used_ += bits;
  }
  template <std::size_t N>
  [[gnu::always_inline]] void add_bytes(const void* bytes) {
    const auto* from = static_cast<const unsigned char*>(bytes);
    std::size_t at = 0;
    for (; at + 8 <= N; at += 8) {
      std::uint64_t word;
      std::memcpy(&word, from + at, 8);
      add_bits(word, 64);
    }
    if constexpr (N % 8 != 0) {
      std::uint64_t rest = 0;
      std::memcpy(&rest, from + at, N % 8);
      add_bits(rest, 8 * (N % 8));
    }
  }
  [[gnu::always_inline]] void flush() {
    sum_ = (sum_ + word_) * odd;
    word_ = 0;
    used_ = 0;
  }
  static constexpr std::uint64_t odd = 0x9e3779b97f4a7c15;
  /// Folded 64 x 64 -> 128 bit product, as in wyhash: each word reaches every bit, and its place matters.
  static std::uint64_t fold(std::uint64_t a, std::uint64_t b);
  static std::uint64_t hash_of(const std::string& text);
  template <class T>
  static std::uint64_t hash_of(const std::vector<T>& list) {
    std::uint64_t hash = fold(0, list.size());
    for (const T& item : list) {
      ContentSum sum;
      sum.add(item);
      hash = fold(hash, sum.finish());
    }
    return hash;
  }

  std::uint64_t sum_ = 0, word_ = 0;
  unsigned used_ = 0;
};

template <Message C>
[[gnu::always_inline]] inline std::uint64_t content_digest(const C& command) {
  ContentSum sum;
  sum.add(C::type);
  sum.add(command);
  return sum.finish();
}
[[nodiscard]] std::uint64_t content_digest(const Command& command);

}  // namespace pace
