// Which rejects a test program was given: World, Desk and the edges' tests pass every outcome's code through here, and
// check_rejects_reached holds the union of all programs to the table of engine/message/rejects.h. A new code without a
// case fails there. Random traffic does not count: a case says what it expects.
// Thread rule: any thread.
#pragma once

#include <string>

#include "engine/message/rejects.h"

namespace pace::test {

/// Notes the code, and gives it back. Where PACE_REACHED_REJECTS names a file, it holds the names noted so far.
Reject reached(Reject code);
const Outcome& reached(const Outcome& outcome);
/// Of an edge's answer in JSON: the codes that stand in it as "code":"NAME".
const std::string& reached(const std::string& json);

/// While one lives, nothing is noted.
class Unnoted {
 public:
  Unnoted();
  ~Unnoted();
  Unnoted(const Unnoted&) = delete;
  Unnoted& operator=(const Unnoted&) = delete;
};

}  // namespace pace::test
