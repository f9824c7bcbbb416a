// How long a job waits before it tries again after a Fault: doubling from `first` to `longest`, from the start again
// after a success. The pattern of every job: loop { try { work(); backoff.reset(); } catch (const Fault& f) { log once;
// drop the connection; wait(backoff.next()); } }. Positions live in the database, so trying again does nothing twice.
// Thread rule: one thread.
#pragma once

#include <algorithm>
#include <chrono>

namespace pace::pg {

class Backoff {
 public:
  using Milliseconds = std::chrono::milliseconds;
  explicit Backoff(Milliseconds first = Milliseconds(100), Milliseconds longest = Milliseconds(5000))
      : first_(first), longest_(longest), now_(first) {}
  /// The wait before the next try.
  Milliseconds next() {
    const Milliseconds wait = now_;
    now_ = std::min(now_ * 2, longest_);
    return wait;
  }
  void reset() { now_ = first_; }

 private:
  Milliseconds first_, longest_, now_;
};

}  // namespace pace::pg
