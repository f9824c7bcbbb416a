// Errors of the web door as RFC 9457 says them. Thread rule: functions without shared state.
#pragma once

#include <string_view>

namespace pace {

/// "Not Found" of 404; "Error" for statuses this door does not use.
std::string_view status_title(unsigned status);

}  // namespace pace
