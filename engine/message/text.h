// The text form of a field: what a CSV cell or a command-line option holds. Integers in the field's own unit, dates
// YYYY-MM-DD, enums by name, bytes in hex; list items are separated by ';', the fields of an item by ':'.
// Reading answers with what the field takes when the text does not fit; nothing is guessed.
#pragma once

#include <charconv>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/base/hex.h"
#include "engine/message/codec.h"
#include "engine/message/json.h"

namespace pace {

template <class T>
std::string text_of(const T& value) {
  if constexpr (Message<T> || IsList<T>::value) {
    std::string out;
    bool first = true;
    const auto append = [&](const auto& part) {
      if (!std::exchange(first, false)) out += IsList<T>::value ? ';' : ':';
      out += text_of(part);
    };
    if constexpr (IsList<T>::value) {
      for (const auto& item : value) append(item);
    } else {
      for_each_field(value, [&](std::string_view, const auto& field) { append(field); });
    }
    return out;
  } else if constexpr (std::is_same_v<T, std::string>) {
    return value;
  } else if constexpr (IsFixedString<T>::value) {
    return std::string(value.view());
  } else {
    std::string json;
    json_value(json, value);
    if (json.starts_with('"')) json = json.substr(1, json.size() - 2);
    return json;
  }
}

/// What a field of type T takes, for error texts and --help: "a whole number", "buy or sell" …
template <class T>
std::string what_fits() {
  if constexpr (std::is_same_v<T, bool>) {
    return "true or false";
  } else if constexpr (std::is_enum_v<T>) {
    std::string words;
    for (const std::string_view name : EnumNames<T>::names) words += (words.empty() ? "" : ", ") + std::string(name);
    return "one of " + words;
  } else if constexpr (std::is_same_v<T, Date>) {
    return "a date YYYY-MM-DD, or nothing";
  } else if constexpr (std::is_same_v<T, Timestamp>) {
    return "an exchange local time YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS, or nanoseconds since 1970 UTC";
  } else if constexpr (std::is_integral_v<T>) {
    return "a whole number from " + std::to_string(std::numeric_limits<T>::min()) + " to " +
           std::to_string(std::numeric_limits<T>::max());
  } else if constexpr (StrongInteger<T>) {
    return what_fits<typename T::Rep>();
  } else if constexpr (IsFixedString<T>::value) {
    return "at most " + std::to_string(T::capacity) + " printable ASCII characters";
  } else if constexpr (IsByteArray<T>::value) {
    return std::to_string(2 * std::tuple_size_v<T>) + " hex digits, or nothing";
  } else if constexpr (std::is_same_v<T, std::string>) {
    return "a text of at most " + std::to_string(max_text_bytes) + " bytes";
  } else if constexpr (IsList<T>::value) {
    return "items separated by ';', each " + what_fits<typename T::value_type>();
  } else {
    return "fields separated by ':'";
  }
}

template <class T>
bool parse_text(std::string_view text, T& value);

namespace detail {

template <class Rep>
bool parse_integer(std::string_view text, Rep& value) {
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  return !text.empty() && result.ec == std::errc{} && result.ptr == text.data() + text.size();
}

// The parts of a text between its separators: one more than there are separators.
class Parts {
 public:
  Parts(std::string_view text, char separator) : rest_(text), separator_(separator) {}
  /// Nothing behind the last.
  std::optional<std::string_view> next() {
    if (!rest_) return std::nullopt;
    const std::string_view text = *rest_;
    const std::size_t end = text.find(separator_);
    rest_ = end == std::string_view::npos ? std::nullopt : std::optional(text.substr(end + 1));
    return text.substr(0, end);
  }

 private:
  std::optional<std::string_view> rest_;
  char separator_;
};

}  // namespace detail

/// False when the text does not fit the field; `value` is then unspecified.
template <class T>
bool parse_text(std::string_view text, T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    value = text == "true";
    return value || text == "false";
  } else if constexpr (std::is_enum_v<T>) {
    const std::optional<T> found = enum_from<T>(text);
    if (found) value = *found;
    return found.has_value();
  } else if constexpr (std::is_same_v<T, Date>) {
    const std::optional<Date> date = text.empty() ? Date{} : parse_date(text);
    if (date) value = *date;
    return date.has_value();
  } else if constexpr (std::is_same_v<T, Timestamp>) {
    const std::optional<Timestamp> local = parse_local_time(text);
    std::int64_t raw{};
    if (!local && !detail::parse_integer(text, raw)) return false;
    value = local ? *local : Timestamp(raw);
    return true;
  } else if constexpr (std::is_integral_v<T>) {
    return detail::parse_integer(text, value);
  } else if constexpr (StrongInteger<T>) {
    typename T::Rep raw{};
    const bool fits = detail::parse_integer(text, raw);
    value = T(raw);
    return fits;
  } else if constexpr (IsFixedString<T>::value) {
    const std::optional<T> fixed = T::from(text);
    if (fixed) value = *fixed;
    return fixed.has_value();
  } else if constexpr (IsByteArray<T>::value) {
    value = {};
    return text.empty() || read_hex(text, value);
  } else if constexpr (std::is_same_v<T, std::string>) {
    value = text;
    return text.size() <= max_text_bytes;
  } else if constexpr (IsList<T>::value) {
    value.clear();
    detail::Parts parts(text, ';');
    while (const auto part = text.empty() ? std::nullopt : parts.next())
      if (value.size() == max_list_items || !parse_text(*part, value.emplace_back())) return false;
    return true;
  } else {
    detail::Parts parts(text, ':');
    bool fits = true;
    for_each_field(value, [&](std::string_view, auto& field) {
      const auto part = parts.next();
      fits = fits && part && parse_text(*part, field);
    });
    return fits && !parts.next();
  }
}

}  // namespace pace
