// spdlog, set up once: text or one JSON object a line, on standard error.
#pragma once

#include <string>

namespace pace::tool {

/// Level: trace, debug, info, warn, error. REQUIRES: called once, before other threads log.
void set_up_logging(const std::string& level, bool json);

}  // namespace pace::tool
