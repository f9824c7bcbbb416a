#include "gateway/auth/credentials.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstring>
#include <mutex>
#include <stdexcept>

#include "engine/base/hex.h"
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
  /// The user's record after a look at the file: every second, and for unknown names every 50 ms.
  const UserRecord* record(std::string_view user) {
    refresh(std::chrono::seconds(1));
    auto found = users.find(user);
    if (found == users.end()) {
      refresh(std::chrono::milliseconds(50));
      found = users.find(user);
    }
    return found == users.end() ? nullptr : &found->second;
  }
};

namespace {

bool in_force(const UserRecord& record, Credentials::Clock::time_point now) {
  return !record.disabled && (record.expires == Date{} || local_day(now) <= record.expires);
}

// The same work for unknown users: a stored key that no secret has.
constexpr Digest nobody{};

}  // namespace

Credentials::Credentials(fs::path data) {
  start_sodium();
  state_ = std::make_unique<State>(std::move(data));
}
Credentials::~Credentials() = default;

std::optional<Identity> Credentials::verify(std::string_view user, std::string_view secret, Clock::time_point now) {
  const Digest given = stored_key(client_key(user, secret));
  const std::lock_guard lock(state_->mutex);
  const UserRecord* record = state_->record(user);
  const bool matches = equal(given, record != nullptr ? record->stored_key : nobody);
  if (record == nullptr || !matches || !in_force(*record, now)) return std::nullopt;
  return record->identity;
}

std::optional<Identity> Credentials::verify_proof(std::string_view user, std::string_view nonce, const Digest& proof,
                                                  Clock::time_point now) {
  const std::lock_guard lock(state_->mutex);
  const UserRecord* record = state_->record(user);
  const Digest& stored = record != nullptr ? record->stored_key : nobody;
  const Digest key = xor_of(proof, challenge_mask(stored, user, nonce));
  const bool matches = equal(stored_key(key), stored);
  if (record == nullptr || !matches || !in_force(*record, now)) return std::nullopt;
  return record->identity;
}

std::optional<Identity> Credentials::find(std::string_view user, Clock::time_point now) {
  const std::lock_guard lock(state_->mutex);
  const UserRecord* record = state_->record(user);
  if (record == nullptr || !in_force(*record, now)) return std::nullopt;
  return record->identity;
}

std::vector<std::string> Credentials::list() {
  const std::lock_guard lock(state_->mutex);
  state_->refresh(std::chrono::milliseconds(0));
  std::vector<std::string> out;
  for (const auto& [name, record] : state_->users) {
    const Sender& sender = record.identity.sender;
    std::string line = name + " " + std::string(name_of(sender.role)) + " " + std::to_string(sender.number) + " " +
                       scope_names(record.identity.scopes) + (record.disabled ? " disabled" : " enabled");
    if (record.expires != Date{}) line += " expires " + to_text(record.expires);
    out.push_back(std::move(line));
  }
  return out;
}

std::string Credentials::add_user(const NewUser& user) {
  if (!well_formed_user(user.name))
    throw std::runtime_error("user name \"" + user.name + "\": 1 to 32 of A-Z a-z 0-9 . _ -, not starting with a dot");
  const std::lock_guard lock(state_->mutex);
  fs::create_directories(state_->data);
  const WriteLock file_lock(state_->data / "credentials.lock");
  state_->reload();
  if (state_->users.contains(user.name)) throw std::runtime_error("user \"" + user.name + "\" exists already");
  std::array<unsigned char, 32> random{};
  randombytes_buf(random.data(), random.size());
  std::string secret(sodium_base64_ENCODED_LEN(random.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
  sodium_bin2base64(secret.data(), secret.size(), random.data(), random.size(),
                    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  secret.pop_back();  // the terminating zero
  sodium_memzero(random.data(), random.size());

  const fs::path keys = state_->data / "keys";
  fs::create_directories(keys);
  fs::permissions(keys, fs::perms::owner_all);
  write_private_file(keys / (user.name + ".key"), secret + "\n");
  state_->users.emplace(
      user.name,
      UserRecord{
          {user.name, user.sender, user.scopes}, stored_key(client_key(user.name, secret)), false, user.expires});
  write_user_file(state_->file, state_->users);
  state_->stamp = state_->look();
  return secret;
}

void Credentials::disable(std::string_view user) {
  const std::lock_guard lock(state_->mutex);
  const WriteLock file_lock(state_->data / "credentials.lock");
  state_->reload();
  const auto found = state_->users.find(user);
  if (found == state_->users.end()) throw std::runtime_error("user \"" + std::string(user) + "\" does not exist");
  found->second.disabled = true;
  write_user_file(state_->file, state_->users);
  state_->stamp = state_->look();
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

std::optional<Digest> digest_from_hex(std::string_view text) {
  Digest out{};
  std::size_t written = 0;
  if (text.size() != out.size() * 2) return std::nullopt;
  if (sodium_hex2bin(out.data(), out.size(), text.data(), text.size(), nullptr, &written, nullptr) != 0)
    return std::nullopt;
  if (written != out.size()) return std::nullopt;
  return out;
}

}  // namespace pace
