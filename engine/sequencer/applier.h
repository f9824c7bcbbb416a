// Applies commands to the exchange and gathers what came of them as encoded entries: the same code for the live market,
// for recovery and for `pace replay`, so that they cannot differ.
// Thread rule: the thread that owns the exchange.
#pragma once

#include <vector>

#include "engine/exchange/exchange.h"
#include "engine/sequencer/port.h"

namespace pace {

class Applier {
 public:
  explicit Applier(Exchange& exchange) : exchange_(exchange) {}
  /// `payload` is the request as encode_request wrote it. The entry's bytes stand behind those of entries applied since
  /// the last take().
  void apply(Sequence sequence, Timestamp time, const Request& request, BytesView payload);
  /// The newest entry. REQUIRES: applied since the last take().
  [[nodiscard]] BytesView entry() const;
  /// Bytes gathered since the last take().
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  /// What was gathered; null when that is nothing.
  [[nodiscard]] EntryBatchPtr take();

 private:
  Exchange& exchange_;
  EventBuffer events_;
  Bytes stamped_;
  Bytes entries_;
  std::vector<std::size_t> ends_;
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
