// `pace audit export|verify|prove`: the regulator's bundle out of a data directory, and its check by anybody.
#include <CLI/CLI.hpp>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "engine/base/hex.h"
#include "engine/journal/data_directory.h"
#include "engine/journal/log_reader.h"
#include "engine/journal/posix_disk.h"
#include "engine/message/json.h"
#include "registry/audit/export.h"
#include "registry/audit/verify.h"
#include "tools/pace/commands.h"

namespace pace::tool {
namespace {

namespace fs = std::filesystem;

std::string read_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error(path.string() + ": cannot be read");
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// The event log of a data directory, up to its last complete entry; an exchange may be running on it.
class EventLog final : public audit::EntrySource {
 public:
  explicit EventLog(const std::string& data)
      : paths_(DataDirectory::glance(disk_, data).paths()),
        reader_(disk_, paths_.events, LogKind::events, Sequence(1)) {}
  std::optional<BytesView> next() override {
    const LogRecord* record = reader_.next();
    if (record == nullptr) return std::nullopt;
    return record->payload;
  }

 private:
  PosixDisk disk_;
  DataPaths paths_;
  LogReader reader_;
};

std::string in_quotes(std::string_view text) {
  std::string out;
  json_escape(out, text);
  return out;
}

struct ExportOptions {
  std::string data, out, previous;
  bool json = false;
};

int run_export(const ExportOptions& options) {
  const fs::path stored = fs::path(options.data) / "audit" / "checkpoint";
  std::string previous;
  if (!options.previous.empty()) {
    previous = read_text(fs::path(options.previous) / "checkpoint");
  } else if (fs::exists(stored)) {
    previous = read_text(stored);
  }
  const audit::AuditKeys keys = audit::load_audit_keys(fs::path(options.data) / "keys");
  EventLog log(options.data);
  const audit::ExportResult result = audit::export_bundle(log, keys, previous, options.out);
  fs::create_directories(stored.parent_path());
  audit::replace_file(stored, result.checkpoint);
  const std::string root = to_hex(result.manifest.root);
  if (options.json) {
    std::cout << "{\"last_sequence\":" << result.manifest.last_sequence << ",\"root\":\"" << root
              << "\",\"legal_basis\":" << in_quotes(result.manifest.legal_basis)
              << ",\"breaches\":" << result.breaches.size() << "}\n";
  } else {
    std::cout << "exported " << result.manifest.last_sequence << " entries to " << options.out << "\nroot " << root
              << "\nlegal basis: " << result.manifest.legal_basis << "\n";
  }
  for (const audit::Breach& breach : result.breaches)
    std::cerr << "sequence " << breach.record.raw() << " breaks a rule: " << breach.text << "\n";
  return result.breaches.empty() ? 0 : 1;
}

struct VerifyOptions {
  std::string path, key, previous;
  bool json = false;
};

std::optional<audit::PublicKeys> read_keys(const std::string& path) {
  if (path.empty()) return std::nullopt;
  auto keys = audit::parse_public_keys(read_text(path));
  if (!keys) throw std::runtime_error(path + ": is not a public keys file (public_keys.txt or DATA/keys/audit.pub)");
  return keys;
}

void print_json(const audit::VerifyResult& result) {
  std::cout << "{\"ok\":" << (result.findings.empty() ? "true" : "false") << ",\"records\":" << result.records
            << ",\"rows\":" << result.rows << ",\"root\":\""
            << (result.manifest ? to_hex(result.manifest->root) : std::string()) << "\",\"findings\":[";
  for (std::size_t i = 0; i < result.findings.size(); ++i) {
    const audit::Finding& finding = result.findings[i];
    std::cout << (i == 0 ? "" : ",") << "{\"file\":" << in_quotes(finding.file)
              << ",\"record\":" << in_quotes(finding.record) << ",\"text\":" << in_quotes(finding.text) << "}";
  }
  std::cout << "]}\n";
}

int verify_proof(const VerifyOptions& options) {
  const auto proof = audit::parse_entry_proof(read_text(options.path));
  if (!proof) throw std::runtime_error(options.path + ": is not an inclusion proof");
  const auto keys = read_keys(options.key);
  if (!keys) throw CLI::RequiredError("--key (an inclusion proof carries no keys)");
  const auto wrong = audit::verify_entry_proof(*proof, *keys);
  if (options.json) {
    std::cout << "{\"ok\":" << (wrong ? "false" : "true") << ",\"sequence\":" << proof->sequence
              << ",\"text\":" << in_quotes(wrong.value_or("")) << "}\n";
  } else {
    std::cout << (wrong ? *wrong : "entry " + std::to_string(proof->sequence) + " stands in the signed log") << "\n";
  }
  return wrong ? 1 : 0;
}

int run_verify_bundle(const VerifyOptions& options) {
  if (fs::is_regular_file(options.path)) return verify_proof(options);
  std::optional<fs::path> previous;
  if (!options.previous.empty()) previous = options.previous;
  const audit::VerifyResult result = audit::verify_bundle(options.path, read_keys(options.key), previous);
  if (options.json) {
    print_json(result);
  } else {
    for (const audit::Finding& finding : result.findings) std::cout << to_text(finding) << "\n";
    if (result.findings.empty())
      std::cout << "whole and true: " << result.records << " entries, " << result.rows
                << " table rows derived again, root " << to_hex(result.manifest->root) << "\n";
    if (!result.keys_given)
      std::cout << "note: checked with the export's own keys; give the published ones with --key to know who signed\n";
  }
  return result.findings.empty() ? 0 : 1;
}

struct ProveOptions {
  std::string data, out;
  std::uint64_t sequence = 0;
};

int run_prove(const ProveOptions& options) {
  const audit::AuditKeys keys = audit::load_audit_keys(fs::path(options.data) / "keys");
  EventLog log(options.data);
  const audit::EntryProof proof = audit::prove_entry(log, keys, Sequence(options.sequence));
  std::ofstream out(options.out, std::ios::binary);
  out << to_text(proof);
  if (!out.flush()) throw std::runtime_error(options.out + ": cannot be written");
  std::cout << "entry " << proof.sequence << " of " << proof.size << ": " << proof.proof.size() << " hashes in "
            << options.out << "\n";
  return 0;
}

}  // namespace

int run_audit(int argc, char** argv) {
  CLI::App app("The regulator's export of the log, and its proof", "pace audit");
  app.require_subcommand(1);
  ExportOptions exporting;
  CLI::App* const export_app =
      app.add_subcommand("export", "Write the bundle: log, tables, signed digests (beside a running exchange, too)");
  export_app->add_option("--data", exporting.data, "Data directory of the exchange")->required();
  export_app->add_option("--out", exporting.out, "Directory to make; an export never overwrites")->required();
  export_app->add_option("--previous", exporting.previous,
                         "The export to prove consistency with; default: the last one made");
  export_app->add_flag("--json", exporting.json, "Print one JSON object");
  VerifyOptions verifying;
  CLI::App* const verify_app =
      app.add_subcommand("verify", "Check an export (or an inclusion proof) and name what is damaged");
  verify_app->add_option("export", verifying.path, "Directory of the export, or file of a proof")->required();
  verify_app->add_option("--key", verifying.key,
                         "Published keys (public_keys.txt, DATA/keys/audit.pub); default: the export's own");
  verify_app->add_option("--previous", verifying.previous, "The export before, which this one must continue");
  verify_app->add_flag("--json", verifying.json, "Print one JSON object");
  ProveOptions proving;
  CLI::App* const prove_app = app.add_subcommand("prove", "Prove that one entry stands in the log");
  prove_app->add_option("--data", proving.data, "Data directory of the exchange")->required();
  prove_app->add_option("--sequence", proving.sequence, "Sequence number of the entry")->required();
  prove_app->add_option("--out", proving.out, "File to write")->required();
  try {
    app.parse(argc, argv);
    if (*export_app) return run_export(exporting);
    if (*verify_app) return run_verify_bundle(verifying);
    return run_prove(proving);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const std::exception& error) {
    std::cerr << "pace audit: " << error.what() << "\n";
    return 1;
  }
}

}  // namespace pace::tool
