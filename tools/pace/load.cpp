// pace load: files into commands. A file is checked whole before the first row is sent, so a bad file changes nothing;
// every row has a request id of its own making, so a file sent twice applies nothing twice.
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <map>
#include <unordered_set>

#include "engine/base/account_number.h"
#include "engine/base/hex.h"
#include "engine/base/sha256.h"
#include "engine/message/text.h"
#include "tools/pace/command_form.h"
#include "tools/pace/commands.h"
#include "tools/pace/csv.h"
#include "tools/pace/load_generate.h"
#include "tools/pace/server.h"

namespace pace::tool {
namespace {

/// A kind of file: which command its rows are, and the columns that may not repeat.
struct Kind {
  std::string_view name, command, what;
  std::vector<std::string_view> key;
};

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> table = {
      {"brokers", "register_broker", "members", {"broker"}},
      {"parties", "register_party", "verifiers and data sources", {"party"}},
      {"projects", "register_project", "credit projects", {"project"}},
      {"factors", "register_factor", "emission factors", {"factor", "version"}},
      {"instruments", "list_instrument", "instruments", {"instrument"}},
      {"population",
       "open_account",
       "persons: account,kind,region,birth,weight,guardian (weight in thousandths)",
       {"account"}},
      {"entrustments", "grant_entrustment", "mandates", {"entrustment"}},
      {"deposits", "deposit_cash", "credits of a bank statement (amount in milli-fen)", {"bank_reference"}},
      {"emissions", "submit_emission", "signed emission records", {"source", "nonce"}},
      {"credits", "apply_credits", "credit applications (split: account:share;account:share;…)", {"application"}},
      {"offsets", "request_offset", "offset requests", {"principal", "year", "instrument"}},
  };
  return table;
}

constexpr std::string_view weight_column = "weight";
constexpr std::int64_t adult_weight = 1000, minor_weight = 500, largest_addons = 200;  // thousandths, rulebook 3

/// Reads rows of a kind as commands.
class CommandFile {
 public:
  CommandFile(const Kind& kind, const std::string& path)
      : kind_(kind), columns_(columns_of(kind)), reader_(path, columns_) {}

  /// The next row's request; nothing at the end. Throws CsvError.
  std::optional<Request> next() {
    if (!reader_.next()) return std::nullopt;
    Command command = *command_named(kind_.command);
    std::string key(kind_.name);
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::string_view text = reader_.text(i);
      if (is_key(columns_[i])) key += '/' + std::string(text);
      if (columns_[i] == weight_column) continue;
      if (const auto error = set_field(command, columns_[i], text)) reader_.fail(*error);
    }
    if (auto* account = std::get_if<OpenAccount>(&command)) set_weight(*account);
    if (!keys_.insert(key).second) reader_.fail("this row repeats the key " + key + " of an earlier one");
    return Request{.request_id = id_of(key), .command = std::move(command)};
  }

 private:
  // Every field of the command is a column; a person's add-ons are given as the whole weight.
  static std::vector<std::string> columns_of(const Kind& kind) {
    std::vector<std::string> columns;
    for (const FieldForm& field : fields_of(*command_named(kind.command)))
      columns.emplace_back(field.name == "addons" ? weight_column : field.name);
    return columns;
  }

  [[nodiscard]] bool is_key(std::string_view column) const {
    return std::find(kind_.key.begin(), kind_.key.end(), column) != kind_.key.end();
  }

  void set_weight(OpenAccount& account) const {
    const auto column =
        static_cast<std::size_t>(std::find(columns_.begin(), columns_.end(), weight_column) - columns_.begin());
    const std::int64_t base = account.kind == AccountKind::minor ? minor_weight : adult_weight;
    account.addons = PerMille(reader_.integer(column, base - largest_addons, base + largest_addons) - base);
    if (!well_formed(account.account))
      reader_.fail("account " + text_of(account.account) + " has wrong check digits (ISO 7064 MOD 97-10)");
  }

  static ClientId id_of(const std::string& key) { return *ClientId::from("f-" + to_hex(sha256(key)).substr(0, 18)); }

  const Kind& kind_;
  std::vector<std::string> columns_;
  CsvReader reader_;
  std::unordered_set<std::string> keys_;
};

struct Options {
  std::string data = "var", user, path;
  bool check_only = false;
};

