#include "registry/audit/minisign.h"

#include <sodium.h>

#include <algorithm>

#include "registry/audit/hash.h"

namespace pace::audit {
namespace {

constexpr std::string_view trusted_mark = "trusted comment: ";

std::string key_name(const KeyNumber& number) {
  // minisign prints the number as a little-endian integer in upper-case hex.
  KeyNumber reversed = number;
  std::reverse(reversed.begin(), reversed.end());
  std::string text = to_hex(reversed);
  for (char& c : text)
    if (c >= 'a') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

Bytes concatenate(std::string_view tag, const KeyNumber& number, BytesView rest) {
  Bytes bytes;
  ByteWriter out(bytes);
  out.put_bytes(tag.data(), tag.size());
  out.put_bytes(number.data(), number.size());
  out.put_bytes(rest.data(), rest.size());
  return bytes;
}

std::array<std::uint8_t, 64> blake2b(std::string_view content) {
  std::array<std::uint8_t, 64> digest{};
  crypto_generichash(digest.data(), digest.size(), bytes_of(content).data(), content.size(), nullptr, 0);
  return digest;
}

Bytes with_comment(const Signature& signature, std::string_view trusted_comment) {
  Bytes bytes;
  ByteWriter out(bytes);
  out.put_bytes(signature.data(), signature.size());
  out.put_bytes(trusted_comment.data(), trusted_comment.size());
  return bytes;
}

std::string heading(const KeyNumber& number) {
  return "untrusted comment: signature from PACE audit key " + key_name(number) + "\n";
}

/// The rest of the line after `mark`, removed from `text`; nothing when it does not start so.
std::optional<std::string_view> take_line(std::string_view& text, std::string_view mark) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos || !text.starts_with(mark)) return std::nullopt;
  const std::string_view line = text.substr(mark.size(), end - mark.size());
  text.remove_prefix(end + 1);
  return line;
}

}  // namespace

std::string minisign(std::string_view content, std::string_view trusted_comment, const AuditKeys& keys) {
  const Signature signature = keys.minisign.sign(blake2b(content));
  const Signature global = keys.minisign.sign(with_comment(signature, trusted_comment));
  return heading(keys.minisign_number) + to_base64(concatenate("ED", keys.minisign_number, signature)) + "\n" +
         std::string(trusted_mark) + std::string(trusted_comment) + "\n" + to_base64(global) + "\n";
}

std::optional<std::string> open_minisign(std::string_view signature_file, std::string_view content,
                                         const PublicKeys& keys) {
  std::string_view rest = signature_file;
  const std::string first = heading(keys.minisign_number);
  if (!rest.starts_with(first)) return std::nullopt;
  rest.remove_prefix(first.size());
  const auto signature_line = take_line(rest, "");
  const auto comment = take_line(rest, trusted_mark);
  const auto global_line = take_line(rest, "");
  if (!signature_line || !comment || !global_line || !rest.empty()) return std::nullopt;
  const auto signed_bytes = from_base64(*signature_line);
  const auto global_bytes = from_base64(*global_line);
  const Bytes head = concatenate("ED", keys.minisign_number, {});
  Signature signature{};
  Signature global{};
  if (!signed_bytes || signed_bytes->size() != head.size() + signature.size() || !global_bytes ||
      global_bytes->size() != global.size() || !std::equal(head.begin(), head.end(), signed_bytes->begin()))
    return std::nullopt;
  std::copy(signed_bytes->begin() + static_cast<std::ptrdiff_t>(head.size()), signed_bytes->end(), signature.begin());
  std::copy(global_bytes->begin(), global_bytes->end(), global.begin());
  if (!verify_signature(keys.minisign, blake2b(content), signature)) return std::nullopt;
  if (!verify_signature(keys.minisign, with_comment(signature, *comment), global)) return std::nullopt;
  return std::string(*comment);
}

std::string minisign_public_file(const PublicKeys& keys) {
  return "untrusted comment: minisign public key " + key_name(keys.minisign_number) + "\n" +
         to_base64(concatenate("Ed", keys.minisign_number, keys.minisign)) + "\n";
}

bool parse_minisign_public(std::string_view line, PublicKeys& keys) {
  const auto bytes = from_base64(line);
  if (!bytes || bytes->size() != 2 + 8 + 32 || (*bytes)[0] != 'E' || (*bytes)[1] != 'd') return false;
  std::copy_n(bytes->begin() + 2, 8, keys.minisign_number.begin());
  std::copy_n(bytes->begin() + 10, 32, keys.minisign.begin());
  return true;
}

}  // namespace pace::audit
