#include "gateway/auth/credentials.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstring>
#include <mutex>
#include <stdexcept>

#include "engine/base/hex.h"
#include "gateway/auth/address_range.h"
#include "gateway/auth/credentials_file.h"

namespace pace {
namespace {

namespace fs = std::filesystem;
using Digest = Credentials::Digest;

void start_sodium() {
  if (sodium_init() < 0) throw std::runtime_error("libsodium does not start");
}

const unsigned char* raw(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// crypto_auth_hmacsha256 takes keys of 32 bytes only; the multi-part form takes any, as every client's HMAC does.
Digest hmac(const unsigned char* key, std::size_t key_bytes, std::string_view text) {
  Digest out{};
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, key, key_bytes);
  crypto_auth_hmacsha256_update(&state, raw(text), text.size());
  crypto_auth_hmacsha256_final(&state, out.data());
  sodium_memzero(&state, sizeof state);
  return out;
}

// The user's name is the salt: equal secrets of two users give different keys. No slow hash: the secret has 256 random
// bits, so guessing it is hopeless at any speed, and a slow hash would only let strangers burn our time.
Digest client_key(std::string_view user, std::string_view secret) {
  return hmac(raw(secret), secret.size(), "PACE client key:" + std::string(user));
}

Digest stored_key(const Digest& key) {
  Digest out{};
  crypto_hash_sha256(out.data(), key.data(), key.size());
  return out;
}

Digest challenge_mask(const Digest& stored, std::string_view user, std::string_view nonce) {
  return hmac(stored.data(), stored.size(), std::string(nonce) + ":" + std::string(user));
}

Digest xor_of(const Digest& a, const Digest& b) {
  Digest out{};
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::uint8_t>(a[i] ^ b[i]);
  return out;
}

bool equal(const Digest& a, const Digest& b) {
  return sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

Date local_day(Credentials::Clock::time_point now) {
  const auto since = std::chrono::duration_cast<std::chrono::nanoseconds>(now.time_since_epoch());
  return local_date(Timestamp(since.count()));
}

/// Keeps other processes (`pace admin` beside a running server) from writing the file at the same time.
class WriteLock {
 public:
  explicit WriteLock(const fs::path& file) : fd_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    if (fd_ < 0 || ::flock(fd_, LOCK_EX) != 0) {
      const std::string why = std::strerror(errno);
      if (fd_ >= 0) ::close(fd_);
      throw std::runtime_error(file.string() + ": cannot lock: " + why);
    }
  }
  ~WriteLock() { ::close(fd_); }
  WriteLock(const WriteLock&) = delete;
  WriteLock& operator=(const WriteLock&) = delete;

 private:
  int fd_;
};

}  // namespace

struct Credentials::State {
  struct Stamp {
    fs::file_time_type time{};
    std::uintmax_t size = 0;
    bool operator==(const Stamp&) const = default;
  };

  fs::path data, file;
  std::mutex mutex;
  UserTable users;
  Stamp stamp;
  std::chrono::steady_clock::time_point looked{};

  explicit State(fs::path folder) : data(std::move(folder)), file(data / "credentials.toml") { reload(); }

  [[nodiscard]] Stamp look() const {
    std::error_code missing;
    const auto time = fs::last_write_time(file, missing);
    return missing ? Stamp{} : Stamp{time, fs::file_size(file, missing)};
  }
  void reload() {
    const Stamp seen = look();  // before reading: a change in between is seen as one the next time
    users = read_user_file(file);
    stamp = seen;
    looked = std::chrono::steady_clock::now();
  }
  // A file that became unreadable leaves the users as they were: an editing slip must not lock everybody out.
  void refresh(std::chrono::milliseconds at_most_every) {
    if (std::chrono::steady_clock::now() - looked < at_most_every) return;
    looked = std::chrono::steady_clock::now();
    if (look() == stamp) return;
    try {
      reload();
    } catch (const std::exception&) {
      stamp = look();
    }
  }
  /// The login's record after a look at the file: every second, and for unknown names every 50 ms.
  const UserRecord* record(std::string_view login) {
    refresh(std::chrono::seconds(1));
    auto found = users.find(login);
    if (found == users.end()) {
      refresh(std::chrono::milliseconds(50));
      found = users.find(login);
    }
    return found == users.end() ? nullptr : &found->second;
  }
  [[nodiscard]] const UserRecord& owner(const UserRecord& record) const {
    return users.find(record.identity.user)->second;  // there: the file is checked when it is read
  }
  /// With the owner's sender, and no scope that the owner has not.
  [[nodiscard]] Identity identity(const UserRecord& record) const {
    Identity out = record.identity;
    const Identity& of = owner(record).identity;
    out.sender = of.sender;
    out.scopes = {out.scopes.read && of.scopes.read, out.scopes.trade && of.scopes.trade,
                  out.scopes.admin && of.scopes.admin, out.scopes.drop_copy && of.scopes.drop_copy};
    return out;
  }
  [[nodiscard]] Standing standing(const UserRecord& record, Credentials::Clock::time_point now) const {
    const auto expired = [&](const UserRecord& r) { return r.expires != Date{} && local_day(now) > r.expires; };
    const UserRecord& of = owner(record);
    if (of.disabled) return Standing::disabled;
    if (record.disabled) return Standing::revoked;
    return expired(record) || expired(of) ? Standing::expired : Standing::good;
  }
  /// The identity when the proof held and the login is in force.
  [[nodiscard]] std::optional<Identity> entered(const UserRecord* record, bool proven,
                                                Credentials::Clock::time_point now) const {
    if (record == nullptr || !proven || standing(*record, now) != Standing::good) return std::nullopt;
    return identity(*record);
  }

