#include "registry/audit/bundle_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace pace::audit {
namespace {

constexpr std::size_t buffer_size = 1 << 18;

[[noreturn]] void fail(const std::filesystem::path& path, const char* what) {
  const int reason = errno;
  throw std::runtime_error(path.string() + ": " + what + ": " + std::strerror(reason));
}

}  // namespace

BundleWriter::BundleWriter(const std::filesystem::path& directory, std::string name)
    : path_(directory / name),
      record_{.name = std::move(name)},
      fd_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644)) {
  if (fd_ < 0) fail(path_, "cannot be made");
  buffer_.reserve(buffer_size);
}

BundleWriter::BundleWriter(BundleWriter&& other) noexcept
    : path_(std::move(other.path_)),
      record_(std::move(other.record_)),
      hasher_(std::move(other.hasher_)),
      buffer_(std::move(other.buffer_)),
      fd_(std::exchange(other.fd_, -1)) {}

BundleWriter::~BundleWriter() {
  if (fd_ >= 0) ::close(fd_);
}

void BundleWriter::write(std::string_view bytes) {
  if (buffer_.size() + bytes.size() > buffer_size) flush();
  buffer_.append(bytes);
}

void BundleWriter::flush() {
  hasher_.update(buffer_);
  record_.bytes += buffer_.size();
  for (std::string_view rest = buffer_; !rest.empty();) {
    const ssize_t n = ::write(fd_, rest.data(), rest.size());
    if (n < 0 && errno != EINTR) fail(path_, "cannot be written");
    if (n > 0) rest.remove_prefix(static_cast<std::size_t>(n));
  }
  buffer_.clear();
}

FileRecord BundleWriter::close() {
  flush();
  if (::fsync(fd_) != 0) fail(path_, "cannot be synced");
  if (::close(std::exchange(fd_, -1)) != 0) fail(path_, "cannot be closed");
  record_.sha256 = hasher_.finish();
  return record_;
}

MappedFile::MappedFile(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) fail(path, "cannot be read");
  struct stat status {};
  void* mapped = nullptr;
  const bool known = ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
  if (known && status.st_size > 0)
    mapped = ::mmap(nullptr, static_cast<std::size_t>(status.st_size), PROT_READ, MAP_PRIVATE, fd, 0);
  ::close(fd);
  if (!known || mapped == MAP_FAILED) fail(path, "cannot be read");
  data_ = static_cast<const char*>(mapped);
  size_ = static_cast<std::size_t>(status.st_size);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<char*>(data_), size_);
}

void sync_directory(const std::filesystem::path& directory) {
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) fail(directory, "cannot be opened");
  const bool synced = ::fsync(fd) == 0;
  ::close(fd);
  if (!synced) fail(directory, "cannot be synced");
}

void replace_file(const std::filesystem::path& path, std::string_view content) {
  const std::string fresh = path.filename().string() + ".new";
  std::filesystem::remove(path.parent_path() / fresh);
  BundleWriter writer(path.parent_path(), fresh);
  writer.write(content);
  writer.close();
  std::filesystem::rename(path.parent_path() / fresh, path);
  sync_directory(path.parent_path());
}

}  // namespace pace::audit
