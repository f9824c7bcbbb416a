#include "engine/journal/posix_disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <utility>

namespace pace {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

Descriptor open_or_throw(const std::string& path, int flags, const char* doing) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0644);
  if (fd < 0) throw DiskFault(doing, path, errno);
  return Descriptor(fd);
}

// Past the cache; where the file system cannot, as any other file.
Descriptor open_direct_or_throw(const std::string& path, int flags, const char* doing) {
  const int fd = ::open(path.c_str(), flags | O_DIRECT | O_CLOEXEC, 0644);
  if (fd < 0 && errno != EINVAL) throw DiskFault(doing, path, errno);
  return fd < 0 ? open_or_throw(path, flags, doing) : Descriptor(fd);
}

class PosixFile final : public File {
 public:
  PosixFile(std::string path, Descriptor fd) : path_(std::move(path)), fd_(std::move(fd)) {}

  void write_at(std::uint64_t offset, BytesView bytes) override {
    while (!bytes.empty()) {
      const ssize_t n = ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (n < 0 && (errno == EINTR || (errno == EINVAL && leave_direct()))) continue;
      if (n <= 0) throw DiskFault("write to", path_, n < 0 ? errno : ENOSPC);
      bytes = bytes.subspan(static_cast<std::size_t>(n));
      offset += static_cast<std::uint64_t>(n);
    }
  }

  std::size_t read_at(std::uint64_t offset, std::span<std::uint8_t> into) override {
    std::size_t done = 0;
    while (done < into.size()) {
      const ssize_t n = ::pread(fd_.get(), into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
      if (n < 0 && (errno == EINTR || (errno == EINVAL && leave_direct()))) continue;
      if (n < 0) throw DiskFault("read", path_, errno);
      if (n == 0) break;
      done += static_cast<std::size_t>(n);
    }
    return done;
  }

  std::uint64_t size() override {
    struct stat info {};
    if (::fstat(fd_.get(), &info) != 0) throw DiskFault("look at", path_, errno);
    return static_cast<std::uint64_t>(info.st_size);
  }

  void truncate(std::uint64_t size) override {
    if (::ftruncate(fd_.get(), static_cast<off_t>(size)) != 0) throw DiskFault("cut", path_, errno);
  }

  void sync() override {
    if (::fdatasync(fd_.get()) != 0) throw DiskFault("sync", path_, errno);
  }

 private:
  // Some file systems say only when they are used that they cannot go past the cache, or not in such blocks; a write
  // that was cut short may also have left the rest between two blocks.
  bool leave_direct() {
    const int flags = ::fcntl(fd_.get(), F_GETFL);
    return flags >= 0 && (flags & O_DIRECT) != 0 && ::fcntl(fd_.get(), F_SETFL, flags & ~O_DIRECT) == 0;
  }
  std::string path_;
  Descriptor fd_;
};

class PosixLock final : public DiskLock {
 public:
  explicit PosixLock(Descriptor fd) : fd_(std::move(fd)) {}

 private:
  Descriptor fd_;
};

std::string holder(const Descriptor& fd) {
  char text[32] = {};
  const ssize_t n = ::pread(fd.get(), text, sizeof text - 1, 0);
  std::string pid(text, n > 0 ? static_cast<std::size_t>(n) : 0);
  while (!pid.empty() && pid.back() == '\n') pid.pop_back();
  return pid.empty() ? "another process" : "process " + pid;
}

}  // namespace

std::unique_ptr<File> PosixDisk::open(const std::string& path, Open mode) {
  return std::make_unique<PosixFile>(path, open_or_throw(path, mode == Open::read ? O_RDONLY : O_RDWR, "open"));
}

std::unique_ptr<File> PosixDisk::create(const std::string& path) {
  return std::make_unique<PosixFile>(path, open_or_throw(path, O_RDWR | O_CREAT | O_TRUNC, "create"));
}

std::unique_ptr<File> PosixDisk::open_direct(const std::string& path) {
  return std::make_unique<PosixFile>(path, open_direct_or_throw(path, O_RDWR, "open"));
}

std::unique_ptr<File> PosixDisk::create_direct(const std::string& path) {
  return std::make_unique<PosixFile>(path, open_direct_or_throw(path, O_RDWR | O_CREAT | O_TRUNC, "create"));
}

bool PosixDisk::exists(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

std::vector<std::string> PosixDisk::names(const std::string& directory) {
  std::vector<std::string> result;
  DIR* dir = ::opendir(directory.c_str());
  if (dir == nullptr) {
    if (errno == ENOENT) return result;
    throw DiskFault("list", directory, errno);
  }
  while (const dirent* item = ::readdir(dir)) {
    const std::string name = item->d_name;
    if (name != "." && name != "..") result.push_back(name);
  }
  ::closedir(dir);
  std::sort(result.begin(), result.end());
  return result;
}

void PosixDisk::make_directory(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) throw DiskFault("make directory", path, error.value());
}

void PosixDisk::rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) throw DiskFault("rename " + from + " to", to, errno);
}

void PosixDisk::remove(const std::string& path) {
  if (::unlink(path.c_str()) != 0) throw DiskFault("remove", path, errno);
}

void PosixDisk::sync_directory(const std::string& path) {
  const Descriptor fd = open_or_throw(path, O_RDONLY | O_DIRECTORY, "open");
  if (::fsync(fd.get()) != 0) throw DiskFault("sync", path, errno);
}

std::unique_ptr<DiskLock> PosixDisk::lock(const std::string& path, Share share) {
  const bool exclusive = share == Share::exclusive;
  Descriptor fd = open_or_throw(path, exclusive ? O_RDWR | O_CREAT : O_RDONLY, "lock");
  if (::flock(fd.get(), (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) throw DiskFault("lock", path, errno);
    throw Refused("data directory in use: " + holder(fd) + " holds " + path + "; stop it first");
  }
  if (exclusive) {
    const std::string pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(fd.get(), 0) != 0 || ::pwrite(fd.get(), pid.data(), pid.size(), 0) < 0)
      throw DiskFault("write to", path, errno);
  }
  return std::make_unique<PosixLock>(std::move(fd));
}

}  // namespace pace
