#include "engine/sequencer/pipeline.h"

#include <algorithm>

namespace pace {

void Chunk::clear() {
  records.clear();
  answered.clear();
  entries.clear();
  replies.clear();
  image.reset();
  digest_for.clear();
  is_applied = false;
}

Chunk* Pipeline::room() {
  std::unique_lock lock(mutex_);
  changed_for_sequencer_.wait(lock, [this] { return under_way_ < capacity || aborted_; });
  return aborted_ ? nullptr : &at(under_way_);
}

bool Pipeline::keep() {
  const std::lock_guard lock(mutex_);
  if (under_way_ != 0) return false;
  ++under_way_;
  return true;
}

void Pipeline::push() {
  {
    const std::lock_guard lock(mutex_);
    ++under_way_;
    ++waiting_;
  }
  changed_for_journal_.notify_one();
}

void Pipeline::applied(Chunk& chunk) {
  {
    const std::lock_guard lock(mutex_);
    chunk.is_applied = true;
  }
  changed_for_journal_.notify_one();
}

bool Pipeline::take(std::vector<Chunk*>& into) {
  into.clear();
  std::unique_lock lock(mutex_);
  changed_for_journal_.wait(lock, [this] { return waiting_ != 0 || closed_ || aborted_; });
  if (aborted_ || waiting_ == 0) return false;
  for (; waiting_ != 0; --waiting_) into.push_back(&at(under_way_ - waiting_));
  return true;
}

bool Pipeline::wait_applied(const Chunk& chunk) {
  std::unique_lock lock(mutex_);
  changed_for_journal_.wait(lock, [&] { return chunk.is_applied || aborted_; });
  return !aborted_;
}

void Pipeline::done(std::size_t chunks) {
  for (std::size_t i = 0; i < chunks; ++i) at(i).clear();  // not reached by the other thread before they are free
  {
    const std::lock_guard lock(mutex_);
    oldest_ = (oldest_ + chunks) % capacity;
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

std::vector<Chunk*> Pipeline::left() {
  std::vector<Chunk*> chunks;
  for (std::size_t i = 0; i < std::min(under_way_ + 1, capacity); ++i) chunks.push_back(&at(i));
  return chunks;
}

}  // namespace pace
