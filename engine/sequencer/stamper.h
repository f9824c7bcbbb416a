// Gives each command its sequence and time. A stamp never goes back: on a real clock it is the machine's time or the
// last stamp, whichever is later; a simulated clock stands until its operator moves it forward. Thread rule: the
// sequencer thread.
#pragma once

#include <chrono>
#include <optional>

#include "engine/exchange/exchange.h"
#include "engine/sequencer/sequencer.h"

namespace pace {

class Stamper {
 public:
  Stamper(ClockMode clock, Sequence last, Timestamp time) : clock_(clock), sequence_(last), time_(time) {}
  /// Looks at the clock: what is stamped from now on carries this time. Once for commands that are taken together.
  void look();
  struct Stamp {
    Sequence sequence;
    Timestamp time;
  };
  Stamp stamp(const Request& request);
  /// AdvanceTime from the sequencer itself when `due` had come on a real clock at the last look; nothing otherwise.
  [[nodiscard]] std::optional<Request> timer(Timestamp due) const;
  /// How long until `due`, at most a second (the machine's clock may be set); nothing when it never comes by itself.
  [[nodiscard]] std::optional<std::chrono::nanoseconds> until(Timestamp due) const;
  [[nodiscard]] Sequence last() const { return sequence_; }
  [[nodiscard]] Timestamp time() const { return time_; }

 private:
  [[nodiscard]] bool comes_by_itself(Timestamp due) const;
  ClockMode clock_;
  Sequence sequence_;
  Timestamp time_;  ///< of the last stamp
  Timestamp seen_;  ///< by the last look
};

}  // namespace pace
