#include "engine/sequencer/large_pages.h"

#include <sys/mman.h>

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <vector>

namespace pace {
namespace {

constexpr std::uintptr_t large_page = 2u << 20;
constexpr std::uintptr_t worth_it = 16u << 20;
constexpr std::uintptr_t not_memory = std::uintptr_t{64} << 30;  // reserved by a tool, not used by the exchange
#ifndef MADV_COLLAPSE                                            // Linux 6.1; older C libraries do not name it
#define MADV_COLLAPSE 25
#endif

struct Range {
  std::uintptr_t from, to;
};

// What is private, writable, of no file, and large.
std::vector<Range> large_memory() {
  std::vector<Range> found;
  std::FILE* const maps = std::fopen("/proc/self/maps", "re");
  if (maps == nullptr) return found;
  for (char line[512]; std::fgets(line, sizeof line, maps) != nullptr;) {
    Range range{};
    char access[5] = {};
    std::uint64_t inode = 0;
    if (std::sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s %*s %*s %" SCNu64, &range.from, &range.to, access, &inode) !=
        4)
      continue;
    if (std::strcmp(access, "rw-p") != 0 || inode != 0 || range.to - range.from < worth_it ||
        range.to - range.from > not_memory)
      continue;
    range.from = (range.from + large_page - 1) / large_page * large_page;
    range.to = range.to / large_page * large_page;
    found.push_back(range);
  }
  std::fclose(maps);
  return found;
}

}  // namespace

// Page by page, so that who touches the memory meanwhile waits for one of them, not for all. A range without a touched
// page in it stays without.
void use_large_pages() {
  for (const Range& range : large_memory())
    for (std::uintptr_t at = range.from; at < range.to; at += large_page)
      ::madvise(reinterpret_cast<void*>(at), large_page, MADV_COLLAPSE);
}

}  // namespace pace
