// The last messages of one topic, for readers who were away shortly: bounded in number and bytes.
// Thread rule: a value. Invariant: every message of the topic after `complete_after` is here, oldest first.
#pragma once

#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "engine/base/ids.h"
#include "gateway/ws/bundle.h"

namespace pace {

class RecentMessages {
 public:
  static constexpr std::size_t most_messages = 4096;
  static constexpr std::size_t most_bytes = 1024 * 1024;

  /// Nothing of the topic was published after `complete_after` so far.
  explicit RecentMessages(Sequence complete_after) : complete_after_(complete_after) {}

  void add(Sequence sequence, const Text& text) {
    messages_.emplace_back(sequence, text);
    bytes_ += text->size();
    while (messages_.size() > most_messages || bytes_ > most_bytes) {
      complete_after_ = messages_.front().first;
      bytes_ -= messages_.front().second->size();
      messages_.pop_front();
    }
  }
  /// What came after `from`; nothing when some of it is gone.
  [[nodiscard]] std::optional<std::vector<Text>> after(Sequence from) const {
    if (from < complete_after_) return std::nullopt;
    std::vector<Text> out;
    for (const auto& [sequence, text] : messages_)
      if (sequence > from) out.push_back(text);
    return out;
  }

 private:
  Sequence complete_after_;
  std::deque<std::pair<Sequence, Text>> messages_;
  std::size_t bytes_ = 0;
};

}  // namespace pace
