// COPY in and out. In: rows in PostgreSQL's binary or text format; binary is faster and needs the values' types to be
// exactly the columns' types, text takes anything that prints. Out: rows of CSV or text as the server prints them.
// Thread rule: as the connection's, which does nothing else until finish().
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "settlement/pg/connection.h"

namespace pace::pg {

enum class CopyFormat { binary, text };

class CopyIn {
 public:
  /// `target` as in COPY target FROM STDIN: "books.trades (id, price)".
  CopyIn(Connection& connection, const std::string& target, CopyFormat format = CopyFormat::binary);
  /// Without finish(): the copy is given up, and the transaction around it with it.
  ~CopyIn();
  CopyIn(const CopyIn&) = delete;
  CopyIn& operator=(const CopyIn&) = delete;

  /// One row. Values: std::int64_t/32/16 (bigint, integer, smallint), bool, text, Date (date), BytesView (bytea),
  /// ids and units (at their width;
  /// an unsigned value that does not fit the signed column of that width is a Fault), std::optional of them (NULL).
  template <class... T>
  void row(const T&... values) {
    begin_row(sizeof...(values));
    (put(values), ...);
    end_row();
  }

  void begin_row(std::size_t columns);
  void put(std::int64_t value);
  void put(std::int32_t value);
  void put(std::int16_t value);
  void put(std::uint64_t value);
  void put(std::uint32_t value);
  void put(std::uint16_t value);
  void put(bool value);
  void put(std::string_view text);
  void put(const char* text) { put(std::string_view(text)); }
  void put(const std::string& text) { put(std::string_view(text)); }
  void put(Date date);
  void put(BytesView bytes);
  void put(std::nullopt_t);
  template <StrongValue T>
  void put(const T& value) {
    put(value.raw());
  }
  template <std::size_t N>
  void put(const FixedString<N>& text) {
    put(text.view());
  }
  template <class T>
  void put(const std::optional<T>& value) {
    if (value)
      put(*value);
    else
      put(std::nullopt);
  }
  void end_row();

  /// Ends the copy; rows taken. Throws Fault when the server refuses any row.
  std::int64_t finish();

 private:
  void separate();
  void flush();
  template <class Int>
  void put_binary(Int value);
  template <class Int>
  void put_integer(Int value);
  template <class To, class From>
  static To narrowed(From value);

  Connection& connection_;
  CopyFormat format_;
  std::string buffer_;
  bool first_in_row_ = true;
  bool open_ = true;
};

/// Runs "COPY … TO STDOUT …" and hands over each row's bytes, newline included. Rows given.
std::int64_t copy_out(Connection& connection, const std::string& copy_statement,
                      const std::function<void(std::string_view)>& row);

}  // namespace pace::pg
