#include "gateway/auth/credentials_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <toml++/toml.h>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>
#include <stdexcept>

#include "engine/base/hex.h"
#include "gateway/auth/address_range.h"

namespace pace {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& file, const std::string& what) {
  throw std::runtime_error(file.string() + ": " + what);
}

Scopes read_scopes(const fs::path& file, const std::string& where, const toml::table& fields) {
  Scopes scopes;
  const toml::array* list = fields["scopes"].as_array();
  if (list == nullptr) fail(file, where + ".scopes: expected a list of read, trade, admin, drop_copy");
  for (const toml::node& item : *list) {
    const std::string name = item.value_or(std::string());
    if (name == "read") {
      scopes.read = true;
    } else if (name == "trade") {
      scopes.trade = true;
    } else if (name == "admin") {
      scopes.admin = true;
    } else if (name == "drop_copy") {
      scopes.drop_copy = true;
    } else {
      fail(file, where + ".scopes: \"" + name + "\" is not one of read, trade, admin, drop_copy");
    }
  }
  return scopes;
}

constexpr auto user_fields =
    std::to_array<std::string_view>({"role", "number", "scopes", "stored_key", "disabled", "expires", "addresses",
                                     "certificate", "cancel_on_disconnect"});
constexpr auto key_fields =
    std::to_array<std::string_view>({"user", "scopes", "stored_key", "public_key", "revoked", "expires", "addresses",
                                     "certificate", "cancel_on_disconnect"});

void refuse_unknown_fields(const fs::path& file, const std::string& where, const toml::table& fields,
                           std::span<const std::string_view> known) {
  for (const auto& [key, value] : fields)
    if (std::find(known.begin(), known.end(), key.str()) == known.end())
      fail(file, where + ": unknown field \"" + std::string(key.str()) + "\"");
}

void check_name(const fs::path& file, const std::string& where, const std::string& name) {
  if (!well_formed_user(name)) fail(file, where + ": a name is 1 to 32 of A-Z a-z 0-9 . _ -");
}

Date read_expiry(const fs::path& file, const std::string& where, const toml::table& fields) {
  const auto text = fields["expires"].value<std::string_view>();
  if (!text) return Date{};
  const auto day = parse_date(*text);
  if (!day) fail(file, where + ".expires: expected \"YYYY-MM-DD\"");
  return *day;
}

Credentials::Digest read_digest(const fs::path& file, const std::string& where, const char* name,
                                const toml::table& fields) {
  const auto digest = digest_from_hex(fields[name].value_or(std::string_view()));
  if (!digest) fail(file, where + "." + name + ": expected 64 hexadecimal digits");
  return *digest;
}

Access read_access(const fs::path& file, const std::string& where, const toml::table& fields) {
  Access access;
  if (const toml::node* node = fields.get("addresses")) {
    const toml::array* list = node->as_array();
    if (list == nullptr) fail(file, where + ".addresses: expected a list of addresses or ranges");
    for (const toml::node& item : *list) {
      access.addresses.push_back(item.value_or(std::string()));
      if (!well_formed_range(access.addresses.back()))
        fail(file, where + ".addresses: \"" + access.addresses.back() + "\" is no address or range, as 10.1.0.0/16");
    }
  }
  if (fields.contains("certificate")) access.certificate = to_hex(read_digest(file, where, "certificate", fields));
  access.cancel_on_disconnect = fields["cancel_on_disconnect"].value_or(false);
  return access;
}

UserRecord read_user(const fs::path& file, const std::string& name, const toml::table& fields) {
  const std::string where = "user." + name;
  check_name(file, where, name);
  refuse_unknown_fields(file, where, fields, user_fields);
  const auto role = enum_from<Role>(fields["role"].value_or(std::string_view()));
  if (!role) fail(file, where + ".role: not a role");
  const auto number = fields["number"].value<std::int64_t>();
  if (!number || *number < 0 || *number > 0xffffffff) fail(file, where + ".number: expected 0 to 4294967295");
  const Sender sender{*role, static_cast<std::uint32_t>(*number)};
  UserRecord record;
  record.stored_key = read_digest(file, where, "stored_key", fields);
  record.identity = {name, sender, read_scopes(file, where, fields), name, read_access(file, where, fields)};
  record.disabled = fields["disabled"].value_or(false);
  record.expires = read_expiry(file, where, fields);
  return record;
}

UserRecord read_key(const fs::path& file, const std::string& name, const toml::table& fields) {
  const std::string where = "key." + name;
  check_name(file, where, name);
  refuse_unknown_fields(file, where, fields, key_fields);
  UserRecord record;
  record.identity = {fields["user"].value_or(std::string()),
                     {},
                     read_scopes(file, where, fields),
                     name,
                     read_access(file, where, fields)};
  if (fields.contains("public_key") == fields.contains("stored_key"))
    fail(file, where + ": expected one of stored_key and public_key");
  if (fields.contains("public_key")) record.public_key = read_digest(file, where, "public_key", fields);
  if (fields.contains("stored_key")) record.stored_key = read_digest(file, where, "stored_key", fields);
  record.disabled = fields["revoked"].value_or(false);
  record.expires = read_expiry(file, where, fields);
  return record;
}

