// The data directory of one exchange: its lock, its VERSION file, and where its parts stand.
//   DATA/LOCK  DATA/VERSION  DATA/log/journal/  DATA/log/events/  DATA/snapshots/
// The VERSION file also holds what a replay must know besides the log: a log gives the same state only with the
// capacity it was written with (commands beyond it are rejected), and its time comes from one kind of clock.
// Thread rule: one owner.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "engine/journal/disk.h"

namespace pace {

/// Raised when any file under the data directory changes its form.
inline constexpr std::uint32_t data_format_version = 1;

/// What stands in DATA/VERSION besides the versions.
struct DataSettings {
  bool simulated_clock = false;
  std::uint64_t accounts = 0;
  std::uint64_t open_orders = 0;
  std::uint64_t instruments = 0;
  std::uint64_t requests_per_day = 0;
  bool operator==(const DataSettings&) const = default;
};
std::string to_text(const DataSettings& settings);

struct DataPaths {
  explicit DataPaths(std::string data_directory);
  std::string data, lock, version_name, version, log, journal, events, snapshots;
};

class DataDirectory {
 public:
  /// Takes the directory for one writer; makes it when it is new. Throws Refused when another process has it, when a
  /// newer version wrote it or when it was made with other settings, DiskFault when it cannot be written.
  static DataDirectory open(Disk& disk, const std::string& path, const DataSettings& settings);
  /// For readers of a stopped exchange: shared lock. Throws Refused while an exchange runs on it.
  static DataDirectory look(Disk& disk, const std::string& path);
  /// For readers that cope with a running exchange: no lock.
  static DataDirectory glance(Disk& disk, const std::string& path);

  [[nodiscard]] const DataPaths& paths() const { return paths_; }
  [[nodiscard]] const DataSettings& settings() const { return settings_; }

 private:
  DataDirectory(DataPaths paths, std::unique_ptr<DiskLock> lock, const DataSettings& settings)
      : paths_(std::move(paths)), lock_(std::move(lock)), settings_(settings) {}
  DataPaths paths_;
  std::unique_ptr<DiskLock> lock_;
  DataSettings settings_;
};

/// What DATA/VERSION says; nothing when there is none. Throws Refused when a newer PACE wrote it, Damage when it is
/// not a VERSION file.
std::optional<DataSettings> read_version(Disk& disk, const DataPaths& paths);

}  // namespace pace
