// Signatures that `minisign -V` checks (jedisct1.github.io/minisign): prehashed form "ED", Ed25519 over BLAKE2b-512 of
// the file, and a second signature over the first and the trusted comment. Thread rule: values, no shared state.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "registry/audit/keys.h"

namespace pace::audit {

/// Content of the .minisig file. REQUIRES: `trusted_comment` is one line.
std::string minisign(std::string_view content, std::string_view trusted_comment, const AuditKeys& keys);
/// The trusted comment, when the signatures are by this key over this content and every byte of the file, the untrusted
/// comment too, is as minisign() writes it.
std::optional<std::string> open_minisign(std::string_view signature_file, std::string_view content,
                                         const PublicKeys& keys);

/// Second line of a public key file into `keys`; false when it is not one.
[[nodiscard]] bool parse_minisign_public(std::string_view line, PublicKeys& keys);

}  // namespace pace::audit
