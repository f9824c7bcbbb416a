// The demo province as files for `pace load`, from a seed.
#pragma once

#include <cstdint>
#include <string>

namespace pace::tool {

struct Province {
  std::uint64_t seed = 42;
  std::uint64_t accounts = 100'000;
  std::int32_t year = 2026;
};

/// Writes parties, population, entrustments, deposits, emissions and credits as CSV into `dir` (made when missing).
/// Throws std::runtime_error naming the file that cannot be written.
void generate_province(const Province& province, const std::string& dir);

}  // namespace pace::tool
