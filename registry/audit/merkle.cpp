#include "registry/audit/merkle.h"

#include <bit>

#include "engine/base/check.h"

namespace pace::audit {

Hash leaf_hash(BytesView leaf) {
  static constexpr std::uint8_t prefix[] = {0};
  thread_local Hasher hasher;
  hasher.update(BytesView(prefix));
  hasher.update(leaf);
  return hasher.finish();
}

Hash node_hash(const Hash& left, const Hash& right) {
  static constexpr std::uint8_t prefix[] = {1};
  thread_local Hasher hasher;
  hasher.update(BytesView(prefix));
  hasher.update(BytesView(left));
  hasher.update(BytesView(right));
  return hasher.finish();
}

Hash empty_root() {
  return hash_of({});
}

void CompactRange::append(const Hash& leaf) {
  Hash top = leaf;
  // Each trailing one bit of the old size is a perfect subtree that the new leaf completes.
  for (std::uint64_t bits = size_; (bits & 1) != 0; bits >>= 1) {
    top = node_hash(peaks_.back(), top);
    peaks_.pop_back();
  }
  peaks_.push_back(top);
  ++size_;
}

Hash CompactRange::root() const {
  if (peaks_.empty()) return empty_root();
  Hash root = peaks_.back();
  for (std::size_t i = peaks_.size() - 1; i-- > 0;) root = node_hash(peaks_[i], root);
  return root;
}

Hash root_of(std::span<const Hash> leaves) {
  CompactRange range;
  for (const Hash& leaf : leaves) range.append(leaf);
  return range.root();
}

namespace {

/// Largest power of two below n. REQUIRES: n > 1.
std::uint64_t split_point(std::uint64_t n) {
  return std::bit_floor(n - 1);
}

}  // namespace

Proof inclusion_proof(std::span<const Hash> leaves, std::uint64_t index) {
  PACE_CHECK(index < leaves.size());
  if (leaves.size() == 1) return {};
  const std::uint64_t k = split_point(leaves.size());
  const auto left = leaves.first(k);
  const auto right = leaves.subspan(k);
  Proof proof = index < k ? inclusion_proof(left, index) : inclusion_proof(right, index - k);
  proof.push_back(root_of(index < k ? right : left));
  return proof;
}

bool verify_inclusion(const Hash& leaf, std::uint64_t index, std::uint64_t size, const Proof& proof, const Hash& root) {
  if (index >= size) return false;
  std::uint64_t fn = index;
  std::uint64_t sn = size - 1;
  Hash r = leaf;
  for (const Hash& p : proof) {
    if (sn == 0) return false;
    if ((fn & 1) != 0 || fn == sn) {
      r = node_hash(p, r);
      for (; (fn & 1) == 0 && fn != 0; fn >>= 1) sn >>= 1;
    } else {
      r = node_hash(r, p);
    }
    fn >>= 1;
    sn >>= 1;
  }
  return sn == 0 && r == root;
}

namespace {

/// SUBPROOF(m, D[n], whole) of RFC 6962 2.1.2; `whole` while the old tree is this very subtree.
Proof subproof(std::span<const Hash> leaves, std::uint64_t m, bool whole) {
  if (m == leaves.size()) return whole ? Proof{} : Proof{root_of(leaves)};
  const std::uint64_t k = split_point(leaves.size());
  const auto left = leaves.first(k);
  const auto right = leaves.subspan(k);
  Proof proof = m <= k ? subproof(left, m, whole) : subproof(right, m - k, false);
  proof.push_back(root_of(m <= k ? right : left));
  return proof;
}

}  // namespace

Proof consistency_proof(std::span<const Hash> leaves, std::uint64_t old_size) {
  PACE_CHECK(old_size <= leaves.size());
  if (old_size == 0 || old_size == leaves.size()) return {};
  return subproof(leaves, old_size, true);
}

bool verify_consistency(std::uint64_t old_size, const Hash& old_root, std::uint64_t size, const Hash& root,
                        const Proof& proof) {
  if (old_size > size) return false;
  if (old_size == 0) return proof.empty() && old_root == empty_root();
  if (old_size == size) return proof.empty() && old_root == root;
  std::size_t next = 0;
  if (!std::has_single_bit(old_size) && proof.empty()) return false;
  std::uint64_t fn = old_size - 1;
  std::uint64_t sn = size - 1;
  for (; (fn & 1) != 0; fn >>= 1) sn >>= 1;
  Hash fr = std::has_single_bit(old_size) ? old_root : proof[next++];
  Hash sr = fr;
  for (; next < proof.size(); ++next) {
    const Hash& c = proof[next];
    if (sn == 0) return false;
    if ((fn & 1) != 0 || fn == sn) {
      fr = node_hash(c, fr);
      sr = node_hash(c, sr);
      for (; (fn & 1) == 0 && fn != 0; fn >>= 1) sn >>= 1;
    } else {
      sr = node_hash(sr, c);
    }
    fn >>= 1;
    sn >>= 1;
  }
  return sn == 0 && fr == old_root && sr == root;
}

}  // namespace pace::audit
