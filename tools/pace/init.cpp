// pace init: a data directory with the keys of every role. Run once; a second run changes nothing and says so.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>

#include "gateway/auth/credentials.h"
#include "registry/audit/keys.h"
#include "tools/pace/commands.h"
#include "tools/pace/server.h"

namespace pace::tool {
namespace {

struct FirstUser {
  const char* name;
  Sender sender;
};
// One user for each role that has just one office; brokers are added by name (pace admin user add).
constexpr FirstUser first_users[] = {
    {"operator", {Role::exchange_operator, 1}}, {"registry", {Role::registry_operator, 1}},
    {"authority", {Role::authority, 1}},        {"bank", {Role::bank, 1}},
    {"verifier1", {Role::verifier, 1}},         {"source1", {Role::data_source, 1}},
};

}  // namespace

int run_init(int argc, char** argv) {
  CLI::App app("Prepares a data directory: users and keys of the roles, the audit log's signing key.", "pace init");
  std::string data = "var", origin = "pace.example/exchange";
  app.add_option("--data", data, "data directory; made when missing")->capture_default_str();
  app.add_option("--origin", origin, "name of the log in its signed checkpoints (C2SP signed note), for its whole life")
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (std::filesystem::exists(data + "/credentials.toml")) {
    std::fprintf(stderr, "pace init: %s is a data directory already; nothing was changed\n", data.c_str());
    return 1;
  }
  std::filesystem::create_directories(data);
  Credentials credentials(data);
  for (const FirstUser& user : first_users)
    credentials.add_user({user.name, user.sender, {.read = true, .trade = false, .admin = true}, Date{}});
  audit::make_audit_keys(data + "/keys", origin);
  std::printf("%s: data directory made; keys of the roles are in %s/keys\n", data.c_str(), data.c_str());
  return 0;
}

}  // namespace pace::tool
