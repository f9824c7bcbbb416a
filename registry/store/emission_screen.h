// The door check of emission records: the data source's Ed25519 signature, rulebook 4. The exchange is pure and cannot
// verify a signature, so the intake asks here before it submits the command; sign_emission is the source's side.
// Thread rule: any thread; keys are guarded by a lock.
#pragma once

#include <cstdint>
#include <map>
#include <shared_mutex>

#include "engine/message/commands.h"
#include "engine/message/queries.h"
#include "engine/message/rejects.h"

namespace pace {

class EmissionScreen {
 public:
  /// Takes the data sources' keys of the market's state (AskMarket). A key that changed is replaced.
  void learn(const MarketView& market);
  /// accepted; unknown_party {source} when the source is not registered (learn again, then ask once more);
  /// signature_invalid {source} when the signature over signing_bytes (registry/rules/emission.h) does not verify.
  [[nodiscard]] Outcome check(const SubmitEmission& record) const;

 private:
  mutable std::shared_mutex lock_;
  std::map<std::uint32_t, Bytes32> keys_;  // by the data source's number
};

/// The Ed25519 public key of a data source's secret seed, for RegisterParty.
[[nodiscard]] Bytes32 source_public_key(const Bytes32& seed);
/// Fills record.signature. Every other field must be final.
void sign_emission(SubmitEmission& record, const Bytes32& seed);

}  // namespace pace
