// pace rules allocate: rulebook 3 on a CSV file.
#include <algorithm>
#include <cstdio>

#include "engine/base/csv_field.h"
#include "registry/rules/allocation.h"
#include "registry/rules/split.h"
#include "tools/pace/rules.h"

namespace pace::tool {
namespace {

constexpr std::int64_t largest_weight = 1'000'000;

struct Inputs {
  std::vector<std::string> accounts;
  std::vector<std::int64_t> weights;
};

struct Row {
  std::string account;
  std::int64_t weight{};
  Quantity quantity;
  PACE_FIELDS(Row, account, weight, quantity);
};

struct Totals {
  Year year;
  Quantity cap, reserve, paid_pool, free_pool, allocated;
  std::uint64_t accounts{};
  std::int64_t weight_sum{};
  Bytes32 inputs_digest{};
  std::int64_t gini_millionths{};
  std::vector<Quantity> deciles;
  PACE_FIELDS(Totals, year, cap, reserve, paid_pool, free_pool, allocated, accounts, weight_sum, inputs_digest,
              gini_millionths, deciles);
};

Inputs read_inputs(const std::string& path) {
  Inputs in;
  CsvReader csv(path, {"account", "weight"});
  while (csv.next()) {
    if (in.accounts.size() == most_accounts) csv.fail("more than " + std::to_string(most_accounts) + " accounts");
    in.accounts.push_back(read_account(csv, 0));
    in.weights.push_back(csv.integer(1, 0, largest_weight));
  }
  return in;
}

Bytes32 digest_of(const Inputs& in, const std::vector<std::uint32_t>& order, Year year, Quantity cap,
                  const Pools& pools) {
  AllocationDigest digest(year, cap, pools);
  for (const std::uint32_t i : order)
    if (in.weights[i] > 0) digest.add(in.accounts[i], PerMille(in.weights[i]));
  return digest.finish();
}

void write_rows(const std::string& path, const Inputs& in, const std::vector<Quantity>& quantities) {
  RowWriter out(path);
  std::string row = "account,weight,quantity\n";
  for (std::size_t i = 0; i < quantities.size(); ++i) {
    out.write(row);
    row.clear();
    append_csv(row, in.accounts[i]);
    row += "," + std::to_string(in.weights[i]) + "," + std::to_string(quantities[i].raw()) + "\n";
  }
  out.write(row);
  out.close();
}

std::string json_of(const Totals& totals, const Inputs& in, const std::vector<Quantity>& quantities, bool with_rows) {
  std::string text = "{";
  json_fields(text, totals);
  if (with_rows) {
    text += ",\"rows\":[";
    for (std::size_t i = 0; i < quantities.size(); ++i) {
      if (i != 0) text += ',';
      json_value(text, Row{in.accounts[i], in.weights[i], quantities[i]});
    }
    text += ']';
  }
  return text + "}\n";
}

}  // namespace

int allocate_file(const AllocateOptions& options) {
  if (options.reserve + options.paid > 1'000)
    throw RulesUsage("--reserve-permille and --paid-permille are " + std::to_string(options.reserve + options.paid) +
                     " together; at most 1000 are allowed");
  const Inputs in = read_inputs(options.accounts);
  const std::vector<std::uint32_t> order = rising_accounts(options.accounts, in.accounts);
  const std::int64_t sum = *weight_sum(in.weights);
  if (sum == 0) throw CsvError(options.accounts + ": no account has a weight above 0");

  const Year year(options.year);
  const Pools pools = divide_cap(Quantity(options.cap), PerMille(options.reserve), PerMille(options.paid));
  const std::vector<Quantity> quantities =
      allocate(pools.free_pool, year, in.weights, [&](std::uint32_t i) { return in.accounts[i]; });
  const Distribution spread = distribution_of(quantities);
  Totals totals{year, Quantity(options.cap), pools.reserve, pools.paid_pool, pools.free_pool, {}};
  for (const Quantity quantity : quantities) totals.allocated += quantity;
  totals.accounts = in.accounts.size();
  totals.weight_sum = sum;
  totals.inputs_digest = digest_of(in, order, year, Quantity(options.cap), pools);
  totals.gini_millionths = spread.gini_millionths;
  totals.deciles.assign(spread.deciles.begin(), spread.deciles.end());

  const bool rows_to_stdout = options.out.empty();
  if (!rows_to_stdout || !options.json) write_rows(options.out, in, quantities);
  if (options.json)
    std::fputs(json_of(totals, in, quantities, rows_to_stdout).c_str(), stdout);
  else
    std::fputs(totals_text(totals).c_str(), rows_to_stdout ? stderr : stdout);
  return 0;
}

}  // namespace pace::tool
