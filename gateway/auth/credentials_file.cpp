#include "gateway/auth/credentials_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <toml++/toml.h>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "engine/base/hex.h"

namespace pace {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& file, const std::string& what) {
  throw std::runtime_error(file.string() + ": " + what);
}

Scopes read_scopes(const fs::path& file, const std::string& where, const toml::table& fields) {
  Scopes scopes;
  const toml::array* list = fields["scopes"].as_array();
  if (list == nullptr) fail(file, where + ".scopes: expected a list of read, trade, admin");
  for (const toml::node& item : *list) {
    const std::string name = item.value_or(std::string());
    if (name == "read") {
      scopes.read = true;
    } else if (name == "trade") {
      scopes.trade = true;
    } else if (name == "admin") {
      scopes.admin = true;
    } else {
      fail(file, where + ".scopes: \"" + name + "\" is not one of read, trade, admin");
    }
  }
  return scopes;
}

void refuse_unknown_fields(const fs::path& file, const std::string& where, const toml::table& fields) {
  static constexpr std::array<std::string_view, 6> known = {"role",       "number",   "scopes",
                                                            "stored_key", "disabled", "expires"};
  for (const auto& [key, value] : fields)
    if (std::find(known.begin(), known.end(), key.str()) == known.end())
      fail(file, where + ": unknown field \"" + std::string(key.str()) + "\"");
}

UserRecord read_user(const fs::path& file, const std::string& name, const toml::table& fields) {
  const std::string where = "user." + name;
  if (!well_formed_user(name)) fail(file, where + ": a user name is 1 to 32 of A-Z a-z 0-9 . _ -");
  refuse_unknown_fields(file, where, fields);
  const auto role = enum_from<Role>(fields["role"].value_or(std::string_view()));
  if (!role) fail(file, where + ".role: not a role");
  const auto number = fields["number"].value<std::int64_t>();
  if (!number || *number < 0 || *number > 0xffffffff) fail(file, where + ".number: expected 0 to 4294967295");
  const auto key = digest_from_hex(fields["stored_key"].value_or(std::string_view()));
  if (!key) fail(file, where + ".stored_key: expected 64 hexadecimal digits");
  UserRecord record{{name, {*role, static_cast<std::uint32_t>(*number)}, read_scopes(file, where, fields)}, *key};
  record.disabled = fields["disabled"].value_or(false);
  if (const auto text = fields["expires"].value<std::string_view>()) {
    const auto day = parse_date(*text);
    if (!day) fail(file, where + ".expires: expected \"YYYY-MM-DD\"");
    record.expires = *day;
  }
  return record;
}

void append_user(std::string& out, const std::string& name, const UserRecord& record) {
  const Sender& sender = record.identity.sender;
  std::string scopes;
  for (const char c : scope_names(record.identity.scopes))
    scopes += c == ',' ? std::string("\", \"") : std::string(1, c);
  out += "\n[user.\"" + name + "\"]\n";
  out += "role = \"" + std::string(name_of(sender.role)) + "\"\n";
  out += "number = " + std::to_string(sender.number) + "\n";
  out += scopes.empty() ? "scopes = []\n" : "scopes = [\"" + scopes + "\"]\n";
  out += "stored_key = \"" + to_hex(record.stored_key) + "\"\n";
  out += std::string("disabled = ") + (record.disabled ? "true" : "false") + "\n";
  if (record.expires != Date{}) out += "expires = \"" + to_text(record.expires) + "\"\n";
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
  for (const auto& [on, name] :
       {std::pair(scopes.read, "read"), std::pair(scopes.trade, "trade"), std::pair(scopes.admin, "admin")}) {
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
      if (key.str() != "user") fail(file, "unknown table \"" + std::string(key.str()) + "\"");
    const toml::table* tables = root["user"].as_table();
    if (tables == nullptr) return users;
    for (const auto& [key, value] : *tables) {
      const std::string name(key.str());
      const toml::table* fields = value.as_table();
      if (fields == nullptr) fail(file, "user." + name + ": expected a table");
      users.emplace(name, read_user(file, name, *fields));
    }
  } catch (const toml::parse_error& error) {
    fail(file, std::string(error.description()) + " in line " + std::to_string(error.source().begin.line));
  }
  return users;
}

void write_user_file(const fs::path& file, const UserTable& users) {
  std::string text =
      "# Users of the gateway. Nothing here is a secret that opens a session; see gateway/auth/README.md.\n";
  for (const auto& [name, record] : users) append_user(text, name, record);
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
