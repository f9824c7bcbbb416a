// Bytes as lower-case hexadecimal text, and back. Pure; thread rule: functions of their arguments.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/bytes.h"

namespace pace {

/// Two digits a byte.
void append_hex(std::string& out, BytesView bytes);
std::string to_hex(BytesView bytes);
/// False, and `bytes` is then of no use, unless the text is exactly two lower-case digits for each of them: a value has
/// one text only.
[[nodiscard]] bool read_hex(std::string_view text, std::span<std::uint8_t> bytes);

}  // namespace pace
