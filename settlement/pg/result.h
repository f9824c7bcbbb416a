// Rows of an answer, with typed getters. A wrong type, row or column is a Fault that says which.
// Thread rule: values; may be handed to another thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/bytes.h"
#include "engine/base/date.h"

struct pg_result;

namespace pace::pg {

struct ClearResult {
  void operator()(pg_result* result) const;
};
using RawResult = std::unique_ptr<pg_result, ClearResult>;

class Result {
 public:
  explicit Result(RawResult raw) : raw_(std::move(raw)) {}

  [[nodiscard]] int rows() const;
  [[nodiscard]] int columns() const;
  [[nodiscard]] bool empty() const { return rows() == 0; }
  /// Rows that INSERT, UPDATE, DELETE or COPY touched.
  [[nodiscard]] std::int64_t affected() const;
  /// Place of a column by its name.
  [[nodiscard]] int column(std::string_view name) const;

  [[nodiscard]] bool null(int row, int column) const;
  /// Valid as long as this result.
  [[nodiscard]] std::string_view text(int row, int column) const;
  [[nodiscard]] std::int64_t int64(int row, int column) const;
  [[nodiscard]] std::int32_t int32(int row, int column) const;
  [[nodiscard]] bool boolean(int row, int column) const;
  [[nodiscard]] Date date(int row, int column) const;
  [[nodiscard]] Bytes bytes(int row, int column) const;
  /// A strong id or unit from an integer column: get<AccountId>(0, 1).
  template <class T>
  [[nodiscard]] T get(int row, int column) const {
    return T(static_cast<typename T::Rep>(int64(row, column)));
  }

 private:
  RawResult raw_;
};

}  // namespace pace::pg
