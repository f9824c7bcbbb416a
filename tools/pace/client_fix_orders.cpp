#include "tools/pace/client_fix_orders.h"

#include <stdexcept>

#include "engine/base/csv_field.h"
#include "engine/message/types.h"
#include "gateway/fix/decimal.h"
#include "tools/pace/csv.h"

namespace pace::tool {
namespace {

enum Column : std::size_t {
  action,
  cl_ord_id,
  orig_cl_ord_id,
  principal,
  symbol,
  side,
  type,
  tif,
  price_fen,
  quantity,
  display,
  post_only
};
constexpr std::int64_t largest = 999'999'999'999'999;
constexpr std::string_view header =
    "recv,msg_seq,poss_dup,msg_type,exec_id,exec_type,ord_status,cl_ord_id,orig_cl_ord_id,order_id,symbol,side,last_px_"
    "fen,"
    "last_qty,cum,leaves,code,reason,text";

/// The code standing for the word; an empty field is `otherwise`.
char code_of(const CsvReader& file, Column column, std::string_view words, std::string_view codes, char otherwise) {
  const std::string_view found = file.text(column);
  if (found.empty()) return otherwise;
  std::size_t at = 0;
  for (const char code : codes) {
    const std::size_t end = words.find(' ', at);
    if (words.substr(at, end - at) == found) return code;
    at = end + 1;
  }
  file.fail(column, "\"" + std::string(found) + "\" is not one of: " + std::string(words.substr(0, words.size() - 1)));
}

OrderRow read_row(const CsvReader& file) {
  OrderRow row;
  const std::string_view word = file.text(action);
  if (word == "new") {
    row.action = OrderAction::enter;
  } else if (word == "cancel") {
    row.action = OrderAction::cancel;
  } else if (word == "replace") {
    row.action = OrderAction::replace;
  } else {
    file.fail(action, "\"" + std::string(word) + "\" is not one of: new cancel replace");
  }
  row.cl_ord_id = file.text(cl_ord_id);
  if (row.cl_ord_id.empty() || !ClientId::from(row.cl_ord_id))
    file.fail(cl_ord_id, "must be 1 to 20 printable ASCII characters");
  row.orig_cl_ord_id = file.text(orig_cl_ord_id);
  if (row.orig_cl_ord_id.empty() && row.action != OrderAction::enter)
    file.fail(orig_cl_ord_id, "a cancel or replace names its order");
  row.principal = file.text(principal);
  row.symbol = file.text(symbol);
  row.side = code_of(file, side, "buy sell ", "12", '1');
  row.type = code_of(file, type, "market limit ", "12", '2');
  row.time_in_force = code_of(file, tif, "day gtc ioc fok ", "0134", '0');
  row.price_fen = file.integer_or(price_fen, 0, 0, largest);
  row.quantity = file.integer_or(quantity, 0, 0, largest);
  row.display = file.integer_or(display, 0, 0, largest);
  row.post_only = file.integer_or(post_only, 0, 0, 1) == 1;
  return row;
}

void put_field(std::string& line, std::string_view field) {
  if (!line.empty()) line += ',';
  std::string on_one_line(field);
  std::replace(on_one_line.begin(), on_one_line.end(), '\n', ' ');
  append_csv(line, on_one_line);
}

std::string fen_of(const std::string& price) {
  const auto value = fix::parse_price(price);
  return value ? std::to_string(value->raw()) : "";
}

std::ofstream open_for_append(const std::string& path) {
  std::ofstream out(path, std::ios::app);
  if (!out) throw std::runtime_error(path + ": cannot be written");
  return out;
}

}  // namespace

std::vector<OrderRow> load_orders(const std::string& path) {
  CsvReader file(path, {"action", "cl_ord_id", "orig_cl_ord_id", "principal", "symbol", "side", "type", "tif",
                        "price_fen", "quantity", "display", "post_only"});
  std::vector<OrderRow> rows;
  std::unordered_set<std::string> ids;
  while (file.next()) {
    rows.push_back(read_row(file));
    if (!ids.insert(rows.back().cl_ord_id).second)
      file.fail(cl_ord_id, "\"" + rows.back().cl_ord_id + "\" was used above");
  }
  return rows;
}

ReportFile::ReportFile(const std::string& path) {
  std::ifstream before(path);
  std::string line;
  if (before && std::getline(before, line)) {
    if (line != header) throw std::runtime_error(path + ": is not a report file of this version; choose another name");
    for (std::size_t i = 0; std::getline(before, line); ++rows_) {
      for (int comma = 0; comma < 4; ++comma) i = line.find(',', comma == 0 ? 0 : i + 1);
      const std::string exec_id = line.substr(i + 1, line.find(',', i + 1) - i - 1);
      if (!exec_id.empty()) seen_.insert(exec_id);
    }
    out_ = open_for_append(path);
    return;
  }
  out_ = open_for_append(path);
  out_ << header << '\n';
}

void ReportFile::write(const ReportRow& row) {
  std::string line = std::to_string(++rows_);
  put_field(line, std::to_string(row.message_number));
  put_field(line, row.poss_dup ? "Y" : "N");
  for (const std::string* field : {&row.message_type, &row.exec_id, &row.exec_type, &row.ord_status, &row.cl_ord_id,
                                   &row.orig_cl_ord_id, &row.order_id, &row.symbol})
    put_field(line, *field);
  put_field(line, row.side == "1" ? "buy" : row.side == "2" ? "sell" : "");
  put_field(line, fen_of(row.last_px));
  for (const std::string* field : {&row.last_qty, &row.cum, &row.leaves, &row.code}) put_field(line, *field);
  put_field(line, reject_name(row.text));
  put_field(line, row.text);
  out_ << line << '\n';
}

std::string_view reject_name(std::string_view text) {
  const std::size_t end = text.rfind(", Rulebook ");
  const std::size_t begin = text.rfind('(');
  if (end == std::string_view::npos || begin == std::string_view::npos || begin > end) return {};
  return text.substr(begin + 1, end - begin - 1);
}

}  // namespace pace::tool
