#include "engine/sequencer/read_ahead.h"

#include <string>
#include <utility>

namespace pace {
namespace {

/// So that all batches fit into the processor's second cache.
constexpr std::size_t batch_commands = 256;
constexpr std::size_t batch_bytes = 1u << 20;

}  // namespace

ReadAhead::ReadAhead(LogReader reader) : reader_(std::move(reader)), end_(reader_.end()), thread_([this] { run(); }) {}

ReadAhead::~ReadAhead() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

const ReplayedCommand* ReadAhead::next() {
  while (current_ == nullptr || at_ == current_->size) {
    if (current_ != nullptr && current_->fault) std::rethrow_exception(current_->fault);
    if (current_ != nullptr && current_->last) return nullptr;
    enter_next_batch();
  }
  return &current_->commands[at_++];
}

void ReadAhead::enter_next_batch() {
  {
    std::unique_lock lock(mutex_);
    if (current_ != nullptr) ++used_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return filled_ > used_; });
    current_ = &batches_[used_ % batches_.size()];
  }
  at_ = 0;
  end_ = current_->end;
}

ReadAhead::Batch* ReadAhead::free_batch() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return filled_ - used_ < batches_.size() || stopping_; });
  return stopping_ ? nullptr : &batches_[filled_ % batches_.size()];
}

void ReadAhead::run() {
  for (bool more = true; more;) {
    Batch* const batch = free_batch();
    if (batch == nullptr) return;
    fill(*batch);
    more = !batch->last && !batch->fault;
    {
      const std::lock_guard lock(mutex_);
      ++filled_;
    }
    changed_.notify_all();
  }
}

void ReadAhead::fill(Batch& batch) {
  batch.commands.resize(batch_commands);
  batch.size = 0;
  batch.payload_ends.clear();
  batch.payloads.clear();
  try {
    while (batch.size < batch_commands && batch.payloads.size() < batch_bytes) {
      const LogRecord* record = reader_.next();
      batch.last = record == nullptr;
      if (batch.last) break;
      ReplayedCommand& command = batch.commands[batch.size];
      if (!decode_request(record->payload, command.request))
        throw Damage(
            reader_.end().segment, record->offset,
            "record " + std::to_string(record->sequence.raw()) + " is whole, but no request that this version knows");
      command.sequence = record->sequence;
      command.time = record->time;
      batch.payloads.insert(batch.payloads.end(), record->payload.begin(), record->payload.end());
      batch.payload_ends.push_back(batch.payloads.size());
      ++batch.size;
    }
  } catch (...) {
    batch.fault = std::current_exception();
  }
  std::size_t from = 0;
  for (std::size_t i = 0; i < batch.size; from = batch.payload_ends[i++])
    batch.commands[i].payload = BytesView(batch.payloads).subspan(from, batch.payload_ends[i] - from);
  batch.end = reader_.end();
}

}  // namespace pace
