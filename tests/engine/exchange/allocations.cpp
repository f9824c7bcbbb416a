#include "tests/engine/exchange/allocations.h"

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdlib>

namespace {
std::atomic<std::uint64_t> count{0};

[[maybe_unused]] void counted() {
  count.fetch_add(1, std::memory_order_relaxed);
}
}  // namespace

namespace pace::test {

std::uint64_t allocations() {
  return count.load(std::memory_order_relaxed);
}

}  // namespace pace::test

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)

bool pace::test::allocations_are_counted() {
  return false;
}

#else

bool pace::test::allocations_are_counted() {
  return true;
}

// glibc's own names for what stands in its place here. libstdc++'s operator new calls malloc or aligned_alloc.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* old, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);

void* malloc(std::size_t size) {
  counted();
  return __libc_malloc(size);
}
void* calloc(std::size_t n, std::size_t size) {
  counted();
  return __libc_calloc(n, size);
}
void* realloc(void* old, std::size_t size) {
  counted();
  return __libc_realloc(old, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  counted();
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** out, std::size_t alignment, std::size_t size) {
  counted();
  *out = __libc_memalign(alignment, size);
  return *out == nullptr ? ENOMEM : 0;
}
}

#endif
