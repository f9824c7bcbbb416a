// How a thread shares a processor with others. A thread that asks for shorter turns than another is let in as soon as
// it wakes, where that one is in the middle of its turn; among equals it may wait for the system's next tick,
// milliseconds. Shares stay the same, and no privilege is needed. Where the system does not know such turns (Linux
// before 6.12), nothing happens.
// Thread rule: speaks for the thread that calls it; threads that this one makes begin with the same.
#pragma once

#include <cstdint>

namespace pace {

enum class Turns : std::uint8_t {
  shortest,  ///< wakes often, has little to do then, and others wait for it
  shorter,   ///< has much to do, and others wait for it
  ordinary,
};
void take(Turns turns);

}  // namespace pace
