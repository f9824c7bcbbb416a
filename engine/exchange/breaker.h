// The circuit breaker's memory of one instrument: which prices it traded at lately, and so at which prices the next
// trade may be. Rulebook 7: a move of 5% within 5 minutes. The window is kept in sixty parts; each part begins with the
// price that stood then, so that a jump after a quiet time counts as well. What leaves, leaves by whole parts: a move
// counts for the window and at most a sixtieth longer. A day, and a call that trades nothing, begins without a price;
// the first trade then goes anywhere (docs/decisions/0011).
// Thread rule: owned by the market. Invariant: lowest() and highest() are what the parts say.
#pragma once

#include <array>
#include <cstdint>

#include "engine/base/bytes.h"
#include "engine/book/order.h"
#include "registry/rules/rulebook.h"

namespace pace {

class Breaker {
 public:
  /// Brings the window to `now`, and a changed rulebook into force. One compare while the part lasts.
  void roll(Timestamp now, const Rulebook& rules) {
    if (now >= part_ends_) [[unlikely]]
      move_on(now, rules);
  }
  /// May the next trades be at prices from `first` to `last`? REQUIRES: roll() for this moment.
  [[nodiscard]] bool allows(Price first, Price last) const {
    return first >= lowest_ && first <= highest_ && last >= lowest_ && last <= highest_;
  }
  [[nodiscard]] bool allows(Price price) const { return allows(price, price); }
  [[nodiscard]] Price lowest() const { return lowest_; }
  [[nodiscard]] Price highest() const { return highest_; }

  /// A trade in continuous trading. REQUIRES: roll() for this moment.
  void note(Price price) {
    last_ = price;
    widen(parts_[at_], price);
    if (price < seen_.low || price > seen_.high) [[unlikely]]
      set_bounds();
  }
  /// A call ended at this price (0: it traded nothing), or a day began: nothing before counts.
  void restart(Price price);

  void save(ByteWriter& out) const;
  [[nodiscard]] bool load(ByteReader& in);

 private:
  struct Range {
    Price low{book_max_price}, high;  // no price: low above high
  };
  static constexpr std::uint32_t parts_in_window = 60;
  static constexpr std::uint32_t part_count = parts_in_window + 1;

  static void widen(Range& range, Price price) {
    range.low = std::min(range.low, price);
    range.high = std::max(range.high, price);
  }
  void move_on(Timestamp now, const Rulebook& rules);
  void begin_part();
  void set_bounds();

  std::array<Range, part_count> parts_;  // the part under way, and a whole window before it
  std::uint32_t at_ = 0;
  Price last_;  // 0: none
  Timestamp part_ends_;
  std::int64_t part_ns_ = 0;
  std::int64_t permille_ = 1000;
  Range seen_;  // over all parts
  Price lowest_, highest_{book_max_price};
};

/// Since when the best bid has stood at the upper limit, or the best offer at the lower one.
struct LimitWatch {
  Timestamp since;     ///< 0: it does not
  Timestamp alert_at;  ///< 0: nothing to come, the alert was given
};

}  // namespace pace
