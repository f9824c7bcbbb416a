// Applies commands to the exchange and gathers what came of them as encoded entries: the same code for the live market,
// for recovery and for `pace replay`, so that they cannot differ.
// Thread rule: the thread that owns the exchange.
#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "engine/exchange/exchange.h"
#include "engine/sequencer/port.h"

namespace pace {

/// Memory of batches that nobody reads any more, for the next ones: memory that is new to the process costs more than
/// what is written into it. Thread rule: any thread.
class EntryBuffers {
 public:
  struct Buffer {
    Bytes bytes;
    std::vector<std::size_t> ends;
  };
  /// Empty.
  [[nodiscard]] Buffer take();
  void give(Buffer buffer);

 private:
  std::mutex mutex_;
  std::vector<Buffer> spare_;
};

class Applier {
 public:
  explicit Applier(Exchange& exchange) : exchange_(exchange) {}
  /// `payload` is the request as encode_request wrote it. The entry's bytes stand behind those of entries applied since
  /// the last take().
  void apply(Sequence sequence, Timestamp time, const Request& request, BytesView payload);
  /// Changes the state and makes no entry.
  void apply_only(Sequence sequence, Timestamp time, const Request& request);
  /// The newest entry. REQUIRES: applied since the last take().
  [[nodiscard]] BytesView entry() const;
  /// Bytes gathered since the last take().
  [[nodiscard]] std::size_t size() const { return gathered_.bytes.size(); }
  /// What was gathered; null when that is nothing.
  [[nodiscard]] EntryBatchPtr take();
  /// As take(), for who wants none of it.
  void discard();

 private:
  Exchange& exchange_;
  EventBuffer events_;
  std::shared_ptr<EntryBuffers> buffers_ = std::make_shared<EntryBuffers>();
  EntryBuffers::Buffer gathered_;
  Sequence first_;
};

/// Entries are handed out in batches of about this size.
inline constexpr std::size_t entry_batch_bytes = 1u << 20;

/// Sequence and time of an encoded entry. REQUIRES: `entry` was written by encode_entry.
struct EntryStamp {
  Sequence sequence;
  Timestamp time;
};
[[nodiscard]] EntryStamp stamp_of(BytesView entry);

}  // namespace pace
