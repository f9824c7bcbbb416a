#include "engine/sequencer/pipeline.h"

namespace pace {

bool Pipeline::wait_room() {
  std::unique_lock lock(mutex_);
  changed_for_sequencer_.wait(lock, [this] { return under_way_ < room_ || aborted_; });
  return !aborted_;
}

void Pipeline::push(ChunkPtr chunk) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(chunk));
    ++under_way_;
  }
  changed_for_journal_.notify_one();
}

void Pipeline::applied(const ChunkPtr& chunk) {
  {
    const std::lock_guard lock(mutex_);
    chunk->is_applied = true;
  }
  changed_for_journal_.notify_one();
}

bool Pipeline::take(std::vector<ChunkPtr>& into) {
  std::unique_lock lock(mutex_);
  changed_for_journal_.wait(lock, [this] { return !waiting_.empty() || closed_ || aborted_; });
  if (aborted_ || waiting_.empty()) return false;
  into.assign(waiting_.begin(), waiting_.end());
  waiting_.clear();
  return true;
}

bool Pipeline::wait_applied(const ChunkPtr& chunk) {
  std::unique_lock lock(mutex_);
  changed_for_journal_.wait(lock, [&] { return chunk->is_applied || aborted_; });
  return !aborted_;
}

void Pipeline::done(std::size_t chunks) {
  {
    const std::lock_guard lock(mutex_);
    under_way_ -= chunks;
  }
  changed_for_sequencer_.notify_one();
}

void Pipeline::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_for_journal_.notify_one();
}

void Pipeline::abort() {
  {
    const std::lock_guard lock(mutex_);
    aborted_ = true;
  }
  changed_for_sequencer_.notify_one();
  changed_for_journal_.notify_one();
}

}  // namespace pace
