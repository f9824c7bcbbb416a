// Counts what is asked of the C library's allocator, in the binary that links allocations.cpp: operator new, calloc and
// realloc included. Not under a sanitizer, whose allocator is its own.
// Thread rule: any.
#pragma once

#include <cstdint>

namespace pace::test {

/// False where nothing is counted.
bool allocations_are_counted();
/// Calls of malloc and its kin since the program began.
std::uint64_t allocations();

}  // namespace pace::test
