#include "tools/pace/config.h"

#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <set>

#include "engine/base/nearest.h"

namespace pace::tool {
namespace {

using Setter = std::function<bool(Config&, const toml::node&)>;  // false: the value does not fit

struct Key {
  std::string_view name;
  std::string takes;
  Setter set;
};

struct UnitName {
  std::string_view name;
  std::int64_t factor;
};
constexpr UnitName byte_units[] = {{"B", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}};
constexpr UnitName time_units[] = {{"ms", 1}, {"s", 1000}, {"min", 60'000}};

template <std::size_t N>
std::string unit_list(const UnitName (&units)[N]) {
  std::string list;
  for (const UnitName& unit : units) list += (list.empty() ? "" : ", ") + std::string(unit.name);
  return list;
}

// "64 MiB" -> 64 * 2^20. The unit is required: a bare number would hide which one was meant.
template <std::size_t N>
std::optional<std::int64_t> with_unit(std::string_view text, const UnitName (&units)[N]) {
  std::size_t digits = 0;
  std::int64_t value = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') {
    if (__builtin_mul_overflow(value, 10, &value)) return std::nullopt;
    value += text[digits++] - '0';
  }
  if (digits == 0) return std::nullopt;
  std::string_view unit = text.substr(digits);
  while (unit.starts_with(' ')) unit.remove_prefix(1);
  for (const UnitName& known : units) {
    if (unit != known.name) continue;
    if (__builtin_mul_overflow(value, known.factor, &value)) return std::nullopt;
    return value;
  }
  return std::nullopt;
}

Key whole(std::string_view name, std::int64_t Config::*member, std::int64_t from, std::int64_t to) {
  const std::string takes = "a whole number from " + std::to_string(from) + " to " + std::to_string(to);
  return {name, takes, [=](Config& config, const toml::node& node) {
            const auto value = node.value_exact<std::int64_t>();
            if (!value || *value < from || *value > to) return false;
            config.*member = *value;
            return true;
          }};
}

Key size(std::string_view name, std::int64_t Config::*member, std::int64_t from, std::int64_t to) {
  const std::string takes = "a size with its unit (" + unit_list(byte_units) + ") from " + std::to_string(from) +
                            " B to " + std::to_string(to) + " B, for example \"64 MiB\"";
  return {name, takes, [=](Config& config, const toml::node& node) {
            const auto text = node.value_exact<std::string>();
            const auto value = text ? with_unit(*text, byte_units) : std::nullopt;
            if (!value || *value < from || *value > to) return false;
            config.*member = *value;
            return true;
          }};
}

Key duration(std::string_view name, std::chrono::milliseconds Config::*member, std::int64_t from_ms,
             std::int64_t to_ms) {
  const std::string takes = "a duration with its unit (" + unit_list(time_units) + ") from " + std::to_string(from_ms) +
                            " ms to " + std::to_string(to_ms) + " ms, for example \"10 s\"";
  return {name, takes, [=](Config& config, const toml::node& node) {
            const auto text = node.value_exact<std::string>();
            const auto value = text ? with_unit(*text, time_units) : std::nullopt;
            if (!value || *value < from_ms || *value > to_ms) return false;
            config.*member = std::chrono::milliseconds(*value);
            return true;
          }};
}

Key flag(std::string_view name, bool Config::*member) {
  return {name, "true or false", [=](Config& config, const toml::node& node) {
            const auto value = node.value_exact<bool>();
            if (!value) return false;
            config.*member = *value;
            return true;
          }};
}

Key text(std::string_view name, std::string Config::*member, std::string takes,
         std::function<bool(const std::string&)> fits) {
  return {name, takes, [=](Config& config, const toml::node& node) {
            const auto value = node.value_exact<std::string>();
            if (!value || !fits(*value)) return false;
            config.*member = *value;
            return true;
          }};
}

Key choice(std::string_view name, std::string Config::*member, const std::set<std::string>& allowed) {
  std::string takes = "one of";
  for (const std::string& word : allowed) takes += " \"" + word + "\"";
  return text(name, member, takes, [allowed](const std::string& value) { return allowed.contains(value); });
}

const std::vector<Key>& keys() {
  const auto any = [](const std::string&) { return true; };
  const auto filled = [](const std::string& value) { return !value.empty(); };
  static const std::vector<Key> table = {
      choice("clock.kind", &Config::clock, {"real", "simulated"}),
      choice("log.level", &Config::log_level, {"trace", "debug", "info", "warn", "error"}),
      flag("log.json", &Config::log_json),
      text("http.address", &Config::http_address, "an IP address to listen on", filled),
      whole("http.port", &Config::http_port, 0, 65535),
      whole("http.connections", &Config::http_connections, 1, 1'000'000),
      size("http.body", &Config::http_body, 1 << 10, 1 << 30),
      text("http.origins", &Config::http_origins, "origins separated by spaces, or \"\" for the page's own", any),
      whole("http.tls_port", &Config::http_tls_port, 0, 65535),
      text("http.certificate", &Config::http_certificate, "a PEM file, or \"\" for no TLS", any),
      text("http.key", &Config::http_key, "a PEM file without passphrase", any),
      text("http.client_ca", &Config::http_client_ca, "a PEM file, or \"\" to ask for no client certificate", any),
      flag("http.client_required", &Config::http_client_required),
      text("fix.address", &Config::fix_address, "an IP address to listen on", filled),
      whole("fix.port", &Config::fix_port, 0, 65535),
      text("fix.dictionary", &Config::fix_dictionary, "a path, or \"\" for config/fix/PACE44.xml of the source tree",
           any),
      whole("fix.connections", &Config::fix_connections, 1, 100'000),
      size("fix.outbound", &Config::fix_outbound, 1 << 16, std::int64_t{1} << 32),
      duration("fix.logon_timeout", &Config::fix_logon_timeout, 100, 600'000),
      text("fix.session_day", &Config::fix_session_day,
           "when daily sessions start and end, UTC, as \"21:30:00-20:00:00\"; or \"\" for sessions without an end",
           any),
      whole("fix.messages_per_second", &Config::fix_messages, 1, 10'000'000),
      whole("fix.messages_burst", &Config::fix_burst, 1, 10'000'000),
      whole("fix.tls_port", &Config::fix_tls_port, 0, 65535),
      text("fix.tls_certificate", &Config::fix_tls_certificate, "a path, or \"\" for no TLS port", any),
      text("fix.tls_key", &Config::fix_tls_key, "a path", any),
      text("fix.tls_client_ca", &Config::fix_tls_client_ca, "a path, or \"\" to ask for no client certificate", any),
      flag("fix.tls_client_required", &Config::fix_tls_client_required),
      whole("engine.accounts", &Config::accounts, 1'000, 134'217'728),
      whole("engine.open_orders", &Config::open_orders, 1'000, 67'108'863),
      whole("engine.requests_per_day", &Config::requests_per_day, 1'000, 1'000'000'000),
      whole("engine.requests_touched", &Config::requests_touched, 0, 1'000'000'000),
      whole("engine.queue", &Config::queue, 64, 16'777'216),
      size("journal.segment", &Config::segment, 1 << 20, std::int64_t{4} << 30),
      size("journal.ring", &Config::ring, 1 << 20, std::int64_t{16} << 30),
      whole("journal.snapshot_every", &Config::snapshot_every, 1'000, 1'000'000'000),
      text("postgres.conninfo", &Config::conninfo, "a libpq connection string, or \"\" for a private cluster", any),
      whole("postgres.batch", &Config::books_batch, 1, 100'000),
  };
  return table;
}

std::string text_of(const toml::node& node) {
  std::ostringstream out;
  node.visit([&](const auto& n) { out << n; });
  return out.str();
}

void set_key(Config& config, const std::string& where, const std::string& name, const toml::node& node) {
  for (const Key& key : keys()) {
    if (key.name != name) continue;
    if (!key.set(config, node))
      throw ConfigError(where + ": " + name + " = " + text_of(node) + " does not fit; it takes " + key.takes);
    return;
  }
  std::vector<std::string_view> names;
  for (const Key& key : keys()) names.push_back(key.name);
  throw ConfigError(where + ": unknown key " + name + "; the nearest known key is " +
                    std::string(nearest(name, names)));
}

void set_table(Config& config, const std::string& path, const std::string& prefix, const toml::table& table) {
  for (const auto& [key, node] : table) {
    const std::string name = prefix.empty() ? std::string(key.str()) : prefix + "." + std::string(key.str());
    if (const toml::table* inner = node.as_table(); inner != nullptr && prefix.empty()) {
      set_table(config, path, name, *inner);
    } else {
      set_key(config, path + ":" + std::to_string(node.source().begin.line), name, node);
    }
  }
}

void apply_override(Config& config, const std::string& override) {
  const std::size_t equals = override.find('=');
  if (equals == std::string::npos)
    throw ConfigError("--set " + override + ": takes key=value, for example http.port=0");
  const std::string name = override.substr(0, equals), value = override.substr(equals + 1);
  toml::table table;
  try {
    table = toml::parse("v = " + value);
  } catch (const toml::parse_error&) {
    table.insert("v", value);  // a bare word is a text: --set log.level=debug
  }
  set_key(config, "--set", name, *table.get("v"));
}

}  // namespace

std::string config_help() {
  std::string help = "Keys of the configuration:\n";
  for (const Key& key : keys()) help += "  " + std::string(key.name) + ": " + key.takes + "\n";
  return help;
}

Config load_config(const std::string& path, const std::vector<std::string>& overrides) {
  Config config;
  if (!path.empty()) {
    if (!std::filesystem::exists(path)) throw ConfigError(path + ": there is no such configuration file");
    try {
      set_table(config, path, "", toml::parse_file(path));
    } catch (const toml::parse_error& error) {
      throw ConfigError(path + ":" + std::to_string(error.source().begin.line) +
                        ": not TOML: " + std::string(error.description()));
    }
  }
  for (const std::string& override : overrides) apply_override(config, override);
  return config;
}

}  // namespace pace::tool
