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
  message,     ///< `size` bytes are one message, checksum good
  garbled,     ///< `size` bytes are one message with a wrong checksum: FIX says skip it
  hopeless     ///< not FIX 4.4, or too long: close; `problem` says why
};
struct Frame {
  FrameState state = FrameState::incomplete;
  std::size_t size = 0;
  const char* problem = "";
};

/// Looks at the start of `bytes`. A body longer than `max_body` is hopeless at once.
Frame next_frame(std::string_view bytes, std::size_t max_body);

/// The first value of a tag in a framed message.
std::optional<std::string_view> find_tag(std::string_view message, int tag);

}  // namespace pace::fix
