// The seeds of the linked target as files, one each.
// Thread rule: one thread.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/fuzz/target.h"

namespace pace::fuzz {

inline void write_file(const std::filesystem::path& path, BytesView bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

inline void write_seeds(const std::filesystem::path& directory) {
  std::filesystem::create_directories(directory);
  int number = 0;
  for (const Bytes& seed : seeds()) write_file(directory / ("seed" + std::to_string(++number)), seed);
}

}  // namespace pace::fuzz
