// Consecutive records on their way into a log, laid out as they will stand on disk (FORMAT.md): a batch is written with
// one write and made durable with one sync.
// Thread rule: a value; one owner at a time.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/check.h"
#include "engine/base/ids.h"
#include "engine/base/units.h"

namespace pace {

class LogBatch {
 public:
  /// Starts a record; its payload is what is put into the writer before finish(). REQUIRES: sequence is the one after
  /// the last in this batch.
  ByteWriter begin(Sequence sequence, Timestamp time);
  void finish();
  void add(Sequence sequence, Timestamp time, BytesView payload);
  /// Puts all records of `later` behind. REQUIRES: they follow in sequence.
  void append(const LogBatch& later);
  void clear();

  [[nodiscard]] bool empty() const { return starts_.empty(); }
  [[nodiscard]] std::size_t size() const { return starts_.size(); }
  /// REQUIRES: not empty.
  [[nodiscard]] Sequence first() const { return first_; }
  [[nodiscard]] Sequence last() const { return Sequence(first_.raw() + starts_.size() - 1); }
  /// REQUIRES: i < size().
  [[nodiscard]] BytesView payload(std::size_t i) const;
  [[nodiscard]] Timestamp time(std::size_t i) const;

  /// Fills in epoch, place in the batch, and the chain of checksums that starts after `previous`. Returns the last
  /// record's checksum. Sealing again gives what the last call's arguments say.
  std::uint32_t seal(std::uint32_t epoch, std::uint32_t previous);
  /// What goes to disk once sealed.
  [[nodiscard]] BytesView bytes() const { return bytes_; }

 private:
  Bytes bytes_;
  std::vector<std::size_t> starts_;
  Sequence first_;
};

}  // namespace pace