template <class Read>
void read_tables(const fs::path& file, const toml::table& root, const char* kind, const Read& read, UserTable& users) {
  const toml::table* tables = root[kind].as_table();
  if (tables == nullptr) return;
  for (const auto& [key, value] : *tables) {
    const std::string name(key.str());
    const toml::table* fields = value.as_table();
    if (fields == nullptr) fail(file, std::string(kind) + "." + name + ": expected a table");
    if (!users.emplace(name, read(file, name, *fields)).second)
      fail(file, std::string(kind) + "." + name + ": a user and a key cannot have one name");
  }
}

void check_owners(const fs::path& file, const UserTable& users) {
  for (const auto& [name, record] : users) {
    const auto owner = users.find(record.identity.user);
    if (owner == users.end() || owner->second.is_key())
      fail(file, "key." + name + ".user: there is no user \"" + record.identity.user + "\"");
  }
}

std::string list_of(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "\"" : ", \"") + text + "\"";
  return "[" + out + "]";
}

void append_access(std::string& out, const Access& access) {
  if (!access.addresses.empty()) out += "addresses = " + list_of(access.addresses) + "\n";
  if (!access.certificate.empty()) out += "certificate = \"" + access.certificate + "\"\n";
  if (access.cancel_on_disconnect) out += "cancel_on_disconnect = true\n";
}

void append_record(std::string& out, const std::string& name, const UserRecord& record) {
  const Sender& sender = record.identity.sender;
  std::string scopes;
  for (const char c : scope_names(record.identity.scopes))
    scopes += c == ',' ? std::string("\", \"") : std::string(1, c);
  out += (record.is_key() ? "\n[key.\"" : "\n[user.\"") + name + "\"]\n";
  if (record.is_key()) {
    out += "user = \"" + record.identity.user + "\"\n";
  } else {
    out += "role = \"" + std::string(name_of(sender.role)) + "\"\n";
    out += "number = " + std::to_string(sender.number) + "\n";
  }
  out += scopes.empty() ? "scopes = []\n" : "scopes = [\"" + scopes + "\"]\n";
  out += record.public_key ? "public_key = \"" + to_hex(*record.public_key) + "\"\n"
                           : "stored_key = \"" + to_hex(record.stored_key) + "\"\n";
  out += std::string(record.is_key() ? "revoked = " : "disabled = ") + (record.disabled ? "true" : "false") + "\n";
  if (record.expires != Date{}) out += "expires = \"" + to_text(record.expires) + "\"\n";
  append_access(out, record.identity.access);
}

/// An open file that closes itself.
struct File {
  int fd;
  ~File() {
    if (fd >= 0) ::close(fd);
  }
};

void write_all(const File& out, const fs::path& file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(out.fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(file, std::string("cannot write: ") + std::strerror(errno));
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  if (::fsync(out.fd) != 0) fail(file, std::string("cannot sync: ") + std::strerror(errno));
}

}  // namespace

bool well_formed_user(std::string_view name) {
  if (name.empty() || name.size() > 32 || name.front() == '.') return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  });
}

std::string scope_names(const Scopes& scopes) {
  std::string out;
  for (const auto& [on, name] : {std::pair(scopes.read, "read"), std::pair(scopes.trade, "trade"),
                                 std::pair(scopes.admin, "admin"), std::pair(scopes.drop_copy, "drop_copy")}) {
    if (on) out += (out.empty() ? "" : ",") + std::string(name);
  }
  return out;
}

UserTable read_user_file(const fs::path& file) {
  UserTable users;
  if (!fs::exists(file)) return users;
  try {
    const toml::table root = toml::parse_file(file.string());
    for (const auto& [key, value] : root)
      if (key.str() != "user" && key.str() != "key") fail(file, "unknown table \"" + std::string(key.str()) + "\"");
    read_tables(file, root, "user", read_user, users);
    read_tables(file, root, "key", read_key, users);
    check_owners(file, users);
  } catch (const toml::parse_error& error) {
    fail(file, std::string(error.description()) + " in line " + std::to_string(error.source().begin.line));
  }
  return users;
}

void write_user_file(const fs::path& file, const UserTable& users) {
  std::string text =
      "# Users of the gateway and their API keys. Nothing here is a secret that opens a session; see "
      "gateway/auth/README.md.\n";
  for (const auto& [name, record] : users) append_record(text, name, record);
  write_private_file(file, text);
}

void write_private_file(const fs::path& file, std::string_view text) {
  const fs::path fresh = file.string() + ".new";
  fs::remove(fresh);
  {
    const File out{::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR)};
    if (out.fd < 0) fail(fresh, std::string("cannot create: ") + std::strerror(errno));
    write_all(out, fresh, text);
  }
  fs::rename(fresh, file);
  const File folder{::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (folder.fd < 0 || ::fsync(folder.fd) != 0)
    fail(file.parent_path(), std::string("cannot sync: ") + std::strerror(errno));
}

}  // namespace pace
