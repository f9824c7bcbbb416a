// The CSV tables of an export: names, columns and their meaning, once. SCHEMA.md, the header rows and the writers all
// derive from these definitions. RFC 4180: comma, LF, quotes only where needed. Thread rule: one thread.
#pragma once

#include <charconv>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "engine/base/check.h"
#include "engine/message/codec.h"

namespace pace::audit {

enum class Table : std::uint8_t {
  orders,
  pool_shares,
  trades,
  blocks,
  auctions,
  bids,
  alerts,
  rejects,
  register_,
  transfers,
  cap,
  allocation_runs,
  allocation,
  emissions,
  compliance,
  offsets,
  penalties,
  member_money,
  fees,
  rules,
  market_days,
  instruments,
  accounts
};
inline constexpr std::size_t table_count = 23;

struct Column {
  std::string_view name, meaning;
};
struct TableDefinition {
  Table table;
  std::string_view file, about;
  std::span<const Column> columns;
};

/// In order of Table.
std::span<const TableDefinition> table_definitions();
const TableDefinition& definition_of(Table table);
/// "sequence,time,…\n"
std::string header_row(const TableDefinition& definition);
/// SCHEMA.md.
std::string schema_text();

/// Takes finished rows, each with its LF.
class RowSink {
 public:
  virtual ~RowSink() = default;
  virtual void row(Table table, std::string_view line) = 0;
};

/// So many cells without content.
struct Empty {
  std::size_t cells;
};

/// One row: cells in column order, then end(). Reused, so no allocation once it has grown.
class RowBuilder {
 public:
  explicit RowBuilder(RowSink& sink) : sink_(sink) {}

  void begin(Table table) {
    table_ = table;
    line_.clear();
    cells_ = 0;
  }
  RowBuilder& text(std::string_view value);
  template <class T>
  RowBuilder& operator<<(const T& value) {
    if constexpr (std::is_same_v<T, Empty>) {
      for (std::size_t i = 0; i < value.cells; ++i) text("");
      return *this;
    } else if constexpr (std::is_same_v<T, bool>) {
      return text(value ? "true" : "false");
    } else if constexpr (std::is_same_v<T, Date>) {
      return text(value == Date{} ? std::string() : to_text(value));
    } else if constexpr (std::is_same_v<T, Timestamp>) {
      return text(to_text(value));
    } else if constexpr (std::is_integral_v<T>) {
      char digits[24];
      return text({digits, std::to_chars(digits, digits + sizeof digits, value).ptr});
    } else if constexpr (StrongInteger<T>) {
      return *this << value.raw();
    } else if constexpr (std::is_enum_v<T>) {
      return text(name_of(value));
    } else if constexpr (IsFixedString<T>::value) {
      return text(value.view());
    } else {
      return text(value);
    }
  }
  void end() {
    PACE_CHECK(cells_ == definition_of(table_).columns.size());
    line_ += '\n';
    sink_.row(table_, line_);
  }

 private:
  RowSink& sink_;
  Table table_{};
  std::string line_;
  std::size_t cells_ = 0;
};

}  // namespace pace::audit
