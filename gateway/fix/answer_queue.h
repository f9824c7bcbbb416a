// Answers of many messages, sent a few in each turn of the gateway, so that a long list for one broker does not keep
// the others waiting. Thread rule: the gateway's strand. Invariant: at most max_answers wait for a session.
#pragma once

#include <deque>
#include <functional>
#include <map>

#include "gateway/fix/outgoing.h"
#include "gateway/fix/session.h"

namespace pace::fix {

class AnswerQueue {
 public:
  static constexpr std::size_t max_answers = 4;
  static constexpr std::size_t messages_per_turn = 64;
  static constexpr std::size_t most_unsent = 1024 * 1024;

  /// So many messages, each made when its turn has come.
  struct Answer {
    std::size_t count = 0;
    std::function<void(Outgoing& message, std::size_t i)> write;
  };
  /// `told` hears of every session that something was said to.
  explicit AnswerQueue(std::function<void(Session&)> told) : told_(std::move(told)) {}
  /// False: too many answers wait for this session already.
  [[nodiscard]] bool add(Session& session, Answer answer);
  /// Sends the next messages of each session that reads. True: more can go at once.
  bool send_some();
  [[nodiscard]] bool waiting() const { return !waiting_.empty(); }
  void forget(Session& session) { waiting_.erase(&session); }

 private:
  struct Waiting {
    Answer answer;
    std::size_t next = 0;
  };
  std::map<Session*, std::deque<Waiting>> waiting_;
  std::function<void(Session&)> told_;
};

}  // namespace pace::fix
