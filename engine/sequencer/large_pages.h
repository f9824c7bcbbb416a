// Asks the system to keep this process's large private memory in large pages: copying a process (image.h) then copies
// one entry where it would copy 512. Measured: docs/decisions/0014. A wish, not a need: where the system cannot,
// nothing happens. Thread rule: any thread; others wait a few milliseconds at most when they touch what is being moved.
#pragma once

namespace pace {

void use_large_pages();

}  // namespace pace
