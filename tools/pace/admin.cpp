// pace admin: any command of the rulebook as its owner, and the exchange's users. The options of a command are the
// fields of its message, so this file knows none of them.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <cstdio>
#include <iostream>
#include <map>

#include "engine/message/json.h"
#include "gateway/auth/credentials.h"
#include "tools/pace/command_form.h"
#include "tools/pace/commands.h"
#include "tools/pace/rulebook_file.h"
#include "tools/pace/server.h"

namespace pace::tool {
namespace {

struct Options {
  std::string data = "var";
  std::string user;
  std::string request_id;
  bool events = false;
  bool json = false;
};

void add_common(CLI::App& app, Options& options) {
  app.add_option("--data", options.data, "the exchange's data directory")->capture_default_str();
  app.add_option("--as", options.user, "whose key to use (default: the command's own role)");
  app.add_option("--id", options.request_id, "request id, at most 20 characters: a repeat gets the first answer");
  app.add_flag("--events", options.events, "print what the command changed");
  app.add_flag("--json", options.json, "print the answer as JSON");
}

int send_command(const Options& options, Command command) {
  const std::optional<ClientId> id =
      options.request_id.empty() ? fresh_request_id() : ClientId::from(options.request_id);
  if (!id) {
    std::fprintf(stderr, "pace admin: --id takes at most 20 printable ASCII characters\n");
    return 2;
  }
  const std::string user = options.user.empty() ? default_user(permitted(command).role) : options.user;
  const std::string_view name = name_of(command);
  Server server(options.data, user);
  const CommandAnswer answer = server.send_one({.request_id = *id, .command = std::move(command)}, options.events);
  if (options.json || options.events) {
    std::printf("%s\n", answer.line.c_str());
  } else {
    std::printf(
        "%.*s: %s\n", static_cast<int>(name.size()), name.data(),
        answer.accepted() ? ("accepted at sequence " + std::to_string(answer.sequence)).c_str() : answer.text.c_str());
  }
  return answer.accepted() ? 0 : 1;
}

// One subcommand for each message, its options the message's fields.
struct CommandApp {
  CLI::App* app;
  std::string_view name;
  std::map<std::string, std::string> values;
};

void add_command_app(CLI::App& parent, CommandApp& entry, Options& options) {
  entry.app = parent.add_subcommand(std::string(entry.name), "")->group("Commands of the rulebook");
  add_common(*entry.app, options);
  for (const FieldForm& field : fields_of(*command_named(entry.name)))
    entry.app->add_option("--" + std::string(field.name), entry.values[std::string(field.name)], field.takes);
}

int run_command_app(const CommandApp& entry, const Options& options) {
  Command command = *command_named(entry.name);
  for (const auto& [field, text] : entry.values) {
    if (entry.app->count("--" + field) == 0) continue;
    if (const auto error = set_field(command, field, text)) {
      std::fprintf(stderr, "pace admin %s: --%s\n", std::string(entry.name).c_str(), error->c_str());
      return 2;
    }
  }
  return send_command(options, std::move(command));
}

struct UserOptions {
  std::string name, role, scopes = "read";
  std::uint32_t number = 0;
  std::string expires;
  std::string owner, public_key;  ///< of a key
  std::vector<std::string> addresses;
  std::string certificate;
  bool cancel_on_disconnect = false;
  [[nodiscard]] Access access() const { return {addresses, certificate, cancel_on_disconnect}; }
};

Scopes parse_scopes(const std::string& text) {
  Scopes scopes;
  std::istringstream words(text);
  for (std::string word; std::getline(words, word, ',');) {
    if (word == "read")
      scopes.read = true;
    else if (word == "trade")
      scopes.trade = true;
    else if (word == "admin")
      scopes.admin = true;
    else if (word == "drop_copy")
      scopes.drop_copy = true;
    else
      throw CLI::ValidationError("--scopes", "takes read, trade, admin, drop_copy, separated by commas; not " + word);
  }
  return scopes;
}

int add_user(const Options& options, const UserOptions& user) {
  const std::optional<Role> role = enum_from<Role>(user.role);
  if (!role)
    throw CLI::ValidationError("--role", "takes operator, registry, authority, verifier, data_source, bank or broker");
  const std::optional<Date> expires = user.expires.empty() ? Date{} : parse_date(user.expires);
  if (!expires) throw CLI::ValidationError("--expires", "takes a date YYYY-MM-DD");
  Credentials credentials(options.data);
  credentials.add_user({user.name, {*role, user.number}, parse_scopes(user.scopes), *expires, user.access()});
  std::printf("user %s added; its secret is in %s/keys/%s.key\n", user.name.c_str(), options.data.c_str(),
              user.name.c_str());
  return 0;
}

int add_key(const Options& options, const UserOptions& key) {
  const std::optional<Date> expires = key.expires.empty() ? Date{} : parse_date(key.expires);
  if (!expires) throw CLI::ValidationError("--expires", "takes a date YYYY-MM-DD");
  const auto public_key = digest_from_hex(key.public_key);
  if (!key.public_key.empty() && !public_key)
    throw CLI::ValidationError("--public-key", "takes the 64 hexadecimal digits of an Ed25519 public key");
  Credentials credentials(options.data);
  const std::string secret =
      credentials.add_key({key.name, key.owner, parse_scopes(key.scopes), *expires, public_key, key.access()});
  std::printf("key %s of user %s added%s\n", key.name.c_str(), key.owner.c_str(),
              secret.empty() ? "" : ("; its secret is in " + options.data + "/keys/" + key.name + ".key").c_str());
  return 0;
}

void add_access_options(CLI::App& app, UserOptions& login) {
  app.add_option("--addresses", login.addresses,
                 "where its FIX sessions may come from, as 10.1.0.0/16; default: anywhere")
      ->delimiter(',');
  app.add_option("--certificate", login.certificate,
                 "SHA-256 of the TLS client certificate that its FIX sessions must show");
  app.add_flag("--cancel-on-disconnect", login.cancel_on_disconnect,
               "a FIX session that ends takes the orders with it");
}

void add_key_apps(CLI::App& app, Options& options, UserOptions& key, int& status) {
  CLI::App* keys = app.add_subcommand("key", "API keys of users: add, revoke (works while the exchange runs)");
  keys->require_subcommand(1);
  CLI::App* add = keys->add_subcommand("add", "add a key; without --public-key its secret goes to DATA/keys/NAME.key");
  add->add_option("--data", options.data)->capture_default_str();
  add->add_option("--user", key.owner, "whose it is")->required();
  add->add_option("--name", key.name, "1 to 32 of A-Z a-z 0-9 . _ -")->required();
  add->add_option("--scopes", key.scopes, "read, trade, admin, drop_copy, separated by commas; the user's at most")
      ->capture_default_str();
  add->add_option("--expires", key.expires, "last day it is valid");
  add->add_option("--public-key", key.public_key, "Ed25519, 64 hexadecimal digits: it logs in by signature");
  add_access_options(*add, key);
  add->callback([&] { status = add_key(options, key); });
  CLI::App* revoke = keys->add_subcommand("revoke", "the key can no longer enter, and its sessions end");
  revoke->add_option("--data", options.data)->capture_default_str();
  revoke->add_option("--name", key.name)->required();
  revoke->callback([&] { Credentials(options.data).revoke_key(key.name); });
}

void add_user_apps(CLI::App& app, Options& options, UserOptions& user, int& status) {
  CLI::App* users = app.add_subcommand("user", "who may enter: add, disable, list (works while the exchange runs)");
  users->require_subcommand(1);
  CLI::App* add = users->add_subcommand("add", "add a user and write its secret to DATA/keys/NAME.key");
  add->add_option("--data", options.data)->capture_default_str();
  add->add_option("--name", user.name, "1 to 32 of A-Z a-z 0-9 . _ -")->required();
  add->add_option("--role", user.role, "operator, registry, authority, verifier, data_source, bank, broker")
      ->required();
  add->add_option("--number", user.number, "which broker, verifier or data source");
  add->add_option("--scopes", user.scopes, "read, trade, admin, drop_copy, separated by commas")->capture_default_str();
  add->add_option("--expires", user.expires, "last day it is valid");
  add_access_options(*add, user);
  add->callback([&] { status = add_user(options, user); });
  CLI::App* disable = users->add_subcommand("disable", "the user can no longer enter");
  disable->add_option("--data", options.data)->capture_default_str();
  disable->add_option("--name", user.name)->required();
  disable->callback([&] { Credentials(options.data).disable(user.name); });
  CLI::App* list = users->add_subcommand("list", "all users and keys, without their secrets");
  list->add_option("--data", options.data)->capture_default_str();
  list->callback([&] {
    for (const std::string& line : Credentials(options.data).list()) std::printf("%s\n", line.c_str());
  });
}

void add_query_app(CLI::App& app, Options& options, const char* name, const char* what,
                   std::function<std::string()> target) {
  CLI::App* query = app.add_subcommand(name, what);
  query->add_option("--data", options.data)->capture_default_str();
  query->add_option("--as", options.user, "whose key to use")->default_str("operator");
  query->callback([&options, target = std::move(target)] {
    Server server(options.data, options.user.empty() ? "operator" : options.user);
    std::printf("%s\n", server.get(target()).c_str());
  });
}

}  // namespace

int run_admin(int argc, char** argv) {
  CLI::App app("Operator, registry and authority actions on a running exchange.", "pace admin");
  app.require_subcommand(1);
  Options options;
  int status = 0;

  std::vector<CommandApp> commands;
  for (const std::string_view name : command_names()) commands.push_back({nullptr, name, {}});
  for (CommandApp& entry : commands) add_command_app(app, entry, options);

  std::vector<std::string> rule_files;
  CLI::App* rules = app.add_subcommand("rules", "put the rulebook files in force (config/rulebook/*.toml)");
  add_common(*rules, options);
  rules->add_option("files", rule_files, "TOML files")->required();
  rules->callback([&] { status = send_command(options, read_rulebook_files(rule_files)); });

  UserOptions user, key;
  add_user_apps(app, options, user, status);
  add_key_apps(app, options, key, status);
  std::string account;
  add_query_app(app, options, "session", "trading day, phase and clock", [] { return std::string("/api/v1/session"); });
  add_query_app(app, options, "digest", "digest of the whole state and its sequence",
                [] { return std::string("/api/v1/digest"); });
  add_query_app(app, options, "account", "one account's holdings and money",
                [&] { return "/api/v1/accounts/" + account; });
  app.get_subcommand("account")->add_option("number", account, "account number")->required();

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  for (const CommandApp& entry : commands)
    if (entry.app->parsed()) return run_command_app(entry, options);
  return status;
}

}  // namespace pace::tool
