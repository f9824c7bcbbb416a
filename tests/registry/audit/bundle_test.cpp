#include <doctest/doctest.h>

#include <algorithm>

#include "engine/message/special_accounts.h"
#include "registry/audit/bundle.h"
#include "tests/registry/audit/small_log.h"

namespace pace::audit {
namespace {

namespace fs = std::filesystem;

ExportResult export_log(const std::vector<Entry>& log, const fs::path& to, const std::string& previous = {}) {
  VectorSource source(log);
  return export_bundle(source, test_keys(), previous, to);
}

std::vector<Entry> first(std::size_t n) {
  std::vector<Entry> log = small_log();
  log.resize(n);
  return log;
}

/// Every finding, for a failing test's message.
std::string all_of(const VerifyResult& result) {
  std::string text;
  for (const Finding& finding : result.findings) text += to_text(finding) + "\n";
  return text;
}

const Finding* finding_in(const VerifyResult& result, const std::string& file) {
  const auto found =
      std::find_if(result.findings.begin(), result.findings.end(), [&](const Finding& f) { return f.file == file; });
  return found == result.findings.end() ? nullptr : &*found;
}

/// Rows of a table that contain `part`.
std::size_t rows_with(const fs::path& file, const std::string& part) {
  const std::string text = read_file(file);
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

}  // namespace

TEST_CASE("export: verifies, and its tables say what the log says") {
  const TemporaryDirectory directory;
  const fs::path bundle = directory.path() / "bundle";
  const ExportResult exported = export_log(small_log(), bundle);
  CHECK(exported.breaches.empty());
  for (const Breach& breach : exported.breaches) MESSAGE(breach.text);
  CHECK(exported.manifest.legal_basis == "pilot mode");
  const VerifyResult result = verify_bundle(bundle, test_keys().public_keys());
  INFO(all_of(result));
  CHECK(result.findings.empty());
  CHECK(result.records == small_log().size());
  CHECK(rows_with(bundle / "trades.csv", "\n") == 2);
  CHECK(rows_with(bundle / "rejects.csv", "price_above_limit") == 2);  // its name and its text
  CHECK(rows_with(bundle / "orders.csv", "cancelled") == 1);
  CHECK(rows_with(bundle / "orders.csv", ",T17\n") == 1);  // who entered one order, in none of its other rows
  CHECK(rows_with(bundle / "cap.csv", "2401,2401,0,2280,0,true,false") == 0);
  CHECK(rows_with(bundle / "cap.csv", "PCA-2026,2026,2401,2401,121,2280,0,true,true") == 1);
  CHECK(rows_with(bundle / "market_days.csv",
                  "2026-07-01,1,PCA-2026,8000,7200,8800,1,200,1620000,8100,8100,8100,8100") == 1);
  CHECK(rows_with(bundle / "fees.csv", "2026-07-01,1,2,3240000,16200") == 1);
  CHECK(rows_with(bundle / "rules.csv", "pilot mode,fee_permille,5") == 1);
  CHECK(rows_with(bundle / "emissions.csv", ",verified,") == 2);
  CHECK(rows_with(bundle / "penalties.csv", ",collected,10") == 2);
}

TEST_CASE("export: blocks and sealed-bid auctions move units and money, but make no price and no fee of nobody") {
  std::vector<Entry> log = small_log();
  const Trade* traded = nullptr;
  for (const Entry& entry : log)
    for (const Event& event : entry.events)
      if (const auto* trade = std::get_if<Trade>(&event)) traded = trade;
  REQUIRE(traded != nullptr);
  Trade sealed = *traded;
  sealed.trade = TradeId(2);
  sealed.kind = TradeKind::auction;
  sealed.price = Price(1);
  sealed.quantity = Quantity(1);
  sealed.buy.order = {};
  sealed.buy.fee = {};
  sealed.sell = TradeSide{.account = reserve_account};
  Trade block = sealed;  // what was bought goes on at once, by agreement
  block.trade = TradeId(3);
  block.kind = TradeKind::block;
  block.sell = sealed.buy;
  block.buy.account = traded->sell.account;
  Entry last = log.back();
  last.stamped.sequence = next(last.stamped.sequence);
  last.stamped.request = {{Role::system, 0}, "", AdvanceTime{}};
  last.events.clear();
  for (TradeSide* side : {&block.buy, &block.sell}) {
    side->client_id = side == &block.buy ? "b1" : "s1";
    last.events.emplace_back(BlockReported{.block = BlockId(side == &block.buy ? 1U : 2U),
                                           .broker = side->broker,
                                           .client_id = side->client_id,
                                           .principal = side->account});
  }
  last.events.emplace_back(sealed);
  last.events.emplace_back(block);
  log.push_back(last);
  const TemporaryDirectory directory;
  const fs::path before = directory.path() / "before", after = directory.path() / "after";
  export_log(small_log(), before);
  export_log(log, after);
  const VerifyResult result = verify_bundle(after, test_keys().public_keys());
  INFO(all_of(result));
  CHECK(result.findings.empty());
  CHECK(rows_with(after / "trades.csv", ",auction,") == 1);
  CHECK(rows_with(after / "trades.csv", ",block,") == 1);
  CHECK(read_file(after / "market_days.csv") == read_file(before / "market_days.csv"));
  CHECK(rows_with(after / "fees.csv", "\n") == rows_with(before / "fees.csv", "\n"));
}

TEST_CASE("export: an empty log verifies too") {
  const TemporaryDirectory directory;
  export_log({}, directory.path() / "bundle");
  const VerifyResult result = verify_bundle(directory.path() / "bundle", test_keys().public_keys());
  INFO(all_of(result));
  CHECK(result.findings.empty());
}

TEST_CASE("export: never overwrites, and leaves nothing half done") {
  const TemporaryDirectory directory;
  const fs::path bundle = directory.path() / "bundle";
  export_log(first(3), bundle);
  CHECK_THROWS_WITH(export_log(first(4), bundle), doctest::Contains("never overwrites"));
  std::vector<Entry> gap = small_log();
  gap.erase(gap.begin() + 5);
  CHECK_THROWS_WITH(export_log(gap, directory.path() / "gap"), doctest::Contains("no readable entry 6"));
  CHECK_FALSE(fs::exists(directory.path() / "gap"));
}

TEST_CASE("export: proves that it continues the one before, and refuses a log that does not") {
  const TemporaryDirectory directory;
  const ExportResult before = export_log(first(7), directory.path() / "one");
  export_log(small_log(), directory.path() / "two", before.checkpoint);
  const VerifyResult result =
      verify_bundle(directory.path() / "two", test_keys().public_keys(), directory.path() / "one");
  INFO(all_of(result));
  CHECK(result.findings.empty());
  std::vector<Entry> rewritten = small_log();
  std::get<OpenAccount>(rewritten[2].stamped.request.command).region = RegionId(9);
  CHECK_THROWS_WITH(export_log(rewritten, directory.path() / "three", before.checkpoint),
                    doctest::Contains("not an extension"));
  CHECK_THROWS_WITH(export_log(first(5), directory.path() / "four", before.checkpoint),
                    doctest::Contains("not an extension"));
  const VerifyResult unlinked =
      verify_bundle(directory.path() / "two", test_keys().public_keys(), directory.path() / "two");
  CHECK(finding_in(unlinked, "consistency.json") != nullptr);
}

TEST_CASE("verify: one flipped byte in any file is named, and nothing else is blamed") {
  const TemporaryDirectory directory;
  const fs::path bundle = directory.path() / "bundle";
  const ExportResult before = export_log(first(7), directory.path() / "before");
  export_log(small_log(), bundle, before.checkpoint);
  for (const std::string& name : bundle_files()) {
    const std::string whole = read_file(bundle / name);
    const bool signing = name.starts_with("SHA256SUMS") || name == "public_keys.txt" || name == "checkpoint";
    const std::size_t step =
        signing ? std::max<std::size_t>(whole.size() / 150, 1) : std::max<std::size_t>(whole.size() / 12, 1);
    for (std::size_t i = 0; i < whole.size(); i += step) {
      std::string damaged = whole;
      damaged[i] = static_cast<char>(damaged[i] ^ 1);
      write_file(bundle / name, damaged);
      for (const bool keys_given : {true, false}) {
        const VerifyResult result =
            verify_bundle(bundle, keys_given ? std::optional(test_keys().public_keys()) : std::nullopt);
        INFO(name << " byte " << i << " keys given " << keys_given << "\n" << all_of(result));
        REQUIRE(finding_in(result, name) != nullptr);
        REQUIRE(std::all_of(result.findings.begin(), result.findings.end(),
                            [&](const Finding& f) { return f.file == name; }));
      }
    }
    write_file(bundle / name, whole);
  }
}

TEST_CASE("verify: the damaged line of the log and the damaged row of a table are named") {
  const TemporaryDirectory directory;
  const fs::path bundle = directory.path() / "bundle";
  export_log(small_log(), bundle);
  std::string log = read_file(bundle / "log.jsonl");
  log[log.find("\"sequence\":16,") + 40] ^= 1;
  write_file(bundle / "log.jsonl", log);
  std::string orders = read_file(bundle / "orders.csv");
  orders[orders.find("replaced")] = 'R';
  write_file(bundle / "orders.csv", orders);
  const VerifyResult result = verify_bundle(bundle, {});
  CHECK(all_of(result).find("log.jsonl, line 16") != std::string::npos);
  REQUIRE(finding_in(result, "orders.csv") != nullptr);

  const fs::path other = directory.path() / "other";
  export_log(small_log(), other);
  write_file(other / "orders.csv", orders);
  CHECK(all_of(verify_bundle(other, {})).find("orders.csv, row 3") != std::string::npos);
}

TEST_CASE("verify: a missing file is named") {
  const TemporaryDirectory directory;
  const fs::path bundle = directory.path() / "bundle";
  export_log(small_log(), bundle);
  for (const std::string& name : bundle_files()) {
    const std::string whole = read_file(bundle / name);
    fs::remove(bundle / name);
    const VerifyResult result = verify_bundle(bundle, test_keys().public_keys());
    INFO(name << "\n" << all_of(result));
    CHECK(finding_in(result, name) != nullptr);
    write_file(bundle / name, whole);
  }
}

TEST_CASE("verify: a log that breaks the rulebook is found though every signature holds") {
  const auto breaches_of = [](const std::vector<Entry>& log) {
    const TemporaryDirectory directory;
    export_log(log, directory.path() / "bundle");
    return all_of(verify_bundle(directory.path() / "bundle", test_keys().public_keys()));
  };
  std::vector<Entry> log = small_log();
  const auto event = [&](std::size_t entry, std::size_t n) -> Event& { return log[entry].events[n]; };
  const auto find_entry = [&](const char* command) {
    for (std::size_t i = 0; i < log.size(); ++i)
      if (name_of(log[i].stamped.request.command) == command) return i;
    return log.size();
  };
  SUBCASE("more issued than the cap") {
    std::get<SetCap>(log[find_entry("set_cap")].stamped.request.command).cap = Quantity(2400);
    CHECK(breaches_of(log).find("above the cap of 2400 kg") != std::string::npos);
  }
  SUBCASE("an allocation off by one kilogram") {
    std::get<AllowanceAllocated>(event(find_entry("run_allocation"), 2)).quantity += Quantity(1);
    CHECK(breaches_of(log).find("the allocation is not what its weight gives") != std::string::npos);
  }
  SUBCASE("units sold that were not there") {
    for (Entry& entry : log)
      for (Event& e : entry.events)
        if (auto* trade = std::get_if<Trade>(&e)) trade->quantity = Quantity(5000);
    CHECK(breaches_of(log).find("but holds") != std::string::npos);
  }
  SUBCASE("money that was not there") {
    std::get<DepositCash>(log[find_entry("deposit_cash")].stamped.request.command).amount = Cash(1'000);
    CHECK(breaches_of(log).find("milli-fen") != std::string::npos);
  }
  SUBCASE("a shortfall that does not follow") {
    std::get<ComplianceAssessed>(event(find_entry("assess_compliance"), 3)).shortfall = Quantity(9);
    CHECK(breaches_of(log).find("the shortfall is not liability minus surrendered") != std::string::npos);
  }
  SUBCASE("a surcharge that does not follow from the others' price") {
    std::get<ComplianceAssessed>(event(find_entry("assess_compliance"), 4)).surcharge += Cash(160'000);
    CHECK(breaches_of(log).find("the surcharge does not follow") != std::string::npos);
  }
  SUBCASE("figures that no register can hold") {
    std::get<UnitsIssued>(event(find_entry("run_allocation"), 1)).quantity = Quantity::max();
    std::get<ComplianceAssessed>(event(find_entry("assess_compliance"), 3)).shortfall = Quantity(-1);
    std::get<DepositCash>(log[find_entry("deposit_cash")].stamped.request.command).amount =
        Cash(std::numeric_limits<std::int64_t>::min());
    const std::string found = breaches_of(log);
    CHECK(found.find("units_issued holds a figure that no register can hold") != std::string::npos);
    CHECK(found.find("compliance_assessed holds a figure that no register can hold") != std::string::npos);
    CHECK(found.find("a deposit that no register can hold") != std::string::npos);
  }
  SUBCASE("a verified total that is not the sum") {
    std::get<EmissionStateChanged>(event(find_entry("verify_emissions"), 1)).verified_total += Quantity(1);
    CHECK(breaches_of(log).find("the verified total is not the sum") != std::string::npos);
  }
}

TEST_CASE("verify.py: python's standard library alone confirms the export and names damage") {
  const TemporaryDirectory directory;
  const fs::path bundle = directory.path() / "bundle";
  const ExportResult before = export_log(first(7), directory.path() / "before");
  export_log(small_log(), bundle, before.checkpoint);
  const std::string run = "/usr/bin/python3 " + (bundle / "verify.py").string();
  const ShellResult good = shell(run);
  INFO(good.output);
  CHECK(good.status == 0);
  CHECK(good.output.find(to_hex(parse_manifest(read_file(bundle / "manifest.json"))->root)) != std::string::npos);
  CHECK(shell("cd " + bundle.string() +
              " && sha256sum -c --quiet SHA256SUMS && minisign -V -p minisign.pub -m SHA256SUMS")
            .status == 0);
  std::string trades = read_file(bundle / "trades.csv");
  trades.back() = ' ';
  write_file(bundle / "trades.csv", trades);
  const ShellResult bad = shell(run);
  CHECK(bad.status == 1);
  CHECK(bad.output.find("trades.csv is damaged") != std::string::npos);
}

TEST_CASE("prove: an entry's proof holds, and for no other entry or key") {
  const std::vector<Entry> log = small_log();
  for (std::uint64_t n = 1; n <= log.size(); ++n) {
    VectorSource source(log);
    const EntryProof proof = prove_entry(source, test_keys(), Sequence(n));
    REQUIRE_FALSE(verify_entry_proof(proof, test_keys().public_keys()));
    REQUIRE(parse_entry_proof(to_text(proof)) == proof);
    EntryProof other = proof;
    other.leaf = to_json(log[n % log.size()]);
    REQUIRE(verify_entry_proof(other, test_keys().public_keys()));
  }
  VectorSource source(log);
  CHECK_THROWS_WITH(prove_entry(source, test_keys(), Sequence(log.size() + 1)), doctest::Contains("the log ends at"));
}

TEST_CASE("hash: base64 has one form") {
  CHECK(to_base64(Bytes{1, 2}) == "AQI=");
  CHECK(from_base64("AQI=") == Bytes{1, 2});
  CHECK_FALSE(from_base64("AQJ="));
  CHECK_FALSE(from_base64("AQI"));
  CHECK_FALSE(from_base64(" AQI="));
}

}  // namespace pace::audit
