// PACE_CHECK: an invariant of ours that fell. On in every build: the process stops before anything wrong is
// published. Bytes from outside must never reach one: they end in a Reject or a Fault.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace pace {

[[noreturn]] inline void check_failed(const char* what, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: invariant fell: %s\n", file, line, what);
  std::abort();
}

}  // namespace pace

#define PACE_CHECK(condition) \
  (__builtin_expect(static_cast<bool>(condition), 1) ? (void)0 : ::pace::check_failed(#condition, __FILE__, __LINE__))
