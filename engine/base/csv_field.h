// One field of a CSV row, by RFC 4180. Pure; thread rule: functions of their arguments.
#pragma once

#include <string>
#include <string_view>

namespace pace {

/// In quotes, with quotes inside doubled.
inline void append_quoted_csv(std::string& row, std::string_view field) {
  row += '"';
  for (const char c : field) row.append(c == '"' ? 2 : 1, c);
  row += '"';
}

/// Quoted where it must be.
inline void append_csv(std::string& row, std::string_view field) {
  if (field.find_first_of(",\"\r\n") == std::string_view::npos)
    row += field;
  else
    append_quoted_csv(row, field);
}

}  // namespace pace
