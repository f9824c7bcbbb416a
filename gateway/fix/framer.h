// Cuts the byte stream into FIX messages without trusting it: the length is capped before a byte of the body is waited
// for, and what cannot be framed ends the connection. Thread rule: pure functions.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace pace::fix {

enum class FrameState {
  incomplete,  ///< wait for more bytes
  message,     ///< `size` bytes are one message: 8, 9 and 10 stand in their places, length and checksum hold
  garbled,     ///< `size` bytes are no message or one with a wrong length or checksum: FIX says skip them
  hopeless     ///< not FIX, or too long: close; `problem` says why
};
struct Frame {
  FrameState state = FrameState::incomplete;
  std::size_t size = 0;
  const char* problem = "";
};

/// Looks at the start of `bytes`. A body longer than `max_body` is hopeless at once; what is garbled is never waited
/// for beyond twice that.
Frame next_frame(std::string_view bytes, std::size_t max_body);

/// The first value of a tag in a framed message.
std::optional<std::string_view> find_tag(std::string_view message, int tag);

}  // namespace pace::fix
