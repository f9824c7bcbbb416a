// Files of an export: written with their digest on the way, read by mapping. Failures are std::runtime_error with the
// path and the reason. Thread rule: one thread per object.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "registry/audit/hash.h"

namespace pace::audit {

/// One line of the manifest.
struct FileRecord {
  std::string name;
  Hash sha256{};
  std::uint64_t bytes{};
  std::uint64_t rows{};  ///< data rows of a table, lines of the log; 0 for other files
  bool operator==(const FileRecord&) const = default;
};

class BundleWriter {
 public:
  /// Makes a new file.
  BundleWriter(const std::filesystem::path& directory, std::string name);
  ~BundleWriter();
  BundleWriter(BundleWriter&& other) noexcept;
  BundleWriter& operator=(BundleWriter&&) = delete;

  void write(std::string_view bytes);
  void count_row() { ++record_.rows; }
  /// Everything is on the disk when it returns.
  FileRecord close();

 private:
  void flush();

  std::filesystem::path path_;
  FileRecord record_;
  Hasher hasher_;
  std::string buffer_;
  int fd_ = -1;
};

/// The whole content of a file, read only.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&&) = delete;
  [[nodiscard]] std::string_view text() const { return {data_, size_}; }

 private:
  const char* data_ = nullptr;
  std::size_t size_ = 0;
};

void sync_directory(const std::filesystem::path& directory);
/// Writes beside it and renames, so that a crash leaves the old or the new content.
void replace_file(const std::filesystem::path& path, std::string_view content);

}  // namespace pace::audit
