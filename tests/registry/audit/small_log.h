// A small year in hand-made entries, and the files around it: what the audit's tests export, damage and verify.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "registry/audit/export.h"
#include "tests/temporary_directory.h"

namespace pace::audit {

using test::TemporaryDirectory;

std::string read_file(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, const std::string& content);

struct ShellResult {
  int status{};
  std::string output;
};
ShellResult shell(const std::string& command);

/// Fixed, so that a failing byte is the same every time.
AuditKeys test_keys();

/// Two persons, a broker, an allocation, an order day with a trade and a reject, emissions, offsets, compliance.
std::vector<Entry> small_log();

class VectorSource final : public EntrySource {
 public:
  explicit VectorSource(const std::vector<Entry>& entries) : entries_(entries) {}
  std::optional<BytesView> next() override;

 private:
  const std::vector<Entry>& entries_;
  std::size_t at_ = 0;
  Bytes bytes_;
};

}  // namespace pace::audit
