// What a fuzz target is: a function that takes any bytes and stops the program when something that must hold does not,
// and the inputs to begin with. Linked with libfuzzer_driver.cpp where clang is (preset fuzz), else with
// replay_driver.cpp, which runs the seeds and changes them at random.
// Thread rule: one thread.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/bytes.h"

namespace pace::fuzz {

/// REQUIRES: nothing. Any bytes may come.
void run_input(BytesView bytes);

/// Made from the scenarios, so that they grow with the rules and are never of an old format.
std::vector<Bytes> seeds();

/// Takes an input apart from its front; zeros when it is over.
class Input {
 public:
  explicit Input(BytesView bytes) : left_(bytes) {}
  [[nodiscard]] bool done() const { return left_.empty(); }
  std::uint8_t byte() { return static_cast<std::uint8_t>(take(1)); }
  std::uint16_t word() { return static_cast<std::uint16_t>(take(2)); }
  std::uint32_t number() { return static_cast<std::uint32_t>(take(4)); }
  /// 0 to count - 1.
  std::uint32_t pick(std::uint32_t count) { return byte() % count; }
  /// Up to this many bytes.
  BytesView bytes(std::size_t count) {
    const BytesView result = left_.first(count < left_.size() ? count : left_.size());
    left_ = left_.subspan(result.size());
    return result;
  }

 private:
  std::uint64_t take(int count) {
    std::uint64_t value = 0;
    const BytesView taken = bytes(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < taken.size(); ++i) value |= std::uint64_t{taken[i]} << 8 * i;
    return value;
  }
  BytesView left_;
};

}  // namespace pace::fuzz
