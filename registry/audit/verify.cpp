#include "registry/audit/verify.h"

#include <array>

#include "registry/audit/bundle.h"
#include "registry/audit/derivation.h"
#include "registry/audit/entry_json.h"
#include "registry/audit/signed_note.h"

namespace pace::audit {
namespace {

/// Compares derived rows with the files, and keeps each table's first difference.
class CompareSink final : public RowSink {
 public:
  CompareSink(const Bundle& bundle, std::vector<Finding>& findings) : findings_(findings) {
    for (const TableDefinition& definition : table_definitions()) {
      Progress& table = tables_[static_cast<std::size_t>(definition.table)];
      table.rest = bundle.text(std::string(definition.file));
      table.done = !bundle.has(std::string(definition.file));
      compare(definition.table, header_row(definition), "the header");
    }
  }
  void row(Table which, std::string_view line) override {
    Progress& table = tables_[static_cast<std::size_t>(which)];
    ++table.row;
    ++rows_;
    if (!table.done) compare(which, line, "row " + std::to_string(table.row));
  }
  void finish() {
    for (const TableDefinition& definition : table_definitions()) {
      Progress& table = tables_[static_cast<std::size_t>(definition.table)];
      if (!table.done && !table.rest.empty())
        differ(definition.table, "row " + std::to_string(table.row + 1), "is not in the log");
    }
  }
  [[nodiscard]] std::uint64_t rows() const { return rows_; }

 private:
  struct Progress {
    std::string_view rest;
    std::uint64_t row = 0;
    bool done = false;
  };
  void compare(Table which, std::string_view line, const std::string& record) {
    Progress& table = tables_[static_cast<std::size_t>(which)];
    if (table.done) return;
    if (table.rest.starts_with(line)) {
      table.rest.remove_prefix(line.size());
    } else {
      const std::string_view stands = table.rest.substr(0, std::min<std::size_t>(table.rest.find('\n'), 200));
      differ(which, record,
             "reads \"" + std::string(stands) + "\" but the log gives \"" +
                 std::string(line.substr(0, line.size() - 1)) + "\"");
    }
  }
  void differ(Table which, const std::string& record, std::string text) {
    findings_.push_back({std::string(definition_of(which).file), record, std::move(text)});
    tables_[static_cast<std::size_t>(which)].done = true;
  }

  std::array<Progress, table_count> tables_;
  std::vector<Finding>& findings_;
  std::uint64_t rows_ = 0;
};

/// The log's lines against leaf_hashes.bin and the checkpoint, and through the derivation against the tables.
class LogCheck {
 public:
  LogCheck(const Bundle& bundle, VerifyResult& result) : bundle_(bundle), result_(result) {}

  void run(const std::optional<Checkpoint>& checkpoint) {
    // What a damaged log gives would blame true tables: then only the damaged line is looked for.
    const bool whole = !bundle_.damaged("log.jsonl");
    CompareSink tables(bundle_, result_.findings);
    Derivation derivation(tables);
    for (std::string_view rest = bundle_.text("log.jsonl"); !rest.empty();) {
      const std::size_t end = rest.find('\n');
      if (!line(rest.substr(0, end), end != std::string_view::npos, whole ? &derivation : nullptr)) return;
      rest.remove_prefix(end + 1);
    }
    if (!whole) return find("log.jsonl", "", "is damaged, and its lines agree with leaf_hashes.bin: both were changed");
    derivation.finish();
    tables.finish();
    result_.rows = tables.rows();
    check_root(checkpoint);
    check_breaches(derivation.state());
  }

 private:
  /// False: the line is damaged and reported.
  bool line(std::string_view text, bool ended, Derivation* derivation) {
    const std::uint64_t number = ++result_.records;
    const std::string name = "line " + std::to_string(number);
    const Hash leaf = leaf_hash(bytes_of(text));
    range_.append(leaf);
    const std::string_view hashes = bundle_.text("leaf_hashes.bin");
    const std::string_view expected =
        hashes.size() >= number * leaf.size() ? hashes.substr((number - 1) * leaf.size(), leaf.size()) : "";
    const auto entry = entry_from_json(text);
    const bool same_leaf = expected == std::string_view(reinterpret_cast<const char*>(leaf.data()), leaf.size());
    if (!bundle_.damaged("leaf_hashes.bin") && !same_leaf) {
      find("log.jsonl", name,
           "is damaged (sequence " + std::to_string(number) + "): its hash is not the one in leaf_hashes.bin");
    } else if (!ended || !entry) {
      find("log.jsonl", name, "is not an entry of the log");
    } else if (entry->sequence().raw() != number) {
      find("log.jsonl", name, "has sequence " + std::to_string(entry->sequence().raw()));
    } else {
      if (derivation != nullptr) derivation->add(*entry);
      return true;
    }
    return false;
  }

  void check_root(const std::optional<Checkpoint>& checkpoint) {
    const auto& manifest = bundle_.manifest();
    if (manifest && (manifest->root != range_.root() || manifest->last_sequence != range_.size()))
      find("manifest.json", "", "names another root or last sequence than log.jsonl gives");
    if (checkpoint && (checkpoint->root != range_.root() || checkpoint->size != range_.size()))
      find("checkpoint", "",
           "signs " + std::to_string(checkpoint->size) + " entries with another root than log.jsonl gives");
    if (bundle_.text("leaf_hashes.bin").size() != range_.size() * sizeof(Hash) && !bundle_.damaged("leaf_hashes.bin"))
      find("leaf_hashes.bin", "", "does not hold one hash per line of log.jsonl");
  }

