#include "engine/book/ladder.h"

#include <algorithm>

#include "engine/base/check.h"

namespace pace {
namespace {

constexpr std::uint32_t group_levels = 64 * 64;
constexpr std::uint32_t max_levels = LinkMemory::levels_per_side;
static_assert(max_levels <= 64 * group_levels, "one word holds a bit per group");

}  // namespace

PriceWindow window_around(Price reference) {
  const std::int64_t middle = std::clamp(reference, Price(1), book_max_price).raw();
  const auto wanted = static_cast<std::uint32_t>(std::min<std::int64_t>(middle + middle / 2, max_levels));
  const std::uint32_t levels = std::max(std::bit_ceil(wanted), group_levels);
  return {Price(std::clamp<std::int64_t>(middle - levels / 2, 1, book_max_price.raw() - levels)), levels};
}

Ladder::Ladder(Side side, LinkMemory& memory, PriceWindow window)
    : bits_(1),
      first_(memory.take_levels()),
      flip_(side == Side::buy ? 0xffff'ffff : 0),
      far_(FarLevels::allocator_type(memory)) {
  move_window(window);
}

void Ladder::move_window(PriceWindow window) {
  PACE_CHECK(window.levels % group_levels == 0 && window.levels > 0 && window.levels <= max_levels);
  PACE_CHECK(window.low > Price{} && window.low.raw() + window.levels - 1 <= book_max_price.raw());
  PACE_CHECK(empty());
  size_ = window.levels;
  base_ = flip_ == 0 ? key(window.low) : key(window.low) - (size_ - 1);
}

LinkRef Ladder::far_level(Key key) {
  return far_.get_allocator().memory->ref(far_[key].link);
}

Quantity Ladder::open_at(Key key) const {
  const std::uint32_t i = key - base_;
  if (i < size_) return (bits_[0].words[i >> 6] >> (i & 63) & 1) != 0 ? bits_[0].open[i] : Quantity{};
  const auto far = far_.find(key);
  return far == far_.end() ? Quantity{} : far->second.open;
}

void Ladder::clear_word(std::uint32_t word) {
  if ((bits_[0].groups[word >> 6] &= ~(1ull << (word & 63))) == 0) top_ &= ~(1ull << (word >> 6));
}

// The bits after a place are looked for in its word, then in its group, then at the top.
Ladder::Key Ladder::worse_in_window(std::uint32_t after) const {
  const std::uint64_t word = bits_[0].words[after >> 6] & (~1ull << (after & 63));
  if (word != 0) return base_ + (after & ~63u) + static_cast<Key>(std::countr_zero(word));
  std::uint32_t at = after >> 6;
  std::uint64_t group = bits_[0].groups[at >> 6] & (~1ull << (at & 63));
  if (group == 0) {
    const std::uint64_t top = top_ & (~1ull << (at >> 6));
    if (top == 0) return none;
    at = static_cast<std::uint32_t>(std::countr_zero(top)) << 6;
    group = bits_[0].groups[at >> 6];
  }
  at = (at & ~63u) + static_cast<std::uint32_t>(std::countr_zero(group));
  return base_ + (at << 6) + static_cast<Key>(std::countr_zero(bits_[0].words[at]));
}

Ladder::Key Ladder::first_in_window() const {
  const auto group = static_cast<std::uint32_t>(std::countr_zero(top_));
  const std::uint32_t word = group << 6 | static_cast<std::uint32_t>(std::countr_zero(bits_[0].groups[group]));
  return base_ + (word << 6) + static_cast<Key>(std::countr_zero(bits_[0].words[word]));
}

Ladder::Key Ladder::better_in_window(std::uint32_t before) const {
  const auto last = [](std::uint64_t bits) { return 63 - static_cast<std::uint32_t>(std::countl_zero(bits)); };
  const auto below = [](std::uint64_t bits, std::uint32_t bit) { return bits & ((1ull << bit) - 1); };
  std::uint32_t at = before >> 6;
  // `before` may be one past the window: there is no word to read then.
  const std::uint64_t word = before < size_ ? below(bits_[0].words[at], before & 63) : 0;
  if (word != 0) return base_ + (at << 6) + last(word);
  std::uint64_t group = before < size_ ? below(bits_[0].groups[at >> 6], at & 63) : 0;
  if (group == 0) {
    const std::uint64_t top = below(top_, at >> 6);
    if (top == 0) return none;
    at = last(top) << 6;
    group = bits_[0].groups[at >> 6];
  }
  at = (at & ~63u) + last(group);
  return base_ + (at << 6) + last(bits_[0].words[at]);
}

Ladder::Key Ladder::worse_anywhere(Key key) const {
  const auto far = far_.upper_bound(key);
  const Key beyond = far == far_.end() ? none : far->first;
  if (top_ == 0 || (key >= base_ && key - base_ >= size_)) return beyond;
  const Key inside = key < base_ ? first_in_window() : worse_in_window(key - base_);
  return std::min(inside, beyond);
}

Ladder::Key Ladder::better(Key key) const {
  const auto far = far_.lower_bound(key);
  const Key beyond = far == far_.begin() ? none : std::prev(far)->first;
  const Key inside = top_ == 0 || key <= base_ ? none : better_in_window(std::min(key - base_, size_));
  if (inside == none || beyond == none) return std::min(inside, beyond);
  return std::max(inside, beyond);
}

}  // namespace pace
