// What commands will read is fetched before they are applied, in two looks, the second some requests after the first,
// so that neither waits for memory: an order's node and record, then what these name; where an account stands, then
// what it has. No state: without it the same happens, later. Ids may be anything; a fetch of what does not exist does
// nothing. Thread rule: owned by the exchange's thread.
#pragma once

#include <array>
#include <cstdint>

#include "engine/base/ids.h"

namespace pace {

/// Things of one kind between their first and their second look.
template <class Expected>
class Looked {
 public:
  /// What was looked at for the first time `distance` calls before.
  Expected exchange(const Expected& newest) {
    Expected& place = expected_[next_++ % distance];
    const Expected earlier = place;
    place = newest;
    return earlier;
  }

 private:
  static constexpr std::uint32_t distance = 4;
  std::array<Expected, distance> expected_{};
  std::uint32_t next_ = 0;
};

struct LookAhead {
  struct Entering {
    AccountId principal;
    InstrumentId instrument;
  };
  Looked<OrderId> orders;
  Looked<Entering> entering;
};

}  // namespace pace
