// The rulebook's calculators: what `pace rules allocate` and `pace rules assess` share. They compute with the very
// functions that the exchange uses (registry/rules), so anybody recomputes a published run from its inputs.
// Thread rule: called from main's thread.
#pragma once

#include <fstream>
#include <string>
#include <vector>

#include "engine/message/json.h"
#include "tools/pace/csv.h"

namespace pace::tool {

/// What a command line asks for that contradicts itself or the file: exit status 2.
class RulesUsage : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

inline constexpr std::size_t most_accounts = 20'000'000;
inline constexpr std::size_t longest_account = 64;

/// The account of a row: any text of 1 to 64 bytes without control characters. Throws CsvError.
std::string read_account(const CsvReader& csv, std::size_t column);

/// Positions of the accounts in rising order: by length, then bytes, which is the order of numbers. Throws CsvError
/// naming the line of an account that stands there twice. REQUIRES: row i of the file is accounts[i].
std::vector<std::uint32_t> rising_accounts(const std::string& path, const std::vector<std::string>& accounts);

/// Rows go to a file, or to standard output where none is named. Throws CsvError when they cannot be written.
class RowWriter {
 public:
  explicit RowWriter(std::string path);
  void write(const std::string& row);
  void close();

 private:
  std::string path_;
  std::ofstream file_;
};

/// "name: value" per field of a message.
template <Message T>
std::string totals_text(const T& totals) {
  std::string text;
  for_each_field(totals, [&](std::string_view name, const auto& value) {
    text.append(name).append(": ");
    json_value(text, value);
    text += '\n';
  });
  return text;
}

struct AllocateOptions {
  std::string accounts, out;
  std::int64_t cap = 0, reserve = 0, paid = 0;
  std::int32_t year = 0;
  bool json = false;
};
int allocate_file(const AllocateOptions& options);

struct AssessOptions {
  std::string accounts, out, banking;
  std::int64_t price = -1;  ///< fen per tonne; -1: not given
  std::int64_t offset_total = 0, k = 0;
  bool json = false;
};
int assess_file(const AssessOptions& options);

}  // namespace pace::tool
