// Who may enter: users, what they may do, and proof that it is them. FIX (Username/Password), HTTP (bearer token) and
// WebSocket (challenge) ask here. The file is DATA/credentials.toml, one table per user; gateway/auth/README.md shows
// it. Thread rule: every function may be called from any thread. A changed file is read again, at most once a second.
// Invariants: a secret is 256 random bits made here, is returned once and kept nowhere but DATA/keys/<user>.key; the
// file holds only what checks it and cannot be used to log in; every comparison takes the same time for every input.
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
/// others.
struct Scopes {
  bool read = false;
  bool trade = false;
  bool admin = false;
  bool operator==(const Scopes&) const = default;
};

/// An authenticated user.
struct Identity {
  std::string user;
  Sender sender;
  Scopes scopes;
  bool operator==(const Identity&) const = default;
};

struct NewUser {
  std::string name;  ///< 1 to 32 of A-Z a-z 0-9 . _ -, not starting with a dot
  Sender sender;
  Scopes scopes;
  Date expires;  ///< last day it is valid, exchange local date; 0: no end
};

class Credentials {
 public:
  using Clock = std::chrono::system_clock;
  using Digest = std::array<std::uint8_t, 32>;

  /// `data`: the exchange's data directory. No credentials.toml there yet means no users.
  /// Throws std::runtime_error naming file and field when the file is there and wrong.
  explicit Credentials(std::filesystem::path data);
  ~Credentials();
  Credentials(const Credentials&) = delete;
  Credentials& operator=(const Credentials&) = delete;

  /// Nothing when the user is unknown, disabled or expired, or the secret is wrong; the caller must not tell which.
  [[nodiscard]] std::optional<Identity> verify(std::string_view user, std::string_view secret,
                                               Clock::time_point now = Clock::now());
  /// The challenge login: `proof` is what login_proof gives for the secret and this nonce. The caller makes a fresh
  /// nonce per attempt (new_nonce) and never takes one twice: that is what refuses a replayed login.
  [[nodiscard]] std::optional<Identity> verify_proof(std::string_view user, std::string_view nonce, const Digest& proof,
                                                     Clock::time_point now = Clock::now());
  /// Still known, enabled and not expired? For sessions that stay open.
  [[nodiscard]] std::optional<Identity> find(std::string_view user, Clock::time_point now = Clock::now());
  /// Every user with its state, without anything secret: for `pace admin`. "broker1 broker 1 read,trade enabled".
  [[nodiscard]] std::vector<std::string> list();

  /// Adds a user, writes DATA/keys/<user>.key (mode 0600) and credentials.toml, and returns the secret, once.
  /// Throws std::runtime_error when the name is malformed or taken, or a file cannot be written.
  std::string add_user(const NewUser& user);
  /// The user can no longer enter. Throws std::runtime_error when there is no such user.
  void disable(std::string_view user);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// 64 hexadecimal digits of randomness.
std::string new_nonce();
/// What a client answers a challenge with (SCRAM, RFC 5802, with the secret's own entropy in place of salt and rounds):
/// key = HMAC-SHA256(secret, "PACE client key:" + user); proof = key XOR HMAC-SHA256(SHA256(key), nonce + ":" + user).
Credentials::Digest login_proof(std::string_view user, std::string_view secret, std::string_view nonce);
/// Nothing unless exactly 64 hexadecimal digits.
std::optional<Credentials::Digest> digest_from_hex(std::string_view text);

}  // namespace pace
