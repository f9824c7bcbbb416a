// Reads comma-separated files row by row: a header row names the columns, in any order; every error names file, line,
// column, what was found and what is allowed. UTF-8 and LF line ends are required, a byte-order mark is accepted,
// fields may be quoted (RFC 4180, but no line break inside quotes). Rows are read one at a time: memory does not grow
// with the file. Thread rule: one thread per reader.
#pragma once

#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace pace::tool {

/// "people.csv:17: column weight: -5 is not an integer from 0 to 1000000"
class CsvError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class CsvReader {
 public:
  /// Opens the file and reads its header, which must hold every column of `required`, may hold those of `optional`, and
  /// nothing else. Throws CsvError.
  CsvReader(std::string path, std::vector<std::string> required, std::vector<std::string> optional = {});

  /// The next row; false at the end. Throws CsvError on bad UTF-8, an empty line, a wrong number of fields or bad
  /// quotes.
  bool next();

  /// Columns are numbered as in `required`, then `optional`.
  [[nodiscard]] std::string_view text(std::size_t column) const;
  [[nodiscard]] bool has(std::size_t column) const { return place_[column] != absent; }
  /// Throws CsvError unless the field is a decimal integer in range, without blanks or a leading plus.
  [[nodiscard]] std::int64_t integer(std::size_t column, std::int64_t lowest, std::int64_t highest) const;
  /// The field, or `otherwise` where the column is not in the file or the field is empty.
  [[nodiscard]] std::int64_t integer_or(std::size_t column, std::int64_t otherwise, std::int64_t lowest,
                                        std::int64_t highest) const;
  /// Of the row just read; the header is line 1.
  [[nodiscard]] std::uint64_t line() const { return line_; }

  /// "file:line: column NAME: what", for checks of the caller's own.
  [[noreturn]] void fail(std::size_t column, const std::string& what) const;
  [[noreturn]] void fail(const std::string& what) const;

 private:
  static constexpr std::size_t absent = static_cast<std::size_t>(-1);
  bool read_line();
  void split();
  void read_header();

  std::string path_;
  std::vector<std::string> columns_;
  std::size_t required_;
  std::vector<std::size_t> place_;  // by column: position in the row, or absent
  std::size_t width_ = 0;
  std::ifstream file_;
  std::string row_;
  std::vector<std::string> fields_;
  std::uint64_t line_ = 0;
};

/// Is this well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF)?
bool is_utf8(std::string_view text);

}  // namespace pace::tool
