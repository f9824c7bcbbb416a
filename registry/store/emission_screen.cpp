#include "registry/store/emission_screen.h"

#include <sodium.h>

#include <mutex>
#include <stdexcept>

#include "registry/rules/emission.h"

namespace pace {
namespace {

const unsigned char* bytes_of(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

void need_sodium() {
  if (sodium_init() < 0) throw std::runtime_error("libsodium does not start");
}

}  // namespace

void EmissionScreen::learn(const MarketView& market) {
  const std::unique_lock guard(lock_);
  for (const PartyView& party : market.parties)
    if (party.party.role == Role::data_source) keys_[party.party.number] = party.public_key;
}

Outcome EmissionScreen::check(const SubmitEmission& record) const {
  need_sodium();
  Bytes32 key{};
  {
    const std::shared_lock guard(lock_);
    const auto found = keys_.find(record.source);
    if (found == keys_.end()) return {Reject::unknown_party, record.source, 0};
    key = found->second;
  }
  const std::string text = signing_bytes(record);
  if (crypto_sign_verify_detached(record.signature.data(), bytes_of(text), text.size(), key.data()) != 0)
    return {Reject::signature_invalid, record.source, 0};
  return {};
}

Bytes32 source_public_key(const Bytes32& seed) {
  need_sodium();
  Bytes32 key{};
  Bytes64 secret{};
  crypto_sign_seed_keypair(key.data(), secret.data(), seed.data());
  sodium_memzero(secret.data(), secret.size());
  return key;
}

void sign_emission(SubmitEmission& record, const Bytes32& seed) {
  need_sodium();
  Bytes32 key{};
  Bytes64 secret{};
  crypto_sign_seed_keypair(key.data(), secret.data(), seed.data());
  const std::string text = signing_bytes(record);
  crypto_sign_detached(record.signature.data(), nullptr, bytes_of(text), text.size(), secret.data());
  sodium_memzero(secret.data(), secret.size());
}

}  // namespace pace
