// A stream of plausible and implausible commands of brokers, operator, register and clock to a test world; a function
// of its seed and of the world's answers. Thread rule: values.
#pragma once

#include <random>

#include "tests/engine/exchange/world.h"

namespace pace::test {

class Traffic {
 public:
  explicit Traffic(std::uint64_t seed) : random_(seed) {}

  /// Sends the next command.
  Answered step(World& world);
  /// The same without register, rules and halts: what members do, and the clock.
  Answered member_step(World& world);

 private:
  std::int64_t pick(std::int64_t low, std::int64_t high);
  const char* who();
  Sender broker(const Sender& right);
  Price price();
  Answered enter(World& world);
  NewOrder new_order(const World& world, const char* name);
  Answered enter_pool(World& world);
  Answered on_order(World& world, bool replaces);
  Answered sweep(World& world);
  Answered operate(World& world, std::int64_t kind);
  Answered advance(World& world);

  std::mt19937_64 random_;
};

}  // namespace pace::test
