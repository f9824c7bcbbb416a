#include "registry/audit/export.h"

#include <stdexcept>

#include "registry/audit/derivation.h"
#include "registry/audit/instructions.h"
#include "registry/audit/minisign.h"
#include "registry/audit/signed_note.h"

namespace pace::audit {
namespace {

/// The tables' files, each with its header.
class FileSink final : public RowSink {
 public:
  explicit FileSink(const std::filesystem::path& directory) {
    files_.reserve(table_count);
    for (const TableDefinition& definition : table_definitions())
      files_.emplace_back(directory, std::string(definition.file)).write(header_row(definition));
  }
  void row(Table table, std::string_view line) override {
    BundleWriter& file = files_[static_cast<std::size_t>(table)];
    file.write(line);
    file.count_row();
  }
  void close(std::vector<FileRecord>& records) {
    for (BundleWriter& file : files_) records.push_back(file.close());
  }

 private:
  std::vector<BundleWriter> files_;
};

/// Entries one by one, checked for their order, with their log lines' leaf hashes.
class LogReader {
 public:
  explicit LogReader(EntrySource& source) : source_(source) {}
  bool next() {
    const auto bytes = source_.next();
    if (!bytes) return false;
    auto entry = decode_entry(*bytes);
    const std::uint64_t expected = leaves_.size() + 1;
    if (!entry || entry->sequence().raw() != expected)
      throw std::runtime_error("the event log has no readable entry " + std::to_string(expected));
    entry_ = std::move(*entry);
    line_ = to_json(entry_);
    leaves_.push_back(leaf_hash(bytes_of(line_)));
    return true;
  }
  [[nodiscard]] const Entry& entry() const { return entry_; }
  [[nodiscard]] const std::string& line() const { return line_; }
  [[nodiscard]] const std::vector<Hash>& leaves() const { return leaves_; }

 private:
  EntrySource& source_;
  Entry entry_;
  std::string line_;
  std::vector<Hash> leaves_;
};

Consistency consistency_with(const std::string& previous, const std::vector<Hash>& leaves, const Hash& root,
                             const PublicKeys& keys) {
  Consistency result{
      .to_size = leaves.size(), .from_root = empty_root(), .to_root = root, .previous_checkpoint = previous};
  if (previous.empty()) return result;
  const auto checkpoint = open_checkpoint(previous, keys);
  if (!checkpoint)
    throw std::runtime_error("the previous export's checkpoint is not signed by this exchange's audit key");
  result.from_size = checkpoint->size;
  result.from_root = checkpoint->root;
  const std::span<const Hash> all(leaves);
  if (checkpoint->size > all.size() || root_of(all.first(checkpoint->size)) != checkpoint->root)
    throw std::runtime_error("the log is not an extension of the one exported before: its first " +
                             std::to_string(checkpoint->size) + " entries do not have the root that was signed then");
  result.proof = consistency_proof(all, checkpoint->size);
  return result;
}

FileRecord write_file(const std::filesystem::path& directory, const std::string& name, std::string_view content) {
  BundleWriter writer(directory, name);
  writer.write(content);
  return writer.close();
}

std::string_view bytes_text(const Hash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

/// log.jsonl, leaf_hashes.bin and the tables; records of all of them.
std::vector<FileRecord> write_log(LogReader& log, Derivation& derivation, FileSink& tables,
                                  const std::filesystem::path& directory) {
  BundleWriter lines(directory, "log.jsonl");
  BundleWriter hashes(directory, "leaf_hashes.bin");
  while (log.next()) {
    lines.write(log.line());
    lines.write("\n");
    lines.count_row();
    hashes.write(bytes_text(log.leaves().back()));
    derivation.add(log.entry());
  }
  derivation.finish();
  std::vector<FileRecord> records{lines.close(), hashes.close()};
  tables.close(records);
  return records;
}

void require_free(const std::filesystem::path& directory) {
  if (std::filesystem::exists(directory) &&
      !(std::filesystem::is_directory(directory) && std::filesystem::is_empty(directory)))
    throw std::runtime_error(directory.string() + ": exists and is not empty; an export never overwrites");
}

}  // namespace

ExportResult export_bundle(EntrySource& source, const AuditKeys& keys, const std::string& previous_checkpoint,
                           const std::filesystem::path& directory) {
  require_free(directory);
  const std::filesystem::path partial = directory.string() + ".partial";
  std::filesystem::remove_all(partial);
  std::filesystem::create_directories(partial);

  LogReader log(source);
  FileSink tables(partial);
  Derivation derivation(tables);
  std::vector<FileRecord> records = write_log(log, derivation, tables, partial);

  const PublicKeys public_keys = keys.public_keys();
  const Hash root = root_of(log.leaves());
  const std::string checkpoint =
      sign_checkpoint({.origin = keys.name, .size = log.leaves().size(), .root = root}, keys);
  records.push_back(write_file(partial, "checkpoint", checkpoint));
  records.push_back(write_file(partial, "consistency.json",
                               to_text(consistency_with(previous_checkpoint, log.leaves(), root, public_keys))));
  records.push_back(write_file(partial, "public_keys.txt", to_text(public_keys)));
  records.push_back(write_file(partial, "minisign.pub", minisign_public_file(public_keys)));
  records.push_back(write_file(partial, "SCHEMA.md", schema_text()));
  records.push_back(write_file(partial, "VERIFY.md", verify_instructions()));
  records.push_back(write_file(partial, "verify.py", verify_script()));

  const std::string basis = derivation.state().legal_basis();
  ExportResult result{
      .manifest = {.origin = keys.name,
                   .first_sequence = log.leaves().empty() ? 0U : 1U,
                   .last_sequence = log.leaves().size(),
                   .last_time = log.leaves().empty() ? std::string() : to_text(log.entry().stamped.time),
                   .legal_basis = basis.empty() ? "pilot mode" : basis,
                   .root = root,
                   .files = records},
      .checkpoint = checkpoint,
      .breaches = derivation.state().breaches()};
  records.push_back(write_file(partial, "manifest.json", to_text(result.manifest)));
  const std::string sums = sums_text(records);
  write_file(partial, "SHA256SUMS", sums);
  write_file(
      partial, "SHA256SUMS.minisig",
      minisign(sums, "PACE audit export " + keys.name + " sequence " + std::to_string(log.leaves().size()), keys));
  sync_directory(partial);
  std::filesystem::remove(directory);
  std::filesystem::rename(partial, directory);
  return result;
}

EntryProof prove_entry(EntrySource& source, const AuditKeys& keys, Sequence sequence) {
  LogReader log(source);
  EntryProof proof{.sequence = sequence.raw()};
  while (log.next())
    if (log.entry().sequence() == sequence) proof.leaf = log.line();
  proof.size = log.leaves().size();
  if (!sequence || sequence.raw() > proof.size)
    throw std::runtime_error("there is no entry " + std::to_string(sequence.raw()) + "; the log ends at " +
                             std::to_string(proof.size));
  proof.proof = inclusion_proof(log.leaves(), sequence.raw() - 1);
  proof.checkpoint = sign_checkpoint({.origin = keys.name, .size = proof.size, .root = root_of(log.leaves())}, keys);
  return proof;
}

}  // namespace pace::audit
