// The file DATA/credentials.toml: read whole, checked, written whole. Format: gateway/auth/README.md.
// Thread rule: functions without shared state. Faults are std::runtime_error naming file and field.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "gateway/auth/credentials.h"

namespace pace {

/// A user or an API key.
struct UserRecord {
  Identity identity;                 ///< of a key: `user` is its owner, and `sender` is the owner's, not its own
  Credentials::Digest stored_key{};  ///< SHA-256 of the client key; of an Ed25519 key nothing
  bool disabled = false;             ///< of a key: revoked
  Date expires;
  std::optional<Credentials::Digest> public_key;  ///< Ed25519 keys only
  [[nodiscard]] bool is_key() const { return identity.user != identity.login; }
};
/// By login; ordered, so that the written file is stable.
using UserTable = std::map<std::string, UserRecord, std::less<>>;

/// 1 to 32 of A-Z a-z 0-9 . _ -, not starting with a dot: safe as a file name.
bool well_formed_user(std::string_view name);
/// An empty table when there is no such file.
UserTable read_user_file(const std::filesystem::path& file);
void write_user_file(const std::filesystem::path& file, const UserTable& users);
/// Mode 0600 from the first byte, on disk when it returns; replaces a file of that name at once or not at all.
void write_private_file(const std::filesystem::path& file, std::string_view text);
std::string scope_names(const Scopes& scopes);

}  // namespace pace
