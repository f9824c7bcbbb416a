// The yardstick of the path's benchmark: one write and one fdatasync, of the same bytes, on the same file system, into
// a file that was filled with zeros ahead as the journal's segments are. Nothing of the exchange is in it.
// Thread rule: one thread.
#pragma once

#include <cstdint>
#include <string>

namespace pace::tool {

class RawSync {
 public:
  /// Makes the file, `bytes` long. Throws std::system_error.
  RawSync(const std::string& path, std::size_t bytes);
  ~RawSync();
  RawSync(const RawSync&) = delete;
  RawSync& operator=(const RawSync&) = delete;
  /// Nanoseconds of one write of `bytes` behind the last, and its fdatasync; begins again at the file's end. Throws
  /// std::system_error.
  std::int64_t once(std::size_t bytes);

 private:
  int fd_;
  std::size_t size_;
  std::size_t at_ = 0;
  std::string pattern_;
};

}  // namespace pace::tool
