// Checkpoints of the log as C2SP signed notes (c2sp.org/signed-note, c2sp.org/tlog-checkpoint): origin, tree size and
// root as text, one Ed25519 signature line. Thread rule: values, no shared state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "registry/audit/hash.h"
#include "registry/audit/keys.h"

namespace pace::audit {

struct Checkpoint {
  std::string origin;
  std::uint64_t size{};
  Hash root{};
  bool operator==(const Checkpoint&) const = default;
};

/// name+hex(key hash)+base64(1 || public key): what verifiers of signed notes are configured with.
std::string verifier_key(const PublicKeys& keys);
/// Name and checkpoint key of a verifier key whose key hash is right; the minisign part stays empty.
std::optional<PublicKeys> parse_verifier_key(std::string_view text);

std::string sign_checkpoint(const Checkpoint& checkpoint, const AuditKeys& keys);
/// The checkpoint's text without looking at the signature; nothing when it is not of exactly this form.
std::optional<Checkpoint> parse_checkpoint(std::string_view note);
/// The checkpoint, when its signature is by this key and every byte of the note is as sign_checkpoint writes it.
std::optional<Checkpoint> open_checkpoint(std::string_view note, const PublicKeys& keys);

}  // namespace pace::audit
