#include "registry/audit/bundle.h"

#include <algorithm>
#include <stdexcept>

#include "registry/audit/minisign.h"
#include "registry/audit/table.h"

namespace pace::audit {

std::vector<std::string> bundle_files() {
  std::vector<std::string> names{"log.jsonl",       "leaf_hashes.bin", "checkpoint", "consistency.json",
                                 "public_keys.txt", "minisign.pub",    "SCHEMA.md",  "VERIFY.md",
                                 "verify.py",       "manifest.json",   "SHA256SUMS", "SHA256SUMS.minisig"};
  for (const TableDefinition& definition : table_definitions()) names.emplace_back(definition.file);
  return names;
}

Bundle::Bundle(const std::filesystem::path& directory, std::vector<Finding>& findings) : findings_(findings) {
  if (!std::filesystem::is_directory(directory)) throw std::runtime_error(directory.string() + ": is not a directory");
  for (const std::string& name : bundle_files()) {
    if (std::filesystem::is_regular_file(directory / name)) {
      const MappedFile& file = files_.try_emplace(name, directory / name).first->second;
      digests_[name] = hash_of(bytes_of(file.text()));
    } else {
      find(name, "is missing");
    }
  }
  manifest_ = parse_manifest(text("manifest.json"));
}

void Bundle::find(const std::string& file, std::string text) {
  findings_.push_back({file, "", std::move(text)});
}

std::string_view Bundle::text(const std::string& name) const {
  const auto found = files_.find(name);
  return found == files_.end() ? std::string_view{} : found->second.text();
}

bool Bundle::damaged(const std::string& name) const {
  return std::any_of(findings_.begin(), findings_.end(), [&](const Finding& finding) { return finding.file == name; });
}

bool Bundle::matches(const FileRecord& record) const {
  const auto found = digests_.find(record.name);
  return found != digests_.end() && found->second == record.sha256;
}

void Bundle::check_digests(const std::optional<PublicKeys>& trusted) {
  keys_ = trusted ? trusted : parse_public_keys(text("public_keys.txt"));
  const auto sums = parse_sums(text("SHA256SUMS"));
  if (!sums) {
    if (has("SHA256SUMS")) find("SHA256SUMS", "is damaged: a line is not a digest and a file name");
    return;
  }
  if (keys_ && open_minisign(text("SHA256SUMS.minisig"), text("SHA256SUMS"), *keys_)) {
    check_signed(*sums);
  } else {
    blame_unsigned(*sums);
  }
}

/// SHA256SUMS is beyond doubt: a file that differs from it is damaged.
void Bundle::check_signed(const std::vector<FileRecord>& sums) {
  for (const FileRecord& record : sums)
    if (has(record.name) && !matches(record)) find(record.name, "is damaged: its SHA-256 is not the signed one");
  for (const std::string& name : bundle_files()) {
    const bool listed =
        std::any_of(sums.begin(), sums.end(), [&](const FileRecord& record) { return record.name == name; });
    if (!listed && !name.starts_with("SHA256SUMS")) find(name, "is not in the signed list SHA256SUMS");
  }
}

/// The signature fails: SHA256SUMS, its signature, or the key is damaged. The manifest's digests tell which.
void Bundle::blame_unsigned(const std::vector<FileRecord>& sums) {
  bool list_damaged = false;
  for (const FileRecord& record : sums) {
    if (matches(record)) continue;
    const auto same_name = [&](const FileRecord& other) { return other.name == record.name; };
    const auto listed = manifest_ ? std::find_if(manifest_->files.begin(), manifest_->files.end(), same_name)
                                  : decltype(manifest_->files.begin()){};
    const bool in_manifest = manifest_ && listed != manifest_->files.end();
    if (in_manifest && listed->sha256 == record.sha256) {
      find(record.name, "is damaged: its SHA-256 is neither the one in SHA256SUMS nor in manifest.json");
    } else {
      list_damaged = true;
    }
  }
  if (list_damaged) {
    find("SHA256SUMS", "is damaged: its signature does not hold and a digest in it is not the file's");
  } else if (!keys_ || damaged("public_keys.txt")) {
    if (!damaged("public_keys.txt")) find("public_keys.txt", "is damaged: it holds no keys in the form of this format");
  } else if (has("SHA256SUMS.minisig")) {
    find("SHA256SUMS.minisig", "does not verify: it is damaged, or signed by another key than the one used here");
  }
}

}  // namespace pace::audit
