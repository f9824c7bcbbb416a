// One parameter of a statement, by value, in PostgreSQL's text form (bytea in binary). Nothing is ever pasted into SQL.
// Thread rule: values.
#pragma once

#include <concepts>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "engine/base/bytes.h"
#include "engine/base/date.h"
#include "engine/base/fixed_string.h"

namespace pace::pg {

/// Any of our ids and units: something with a raw integer in it, a Date apart.
template <class T>
concept StrongValue = requires(const T& t) {
  typename T::Rep;
  { t.raw() } -> std::convertible_to<typename T::Rep>;
}
&&!std::same_as<T, Date>;

class Param {
 public:
  Param(std::nullopt_t) : null_(true) {}  // NOLINT(google-explicit-constructor): parameters read as values
  template <std::integral T>
  Param(T value) : text_(integral_text(value)) {}  // NOLINT(google-explicit-constructor)
  template <StrongValue T>
  Param(const T& value) : text_(std::to_string(value.raw())) {}  // NOLINT(google-explicit-constructor)
  Param(Date date) : text_(to_text(date)) {}                     // NOLINT(google-explicit-constructor)
  Param(std::string_view text) : text_(text) {}                  // NOLINT(google-explicit-constructor)
  Param(const char* text) : text_(text) {}                       // NOLINT(google-explicit-constructor)
  Param(std::string text) : text_(std::move(text)) {}            // NOLINT(google-explicit-constructor)
  template <std::size_t N>
  Param(const FixedString<N>& text) : text_(text.view()) {}  // NOLINT(google-explicit-constructor)
  Param(BytesView bytes)                                     // NOLINT(google-explicit-constructor)
      : text_(reinterpret_cast<const char*>(bytes.data()), bytes.size()), binary_(true) {}
  Param(const Bytes& bytes) : Param(BytesView(bytes)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool null() const { return null_; }
  [[nodiscard]] bool binary() const { return binary_; }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  template <std::integral T>
  static std::string integral_text(T value) {
    if constexpr (std::same_as<T, bool>)
      return value ? "t" : "f";
    else
      return std::to_string(value);
  }

  std::string text_;
  bool null_ = false;
  bool binary_ = false;
};

/// "{1,2,3}", for `unnest($1::bigint[])`.
template <class T>
std::string integer_array(std::span<const T> values) {
  std::string text = "{";
  for (const T& value : values) {
    if (text.size() > 1) text += ',';
    if constexpr (std::integral<T>)
      text += std::to_string(value);
    else
      text += std::to_string(value.raw());
  }
  return text += '}';
}

}  // namespace pace::pg
