#include "registry/audit/signed_note.h"

#include <algorithm>
#include <charconv>

namespace pace::audit {
namespace {

constexpr std::uint8_t ed25519_kind = 1;
constexpr std::string_view signature_mark = "\xe2\x80\x94 ";  // em dash, blank

/// First four bytes of SHA-256(name || LF || kind || key).
Bytes key_hash(const PublicKeys& keys) {
  Hasher hasher;
  hasher.update(keys.name);
  hasher.update("\n");
  hasher.update(BytesView(&ed25519_kind, 1));
  hasher.update(BytesView(keys.checkpoint));
  const Hash hash = hasher.finish();
  return {hash.begin(), hash.begin() + 4};
}

std::string text_of(const Checkpoint& checkpoint) {
  return checkpoint.origin + "\n" + std::to_string(checkpoint.size) + "\n" + to_base64(checkpoint.root) + "\n";
}

}  // namespace

std::string verifier_key(const PublicKeys& keys) {
  Bytes key{ed25519_kind};
  key.insert(key.end(), keys.checkpoint.begin(), keys.checkpoint.end());
  return keys.name + "+" + to_hex(key_hash(keys)) + "+" + to_base64(key);
}

std::optional<PublicKeys> parse_verifier_key(std::string_view text) {
  const std::size_t first = text.find('+');
  const std::size_t second = first == std::string_view::npos ? first : text.find('+', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto key = from_base64(text.substr(second + 1));
  if (!key || key->size() != 33 || key->front() != ed25519_kind) return std::nullopt;
  PublicKeys keys{.name = std::string(text.substr(0, first))};
  std::copy(key->begin() + 1, key->end(), keys.checkpoint.begin());
  if (verifier_key(keys) != text) return std::nullopt;
  return keys;
}

std::string sign_checkpoint(const Checkpoint& checkpoint, const AuditKeys& keys) {
  const std::string text = text_of(checkpoint);
  const Signature signature = keys.checkpoint.sign(bytes_of(text));
  Bytes line = key_hash(keys.public_keys());
  line.insert(line.end(), signature.begin(), signature.end());
  return text + "\n" + std::string(signature_mark) + keys.name + " " + to_base64(line) + "\n";
}

std::optional<Checkpoint> parse_checkpoint(std::string_view note) {
  const std::size_t first = note.find('\n');
  const std::size_t second = first == std::string_view::npos ? first : note.find('\n', first + 1);
  const std::size_t third = second == std::string_view::npos ? second : note.find('\n', second + 1);
  if (third == std::string_view::npos) return std::nullopt;
  Checkpoint checkpoint{.origin = std::string(note.substr(0, first))};
  const std::string_view size = note.substr(first + 1, second - first - 1);
  std::from_chars(size.data(), size.data() + size.size(), checkpoint.size);
  const auto root = from_base64(note.substr(second + 1, third - second - 1));
  if (!root || root->size() != checkpoint.root.size()) return std::nullopt;
  std::copy(root->begin(), root->end(), checkpoint.root.begin());
  if (!note.starts_with(text_of(checkpoint) + "\n")) return std::nullopt;
  return checkpoint;
}

std::optional<Checkpoint> open_checkpoint(std::string_view note, const PublicKeys& keys) {
  const auto checkpoint = parse_checkpoint(note);
  if (!checkpoint || checkpoint->origin != keys.name) return std::nullopt;
  const std::string text = text_of(*checkpoint);
  const std::string head = text + "\n" + std::string(signature_mark) + keys.name + " ";
  if (!note.starts_with(head) || !note.ends_with('\n')) return std::nullopt;
  const auto line = from_base64(note.substr(head.size(), note.size() - head.size() - 1));
  const Bytes hash = key_hash(keys);
  Signature signature{};
  if (!line || line->size() != hash.size() + signature.size() || !std::equal(hash.begin(), hash.end(), line->begin()))
    return std::nullopt;
  std::copy(line->begin() + 4, line->end(), signature.begin());
  if (!verify_signature(keys.checkpoint, bytes_of(text), signature)) return std::nullopt;
  return checkpoint;
}

}  // namespace pace::audit
