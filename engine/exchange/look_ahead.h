// What commands will read is fetched before they are applied, in two looks, the second some requests after the first,
// so that neither waits for memory: an order's node and record, then what these name; where an account stands, then
// what it has. No state: without it the same happens, later. Ids may be anything; a fetch of what does not exist does
// nothing. An id that names an order takes a third look. Thread rule: owned by the exchange's thread.
#pragma once

#include <array>
#include <cstdint>

#include "engine/base/ids.h"
#include "engine/message/commands.h"

namespace pace {

/// Things of one kind between their first and their second look.
template <class Expected, std::uint32_t distance = 4>
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
  std::array<Expected, distance> expected_{};
  std::uint32_t next_ = 0;
};

struct LookAhead {
  struct Entering {
    AccountId principal;
    InstrumentId instrument;
  };
  /// An order by the id that its sender gave it; nobody's: by none.
  struct Named {
    Sender sender;
    ClientId id;
  };
  Looked<OrderId> orders;
  Looked<Entering> entering;
  Looked<Named, 3> named;               ///< the id's cell, then the request remembered there …
  Looked<std::uint32_t, 3> remembered;  ///< … then the order that it made
};

}  // namespace pace
