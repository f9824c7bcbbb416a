// The trading day as a list of steps (rulebook 7), and the calendar they stand on: Monday to Friday less the holidays.
// The timetable only says what is due and when; the exchange does it (exchange.cpp). A jump of the clock over many days
// is played step by step, each at its own time.
// Thread rule: owned by the exchange's thread. Invariant: next().time never goes back.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/date.h"
#include "engine/message/types.h"
#include "registry/rules/rulebook.h"

namespace pace {

struct PhaseStart {
  std::int64_t second_of_day;
  Phase phase;
};
using TradingHours = std::array<PhaseStart, 7>;

/// Opening call to the end of the closing call, as the rulebook's parameters say.
[[nodiscard]] TradingHours trading_hours(const Rulebook& rules);

class Timetable {
 public:
  struct Step {
    Timestamp time;
    Date day;
    Phase phase{};
  };

  /// A new exchange's first trading day is the first whose opening call is not before `now`. Later calls do nothing.
  void start(const Rulebook& rules, Timestamp now);
  /// The step that comes next. REQUIRES: started.
  [[nodiscard]] Step next() const;
  [[nodiscard]] bool started() const { return started_; }
  /// No day is in progress by the clock.
  [[nodiscard]] bool between_days() const { return next_step_ == 0; }
  /// The next step is taken: its phase holds from now on.
  void advance(const Rulebook& rules);
  /// New hours hold from the next day on that has not begun.
  void set_hours(const Rulebook& rules, Timestamp now);

  /// Replaces the year's holidays. A day that has begun is played to its end. REQUIRES: every day lies in `year`.
  void set_holidays(Year year, std::span<const Date> days, const Rulebook& rules, Timestamp now);
  [[nodiscard]] bool is_trading_day(Date day) const;

  /// The phase by the clock, and the day it belongs to: when closed, the day that ended last (0 before the first).
  [[nodiscard]] Phase phase() const { return phase_; }
  [[nodiscard]] Date day() const { return day_; }

  void save(ByteWriter& out) const;
  [[nodiscard]] bool load(ByteReader& in);

 private:
  [[nodiscard]] Date first_trading_day(Date from) const;
  void plan_opening(const Rulebook& rules, Timestamp now);

  TradingHours hours_ = trading_hours(Rulebook{});  // of the day of the next step
  std::vector<Date> holidays_;                      // ascending
  Date day_;
  Date next_day_;                // the day of the next step
  std::uint32_t next_step_ = 0;  // index into hours_
  Phase phase_ = Phase::closed;
  bool started_ = false;
};

}  // namespace pace
