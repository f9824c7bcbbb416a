#include "tools/pace/raw_sync.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>

namespace pace::tool {
namespace {

[[noreturn]] void fail(const char* doing) {
  throw std::system_error(errno, std::generic_category(), doing);
}

void write_all(int fd, const char* from, std::size_t n, std::size_t at) {
  while (n != 0) {
    const ssize_t done = ::pwrite(fd, from, n, static_cast<off_t>(at));
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) fail("raw write");
    from += done;
    at += static_cast<std::size_t>(done);
    n -= static_cast<std::size_t>(done);
  }
}

}  // namespace

RawSync::RawSync(const std::string& path, std::size_t bytes)
    : fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)), size_(bytes) {
  if (fd_ < 0) fail("raw file");
  const std::string zeros(1u << 20, '\0');
  for (std::size_t at = 0; at < size_; at += zeros.size())
    write_all(fd_, zeros.data(), std::min(zeros.size(), size_ - at), at);
  if (::fdatasync(fd_) != 0) fail("raw sync");
}

RawSync::~RawSync() {
  ::close(fd_);
}

std::int64_t RawSync::once(std::size_t bytes) {
  if (bytes > pattern_.size()) pattern_.assign(bytes, 'x');
  if (at_ + bytes > size_) at_ = 0;
  const auto start = std::chrono::steady_clock::now();
  write_all(fd_, pattern_.data(), bytes, at_);
  if (::fdatasync(fd_) != 0) fail("raw sync");
  const auto taken = std::chrono::steady_clock::now() - start;
  at_ += bytes;
  return std::chrono::duration_cast<std::chrono::nanoseconds>(taken).count();
}

}  // namespace pace::tool
