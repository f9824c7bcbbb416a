// A replicated log in the place of local files, small enough to see through: a cluster that several engines reach, with
// one office of writer whose holders are told apart by epoch, and a contiguous sequence. An engine keeps a local copy,
// which is what it recovers from. Thread rule: any thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "engine/journal/log_reader.h"
#include "engine/journal/log_writer.h"
#include "engine/sequencer/log_port.h"

namespace pace::test {

class Cluster {
 public:
  struct Record {
    Timestamp time;
    Bytes payload;
  };
  /// A new holder of the office: who held it before is fenced off.
  std::uint32_t take_office() {
    const std::lock_guard lock(mutex_);
    return ++epoch_;
  }
  /// Compare and append, atomic. Throws Refused.
  void append(const LogBatch& batch, Sequence expected, std::uint32_t epoch) {
    const std::lock_guard lock(mutex_);
    if (epoch != epoch_) throw Refused("the office of epoch " + std::to_string(epoch) + " was taken over");
    if (expected.raw() != records_.size())
      throw Refused("the log stands at sequence " + std::to_string(records_.size()) + ", the writer expected " +
                    std::to_string(expected.raw()));
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const BytesView payload = batch.payload(i);
      records_[Sequence(batch.first().raw() + i)] = {batch.time(i), Bytes(payload.begin(), payload.end())};
    }
  }
  [[nodiscard]] std::map<Sequence, Record> records() const {
    const std::lock_guard lock(mutex_);
    return records_;
  }
  /// Runs between an append's taking effect and its answer; may wait, or throw: the answer is lost then.
  std::function<void()> before_answer = [] {};

 private:
  mutable std::mutex mutex_;
  std::uint32_t epoch_ = 0;
  std::map<Sequence, Record> records_;
};

class ReplicatedLog final : public LogPort {
 public:
  ReplicatedLog(Cluster& cluster, Disk& disk, const LogOptions& copy, const LogEnd& end)
      : cluster_(cluster), epoch_(cluster.take_office()), copy_(disk, copy, end) {}
  Sequence append(LogBatch& batch, Sequence expected, std::uint32_t epoch) override {
    cluster_.append(batch, expected, epoch);
    cluster_.before_answer();
    copy_.append(batch);
    return copy_.last();
  }
  std::uint32_t epoch() const override { return epoch_; }
  void prepare() override { copy_.prepare(); }
  bool wants_prepare() const override { return copy_.wants_prepare(); }

 private:
  Cluster& cluster_;
  std::uint32_t epoch_;
  LogWriter copy_;
};

/// Puts what the cluster holds beyond the local copy into it, before an engine starts on it.
inline void fetch(const Cluster& cluster, Disk& disk, const LogOptions& copy) {
  LogReader reader(disk, copy.directory, LogKind::journal, Sequence(1));
  while (reader.next() != nullptr) {
  }
  LogWriter writer(disk, copy, reader.end());
  LogBatch missing;
  for (const auto& [sequence, record] : cluster.records())
    if (sequence > writer.last()) missing.add(sequence, record.time, record.payload);
  writer.append(missing);
  writer.sync();
}

}  // namespace pace::test
