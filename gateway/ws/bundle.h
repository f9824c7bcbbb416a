// Messages of one topic that leave together, made once for all its readers: as texts, and as the WebSocket frames that
// carry them, so that a reader costs one look at its session and one copy of bytes. Thread rule: a value.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/ids.h"

namespace pace {

/// Shared by those who keep it: the readers' bundles and the recent messages.
using Text = std::shared_ptr<const std::string>;

/// Appends `text` as an unmasked text frame (RFC 6455, 5.2).
inline void append_frame(std::string& out, std::string_view text) {
  const std::size_t size = text.size();
  const std::size_t more = size < 126 ? 0 : size <= 0xffff ? 2 : 8;
  std::array<char, 10> header{static_cast<char>(0x81), static_cast<char>(more == 0 ? size : more == 2 ? 126 : 127)};
  for (std::size_t i = 0; i < more; ++i) header[2 + i] = static_cast<char>(size >> (8 * (more - 1 - i)));
  out.append(header.data(), 2 + more);
  out += text;
}

class Bundle {
 public:
  struct Message {
    Sequence sequence;
    Text text;
  };
  void add(Sequence sequence, Text text) {
    append_frame(frames_, *text);
    messages_.push_back({sequence, std::move(text)});
  }
  [[nodiscard]] bool empty() const { return messages_.empty(); }
  /// Oldest first.
  [[nodiscard]] const std::vector<Message>& messages() const { return messages_; }
  /// All of them, one behind the other.
  [[nodiscard]] std::string_view frames() const { return frames_; }

 private:
  std::vector<Message> messages_;
  std::string frames_;
};

}  // namespace pace
