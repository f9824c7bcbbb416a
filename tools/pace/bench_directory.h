// Where a benchmark keeps its files: a directory of its own where it stands, gone with it; or one that the user named,
// which stays. Thread rule: one owner.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace pace::tool {

class BenchDirectory {
 public:
  explicit BenchDirectory(const std::string& asked) : path_(asked), own_(asked.empty()) {
    if (!own_) {
      if (std::filesystem::exists(path_) && !std::filesystem::is_empty(path_))
        throw std::runtime_error(path_ + " is not empty; name a new directory");
      return;
    }
    path_ = "pace-bench-XXXXXX";
    if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("no directory can be made here; see --data");
  }
  ~BenchDirectory() {
    std::error_code ignored;
    if (own_) std::filesystem::remove_all(path_, ignored);
  }
  BenchDirectory(const BenchDirectory&) = delete;
  BenchDirectory& operator=(const BenchDirectory&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
  bool own_;
};

}  // namespace pace::tool
