#include "settlement/pg/copy.h"

#include <libpq-fe.h>

#include <bit>
#include <limits>

#include "engine/base/hex.h"
#include "settlement/pg/answer.h"

namespace pace::pg {
namespace {

constexpr std::size_t flush_bytes = 256 * 1024;
constexpr std::string_view binary_header{"PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19};
constexpr std::int32_t days_1970_to_2000 = 10957;

template <class Int>
void append_big_endian(std::string& out, Int value) {
  auto bits = static_cast<std::make_unsigned_t<Int>>(value);
  for (int shift = static_cast<int>(sizeof bits) * 8 - 8; shift >= 0; shift -= 8)
    out += static_cast<char>(static_cast<unsigned char>(bits >> shift));
}

std::int32_t length_of(std::size_t n) {
  if (n > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max())) throw Fault("COPY: a value is too long");
  return static_cast<std::int32_t>(n);
}

}  // namespace

CopyIn::CopyIn(Connection& connection, const std::string& target, CopyFormat format)
    : connection_(connection), format_(format) {
  const std::string sql = "COPY " + target + " FROM STDIN" + (format == CopyFormat::binary ? " (FORMAT binary)" : "");
  checked(connection_.raw(), PQexec(connection_.raw(), sql.c_str()), sql);
  buffer_.reserve(flush_bytes + 4096);
  if (format_ == CopyFormat::binary) buffer_ += binary_header;
}

CopyIn::~CopyIn() {
  if (!open_ || !connection_.alive()) return;
  PQputCopyEnd(connection_.raw(), "given up");
  while (PGresult* answer = PQgetResult(connection_.raw())) PQclear(answer);
}

void CopyIn::begin_row(std::size_t columns) {
  first_in_row_ = true;
  if (format_ == CopyFormat::binary) append_big_endian(buffer_, static_cast<std::int16_t>(columns));
}

void CopyIn::end_row() {
  if (format_ == CopyFormat::text) buffer_ += '\n';
  if (buffer_.size() >= flush_bytes) flush();
}

/// Tab between the values of a text row.
void CopyIn::separate() {
  if (!first_in_row_) buffer_ += '\t';
  first_in_row_ = false;
}

template <class Int>
void CopyIn::put_binary(Int value) {
  append_big_endian(buffer_, static_cast<std::int32_t>(sizeof value));
  append_big_endian(buffer_, value);
}

template <class Int>
void CopyIn::put_integer(Int value) {
  if (format_ == CopyFormat::binary) return put_binary(value);
  separate();
  buffer_ += std::to_string(value);
}

void CopyIn::put(std::int64_t value) {
  put_integer(value);
}
void CopyIn::put(std::int32_t value) {
  put_integer(value);
}
void CopyIn::put(std::int16_t value) {
  put_integer(value);
}

template <class To, class From>
To CopyIn::narrowed(From value) {
  if (value > static_cast<From>(std::numeric_limits<To>::max()))
    throw Fault("COPY: " + std::to_string(value) + " does not fit its column");
  return static_cast<To>(value);
}

void CopyIn::put(std::uint64_t value) {
  put(narrowed<std::int64_t>(value));
}
void CopyIn::put(std::uint32_t value) {
  put(narrowed<std::int32_t>(value));
}
void CopyIn::put(std::uint16_t value) {
  put(narrowed<std::int16_t>(value));
}

void CopyIn::put(bool value) {
  if (format_ == CopyFormat::text) {
    separate();
    buffer_ += value ? 't' : 'f';
    return;
  }
  append_big_endian(buffer_, std::int32_t{1});
  buffer_ += value ? '\1' : '\0';
}

void CopyIn::put(std::string_view text) {
  if (format_ == CopyFormat::binary) {
    append_big_endian(buffer_, length_of(text.size()));
    buffer_ += text;
    return;
  }
  separate();
  for (const char c : text) {
    switch (c) {
      case '\\':
        buffer_ += "\\\\";
        break;
      case '\n':
        buffer_ += "\\n";
        break;
      case '\r':
        buffer_ += "\\r";
        break;
      case '\t':
        buffer_ += "\\t";
        break;
      default:
        buffer_ += c;
    }
  }
}

void CopyIn::put(Date date) {
  if (format_ == CopyFormat::binary) return put_binary(date.raw() - days_1970_to_2000);
  separate();
  buffer_ += to_text(date);
}

void CopyIn::put(BytesView bytes) {
  if (format_ == CopyFormat::binary)
    return put(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  separate();
  buffer_ += "\\\\x";
  append_hex(buffer_, bytes);
}

void CopyIn::put(std::nullopt_t) {
  if (format_ == CopyFormat::binary) return append_big_endian(buffer_, std::int32_t{-1});
  separate();
  buffer_ += "\\N";
}

void CopyIn::flush() {
  if (PQputCopyData(connection_.raw(), buffer_.data(), length_of(buffer_.size())) != 1) {
    open_ = false;
    drain(connection_.raw(), "COPY");  // the server's reason, when it gave one
    throw_fault(connection_.raw(), nullptr, "COPY");
  }
  buffer_.clear();
}

std::int64_t CopyIn::finish() {
  if (format_ == CopyFormat::binary) append_big_endian(buffer_, std::int16_t{-1});
  flush();
  open_ = false;
  if (PQputCopyEnd(connection_.raw(), nullptr) != 1) throw_fault(connection_.raw(), nullptr, "COPY");
  return Result(drain(connection_.raw(), "COPY")).affected();
}

std::int64_t copy_out(Connection& connection, const std::string& copy_statement,
                      const std::function<void(std::string_view)>& row) {
  const RawResult begun = checked(connection.raw(), PQexec(connection.raw(), copy_statement.c_str()), copy_statement);
  if (PQresultStatus(begun.get()) != PGRES_COPY_OUT) throw Fault("not a COPY … TO STDOUT: " + copy_statement);
  std::int64_t rows = 0;
  char* text = nullptr;
  int size = 0;
  while ((size = PQgetCopyData(connection.raw(), &text, 0)) > 0) {
    const std::unique_ptr<char, void (*)(void*)> owned(text, PQfreemem);
    ++rows;
    row(std::string_view(text, static_cast<std::size_t>(size)));
  }
  if (size == -2) throw_fault(connection.raw(), nullptr, copy_statement);
  drain(connection.raw(), copy_statement);
  return rows;
}

}  // namespace pace::pg
