// Ids as the figures of an Outcome. Thread rule: pure.
#pragma once

#include <cstdint>

namespace pace {

/// What a reject says of an id: its number.
template <class Id>
constexpr std::int64_t number(Id id) {
  return static_cast<std::int64_t>(id.raw());
}

}  // namespace pace