  void check_breaches(const State& state) {
    for (const Breach& breach : state.breaches())
      find("log.jsonl", breach.record ? "line " + std::to_string(breach.record.raw()) : std::string(),
           "breaks a rule: " + breach.text);
    const auto& manifest = bundle_.manifest();
    const std::string basis = state.legal_basis().empty() ? "pilot mode" : state.legal_basis();
    if (manifest && manifest->legal_basis != basis)
      find("manifest.json", "", "names another legal basis than log.jsonl: " + basis);
  }

  void find(std::string file, std::string record, std::string text) {
    result_.findings.push_back({std::move(file), std::move(record), std::move(text)});
  }

  const Bundle& bundle_;
  VerifyResult& result_;
  CompactRange range_;
};

void check_consistency(const Bundle& bundle, const std::optional<Checkpoint>& checkpoint,
                       const std::optional<std::filesystem::path>& previous, std::vector<Finding>& findings) {
  const auto consistency = parse_consistency(bundle.text("consistency.json"));
  const auto find = [&](std::string text) { findings.push_back({"consistency.json", "", std::move(text)}); };
  if (!consistency || !checkpoint || !bundle.keys()) {
    if (!consistency && !bundle.damaged("consistency.json")) find("is not in the form of this format");
    return;
  }
  const Consistency& c = *consistency;
  if (c.to_size != checkpoint->size || c.to_root != checkpoint->root)
    find("does not lead to the checkpoint of this export");
  if (!verify_consistency(c.from_size, c.from_root, c.to_size, c.to_root, c.proof))
    find("the proof fails: the log is not an extension of the one exported before");
  const auto before = open_checkpoint(c.previous_checkpoint, *bundle.keys());
  const bool first = c.previous_checkpoint.empty() && c.from_size == 0;
  if (!first && (!before || before->size != c.from_size || before->root != c.from_root))
    find("the previous checkpoint is not signed by the audit key, or is not the one the proof starts from");
  if (previous && MappedFile(*previous / "checkpoint").text() != c.previous_checkpoint)
    find("does not start from the checkpoint in " + previous->string());
}

/// The bundle's copies of the keys are the keys it was checked with.
void check_keys(const Bundle& bundle, std::vector<Finding>& findings) {
  const auto expect = [&](const char* file, const std::string& text) {
    if (bundle.has(file) && !bundle.damaged(file) && bundle.text(file) != text)
      findings.push_back({file, "", "holds other keys than this export was checked with"});
  };
  if (!bundle.keys() || bundle.damaged("public_keys.txt")) return;
  expect("public_keys.txt", to_text(*bundle.keys()));
  expect("minisign.pub", minisign_public_file(*bundle.keys()));
}

void check_manifest(const Bundle& bundle, std::vector<Finding>& findings) {
  if (bundle.damaged("manifest.json")) return;
  if (!bundle.manifest()) return findings.push_back({"manifest.json", "", "is not in the form of this format"});
  for (const FileRecord& record : bundle.manifest()->files) {
    const std::string_view text = bundle.text(record.name);
    if (!bundle.damaged(record.name) && (hash_of(bytes_of(text)) != record.sha256 || text.size() != record.bytes))
      findings.push_back({"manifest.json", record.name, "has another digest or size than the file"});
  }
}

}  // namespace

VerifyResult verify_bundle(const std::filesystem::path& directory, const std::optional<PublicKeys>& trusted,
                           const std::optional<std::filesystem::path>& previous) {
  VerifyResult result;
  result.keys_given = trusted.has_value();
  Bundle bundle(directory, result.findings);
  bundle.check_digests(trusted);
  result.manifest = bundle.manifest();
  check_manifest(bundle, result.findings);
  check_keys(bundle, result.findings);
  std::optional<Checkpoint> checkpoint;
  if (bundle.keys()) checkpoint = open_checkpoint(bundle.text("checkpoint"), *bundle.keys());
  if (!checkpoint && bundle.keys() && !bundle.damaged("checkpoint") && !bundle.damaged("public_keys.txt"))
    result.findings.push_back({"checkpoint", "", "is not signed by the audit key"});
  if (bundle.has("log.jsonl")) LogCheck(bundle, result).run(checkpoint);
  check_consistency(bundle, checkpoint, previous, result.findings);
  return result;
}

std::optional<std::string> verify_entry_proof(const EntryProof& proof, const PublicKeys& keys) {
  const auto checkpoint = open_checkpoint(proof.checkpoint, keys);
  if (!checkpoint) return "the checkpoint is not signed by the audit key";
  const auto entry = entry_from_json(proof.leaf);
  if (!entry || entry->sequence().raw() != proof.sequence)
    return "the leaf is not entry " + std::to_string(proof.sequence) + " of a log";
  if (checkpoint->size != proof.size || proof.sequence == 0 ||
      !verify_inclusion(leaf_hash(bytes_of(proof.leaf)), proof.sequence - 1, proof.size, proof.proof, checkpoint->root))
    return "the proof fails: the entry does not stand at this place in the signed log";
  return std::nullopt;
}

std::string to_text(const Finding& finding) {
  return finding.file + (finding.record.empty() ? "" : ", " + finding.record) + ": " + finding.text;
}

}  // namespace pace::audit
