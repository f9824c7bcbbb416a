// One side of a book: price levels, best first. Prices near the market lie in a window, an array with a bitmap of three
// layers over it; any other price lies in an ordered map, reserved at the start as well, and is as correct, only
// slower: its cost grows with the logarithm of how many such prices there are. A key orders prices best first on both
// sides, so that one piece of code serves both: the price for asks, its bitwise complement for bids. Invariants: a
// level is in the bitmap (or the map) exactly while its queue is not empty; best() is the lowest such key. Thread rule:
// owned by the exchange's thread.
#pragma once

#include <bit>
#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "engine/book/links.h"
#include "engine/book/order.h"
#include "engine/book/zeroed_array.h"

namespace pace {

/// Prices low … low + levels - 1, none beyond book_max_price. Where the window lies is a matter of speed only.
struct PriceWindow {
  Price low;             ///< at least 1
  std::uint32_t levels;  ///< a multiple of 4096, at most LinkMemory::levels_per_side
};
/// A window of at least +-75% around a reference price, as far as that many levels reach.
PriceWindow window_around(Price reference);

class alignas(64) Ladder {
 public:
  using Key = std::uint32_t;
  static constexpr Key none = 0xffff'ffff;

  Ladder(Side side, LinkMemory& memory, PriceWindow window);

  [[nodiscard]] Key key(Price price) const { return static_cast<Key>(price.raw()) ^ flip_; }
  [[nodiscard]] Price price(Key key) const { return Price(key ^ flip_); }
  /// The key of the same price on the other side.
  [[nodiscard]] static Key mirrored(Key key) { return ~key; }
  [[nodiscard]] Key best() const { return best_; }
  [[nodiscard]] bool empty() const { return best_ == none; }

  /// The level of a key. Outside the window it comes into being: mark() it next.
  [[nodiscard]] LinkRef level(Key key) {
    const std::uint32_t i = key - base_;
    if (i < size_) [[likely]]
      return first_ + i;
    return far_level(key);
  }
  /// REQUIRES: the level is marked.
  [[nodiscard]] LinkRef level(Key key) const { return const_cast<Ladder*>(this)->level(key); }
  /// The level of a key in the window, or 0.
  [[nodiscard]] LinkRef near_level(Key key) const {
    const std::uint32_t i = key - base_;
    return i < size_ ? first_ + i : 0;
  }
  /// A number that the caller keeps for each level. When a level gets its first order it is anything.
  /// REQUIRES: the level is marked.
  [[nodiscard]] Quantity& open(Key key) {
    const std::uint32_t i = key - base_;
    return i < size_ ? bits_[0].open[i] : far_.find(key)->second.open;
  }
  /// The same to read; nothing where no level is marked.
  [[nodiscard]] Quantity open_at(Key key) const;
  /// The level got its first order.
  void mark(Key key) {
    const std::uint32_t i = key - base_;
    if (i < size_) [[likely]] {
      bits_[0].words[i >> 6] |= 1ull << (i & 63);
      bits_[0].groups[i >> 12] |= 1ull << (i >> 6 & 63);
      top_ |= 1ull << (i >> 12);
    }
    if (key < best_) best_ = key;
  }
  /// The level lost its last order.
  void clear(Key key) {
    const std::uint32_t i = key - base_;
    if (i < size_) [[likely]] {
      if ((bits_[0].words[i >> 6] &= ~(1ull << (i & 63))) == 0) clear_word(i >> 6);
    } else {
      far_.erase(key);
    }
    if (key == best_) best_ = worse(key);
  }
  /// The next worse marked key after `key`, or none.
  [[nodiscard]] Key worse(Key key) const {
    const std::uint32_t i = key - base_;
    if (i < size_ && far_.empty()) [[likely]] {
      const std::uint64_t word = bits_[0].words[i >> 6] & (~1ull << (i & 63));
      if (word != 0) [[likely]]
        return base_ + (i & ~63u) + static_cast<Key>(std::countr_zero(word));
    }
    return worse_anywhere(key);
  }
  /// The next better marked key before `key`, or none.
  [[nodiscard]] Key better(Key key) const;
  /// Moves the window. REQUIRES: no level is marked.
  void move_window(PriceWindow window);

 private:
  // The rare ways, kept out of line.
  [[nodiscard]] LinkRef far_level(Key key);
  void clear_word(std::uint32_t word);
  [[nodiscard]] Key first_in_window() const;
  [[nodiscard]] Key worse_in_window(std::uint32_t after) const;
  [[nodiscard]] Key better_in_window(std::uint32_t before) const;
  [[nodiscard]] Key worse_anywhere(Key key) const;

  struct Bits {
    std::uint64_t words[LinkMemory::levels_per_side / 64];     // a bit per level
    std::uint64_t groups[LinkMemory::levels_per_side / 4096];  // a bit per word
    Quantity open[LinkMemory::levels_per_side];
  };
  struct FarLevel {
    Link link{};
    Quantity open;
  };
  using FarLevels = std::map<Key, FarLevel, std::less<>, FarAllocator<std::pair<const Key, FarLevel>>>;

  ZeroedArray<Bits> bits_;
  std::uint64_t top_ = 0;  // a bit per group
  LinkRef first_;          // the window's levels
  Key base_ = 0;
  std::uint32_t size_ = 0;
  Key best_ = none;
  Key flip_;
  FarLevels far_;  // behind the cache line that matching reads
};

}  // namespace pace
