// The exchange's state as of one sequence number, held still while the market goes on: a copy of the process (fork)
// shares every page with it until one of them writes to it, saves the state and hands the bytes over a pipe as it goes.
// What that costs the market is the copying of page tables: docs/decisions/0014. The copy closes everything it
// inherited but its end of the pipe, so that it keeps no lock, no port and no connection alive, and ends when nobody
// reads any more. Thread rule: taken by the thread that owns the exchange, then read and destroyed by one other.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>

#include "engine/exchange/exchange.h"

namespace pace {

class StateImage {
 public:
  /// Throws std::system_error when the system cannot make the copy; nothing has changed then.
  explicit StateImage(const Exchange& exchange);
  StateImage(StateImage&& other) noexcept;
  StateImage& operator=(StateImage&& other) noexcept;
  ~StateImage();

  [[nodiscard]] Sequence sequence() const { return sequence_; }
  [[nodiscard]] Timestamp time() const { return time_; }
  /// The next bytes of the state; 0 behind the last. Throws std::runtime_error when the copy ended before it had given
  /// all.
  [[nodiscard]] std::size_t read(std::span<std::uint8_t> into);

 private:
  std::size_t read_some(void* into, std::size_t most);
  Sequence sequence_;
  Timestamp time_;
  pid_t copy_ = -1;
  int pipe_ = -1;
  std::size_t left_ = 0;  ///< of the piece that the copy is giving
  bool ended_ = false;
};

}  // namespace pace
