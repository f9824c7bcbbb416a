// The exchange's audit keys: one Ed25519 key signs checkpoints (signed note), another signs digests of exports
// (minisign). Secret halves live in DATA/keys/audit.key, readable by the owner alone; the public text in
// DATA/keys/audit.pub travels with every export. Two keys, so that no signature of one kind can be read as the other.
// Thread rule: values, no shared state.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/bytes.h"

namespace pace::audit {

using Signature = std::array<std::uint8_t, 64>;
using PublicKey = std::array<std::uint8_t, 32>;
using KeyNumber = std::array<std::uint8_t, 8>;

/// An Ed25519 secret: libsodium's 64 bytes (seed, public key). Wiped when it dies.
class SecretKey {
 public:
  static SecretKey generate();
  static SecretKey from_seed(const std::array<std::uint8_t, 32>& seed);
  SecretKey(const SecretKey&) = default;
  SecretKey& operator=(const SecretKey&) = default;
  ~SecretKey();
  [[nodiscard]] Signature sign(BytesView message) const;
  [[nodiscard]] PublicKey public_key() const;
  [[nodiscard]] std::array<std::uint8_t, 32> seed() const;

 private:
  SecretKey() = default;
  std::array<std::uint8_t, 64> bytes_{};
};

[[nodiscard]] bool verify_signature(const PublicKey& key, BytesView message, const Signature& signature);

/// What a third party needs. `name` is the origin line of checkpoints, e.g. "pace/demo-province".
struct PublicKeys {
  std::string name;
  PublicKey checkpoint{};
  KeyNumber minisign_number{};
  PublicKey minisign{};
  bool operator==(const PublicKeys&) const = default;
};

/// Text with the signed-note verifier key (C2SP vkey) and the minisign public key file's two lines.
std::string to_text(const PublicKeys& keys);
/// Exactly what to_text writes, else nothing.
std::optional<PublicKeys> parse_public_keys(std::string_view text);
/// The minisign public key file (`minisign -V -p`).
std::string minisign_public_file(const PublicKeys& keys);

struct AuditKeys {
  std::string name;
  SecretKey checkpoint, minisign;
  KeyNumber minisign_number{};
  [[nodiscard]] PublicKeys public_keys() const;
};

/// For `pace init`: makes new keys and writes DIRECTORY/audit.key (mode 0600) and DIRECTORY/audit.pub. Throws when a
/// file is there already or cannot be written. `name` is printable ASCII without blanks and '+'.
void make_audit_keys(const std::filesystem::path& directory, const std::string& name);
/// Throws with the reason when they are missing or damaged.
AuditKeys load_audit_keys(const std::filesystem::path& directory);

}  // namespace pace::audit
