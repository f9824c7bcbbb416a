// A log line back into the entry it was written from: the reader to engine/message's to_json(Entry).
// Thread rule: pure functions.
#pragma once

#include <optional>
#include <string_view>

#include "engine/message/entry.h"

namespace pace::audit {

/// Nothing unless `line` is exactly what to_json writes for some entry: to_json(*entry_from_json(line)) == line.
std::optional<Entry> entry_from_json(std::string_view line);

}  // namespace pace::audit