/// Prints how far a long file is, at most once a second.
class Progress {
 public:
  Progress(std::string_view what, std::uint64_t total) : what_(what), total_(total) {}
  void step() {
    ++done_;
    const auto now = std::chrono::steady_clock::now();
    if (now - last_ < std::chrono::seconds(1)) return;
    last_ = now;
    std::fprintf(stderr, "%s: %llu of %llu\n", what_.c_str(), static_cast<unsigned long long>(done_),
                 static_cast<unsigned long long>(total_));
  }

 private:
  std::string what_;
  std::uint64_t total_, done_ = 0;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

std::uint64_t check_file(const Kind& kind, const std::string& path) {
  CommandFile file(kind, path);
  std::uint64_t rows = 0;
  while (file.next()) ++rows;
  return rows;
}

int load_file(const Kind& kind, const Options& options) {
  const std::uint64_t rows = check_file(kind, options.path);
  if (options.check_only) {
    std::printf("%s: %llu rows, all well-formed\n", options.path.c_str(), static_cast<unsigned long long>(rows));
    return 0;
  }
  Server server(options.data,
                options.user.empty() ? default_user(permitted(*command_named(kind.command)).role) : options.user);
  CommandFile file(kind, options.path);
  Progress progress(kind.name, rows);
  std::uint64_t accepted = 0;
  std::map<std::string, std::uint64_t> rejected;  // by reason
  std::string first_reject;
  server.send([&] { return file.next(); },
              [&](const CommandAnswer& answer) {
                progress.step();
                if (answer.accepted()) {
                  ++accepted;
                } else if (++rejected[answer.code]; first_reject.empty()) {
                  first_reject = answer.request_id + ": " + answer.text;
                }
              });
  std::printf("%s: %llu of %llu accepted\n", options.path.c_str(), static_cast<unsigned long long>(accepted),
              static_cast<unsigned long long>(rows));
  for (const auto& [code, count] : rejected)
    std::printf("  %s: %llu\n", code.c_str(), static_cast<unsigned long long>(count));
  if (!first_reject.empty()) std::printf("  the first: %s\n", first_reject.c_str());
  return rejected.empty() && accepted == rows ? 0 : 1;
}

std::string columns_help(const Kind& kind) {
  std::string text = "Columns:\n";
  for (const FieldForm& field : fields_of(*command_named(kind.command)))
    text += field.name == "addons"
                ? "  weight: thousandths; an adult's 1000, a minor's 500, and add-ons of at most 200 either way\n"
                : "  " + std::string(field.name) + ": " + field.takes + "\n";
  return text;
}

}  // namespace

int run_load(int argc, char** argv) {
  CLI::App app("Loads CSV files: each row is one command of the rulebook, each column one of its fields.", "pace load");
  app.require_subcommand(1);
  Options options;
  Province province;
  std::string out;
  std::map<const CLI::App*, const Kind*> by_app;
  for (const Kind& kind : kinds()) {
    CLI::App* sub = app.add_subcommand(std::string(kind.name), std::string(kind.what));
    sub->footer(columns_help(kind));
    sub->add_option("file", options.path, "CSV, UTF-8, LF line ends, a header row naming the columns")->required();
    sub->add_option("--data", options.data, "the exchange's data directory")->capture_default_str();
    sub->add_option("--as", options.user, "whose key to use (default: the command's own role)");
    sub->add_flag("--check", options.check_only, "check the file and send nothing");
    by_app[sub] = &kind;
  }
  CLI::App* generate = app.add_subcommand("generate", "write the demo province's files from a seed");
  generate->add_option("--out", out, "directory")->required();
  generate->add_option("--seed", province.seed)->capture_default_str();
  generate->add_option("--accounts", province.accounts, "principals")
      ->capture_default_str()
      ->check(CLI::Range(1, 8'000'000));
  generate->add_option("--year", province.year, "compliance year")
      ->capture_default_str()
      ->check(CLI::Range(2000, 2200));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (generate->parsed()) {
    generate_province(province, out);
    std::printf("%s: a province of %llu principals\n", out.c_str(), static_cast<unsigned long long>(province.accounts));
    return 0;
  }
  for (const auto& [sub, kind] : by_app)
    if (sub->parsed()) return load_file(*kind, options);
  return 2;
}

}  // namespace pace::tool
