// An export's files as verification sees them, and which of them are damaged. Three places know a file's digest: the
// file, SHA256SUMS (signed) and manifest.json. When the signature fails, the two that agree show which one is damaged.
// Thread rule: one thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registry/audit/verify.h"

namespace pace::audit {

class Bundle {
 public:
  /// Maps every file the format has; missing ones become findings.
  Bundle(const std::filesystem::path& directory, std::vector<Finding>& findings);

  /// Digests and the signature over them. Afterwards damaged() knows.
  void check_digests(const std::optional<PublicKeys>& trusted);

  [[nodiscard]] bool has(const std::string& name) const { return files_.contains(name); }
  /// Empty when missing.
  [[nodiscard]] std::string_view text(const std::string& name) const;
  [[nodiscard]] bool damaged(const std::string& name) const;
  [[nodiscard]] const std::optional<Manifest>& manifest() const { return manifest_; }
  /// The trusted keys, else the bundle's own; nothing when neither can be read.
  [[nodiscard]] const std::optional<PublicKeys>& keys() const { return keys_; }

 private:
  void find(const std::string& file, std::string text);
  void check_signed(const std::vector<FileRecord>& sums);
  void blame_unsigned(const std::vector<FileRecord>& sums);
  [[nodiscard]] bool matches(const FileRecord& record) const;

  std::map<std::string, MappedFile> files_;
  std::map<std::string, Hash> digests_;
  std::optional<Manifest> manifest_;
  std::optional<PublicKeys> keys_;
  std::vector<Finding>& findings_;
};

/// Every file of the format, the signed list and its signature included.
std::vector<std::string> bundle_files();

}  // namespace pace::audit
