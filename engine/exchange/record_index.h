// Finds a record by its key without storing the key again: slots of a record list, hashed open-addressing, 4 bytes
// each. The caller brings the hash and says which record is meant. Never iterated, never saved: rebuilt from the
// records. Thread rule: owned by the exchange's thread.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/check.h"

namespace pace {

/// SplitMix64's finisher: spreads dense ids over the table.
constexpr std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

class RecordIndex {
 public:
  static constexpr std::uint32_t none = 0xffff'ffff;

  /// The slot whose record `is_it` says is meant, or none. `is_it(slot)` sees only slots that share a hash chain.
  template <class IsIt>
  [[nodiscard]] std::uint32_t find(std::uint64_t hash, IsIt&& is_it) const {
    if (cells_.empty()) return none;
    for (std::size_t i = hash & (cells_.size() - 1); cells_[i] != 0; i = (i + 1) & (cells_.size() - 1))
      if (is_it(cells_[i] - 1)) return cells_[i] - 1;
    return none;
  }

  /// Adds a slot, or puts it in the place of the one `is_it` names. `hash_of(slot)` is asked when the table grows.
  template <class IsIt, class HashOf>
  void put(std::uint32_t slot, std::uint64_t hash, IsIt&& is_it, HashOf&& hash_of) {
    PACE_CHECK(slot < none - 1);
    if ((count_ + 1) * 2 > cells_.size()) grow(hash_of);
    std::size_t i = hash & (cells_.size() - 1);
    while (cells_[i] != 0 && !is_it(cells_[i] - 1)) i = (i + 1) & (cells_.size() - 1);
    if (cells_[i] == 0) ++count_;
    cells_[i] = slot + 1;
  }

  void clear() {
    cells_.clear();
    count_ = 0;
  }

 private:
  template <class HashOf>
  void grow(HashOf&& hash_of) {
    std::vector<std::uint32_t> old = std::move(cells_);
    cells_.assign(old.empty() ? 64 : old.size() * 2, 0);
    for (const std::uint32_t cell : old) {
      if (cell == 0) continue;
      std::size_t i = hash_of(cell - 1) & (cells_.size() - 1);
      while (cells_[i] != 0) i = (i + 1) & (cells_.size() - 1);
      cells_[i] = cell;
    }
  }

  std::vector<std::uint32_t> cells_;  ///< slot + 1; 0: empty. A power of two.
  std::size_t count_ = 0;
};

}  // namespace pace
