// The order state on disk, so that a start need not read the whole event log: {8 bytes magic, u32 CRC-32C, state},
// replaced whole by rename. Losing it costs time, never correctness. Thread rule: one thread.
#pragma once

#include <filesystem>
#include <optional>

#include "engine/base/bytes.h"

namespace pace::fix {

class SnapshotFile {
 public:
  explicit SnapshotFile(std::filesystem::path path) : path_(std::move(path)) {}
  [[nodiscard]] bool exists() const { return std::filesystem::exists(path_); }
  /// Nothing when there is none or it is damaged.
  [[nodiscard]] std::optional<Bytes> load() const;
  /// Throws std::runtime_error; the old one stays then.
  void save(const Bytes& state, bool sync) const;

 private:
  std::filesystem::path path_;
};

}  // namespace pace::fix
