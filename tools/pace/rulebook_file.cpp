#include "tools/pace/rulebook_file.h"

#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>

#include <map>

#include "tools/pace/config.h"

namespace pace::tool {
namespace {

std::string where(const std::string& path, const toml::node& node) {
  return path + ":" + std::to_string(node.source().begin.line);
}

std::string required_text(const std::string& path, const toml::table& file, std::string_view key) {
  const auto value = file[key].value_exact<std::string>();
  if (!value) throw ConfigError(path + ": needs " + std::string(key) + " = \"…\"");
  return *value;
}

void merge(const std::string& what, const std::string& path, std::string& into, const std::string& value, bool first) {
  if (first) into = value;
  if (into != value)
    throw ConfigError(path + ": " + what + " is \"" + value + "\", but the files before it say \"" + into + "\"");
}

}  // namespace

ActivateRules read_rulebook_files(const std::vector<std::string>& paths) {
  ActivateRules command;
  std::string version;
  std::map<std::string, std::string> seen;  // rule -> where
  for (const std::string& path : paths) {
    toml::table file;
    try {
      file = toml::parse_file(path);
    } catch (const toml::parse_error& error) {
      throw ConfigError(path + ":" + std::to_string(error.source().begin.line) + ": " +
                        std::string(error.description()));
    }
    for (const auto& [key, node] : file)
      if (key != "version" && key != "legal_basis" && key != "rules")
        throw ConfigError(where(path, node) + ": unknown key " + std::string(key.str()) +
                          "; there are version, legal_basis and [rules]");
    const bool first = &path == &paths.front();
    merge("version", path, version, required_text(path, file, "version"), first);
    merge("legal_basis", path, command.legal_basis, required_text(path, file, "legal_basis"), first);
    const toml::table* rules = file["rules"].as_table();
    if (rules == nullptr) throw ConfigError(path + ": needs a table [rules]");
    for (const auto& [key, node] : *rules) {
      const std::string name(key.str());
      const auto value = node.value_exact<std::int64_t>();
      const auto rule = RuleName::from(name);
      if (!value || !rule)
        throw ConfigError(where(path, node) + ": " + name + " takes a whole number, in the unit its comment names");
      if (const auto [other, fresh] = seen.emplace(name, where(path, node)); !fresh)
        throw ConfigError(where(path, node) + ": " + name + " stands in " + other->second + " already");
      command.values.push_back({*rule, *value});
    }
  }
  const auto code = Code::from(version);
  if (!code) throw ConfigError(paths.front() + ": version takes at most 16 printable ASCII characters");
  command.version = *code;
  return command;
}

}  // namespace pace::tool
