// What the rulebook tells or flags to operator and authority, by name: for counting. The regulator's alerts.csv has the
// same with their figures. Thread rule: a function of its argument.
#pragma once

#include <string_view>

#include "engine/message/events.h"

namespace pace {

/// Empty for an event that alerts nobody.
[[nodiscard]] std::string_view alert_of(const Event& event);

}  // namespace pace