  /// Checks name and place, makes the secret when `with_secret`, and adds the record to the file.
  std::string add(const std::string& name, UserRecord record, bool with_secret);
  void set_disabled(std::string_view name, bool key);
};

namespace {

// The same work for unknown logins: a stored key that no secret has, and a public key (RFC 8032 7.1, test 1).
constexpr Digest nobody{};
constexpr Digest nobodys_public_key = {0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe,
                                       0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6,
                                       0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a};

std::string fresh_secret() {
  std::array<unsigned char, 32> random{};
  randombytes_buf(random.data(), random.size());
  std::string secret(sodium_base64_ENCODED_LEN(random.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
  sodium_bin2base64(secret.data(), secret.size(), random.data(), random.size(),
                    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  secret.pop_back();  // the terminating zero
  sodium_memzero(random.data(), random.size());
  return secret;
}

template <std::size_t N>
std::optional<std::array<std::uint8_t, N>> bytes_from_hex(std::string_view text) {
  std::array<std::uint8_t, N> out{};
  std::size_t written = 0;
  if (text.size() != out.size() * 2) return std::nullopt;
  if (sodium_hex2bin(out.data(), out.size(), text.data(), text.size(), nullptr, &written, nullptr) != 0)
    return std::nullopt;
  if (written != out.size()) return std::nullopt;
  return out;
}

}  // namespace

std::string Credentials::State::add(const std::string& name, UserRecord record, bool with_secret) {
  if (users.contains(name))
    throw std::runtime_error((users.at(name).is_key() ? "key \"" : "user \"") + name + "\" exists already");
  std::string secret;
  if (with_secret) {
    secret = fresh_secret();
    const fs::path keys = data / "keys";
    fs::create_directories(keys);
    fs::permissions(keys, fs::perms::owner_all);
    write_private_file(keys / (name + ".key"), secret + "\n");
    record.stored_key = stored_key(client_key(name, secret));
  }
  users.emplace(name, std::move(record));
  write_user_file(file, users);
  stamp = look();
  return secret;
}

void Credentials::State::set_disabled(std::string_view name, bool key) {
  const auto found = users.find(name);
  if (found == users.end() || found->second.is_key() != key)
    throw std::runtime_error((key ? "key \"" : "user \"") + std::string(name) + "\" does not exist");
  found->second.disabled = true;
  write_user_file(file, users);
  stamp = look();
}

Credentials::Credentials(fs::path data) {
  start_sodium();
  state_ = std::make_unique<State>(std::move(data));
}
Credentials::~Credentials() = default;

std::optional<Identity> Credentials::verify(std::string_view login, std::string_view secret, Clock::time_point now) {
  const Digest given = stored_key(client_key(login, secret));
  const std::lock_guard lock(state_->mutex);
  const UserRecord* record = state_->record(login);
  const bool matches = equal(given, record != nullptr ? record->stored_key : nobody);
  return state_->entered(record, matches, now);
}

std::optional<Identity> Credentials::verify_proof(std::string_view login, std::string_view nonce, const Digest& proof,
                                                  Clock::time_point now) {
  const std::lock_guard lock(state_->mutex);
  const UserRecord* record = state_->record(login);
  const Digest& stored = record != nullptr ? record->stored_key : nobody;
  const Digest key = xor_of(proof, challenge_mask(stored, login, nonce));
  return state_->entered(record, equal(stored_key(key), stored), now);
}

std::optional<Identity> Credentials::verify_signature(std::string_view login, std::string_view text,
                                                      const Signature& signature, Clock::time_point now) {
  const std::lock_guard lock(state_->mutex);
  const UserRecord* record = state_->record(login);
  const bool has_one = record != nullptr && record->public_key;
  const Digest& key = has_one ? *record->public_key : nobodys_public_key;
  const bool holds = crypto_sign_verify_detached(signature.data(), raw(text), text.size(), key.data()) == 0;
  return state_->entered(record, has_one && holds, now);
}

std::optional<Identity> Credentials::find(std::string_view login, Clock::time_point now) {
  const std::lock_guard lock(state_->mutex);
  return state_->entered(state_->record(login), true, now);
}

Standing Credentials::standing(const Identity& identity, Clock::time_point now) {
  const std::lock_guard lock(state_->mutex);
  const UserRecord* record = state_->record(identity.login);
  if (record == nullptr) return Standing::removed;
  const Standing standing = state_->standing(*record, now);
  if (standing != Standing::good) return standing;
  return state_->identity(*record) == identity ? Standing::good : Standing::changed;
}

std::vector<std::string> Credentials::list() {
  const std::lock_guard lock(state_->mutex);
  state_->refresh(std::chrono::milliseconds(0));
  std::vector<std::string> out;
  for (const auto& [name, record] : state_->users) {
    const Sender& sender = record.identity.sender;
    std::string line = name + " ";
    line += record.is_key() ? "key of " + record.identity.user
                            : std::string(name_of(sender.role)) + " " + std::to_string(sender.number);
    line += " " + scope_names(record.identity.scopes);
    if (record.public_key) line += " ed25519";
    line += !record.disabled ? " enabled" : record.is_key() ? " revoked" : " disabled";
    if (record.expires != Date{}) line += " expires " + to_text(record.expires);
    out.push_back(std::move(line));
  }
  return out;
}

namespace {

void check_new_name(const std::string& name) {
  if (!well_formed_user(name))
    throw std::runtime_error("name \"" + name + "\": 1 to 32 of A-Z a-z 0-9 . _ -, not starting with a dot");
}

void check_access(const Access& access) {
  for (const std::string& range : access.addresses)
    if (!well_formed_range(range))
      throw std::runtime_error("address \"" + range + "\": expected an address or a range, as 10.1.0.0/16");
  if (!access.certificate.empty() && !digest_from_hex(access.certificate))
    throw std::runtime_error("certificate: expected the 64 hexadecimal digits of its SHA-256");
}

}  // namespace

std::string Credentials::add_user(const NewUser& user) {
  check_new_name(user.name);
  const std::lock_guard lock(state_->mutex);
  fs::create_directories(state_->data);
  const WriteLock file_lock(state_->data / "credentials.lock");
  state_->reload();
  UserRecord record;
  check_access(user.access);
  record.identity = {user.name, user.sender, user.scopes, user.name, user.access};
  record.expires = user.expires;
  return state_->add(user.name, std::move(record), true);
}

std::string Credentials::add_key(const NewKey& key) {
  check_new_name(key.name);
  const std::lock_guard lock(state_->mutex);
  const WriteLock file_lock(state_->data / "credentials.lock");
  state_->reload();
  const auto owner = state_->users.find(key.user);
  if (owner == state_->users.end() || owner->second.is_key())
    throw std::runtime_error("user \"" + key.user + "\" does not exist");
  UserRecord record;
  check_access(key.access);
  record.identity = {key.user, {}, key.scopes, key.name, key.access};
  record.expires = key.expires;
  record.public_key = key.public_key;
  return state_->add(key.name, std::move(record), !key.public_key);
}

void Credentials::disable(std::string_view user) {
  const std::lock_guard lock(state_->mutex);
  const WriteLock file_lock(state_->data / "credentials.lock");
  state_->reload();
  state_->set_disabled(user, false);
}

void Credentials::revoke_key(std::string_view key) {
  const std::lock_guard lock(state_->mutex);
  const WriteLock file_lock(state_->data / "credentials.lock");
  state_->reload();
  state_->set_disabled(key, true);
}

std::string new_nonce() {
  start_sodium();
  Digest random{};
  randombytes_buf(random.data(), random.size());
  return to_hex(random);
}

Digest login_proof(std::string_view user, std::string_view secret, std::string_view nonce) {
  const Digest key = client_key(user, secret);
  return xor_of(key, challenge_mask(stored_key(key), user, nonce));
}

std::string login_text(std::string_view login, std::string_view nonce) {
  return "PACE login:" + std::string(nonce) + ":" + std::string(login);
}

std::optional<Digest> digest_from_hex(std::string_view text) {
  return bytes_from_hex<32>(text);
}

std::optional<Credentials::Signature> signature_from_hex(std::string_view text) {
  return bytes_from_hex<64>(text);
}

}  // namespace pace
