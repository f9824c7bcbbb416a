#include "settlement/books/bank/statement.h"

#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <unordered_set>

#include "engine/base/account_number.h"
#include "engine/base/hex.h"
#include "engine/base/sha256.h"

namespace pace {
namespace {

constexpr std::string_view header = "value_date,bank_reference,broker,account,amount_fen";
constexpr std::size_t field_count = 5;
constexpr std::int64_t milli_fen_per_fen = 1000;

using Fields = std::array<std::string_view, field_count>;

/// Plain fields: no value of this file may hold a comma or a quote, so neither is a quoting rule needed.
std::optional<Fields> split(std::string_view line) {
  Fields fields;
  for (std::size_t i = 0; i < field_count; ++i) {
    const std::size_t comma = line.find(',');
    const bool last = i + 1 == field_count;
    if (last != (comma == std::string_view::npos)) return std::nullopt;
    fields[i] = line.substr(0, comma);
    if (!last) line.remove_prefix(comma + 1);
  }
  return fields;
}

template <class T>
std::optional<T> whole_number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// The credit of one line, or what is wrong with it.
std::variant<BankCredit, std::string> read_line(std::string_view line) {
  const auto fields = split(line);
  if (!fields) return "must have " + std::to_string(field_count) + " fields: " + std::string(header);
  const auto& [day_text, reference_text, broker_text, account_text, amount_text] = *fields;
  const auto day = parse_date(day_text);
  if (!day) return "value_date must be YYYY-MM-DD, not «" + std::string(day_text) + "»";
  const auto reference = Reference::from(reference_text);
  if (!reference || reference->empty()) return std::string("bank_reference must be 1 to 32 printable ASCII characters");
  const auto broker = whole_number<std::uint32_t>(broker_text);
  if (!broker || *broker == 0) return "broker must be a number from 1, not «" + std::string(broker_text) + "»";
  const auto account = whole_number<std::uint64_t>(account_text);
  if (!account || !well_formed(AccountId(*account)))
    return "account «" + std::string(account_text) + "» has wrong check digits (ISO 7064 MOD 97-10)";
  const auto fen = whole_number<std::int64_t>(amount_text);
  if (!fen || *fen <= 0 || *fen > std::numeric_limits<std::int64_t>::max() / milli_fen_per_fen)
    return "amount_fen must be a whole number of fen from 1, not «" + std::string(amount_text) + "»";
  return BankCredit{*day, {BrokerId(*broker), AccountId(*account), Cash(*fen * milli_fen_per_fen), *reference}};
}

std::string_view without_return(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

ClientId deposit_request_id(const Reference& bank_reference) {
  static constexpr std::size_t digits = 18;
  return *ClientId::from("B" + to_hex(sha256(bank_reference.view())).substr(0, digits));
}

std::variant<std::vector<BankCredit>, StatementError> parse_bank_statement(std::string_view text) {
  std::vector<BankCredit> credits;
  std::unordered_set<std::string_view> references;
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  for (std::size_t number = 1; !text.empty() || number == 1; ++number) {
    const std::size_t end = text.find('\n');
    const std::string_view line = without_return(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (number == 1) {
      if (line != header) return StatementError{1, "the header must be «" + std::string(header) + "»"};
      continue;
    }
    auto read = read_line(line);
    if (const auto* wrong = std::get_if<std::string>(&read)) return StatementError{number, *wrong};
    credits.push_back(std::get<BankCredit>(std::move(read)));
    const std::string_view reference = (*split(line))[1];
    if (!references.insert(reference).second)
      return StatementError{number, "bank_reference «" + std::string(reference) + "» stands in this file already"};
  }
  return credits;
}

}  // namespace pace
