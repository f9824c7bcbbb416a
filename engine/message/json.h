// JSON from the field lists. Units as integers (kg, fen/t, milli-fen), dates as "YYYY-MM-DD", instants as nanoseconds,
// enums by name, fixed strings as strings, bytes as lower-case hex. Writing only: reading JSON from outside is the
// gateway's work (gateway/http/command_json.h), over the same lists.
#pragma once

#include <charconv>
#include <string>

#include "engine/base/bytes.h"
#include "engine/message/codec.h"
#include "engine/message/events.h"

namespace pace {

void json_escape(std::string& out, std::string_view text);
void json_hex(std::string& out, BytesView bytes);

template <Message T>
void json_fields(std::string& out, const T& message);

template <class T>
void json_value(std::string& out, const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    out += value ? "true" : "false";
  } else if constexpr (std::is_same_v<T, Date>) {
    out += '"';
    if (value != Date{}) out += to_text(value);
    out += '"';
  } else if constexpr (std::is_integral_v<T> || StrongInteger<T>) {
    char digits[24];
    std::to_chars_result end{};
    if constexpr (std::is_integral_v<T>) {
      end = std::to_chars(digits, digits + sizeof digits, value);
    } else {
      end = std::to_chars(digits, digits + sizeof digits, value.raw());
    }
    out.append(digits, end.ptr);
  } else if constexpr (std::is_enum_v<T>) {
    out += '"';
    out += name_of(value);
    out += '"';
  } else if constexpr (IsFixedString<T>::value) {
    json_escape(out, value.view());
  } else if constexpr (IsByteArray<T>::value) {
    json_hex(out, value);
  } else if constexpr (std::is_same_v<T, std::string>) {
    json_escape(out, value);
  } else if constexpr (IsList<T>::value) {
    out += '[';
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (i != 0) out += ',';
      json_value(out, value[i]);
    }
    out += ']';
  } else {
    static_assert(Message<T>, "no JSON form for this type");
    out += '{';
    json_fields(out, value);
    out += '}';
  }
}

/// "a":1,"b":2 without the braces.
template <Message T>
void json_fields(std::string& out, const T& message) {
  bool first = true;
  for_each_field(message, [&](std::string_view name, const auto& value) {
    if (!first) out += ',';
    first = false;
    out += '"';
    out += name;
    out += "\":";
    json_value(out, value);
  });
}

/// {"command":"new_order","request_id":"…","body":{…}}: what POST /api/v1/commands takes, one per line.
std::string to_json(const Request& request);
/// {"event":"trade","trade":1,…}
std::string to_json(const Event& event);
/// {"code":"…","value":…,"limit":…,"text":"…"} or {"code":"none"}
std::string to_json(const Outcome& outcome);

}  // namespace pace
