// The machine's own disk: pread, pwrite, fdatasync, flock.
// Thread rule: as Disk; the object itself holds no state.
#pragma once

#include "engine/journal/disk.h"

namespace pace {

class PosixDisk final : public Disk {
 public:
  std::unique_ptr<File> open(const std::string& path, Open mode) override;
  std::unique_ptr<File> create(const std::string& path) override;
  std::unique_ptr<File> open_direct(const std::string& path) override;
  std::unique_ptr<File> create_direct(const std::string& path) override;
  bool exists(const std::string& path) override;
  std::vector<std::string> names(const std::string& directory) override;
  void make_directory(const std::string& path) override;
  void rename(const std::string& from, const std::string& to) override;
  void remove(const std::string& path) override;
  void sync_directory(const std::string& path) override;
  std::unique_ptr<DiskLock> lock(const std::string& path, Share share) override;
};

}  // namespace pace
