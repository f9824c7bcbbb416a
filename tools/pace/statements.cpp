#include "tools/pace/statements.h"

#include "gateway/ws/json_out.h"

namespace pace::tool {
namespace {

// Instrument 0 is cash, in milli-fen; units are kilograms. Effects on the account are signed.
std::string line_json(const StatementLine& line) {
  std::string out = "{";
  JsonFields fields(out);
  fields.add("instrument", line.instrument);
  fields.add("opening", line.opening);
  fields.add("deposited", line.deposited);
  fields.add("withdrawn", line.withdrawn);
  fields.add("bought", line.bought);
  fields.add("sold", line.sold);
  fields.add("fees", line.fees);
  fields.add("commissions", line.commissions);
  fields.add("issued", line.issued);
  fields.add("surrendered", line.surrendered);
  fields.add("cancelled", line.cancelled);
  fields.add("surcharged", line.surcharged);
  fields.add("closing", line.closing);
  return out + "}";
}

}  // namespace

std::optional<std::string> statement_json(BooksReader& books, Date day, AccountId account) {
  const std::optional<DaySummary> summary = books.day(day);
  if (!summary) return std::nullopt;
  std::string lines = "[";
  for (const StatementLine& line : books.statement(day, account))
    lines += (lines.size() > 1 ? "," : "") + line_json(line);
  std::string out = "{";
  JsonFields fields(out);
  fields.add("day", day);
  fields.add("account", account);
  fields.add("settled", summary->closed);
  fields.add_json("lines", lines + "]");
  return out + "}";
}

std::optional<std::string> registry_statement_json(RegistryReader& registry, AccountId account) {
  const std::optional<RegistryStatement> statement = registry.statement(account);
  if (!statement) return std::nullopt;
  std::string out;
  json_value(out, *statement);
  return out;
}

}  // namespace pace::tool
