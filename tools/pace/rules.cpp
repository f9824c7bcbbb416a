#include "tools/pace/rules.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <numeric>

#include "registry/rules/rulebook.h"
#include "tools/pace/commands.h"

namespace pace::tool {
namespace {

constexpr const char* allocate_help =
    "Reads CSV with the columns account,weight (thousandths: 1000 is one adult).\n"
    "Writes CSV account,weight,quantity (kg), in the order read, to --out or standard output, and the totals\n"
    "(pools, sum of weights, digest of the inputs, Gini coefficient in millionths, deciles poorest first) to standard\n"
    "output, or to standard error where the rows go to standard output. Ties for a leftover kilogram go to the lower\n"
    "SHA-256 of the text <account>/<year>. Exit status: 0 done, 1 bad data, 2 wrong usage.";

constexpr const char* assess_help =
    "Reads CSV with the columns account,emissions,vintage (kg: liability E, units of the year held) and, 0 where left\n"
    "out, banked (units of older vintages), credits_requested, allocation (of the year), next_allocation, net_sales\n"
    "(of the year's vintage, may be negative). Requests are limited to 10% of E each and to --offset-total together.\n"
    "Writes CSV account,surrendered_credits,surrendered_banked,surrendered_vintage,shortfall,deduct,debt,surcharge\n"
    "(milli-fen),banked,cancelled, in the order read, to --out or standard output; the totals as `allocate` does.\n"
    "Exit status: 0 done, 1 bad data, 2 wrong usage.";

void add_allocate(CLI::App& app, AllocateOptions& o) {
  const Rulebook standard;
  o.reserve = standard.reserve_permille;
  o.paid = standard.paid_pool_permille;
  CLI::App* sub = app.add_subcommand("allocate", "A_i of every account (rulebook 3)");
  sub->footer(allocate_help);
  sub->add_option("--accounts", o.accounts, "CSV file")->required();
  sub->add_option("--cap", o.cap, "the year's cap, kg")->required()->check(CLI::Range(1LL, 100'000'000'000'000LL));
  sub->add_option("--year", o.year, "compliance year")->required()->check(CLI::Range(1000, 9999));
  sub->add_option("--reserve-permille", o.reserve, "stability reserve, thousandths of the cap")
      ->capture_default_str()
      ->check(CLI::Range(0, 1000));
  sub->add_option("--paid-permille", o.paid, "paid pool, thousandths of the cap")
      ->capture_default_str()
      ->check(CLI::Range(0, 1000));
  sub->add_option("--out", o.out, "write the rows to this file");
  sub->add_flag("--json", o.json, "print one JSON object; with the rows where no --out is given");
}

void add_assess(CLI::App& app, AssessOptions& o) {
  const Rulebook standard;
  o.offset_total = standard.offset_total_kg;
  o.k = standard.surcharge_permille;
  o.banking = std::string(name_of(static_cast<Banking>(standard.banking_mode)));
  CLI::App* sub = app.add_subcommand("assess", "surrender, shortfall, penalty, banking (rulebook 9)");
  sub->footer(assess_help);
  sub->add_option("--accounts", o.accounts, "CSV file")->required();
  sub->add_option("--price", o.price, "P, fen per tonne; needed where an account is short")
      ->check(CLI::Range(0LL, 1'000'000'000'000LL));
  sub->add_option("--offset-total", o.offset_total, "G: most that is offset together, kg")
      ->capture_default_str()
      ->check(CLI::Range(0LL, 1'000'000'000'000'000LL));
  sub->add_option("--k", o.k, "surcharge factor, thousandths")->capture_default_str()->check(CLI::Range(0, 10'000));
  sub->add_option("--banking", o.banking, "limited, unlimited or none")
      ->capture_default_str()
      ->check(CLI::IsMember({"limited", "unlimited", "none"}));
  sub->add_option("--out", o.out, "write the rows to this file");
  sub->add_flag("--json", o.json, "print one JSON object; with the rows where no --out is given");
}

}  // namespace

std::string read_account(const CsvReader& csv, std::size_t column) {
  const std::string_view text = csv.text(column);
  if (text.empty() || text.size() > longest_account)
    csv.fail(column, "an account is 1 to " + std::to_string(longest_account) + " bytes long, not " +
                         std::to_string(text.size()));
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) csv.fail(column, "control characters are not allowed");
  return std::string(text);
}

std::vector<std::uint32_t> rising_accounts(const std::string& path, const std::vector<std::string>& accounts) {
  std::vector<std::uint32_t> order(accounts.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    const std::string& x = accounts[a];
    const std::string& y = accounts[b];
    if (x.size() != y.size()) return x.size() < y.size();
    return x != y ? x < y : a < b;
  });
  for (std::size_t i = 1; i < order.size(); ++i)
    if (accounts[order[i - 1]] == accounts[order[i]])
      throw CsvError(path + ":" + std::to_string(order[i] + std::uint64_t{2}) + ": column account: \"" +
                     accounts[order[i]] + "\" stands on line " + std::to_string(order[i - 1] + std::uint64_t{2}) +
                     " already; an account may stand there once");
  return order;
}

RowWriter::RowWriter(std::string path) : path_(std::move(path)) {
  if (path_.empty()) return;
  file_.open(path_, std::ios::binary | std::ios::trunc);
  if (!file_) throw CsvError(path_ + ": cannot be written: " + std::strerror(errno));
}

void RowWriter::write(const std::string& row) {
  if (path_.empty())
    std::fwrite(row.data(), 1, row.size(), stdout);
  else
    file_.write(row.data(), static_cast<std::streamsize>(row.size()));
}

void RowWriter::close() {
  if (path_.empty()) {
    if (std::fflush(stdout) != 0) throw CsvError(std::string("standard output: ") + std::strerror(errno));
    return;
  }
  file_.close();
  if (!file_) throw CsvError(path_ + ": not written whole: " + std::strerror(errno));
}

int run_rules(int argc, char** argv) {
  CLI::App app("The rulebook's pure rules as calculators on CSV files.", "pace rules");
  app.require_subcommand(1);
  AllocateOptions allocate;
  AssessOptions assess;
  add_allocate(app, allocate);
  add_assess(app, assess);
  try {
    app.parse(argc, argv);
    return app.got_subcommand("allocate") ? allocate_file(allocate) : assess_file(assess);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const RulesUsage& error) {
    std::fprintf(stderr, "pace rules: %s\n", error.what());
    return 2;
  } catch (const CsvError& error) {
    std::fprintf(stderr, "pace rules: %s\n", error.what());
    return 1;
  }
}

}  // namespace pace::tool
