#include "registry/audit/keys.h"

#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "registry/audit/hash.h"
#include "registry/audit/minisign.h"
#include "registry/audit/signed_note.h"

namespace pace::audit {
namespace {

void need_sodium() {
  if (sodium_init() < 0) throw std::runtime_error("libsodium does not start");
}

bool good_name(std::string_view name) {
  return !name.empty() && name.size() <= 100 &&
         std::all_of(name.begin(), name.end(), [](char c) { return c > 0x20 && c < 0x7f && c != '+'; });
}

/// Writes a new file with this mode; a file that exists is never overwritten.
void write_new_file(const std::filesystem::path& path, std::string_view text, mode_t mode) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) throw std::runtime_error(path.string() + ": " + std::strerror(errno));
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
  const int reason = errno;
  ::close(fd);
  if (!written) throw std::runtime_error(path.string() + ": " + std::strerror(reason));
}

std::string secret_text(const AuditKeys& keys) {
  std::ostringstream out;
  out << "pace audit key 1\nname " << keys.name << "\ncheckpoint " << to_hex(keys.checkpoint.seed()) << "\nminisign "
      << to_hex(keys.minisign_number) << ' ' << to_hex(keys.minisign.seed()) << '\n';
  return out.str();
}

}  // namespace

SecretKey SecretKey::generate() {
  need_sodium();
  std::array<std::uint8_t, 32> seed{};
  randombytes_buf(seed.data(), seed.size());
  SecretKey key = from_seed(seed);
  sodium_memzero(seed.data(), seed.size());
  return key;
}

SecretKey SecretKey::from_seed(const std::array<std::uint8_t, 32>& seed) {
  need_sodium();
  SecretKey key;
  PublicKey ignored{};
  crypto_sign_seed_keypair(ignored.data(), key.bytes_.data(), seed.data());
  return key;
}

SecretKey::~SecretKey() {
  sodium_memzero(bytes_.data(), bytes_.size());
}

Signature SecretKey::sign(BytesView message) const {
  Signature signature{};
  crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(), bytes_.data());
  return signature;
}

PublicKey SecretKey::public_key() const {
  PublicKey key{};
  crypto_sign_ed25519_sk_to_pk(key.data(), bytes_.data());
  return key;
}

std::array<std::uint8_t, 32> SecretKey::seed() const {
  std::array<std::uint8_t, 32> seed{};
  crypto_sign_ed25519_sk_to_seed(seed.data(), bytes_.data());
  return seed;
}

bool verify_signature(const PublicKey& key, BytesView message, const Signature& signature) {
  need_sodium();
  return crypto_sign_verify_detached(signature.data(), message.data(), message.size(), key.data()) == 0;
}

PublicKeys AuditKeys::public_keys() const {
  return {.name = name,
          .checkpoint = checkpoint.public_key(),
          .minisign_number = minisign_number,
          .minisign = minisign.public_key()};
}

std::string to_text(const PublicKeys& keys) {
  return "# Public keys of the exchange's audit log. Compare them with the ones the authority has published.\n"
         "# Checkpoints: signed note (C2SP), Ed25519 verifier key.\n" +
         verifier_key(keys) + "\n# SHA256SUMS.minisig: the next two lines are a minisign public key file.\n" +
         minisign_public_file(keys);
}

std::optional<PublicKeys> parse_public_keys(std::string_view text) {
  std::vector<std::string_view> lines;
  std::string_view rest = text;
  for (std::size_t end = 0; (end = rest.find('\n')) != std::string_view::npos; rest.remove_prefix(end + 1))
    lines.push_back(rest.substr(0, end));
  if (lines.size() != 6) return std::nullopt;
  std::optional<PublicKeys> keys = parse_verifier_key(lines[2]);
  if (!keys || !parse_minisign_public(lines[5], *keys)) return std::nullopt;
  // Lines 3 and 6 carry the keys; writing the text again from them proves that every other byte is as it must be.
  if (to_text(*keys) != text) return std::nullopt;
  return keys;
}

void make_audit_keys(const std::filesystem::path& directory, const std::string& name) {
  if (!good_name(name))
    throw std::invalid_argument("audit key name \"" + name + "\": printable ASCII without blanks and '+'");
  AuditKeys keys{
      .name = name, .checkpoint = SecretKey::generate(), .minisign = SecretKey::generate(), .minisign_number = {}};
  randombytes_buf(keys.minisign_number.data(), keys.minisign_number.size());
  std::filesystem::create_directories(directory);
  std::string secret = secret_text(keys);
  write_new_file(directory / "audit.key", secret, 0600);
  sodium_memzero(secret.data(), secret.size());
  write_new_file(directory / "audit.pub", to_text(keys.public_keys()), 0644);
}

AuditKeys load_audit_keys(const std::filesystem::path& directory) {
  const std::filesystem::path path = directory / "audit.key";
  std::ifstream in(path);
  if (!in) throw std::runtime_error(path.string() + ": cannot be read; `pace init` makes it");
  std::string heading, name, checkpoint, number, minisign, word;
  std::getline(in, heading);
  in >> word >> name >> word >> checkpoint >> word >> number >> minisign;
  const auto checkpoint_seed = hash_from_hex(checkpoint);
  const auto minisign_seed = hash_from_hex(minisign);
  const auto padded_number = hash_from_hex(number + std::string(48, '0'));
  if (heading != "pace audit key 1" || !good_name(name) || !checkpoint_seed || !minisign_seed || !padded_number)
    throw std::runtime_error(path.string() + ": is not an audit key file of version 1, or it is damaged");
  AuditKeys keys{.name = name,
                 .checkpoint = SecretKey::from_seed(*checkpoint_seed),
                 .minisign = SecretKey::from_seed(*minisign_seed),
                 .minisign_number = {}};
  std::copy_n(padded_number->begin(), keys.minisign_number.size(), keys.minisign_number.begin());
  return keys;
}

}  // namespace pace::audit
