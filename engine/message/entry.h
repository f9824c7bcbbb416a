// One sequence number as the edges see it: the command, what became of it, and its events. This is what the event log
// holds, what gateway, books, registry store and audit read, and what an export prints.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
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
/// it has grown. Events are of fixed size, so room is asked for once per event, not once per field.
class EventBuffer {
 public:
  template <class E>
  void emit(const E& event) {
    constexpr std::size_t size = sizeof(E::type) + encoded_size<E>;
    if (bytes_.size() - used_ < size) [[unlikely]]
      bytes_.resize(std::max(bytes_.size() * 2, used_ + size));
    Writer out{bytes_.data() + used_};
    out.put(E::type);
    encode_fields(out, event);
    used_ += size;
    ++count_;
  }
  void clear() {
    used_ = 0;
    count_ = 0;
  }
  [[nodiscard]] std::uint32_t count() const { return count_; }
  [[nodiscard]] BytesView bytes() const { return BytesView(bytes_).first(used_); }
  /// For tests and edges. REQUIRES: bytes written by emit.
  [[nodiscard]] std::vector<Event> decode() const;

 private:
  struct Writer {
    std::uint8_t* at;
    template <class T>
    void put(T value) {
      put_bytes(&value, sizeof value);
    }
    void put_bytes(const void* from, std::size_t n) {
      std::memcpy(at, from, n);
      at += n;
    }
  };

  Bytes bytes_ = Bytes(4096);
  std::size_t used_ = 0;
  std::uint32_t count_ = 0;
};

/// Encodes an entry from its parts, `stamped` as encode_stamped wrote it.
void encode_entry(ByteWriter& out, BytesView stamped, const Outcome& outcome, Sequence repeats,
                  std::uint32_t event_count, BytesView events);
void encode_entry(ByteWriter& out, const Entry& entry);
/// Nothing when the bytes are not exactly one entry.
std::optional<Entry> decode_entry(BytesView bytes);

/// One line of JSON: {"sequence":…,"time":"…","sender":{…},"request_id":"…","command":"new_order","body":{…},
/// "outcome":{…},"events":[{"event":"trade",…}]}. Fields in order of definition; the same entry gives the same bytes.
std::string to_json(const Entry& entry);

}  // namespace pace
