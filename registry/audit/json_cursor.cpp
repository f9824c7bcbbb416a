#include "registry/audit/json_cursor.h"

namespace pace::audit {

std::string_view JsonCursor::plain_string() {
  expect("\"");
  const std::size_t end = failed_ ? std::string_view::npos : text_.find_first_of("\"\\", at_);
  if (end == std::string_view::npos || text_[end] == '\\') {
    fail();
    return {};
  }
  const std::string_view value = text_.substr(at_, end - at_);
  at_ = end + 1;
  return value;
}

std::string JsonCursor::string() {
  std::string value;
  expect("\"");
  while (!failed_) {
    const std::size_t end = text_.find_first_of("\"\\", at_);
    if (end == std::string_view::npos) break;
    value.append(text_, at_, end - at_);
    at_ = end + 1;
    if (text_[end] == '"') return value;
    if (take("\"")) {
      value += '"';
    } else if (take("\\")) {
      value += '\\';
    } else {
      std::uint8_t byte = 0;
      expect("u00");
      if (failed_ || at_ + 2 > text_.size() || !read_hex(text_.substr(at_, 2), {&byte, 1}) || byte >= 0x20) break;
      value += static_cast<char>(byte);
      at_ += 2;
    }
  }
  fail();
  return {};
}

}  // namespace pace::audit
