// pace rules assess: rulebook 9 on a CSV file.
#include <algorithm>
#include <cstdio>

#include "engine/base/csv_field.h"
#include "registry/rules/compliance.h"
#include "tools/pace/rules.h"

namespace pace::tool {
namespace {

constexpr std::int64_t largest_quantity = 100'000'000'000;  // kg per account; 20 million of them still sum exactly

enum Column : std::size_t { account, emissions, vintage, banked, credits, allocation, next_allocation, net_sales };

struct Case {
  std::string account;
  Quantity emissions, vintage, banked, credits, allocation, next_allocation, net_sales;
};

struct Row {
  std::string account;
  Quantity surrendered_credits, surrendered_banked, surrendered_vintage, shortfall, deduct, debt;
  Cash surcharge;  ///< milli-fen
  Quantity banked, cancelled;
  PACE_FIELDS(Row, account, surrendered_credits, surrendered_banked, surrendered_vintage, shortfall, deduct, debt,
              surcharge, banked, cancelled);
};

struct Totals {
  std::uint64_t accounts{}, short_accounts{};
  Quantity emissions, credits_requested, credits_granted, offset_total;
  Quantity surrendered_credits, surrendered_banked, surrendered_vintage, shortfall, deduct, debt;
  Cash surcharge;
  Quantity banked, cancelled;
  PACE_FIELDS(Totals, accounts, short_accounts, emissions, credits_requested, credits_granted, offset_total,
              surrendered_credits, surrendered_banked, surrendered_vintage, shortfall, deduct, debt, surcharge, banked,
              cancelled);
};

std::vector<Case> read_cases(const std::string& path) {
  CsvReader csv(path, {"account", "emissions", "vintage"},
                {"banked", "credits_requested", "allocation", "next_allocation", "net_sales"});
  const auto kg = [&](Column column) { return Quantity(csv.integer_or(column, 0, 0, largest_quantity)); };
  std::vector<Case> cases;
  std::vector<std::string> accounts;
  while (csv.next()) {
    if (cases.size() == most_accounts) csv.fail("more than " + std::to_string(most_accounts) + " accounts");
    cases.push_back({read_account(csv, account), Quantity(csv.integer(emissions, 0, largest_quantity)),
                     Quantity(csv.integer(vintage, 0, largest_quantity)), kg(banked), kg(credits), kg(allocation),
                     kg(next_allocation), Quantity(csv.integer_or(net_sales, 0, -largest_quantity, largest_quantity))});
    accounts.push_back(cases.back().account);
  }
  static_cast<void>(rising_accounts(path, accounts));
  return cases;
}

std::vector<Quantity> grant(const std::vector<Case>& cases, Quantity total, const Rulebook& rules) {
  std::vector<Quantity> requests;
  requests.reserve(cases.size());
  for (const Case& c : cases) requests.push_back(std::min(c.credits, offset_limit(c.emissions, rules)));
  return grant_offsets(requests, total);
}

Row assess(const Case& c, Quantity granted, Price price, const Rulebook& rules) {
  const Surrender s = surrender_of(c.emissions, {granted, c.banked, c.vintage});
  const Penalty p = penalty_of(s.shortfall, c.next_allocation, price, rules);
  const Quantity left = c.vintage - s.vintage;
  const Quantity carried = std::min(left, banking_limit(c.allocation, c.net_sales, rules));
  return {c.account, s.credits, s.banked,    s.vintage, s.shortfall,
          p.deduct,  p.debt,    p.surcharge, carried,   left - carried};
}

void add(Totals& totals, const Case& c, Quantity granted, const Row& row) {
  ++totals.accounts;
  if (row.shortfall > Quantity{}) ++totals.short_accounts;
  totals.emissions += c.emissions;
  totals.credits_requested += c.credits;
  totals.credits_granted += granted;
  totals.surrendered_credits += row.surrendered_credits;
  totals.surrendered_banked += row.surrendered_banked;
  totals.surrendered_vintage += row.surrendered_vintage;
  totals.shortfall += row.shortfall;
  totals.deduct += row.deduct;
  totals.debt += row.debt;
  totals.surcharge += row.surcharge;
  totals.banked += row.banked;
  totals.cancelled += row.cancelled;
}

void write_rows(const std::string& path, const std::vector<Row>& rows) {
  RowWriter out(path);
  std::string text;
  for_each_field(rows.empty() ? Row{} : rows.front(),
                 [&](std::string_view name, const auto&) { text.append(text.empty() ? "" : ",").append(name); });
  for (const Row& row : rows) {
    text += '\n';
    out.write(text);
    text.clear();
    append_csv(text, row.account);
    for_each_field(row, [&]<class T>(std::string_view, const T& value) {
      if constexpr (StrongInteger<T>) text += "," + std::to_string(value.raw());
    });
  }
  out.write(text + "\n");
  out.close();
}

}  // namespace

int assess_file(const AssessOptions& options) {
  Rulebook rules;
  rules.surcharge_permille = options.k;
  rules.offset_total_kg = options.offset_total;
  rules.banking_mode = static_cast<std::int64_t>(*enum_from<Banking>(options.banking));
  const std::vector<Case> cases = read_cases(options.accounts);
  const std::vector<Quantity> granted = grant(cases, Quantity(options.offset_total), rules);
  Totals totals;
  totals.offset_total = Quantity(options.offset_total);
  std::vector<Row> rows;
  rows.reserve(cases.size());
  for (std::size_t i = 0; i < cases.size(); ++i) {
    rows.push_back(assess(cases[i], granted[i], Price(std::max<std::int64_t>(options.price, 0)), rules));
    if (rows.back().shortfall > Quantity{} && options.price < 0)
      throw RulesUsage("account " + cases[i].account + " is short of " + std::to_string(rows.back().shortfall.raw()) +
                       " kg: its surcharge needs --price");
    add(totals, cases[i], granted[i], rows.back());
  }
  const bool rows_to_stdout = options.out.empty();
  if (!rows_to_stdout || !options.json) write_rows(options.out, rows);
  if (options.json) {
    std::string text = "{";
    json_fields(text, totals);
    if (rows_to_stdout) {
      text += ",\"rows\":";
      json_value(text, rows);
    }
    std::fputs((text + "}\n").c_str(), stdout);
  } else {
    std::fputs(totals_text(totals).c_str(), rows_to_stdout ? stderr : stdout);
  }
  return 0;
}

}  // namespace pace::tool
