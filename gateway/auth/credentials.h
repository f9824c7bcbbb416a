// Who may enter: users and their API keys, what they may do, and proof that it is them. FIX (Username/Password), HTTP
// (bearer token) and WebSocket (challenge) ask here. The file is DATA/credentials.toml, one table per user and key;
// gateway/auth/README.md shows it. A login is a user's name or a key's: they share one set of names.
// Thread rule: every function may be called from any thread. A changed file is read again, at most once a second.
// Invariants: a secret is 256 random bits made here, is returned once and kept nowhere but DATA/keys/<login>.key; the
// file holds only what checks it and cannot be used to log in; every comparison takes the same time for every input; a
// key never does more than its user, and ends with it.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/date.h"
#include "engine/message/types.h"

namespace pace {

/// What a user may do, besides what the exchange permits the role. `trade`: commands of role broker; `admin`: the
/// others; `drop_copy`: a FIX session that hears its broker's execution reports and says nothing.
struct Scopes {
  bool read = false;
  bool trade = false;
  bool admin = false;
  bool drop_copy = false;
  bool operator==(const Scopes&) const = default;
};

/// How a login opens its FIX sessions.
struct Access {
  std::vector<std::string> addresses;  ///< ranges it may come from (address_range.h); empty: any
  std::string certificate;             ///< SHA-256 of its TLS client certificate, 64 hex digits; "": none is asked for
  bool cancel_on_disconnect = false;   ///< a session that ends takes the broker's orders with it
  bool operator==(const Access&) const = default;
};

/// An authenticated user.
struct Identity {
  std::string user;
  Sender sender;
  Scopes scopes;
  std::string login;  ///< what it came in with: its own name, or the name of one of its API keys
  Access access;
  bool operator==(const Identity&) const = default;
};

struct NewUser {
  std::string name;  ///< 1 to 32 of A-Z a-z 0-9 . _ -, not starting with a dot
  Sender sender;
  Scopes scopes;
  Date expires;  ///< last day it is valid, exchange local date; 0: no end
  Access access = {};
};

/// What becomes of a login that was good: why a session that it opened must end.
enum class Standing : std::uint8_t { good, removed, disabled, revoked, expired, changed };
PACE_ENUM_NAMES(Standing, "good", "removed", "disabled", "revoked", "expired", "changed");

class Credentials {
 public:
  using Clock = std::chrono::system_clock;
  using Digest = std::array<std::uint8_t, 32>;
  using Signature = std::array<std::uint8_t, 64>;

  /// An API key: a login of its own for a user, with fewer scopes or an end of its own.
  struct NewKey {
    std::string name;  ///< as a user's name; no user and no other key has it
    std::string user;  ///< whose it is
    Scopes scopes;     ///< those of them count that the user has, too
    Date expires;      ///< last day it is valid; 0: as long as its user
    /// Ed25519: the client keeps the private key and only signs. Nothing: a secret is made here, as for a user.
    std::optional<Digest> public_key;
    Access access = {};
  };

  /// `data`: the exchange's data directory. No credentials.toml there yet means no users.
  /// Throws std::runtime_error naming file and field when the file is there and wrong.
  explicit Credentials(std::filesystem::path data);
  ~Credentials();
  Credentials(const Credentials&) = delete;
  Credentials& operator=(const Credentials&) = delete;

  /// Nothing when the login is unknown, disabled or expired, or the secret is wrong; the caller must not tell which.
  [[nodiscard]] std::optional<Identity> verify(std::string_view login, std::string_view secret,
                                               Clock::time_point now = Clock::now());
  /// The challenge login: `proof` is what login_proof gives for the secret and this nonce. The caller makes a fresh
  /// nonce per attempt (new_nonce) and never takes one twice: that is what refuses a replayed login.
  [[nodiscard]] std::optional<Identity> verify_proof(std::string_view login, std::string_view nonce,
                                                     const Digest& proof, Clock::time_point now = Clock::now());
  /// For keys with a public key: Ed25519 (RFC 8032) over `text`, which must hold something that was never signed
  /// before, such as this session's nonce (login_text).
  [[nodiscard]] std::optional<Identity> verify_signature(std::string_view login, std::string_view text,
                                                         const Signature& signature,
                                                         Clock::time_point now = Clock::now());
  /// Still known, enabled and not expired?
  [[nodiscard]] std::optional<Identity> find(std::string_view login, Clock::time_point now = Clock::now());
  /// For sessions that stay open: does what opened it still hold, with the same rights?
  [[nodiscard]] Standing standing(const Identity& identity, Clock::time_point now = Clock::now());
  /// Every user and key with its state, without anything secret: for `pace admin`.
  /// "broker1 broker 1 read,trade enabled", "bot key of broker1 read ed25519 revoked".
  [[nodiscard]] std::vector<std::string> list();

  /// Adds a user, writes DATA/keys/<user>.key (mode 0600) and credentials.toml, and returns the secret, once.
  /// Throws std::runtime_error when the name is malformed or taken, or a file cannot be written.
  std::string add_user(const NewUser& user);
  /// Adds an API key. Returns its secret and writes it as for a user; "" for an Ed25519 key. Throws std::runtime_error
  /// when the name is malformed or taken, there is no such user, or a file cannot be written.
  std::string add_key(const NewKey& key);
  /// The user and its keys can no longer enter. Throws std::runtime_error when there is no such user.
  void disable(std::string_view user);
  /// The key can no longer enter, for good. Throws std::runtime_error when there is no such key.
  void revoke_key(std::string_view key);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// 64 hexadecimal digits of randomness.
std::string new_nonce();
/// What a client answers a challenge with (SCRAM, RFC 5802, with the secret's own entropy in place of salt and rounds):
/// key = HMAC-SHA256(secret, "PACE client key:" + user); proof = key XOR HMAC-SHA256(SHA256(key), nonce + ":" + user).
Credentials::Digest login_proof(std::string_view user, std::string_view secret, std::string_view nonce);
/// What an Ed25519 key signs to log in: "PACE login:" + nonce + ":" + login.
std::string login_text(std::string_view login, std::string_view nonce);
/// Nothing unless exactly 64 hexadecimal digits.
std::optional<Credentials::Digest> digest_from_hex(std::string_view text);
/// Nothing unless exactly 128 hexadecimal digits.
std::optional<Credentials::Signature> signature_from_hex(std::string_view text);

}  // namespace pace
