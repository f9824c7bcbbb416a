// Reads JSON that this program wrote: fields in the known order, no blanks, one form per value. Whatever deviates
// fails, and the cursor then stays failed, so callers check once at the end. Not a general JSON reader, on purpose: a
// log line that parses has exactly one text. Thread rule: one thread.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "engine/base/hex.h"
#include "engine/message/codec.h"

namespace pace::audit {

class JsonCursor {
 public:
  explicit JsonCursor(std::string_view text) : text_(text) {}

  /// Takes `literal` or fails.
  void expect(std::string_view literal) {
    if (!take(literal)) fail();
  }
  /// Takes `literal` if it stands here.
  bool take(std::string_view literal) {
    if (failed_ || text_.substr(at_, literal.size()) != literal) return false;
    at_ += literal.size();
    return true;
  }
  template <class T>
  requires std::is_integral_v<T> T integer() {
    T value{};
    const char* const begin = text_.data() + at_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), value);
    // One spelling per number: "-0" and leading zeros are refused.
    if (failed_ || error != std::errc{} || (*begin == '0' && end - begin > 1) || (*begin == '-' && begin[1] == '0')) {
      fail();
      return T{};
    }
    at_ += static_cast<std::size_t>(end - begin);
    return value;
  }
  /// A string's characters, unescaped.
  std::string string();
  /// A string without escapes, in place.
  std::string_view plain_string();

  void fail() { failed_ = true; }
  [[nodiscard]] bool ok() const { return !failed_; }
  /// Everything was as expected and nothing is left over.
  [[nodiscard]] bool done() const { return !failed_ && at_ == text_.size(); }
  /// Characters taken so far.
  [[nodiscard]] std::size_t position() const { return at_; }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

template <class T>
void read_json(JsonCursor& in, T& value);

/// "a":1,"b":2 as json_fields writes them.
template <Message T>
void read_json_fields(JsonCursor& in, T& message) {
  bool first = true;
  for_each_field(message, [&](std::string_view name, auto& value) {
    if (!first) in.expect(",");
    first = false;
    in.expect("\"");
    in.expect(name);
    in.expect("\":");
    read_json(in, value);
  });
}

/// The value as json_value writes it.
template <class T>
void read_json(JsonCursor& in, T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    value = in.take("true");
    if (!value) in.expect("false");
  } else if constexpr (std::is_same_v<T, Date>) {
    const std::string_view text = in.plain_string();
    const auto date = text.empty() ? Date{} : parse_date(text).value_or(Date{});
    if (!text.empty() && date == Date{}) in.fail();  // 1970-01-01 is written as ""
    value = date;
  } else if constexpr (std::is_integral_v<T>) {
    value = in.integer<T>();
  } else if constexpr (StrongInteger<T>) {
    value = T(in.integer<typename T::Rep>());
  } else if constexpr (std::is_enum_v<T>) {
    const auto named = enum_from<T>(in.plain_string());
    if (!named) in.fail();
    value = named.value_or(T{});
  } else if constexpr (IsFixedString<T>::value) {
    const auto text = T::from(in.string());
    if (!text) in.fail();
    value = text.value_or(T{});
  } else if constexpr (IsByteArray<T>::value) {
    if (!read_hex(in.plain_string(), value)) in.fail();
  } else if constexpr (std::is_same_v<T, std::string>) {
    value = in.string();
  } else if constexpr (IsList<T>::value) {
    value.clear();
    in.expect("[");
    while (in.ok() && !in.take("]")) {
      if (!value.empty()) in.expect(",");
      read_json(in, value.emplace_back());
    }
  } else {
    static_assert(Message<T>, "no JSON form for this type");
    in.expect("{");
    read_json_fields(in, value);
    in.expect("}");
  }
}

}  // namespace pace::audit
