// Any command by name, filled field by field from text: what `pace admin` and `pace load` are made of. Works over the
// messages' own field lists, so a new command needs nothing here.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/message/commands.h"

namespace pace::tool {

struct FieldForm {
  std::string_view name;
  std::string takes;
};

/// Names of all commands, in order of type.
std::vector<std::string_view> command_names();
/// A default-made command; nothing when no command has this name.
std::optional<Command> command_named(std::string_view name);
std::vector<FieldForm> fields_of(const Command& command);
/// Sets one field. Nothing on success, else what is wrong and what the field takes.
std::optional<std::string> set_field(Command& command, std::string_view field, std::string_view text);

}  // namespace pace::tool
