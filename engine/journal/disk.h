// The disk as the log sees it, and nothing more, so that a simulator can stand in its place: crash at every write, run
// full, tear and lose what was not synced. PosixDisk is the real one.
// Thread rule: one File may be written by one thread and synced or read by another at the same time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/base/bytes.h"

namespace pace {

/// The disk said no. The text names the file and says what to do; nothing acknowledged is lost.
class DiskFault : public std::runtime_error {
 public:
  /// `doing` as in "could not <doing> <path>"; `error` is an errno.
  DiskFault(const std::string& doing, const std::string& path, int error);
  [[nodiscard]] int error() const { return error_; }

 private:
  int error_;
};

/// This program must not work on these files: in use by another process, written by a newer version, made for other
/// settings. The text says which and what to do.
class Refused : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Bytes that were written and synced are not what was written.
class Damage : public std::runtime_error {
 public:
  Damage(const std::string& path, std::uint64_t offset, const std::string& what);
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::uint64_t offset() const { return offset_; }

 private:
  std::string path_;
  std::uint64_t offset_;
};

/// Every function throws DiskFault when the disk refuses. After a failed write or sync the file is never written again
/// by its owner: what the page cache then holds is unknown.
class File {
 public:
  /// What a file opened past the cache is read and written in.
  static constexpr std::size_t block_bytes = 4096;
  virtual ~File() = default;
  /// All of it, extending the file when it is shorter.
  virtual void write_at(std::uint64_t offset, BytesView bytes) = 0;
  /// Bytes read: fewer than asked only at the end of the file.
  [[nodiscard]] virtual std::size_t read_at(std::uint64_t offset, std::span<std::uint8_t> into) = 0;
  [[nodiscard]] virtual std::uint64_t size() = 0;
  virtual void truncate(std::uint64_t size) = 0;
  /// Returns when every byte written before is durable.
  virtual void sync() = 0;
};

/// Held as long as it lives.
class DiskLock {
 public:
  virtual ~DiskLock() = default;
};

class Disk {
 public:
  virtual ~Disk() = default;
  enum class Open { read, read_write };
  [[nodiscard]] virtual std::unique_ptr<File> open(const std::string& path, Open mode) = 0;
  /// An empty file; one that is there is emptied.
  [[nodiscard]] virtual std::unique_ptr<File> create(const std::string& path) = 0;
  /// The same past the system's cache, where the file system can: for what is written once and read after a restart.
  /// REQUIRES of its reads and writes: offset, length and memory are multiples of File::block_bytes.
  [[nodiscard]] virtual std::unique_ptr<File> open_direct(const std::string& path) {
    return open(path, Open::read_write);
  }
  [[nodiscard]] virtual std::unique_ptr<File> create_direct(const std::string& path) { return create(path); }
  [[nodiscard]] virtual bool exists(const std::string& path) = 0;
  /// Names in a directory, sorted; none when there is no such directory.
  [[nodiscard]] virtual std::vector<std::string> names(const std::string& directory) = 0;
  /// And its parents. One that is there is left as it is.
  virtual void make_directory(const std::string& path) = 0;
  virtual void rename(const std::string& from, const std::string& to) = 0;
  virtual void remove(const std::string& path) = 0;
  /// Names created, renamed and removed before are durable.
  virtual void sync_directory(const std::string& path) = 0;
  enum class Share { exclusive, shared };
  /// Throws Refused, naming the process that holds it.
  [[nodiscard]] virtual std::unique_ptr<DiskLock> lock(const std::string& path, Share share) = 0;
};

/// The whole file. Throws DiskFault.
[[nodiscard]] Bytes read_whole(Disk& disk, const std::string& path);
/// A file that is there whole or not at all: temporary name, sync, rename, directory synced.
void write_whole(Disk& disk, const std::string& directory, const std::string& name, BytesView bytes);

}  // namespace pace
