// Daily FIX sessions: from when to when brokers may be logged on, and which numbering a moment belongs to. All in UTC.
// Thread rule: pure values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/units.h"

namespace pace::fix {

/// A day's numbers begin when the day before has ended: reports made between the end and the next start belong to the
/// new day, and none is lost.
class SessionDay {
 public:
  /// No end: open at all times, one numbering for good.
  SessionDay() = default;
  /// "21:30:00-20:00:00": start and end, hh:mm:ss. "" is no end. Nothing: not of that form, or of no length.
  static std::optional<SessionDay> from(std::string_view text);

  [[nodiscard]] bool open(Timestamp now) const;
  /// The numbering: one more for each end that has passed; 0 when there is no end.
  [[nodiscard]] std::uint32_t number(Timestamp now) const;
  [[nodiscard]] std::string text() const;

 private:
  bool ends_ = false;
  std::int32_t start_s_ = 0, end_s_ = 0;
};

}  // namespace pace::fix
