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
  [[nodiscard]] constexpr bool empty() const { return bytes_[0] == '\0'; }
  [[nodiscard]] constexpr const std::array<char, N>& bytes() const { return bytes_; }
  [[nodiscard]] constexpr std::array<char, N>& bytes() { return bytes_; }
  constexpr auto operator<=>(const FixedString&) const = default;

 private:
  std::array<char, N> bytes_{};
};

}  // namespace pace
