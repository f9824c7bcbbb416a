// The settlement bank's statement: one CSV line per credit on a segregated account, UTF-8, header row, LF or CRLF:
//   value_date,bank_reference,broker,account,amount_fen
// A broken line refuses the whole file, named with its line: money is never half read. Rulebook 8, client money.
// Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/message/commands.h"

namespace pace {

struct BankCredit {
  Date value_date;
  DepositCash deposit;
  bool operator==(const BankCredit&) const = default;
};

struct StatementError {
  std::size_t line;  ///< from 1, the header included
  std::string text;
};

/// The request id a credit is sent with ("B" and a digest of the bank reference), so that loading the same statement
/// twice deposits once.
ClientId deposit_request_id(const Reference& bank_reference);

/// The credits in file order. Refused: wrong header, field count, date, reference (1 to 32 printable ASCII, used once),
/// broker, account check digits, amount (whole fen, positive, within range), bytes that are not UTF-8.
std::variant<std::vector<BankCredit>, StatementError> parse_bank_statement(std::string_view text);

}  // namespace pace
