#include "settlement/pg/result.h"

#include <libpq-fe.h>

#include <charconv>
#include <limits>

#include "settlement/pg/fault.h"

namespace pace::pg {
namespace {

[[noreturn]] void wrong(const pg_result* raw, int row, int column, const std::string& what) {
  const char* name = PQfname(raw, column);
  throw Fault("answer row " + std::to_string(row) + ", column " +
              (name != nullptr ? std::string(name) : std::to_string(column)) + ": " + what);
}

int nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

void ClearResult::operator()(pg_result* result) const {
  PQclear(result);
}

int Result::rows() const {
  return PQntuples(raw_.get());
}
int Result::columns() const {
  return PQnfields(raw_.get());
}

std::int64_t Result::affected() const {
  const std::string_view text = PQcmdTuples(raw_.get());
  std::int64_t count = 0;
  std::from_chars(text.data(), text.data() + text.size(), count);
  return count;
}

int Result::column(std::string_view name) const {
  for (int i = 0; i < columns(); ++i)
    if (name == PQfname(raw_.get(), i)) return i;
  throw Fault("the answer has no column " + std::string(name));
}

bool Result::null(int row, int column) const {
  if (row < 0 || row >= rows() || column < 0 || column >= columns()) wrong(raw_.get(), row, column, "there is none");
  return PQgetisnull(raw_.get(), row, column) != 0;
}

std::string_view Result::text(int row, int column) const {
  if (null(row, column)) wrong(raw_.get(), row, column, "is NULL");
  return {PQgetvalue(raw_.get(), row, column), static_cast<std::size_t>(PQgetlength(raw_.get(), row, column))};
}

std::int64_t Result::int64(int row, int column) const {
  const std::string_view digits = text(row, column);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size())
    wrong(raw_.get(), row, column, "is not a 64-bit integer: " + std::string(digits));
  return value;
}

std::int32_t Result::int32(int row, int column) const {
  const std::int64_t value = int64(row, column);
  if (value < std::numeric_limits<std::int32_t>::min() || value > std::numeric_limits<std::int32_t>::max())
    wrong(raw_.get(), row, column, "is not a 32-bit integer: " + std::to_string(value));
  return static_cast<std::int32_t>(value);
}

bool Result::boolean(int row, int column) const {
  const std::string_view value = text(row, column);
  if (value != "t" && value != "f") wrong(raw_.get(), row, column, "is not a boolean: " + std::string(value));
  return value == "t";
}

Date Result::date(int row, int column) const {
  const auto value = parse_date(text(row, column));
  if (!value) wrong(raw_.get(), row, column, "is not a date: " + std::string(text(row, column)));
  return *value;
}

Bytes Result::bytes(int row, int column) const {
  const std::string_view hex = text(row, column);
  if (!hex.starts_with("\\x") || hex.size() % 2 != 0) wrong(raw_.get(), row, column, "is not a bytea");
  Bytes bytes;
  bytes.reserve(hex.size() / 2 - 1);
  for (std::size_t i = 2; i < hex.size(); i += 2) {
    const int high = nibble(hex[i]), low = nibble(hex[i + 1]);
    if (high < 0 || low < 0) wrong(raw_.get(), row, column, "is not a bytea");
    bytes.push_back(static_cast<std::uint8_t>(high * 16 + low));
  }
  return bytes;
}

}  // namespace pace::pg
