// Rulebook files (config/rulebook/*.toml) as the command that puts them in force.
#pragma once

#include <string>
#include <vector>

#include "engine/message/commands.h"

namespace pace::tool {

/// All files' rules in one command. They must agree in `version` and `legal_basis`; a rule may stand in one file only.
/// Throws ConfigError naming file, line, key and what is allowed.
ActivateRules read_rulebook_files(const std::vector<std::string>& paths);

}  // namespace pace::tool
