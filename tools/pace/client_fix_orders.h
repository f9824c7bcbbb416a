// The two files of `pace client fix`: the orders it sends and the reports it gets. Thread rule: ReportFile is called
// under the client's lock, the rest is read-only after loading.
#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace pace::tool {

enum class OrderAction : std::uint8_t { enter, cancel, replace };

/// One row: action (new, cancel, replace), cl_ord_id, orig_cl_ord_id, principal (empty: the broker's own account),
/// symbol, side (buy, sell), type (limit, market), tif (day, gtc, ioc, fok), price_fen, quantity, display, post_only
/// (0, 1).
struct OrderRow {
  OrderAction action{};
  std::string cl_ord_id, orig_cl_ord_id, principal, symbol;
  char side = '1', type = '2', time_in_force = '0';  ///< as FIX codes them
  std::int64_t price_fen = 0, quantity = 0, display = 0;
  bool post_only = false;
};

/// Throws CsvError, naming the row, when a field is malformed or a cl_ord_id comes twice.
std::vector<OrderRow> load_orders(const std::string& path);

/// What a report said, in the words of FIX 4.4; absent fields are empty.
struct ReportRow {
  std::uint64_t message_number = 0;
  bool poss_dup = false;
  std::string message_type, exec_id, exec_type, ord_status, cl_ord_id, orig_cl_ord_id, order_id, symbol, side, last_px,
      last_qty, cum, leaves, code, text;
};

/// Appends: a client that is started again goes on behind what it wrote before, and knows its ExecIDs.
class ReportFile {
 public:
  /// Throws std::runtime_error when the file cannot be read or written, or is not a report file.
  explicit ReportFile(const std::string& path);
  /// True the first time an ExecID is seen.
  bool is_new(const std::string& exec_id) { return seen_.insert(exec_id).second; }
  void write(const ReportRow& row);
  void flush() { out_.flush(); }
  [[nodiscard]] std::uint64_t rows() const { return rows_; }

 private:
  std::uint64_t rows_ = 0;
  std::unordered_set<std::string> seen_;
  std::ofstream out_;
};

/// "quantity_above_maximum" out of "… (quantity_above_maximum, Rulebook 7)"; "" where there is none.
std::string_view reject_name(std::string_view text);

}  // namespace pace::tool
