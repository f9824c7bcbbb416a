#include "gateway/fix/answer_queue.h"

namespace pace::fix {

bool AnswerQueue::add(Session& session, Answer answer) {
  std::deque<Waiting>& queue = waiting_[&session];
  if (queue.size() >= max_answers) return false;
  queue.push_back({std::move(answer)});
  return true;
}

bool AnswerQueue::send_some() {
  bool more = false;
  for (auto& [session, queue] : waiting_) {
    std::size_t left = messages_per_turn;
    while (!queue.empty() && left != 0) {
      Waiting& first = queue.front();
      if (first.next == first.answer.count) {
        queue.pop_front();
        continue;
      }
      Outgoing message;
      first.answer.write(message, first.next);
      if (!session->send_live(message, most_unsent)) break;
      told_(*session);
      ++first.next;
      --left;
    }
    more = more || left == 0;
  }
  std::erase_if(waiting_, [](const auto& kept) { return kept.second.empty(); });
  return more;
}

}  // namespace pace::fix
