// The stories of tests/scenario as the commands they send: seeds for the fuzzers.
// Thread rule: one thread.
#pragma once

#include <string>
#include <vector>

#include "engine/message/commands.h"

namespace pace::fuzz {

struct ToldStory {
  std::string name;
  std::vector<StampedCommand> commands;  ///< behind those that make the world
};

/// REQUIRES: the working directory is the repository's root.
std::vector<ToldStory> told_stories();

}  // namespace pace::fuzz
