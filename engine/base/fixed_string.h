// A short text held inline, zero padded: no allocation, comparable, and the same bytes in every file.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <optional>
#include <string_view>

namespace pace {

template <std::size_t N>
class FixedString {
 public:
  static constexpr std::size_t capacity = N;
  constexpr FixedString() = default;
  /// REQUIRES: text.size() <= N and no zero byte; for text from outside use from().
  constexpr FixedString(const char* text) {  // NOLINT(google-explicit-constructor): literals read naturally
    for (std::size_t i = 0; i < N && text[i] != '\0'; ++i) bytes_[i] = text[i];
  }
  /// Printable ASCII of at most N characters, else nothing.
  static constexpr std::optional<FixedString> from(std::string_view text) {
    if (text.size() > N) return std::nullopt;
    FixedString result;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] < 0x20 || text[i] > 0x7e) return std::nullopt;
      result.bytes_[i] = text[i];
    }
    return result;
  }
  [[nodiscard]] constexpr std::string_view view() const {
    std::size_t n = 0;
    while (n < N && bytes_[n] != '\0') ++n;
    return {bytes_.data(), n};
  }
  /// What from() makes: printable, then zeros to the end. For bytes that came from outside. (Two passes without a
  /// branch: they are on the way of every command that is read back.)
  [[nodiscard]] constexpr bool well_formed() const {
    bool good = true;
    for (std::size_t i = 0; i < N; ++i)
      good &= (bytes_[i] == '\0') | (static_cast<unsigned char>(bytes_[i] - 0x20) <= 0x7e - 0x20);
    for (std::size_t i = 0; i + 1 < N; ++i) good &= (bytes_[i] != '\0') | (bytes_[i + 1] == '\0');
    return good;
  }
  [[nodiscard]] constexpr bool empty() const { return bytes_[0] == '\0'; }
  [[nodiscard]] constexpr const std::array<char, N>& bytes() const { return bytes_; }
  [[nodiscard]] constexpr std::array<char, N>& bytes() { return bytes_; }
  constexpr auto operator<=>(const FixedString&) const = default;

 private:
  std::array<char, N> bytes_{};
};

}  // namespace pace
