#include "tools/pace/csv.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>

namespace pace::tool {
namespace {

constexpr std::size_t longest_row = 1 << 16;

/// Bytes of the sequence that starts at `i`, 0 when it is malformed.
std::size_t sequence_length(std::string_view text, std::size_t i) {
  const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(text[k]); };
  const unsigned char lead = byte(i);
  if (lead < 0x80) return 1;
  const std::size_t n = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || i + n > text.size()) return 0;
  for (std::size_t k = 1; k < n; ++k)
    if ((byte(i + k) & 0xc0) != 0x80) return 0;
  const unsigned char second = byte(i + 1);
  if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f)) return 0;
  if ((lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f)) return 0;
  return n;
}

std::string joined(const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& name : names) all += (all.empty() ? "" : ", ") + name;
  return all;
}

/// What an error message may repeat of a field: short and printable.
std::string shown(std::string_view field) {
  if (field.empty()) return "an empty field";
  std::string text(field.substr(0, 40));
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20) c = '?';
  return "\"" + text + (field.size() > 40 ? "…\"" : "\"");
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t n = sequence_length(text, i);
    if (n == 0) return false;
    i += n;
  }
  return true;
}

CsvReader::CsvReader(std::string path, std::vector<std::string> required, std::vector<std::string> optional)
    : path_(std::move(path)), columns_(std::move(required)), required_(columns_.size()) {
  columns_.insert(columns_.end(), optional.begin(), optional.end());
  place_.assign(columns_.size(), absent);
  if (std::filesystem::is_directory(path_)) throw CsvError(path_ + ": is a directory, not a file");
  file_.open(path_, std::ios::binary);
  if (!file_) throw CsvError(path_ + ": cannot be opened: " + std::strerror(errno));
  read_header();
}

void CsvReader::read_header() {
  if (!read_line()) throw CsvError(path_ + ": the file is empty; a header row is required: " + joined(columns_));
  if (row_.starts_with("\xef\xbb\xbf")) row_.erase(0, 3);
  split();
  width_ = fields_.size();
  for (std::size_t i = 0; i < width_; ++i) {
    const auto known = std::find(columns_.begin(), columns_.end(), fields_[i]);
    if (known == columns_.end()) fail("unknown column " + shown(fields_[i]) + "; known are: " + joined(columns_));
    std::size_t& place = place_[static_cast<std::size_t>(known - columns_.begin())];
    if (place != absent) fail("column " + shown(fields_[i]) + " stands there twice");
    place = i;
  }
  for (std::size_t i = 0; i < required_; ++i)
    if (place_[i] == absent) fail("column " + columns_[i] + " is missing in the header row");
}

bool CsvReader::read_line() {
  row_.clear();
  std::streambuf& bytes = *file_.rdbuf();
  int c = bytes.sbumpc();
  if (c == std::char_traits<char>::eof()) return false;
  ++line_;
  for (; c != std::char_traits<char>::eof() && c != '\n'; c = bytes.sbumpc()) {
    if (row_.size() == longest_row) fail("the row is longer than " + std::to_string(longest_row) + " bytes");
    row_ += static_cast<char>(c);
  }
  if (!row_.empty() && row_.back() == '\r') fail("the line ends in CR LF; save the file with LF line ends");
  if (!is_utf8(row_)) fail("the row is not valid UTF-8");
  return true;
}

bool CsvReader::next() {
  if (!read_line()) return false;
  if (row_.empty()) fail("an empty line; every line is a row of " + std::to_string(width_) + " fields");
  split();
  if (fields_.size() != width_)
    fail(std::to_string(fields_.size()) + " fields; the header row names " + std::to_string(width_));
  return true;
}

void CsvReader::split() {
  std::size_t count = 0;
  const auto field = [&]() -> std::string& {
    if (count == fields_.size()) fields_.emplace_back();
    fields_[count].clear();
    return fields_[count++];
  };
  for (std::size_t i = 0;;) {
    std::string& to = field();
    if (i < row_.size() && row_[i] == '"') {
      for (++i;; ++i) {
        if (i == row_.size()) fail("a quoted field does not end on its line");
        if (row_[i] == '"' && (i + 1 == row_.size() || row_[i + 1] != '"')) break;
        if (row_[i] == '"') ++i;
        to += row_[i];
      }
      if (++i < row_.size() && row_[i] != ',') fail("text after the closing quote of a field");
    } else {
      const std::size_t end = std::min(row_.find(',', i), row_.size());
      to.assign(row_, i, end - i);
      i = end;
    }
    if (i >= row_.size()) break;
    ++i;  // the comma
  }
  fields_.resize(count);
}

std::string_view CsvReader::text(std::size_t column) const {
  return place_[column] == absent ? std::string_view() : std::string_view(fields_[place_[column]]);
}

std::int64_t CsvReader::integer(std::size_t column, std::int64_t lowest, std::int64_t highest) const {
  const std::string_view field = text(column);
  std::int64_t value{};
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (error != std::errc{} || end != field.data() + field.size() || value < lowest || value > highest)
    fail(column, shown(field) + " is not an integer from " + std::to_string(lowest) + " to " + std::to_string(highest));
  return value;
}

std::int64_t CsvReader::integer_or(std::size_t column, std::int64_t otherwise, std::int64_t lowest,
                                   std::int64_t highest) const {
  return text(column).empty() ? otherwise : integer(column, lowest, highest);
}

void CsvReader::fail(std::size_t column, const std::string& what) const {
  throw CsvError(path_ + ":" + std::to_string(line_) + ": column " + columns_[column] + ": " + what);
}

void CsvReader::fail(const std::string& what) const {
  throw CsvError(path_ + ":" + std::to_string(line_) + ": " + what);
}

}  // namespace pace::tool
