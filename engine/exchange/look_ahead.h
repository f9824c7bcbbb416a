// What commands will read is fetched before they are applied, in two looks, the second some requests after the first,
// so that neither waits for memory: an order's node and record, then what these name; where an account stands, then
// what it has. No state: without it the same happens, later. Ids may be anything; a fetch of what does not exist does
// nothing. An id that names an order takes two looks more. Thread rule: owned by the exchange's thread.
#pragma once

#include <array>
#include <cstdint>

#include "engine/base/ids.h"
#include "engine/message/commands.h"

namespace pace {

struct LookAhead {
  /// Requests from one look to the next.
  static constexpr std::uint32_t distance = 4;

  /// Things of one kind between a look and the next.
  template <class Expected>
  class Looked {
   public:
    /// What was looked at `distance` calls before.
    Expected exchange(const Expected& newest) {
      Expected& place = expected_[next_++ % distance];
      const Expected earlier = place;
      place = newest;
      return earlier;
    }

   private:
    std::array<Expected, distance> expected_{};
    std::uint32_t next_ = 0;
  };

  struct Entering {
    AccountId principal;
    InstrumentId instrument;
  };
  Looked<OrderId> orders;
  Looked<Entering> entering;
  Looked<std::uint64_t> named;       ///< the cell of an order's id, 0: none; then the request remembered there …
  Looked<std::uint32_t> remembered;  ///< … then the order that it made …
  Looked<OrderId> found;             ///< … then what this names
};

}  // namespace pace
