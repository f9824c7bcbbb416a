// Merkle tree of RFC 6962 section 2.1 (the same in RFC 9162): leaf hash SHA-256(0 || leaf), node hash
// SHA-256(1 || left || right), split at the largest power of two below the size. Proofs are lists of hashes in the
// RFC's order, so that any certificate-transparency tool can check them. Thread rule: values, no shared state.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "registry/audit/hash.h"

namespace pace::audit {

using Proof = std::vector<Hash>;

[[nodiscard]] Hash leaf_hash(BytesView leaf);
[[nodiscard]] Hash node_hash(const Hash& left, const Hash& right);
/// Hash of no leaves: SHA-256 of the empty string.
[[nodiscard]] Hash empty_root();

/// The tree's edge while leaves are appended: one hash per set bit of the size, so memory is logarithmic.
class CompactRange {
 public:
  void append(const Hash& leaf);
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] Hash root() const;

 private:
  std::vector<Hash> peaks_;  // roots of perfect subtrees, largest first
  std::uint64_t size_ = 0;
};

[[nodiscard]] Hash root_of(std::span<const Hash> leaves);

/// RFC 6962 2.1.1: path of leaf `index` (from 0). REQUIRES: index < leaves.size().
[[nodiscard]] Proof inclusion_proof(std::span<const Hash> leaves, std::uint64_t index);
/// RFC 9162 2.1.3.2.
[[nodiscard]] bool verify_inclusion(const Hash& leaf, std::uint64_t index, std::uint64_t size, const Proof& proof,
                                    const Hash& root);

/// RFC 6962 2.1.2: from the first `old_size` leaves to all. Empty for 0 and for the whole. REQUIRES: old_size <=
/// leaves.size().
[[nodiscard]] Proof consistency_proof(std::span<const Hash> leaves, std::uint64_t old_size);
/// RFC 9162 2.1.4.2. An empty old tree is consistent with every tree, by the empty proof.
[[nodiscard]] bool verify_consistency(std::uint64_t old_size, const Hash& old_root, std::uint64_t size,
                                      const Hash& root, const Proof& proof);

}  // namespace pace::audit
