// One sequence number as the edges see it: the command, what became of it, and its events. This is what the event log
// holds, what gateway, books, registry store and audit read, and what an export prints.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/message/codec.h"
#include "engine/message/commands.h"
#include "engine/message/events.h"

namespace pace {

struct Entry {
  StampedCommand stamped;
  Outcome outcome;
  /// A repeat of an earlier request: nothing was applied, `outcome` is the first answer. 0 otherwise.
  Sequence repeats;
  std::vector<Event> events;
  bool operator==(const Entry&) const = default;
  [[nodiscard]] Sequence sequence() const { return stamped.sequence; }
};

/// Sink of the exchange: encodes each event behind the one before. Reused from command to command; no allocation once
/// it has grown.
class EventBuffer {
 public:
  template <class E>
  void emit(const E& event) {
    ByteWriter out(bytes_);
    out.put(E::type);
    encode_fields(out, event);
    ++count_;
  }
  void clear() {
    bytes_.clear();
    count_ = 0;
  }
  [[nodiscard]] std::uint32_t count() const { return count_; }
  [[nodiscard]] BytesView bytes() const { return bytes_; }
  /// For tests and edges. REQUIRES: bytes written by emit.
  [[nodiscard]] std::vector<Event> decode() const;

 private:
  Bytes bytes_;
  std::uint32_t count_ = 0;
};

/// Encodes an entry from its parts, `command_bytes` as encode_command wrote them.
void encode_entry(ByteWriter& out, BytesView command_bytes, const Outcome& outcome, Sequence repeats, std::uint32_t event_count,
                  BytesView events);
void encode_entry(ByteWriter& out, const Entry& entry);
/// Nothing when the bytes are not exactly one entry.
std::optional<Entry> decode_entry(BytesView bytes);

/// One line of JSON: {"sequence":…,"time":"…","sender":{…},"request_id":"…","command":"new_order","body":{…},
/// "outcome":{…},"events":[{"event":"trade",…}]}. Fields in order of definition; the same entry gives the same bytes.
std::string to_json(const Entry& entry);

}  // namespace pace
