// One sequence number as the edges see it: the command, what became of it, and its events. This is what the event log
// holds, what gateway, books, registry store and audit read, and what an export prints.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
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
/// it has grown. There is always room for one event, so one compare behind each is all that is asked.
class EventBuffer {
 public:
  EventBuffer() { reserve(4096); }
  EventBuffer(const EventBuffer&) = delete;
  EventBuffer& operator=(const EventBuffer&) = delete;

  template <class E>
  void emit(const E& event) {
    write<E>([&](Writer & out) __attribute__((always_inline)) { encode_fields(out, event); });
  }
  /// The same from the fields of an event in their order, those of a nested message in its place: each goes straight to
  /// where it stands. (Measured: an event put together first costs a copy of each text.) Fields are declared in the
  /// order in which they are written; a test holds that.
  template <class E, class... Fields>
  requires requires(const Fields&... fields) { E{fields...}; }
  [[gnu::always_inline]] void emit_fields(const Fields&... fields) {
    static_assert((encoded_width<Fields> + ...) == encoded_size<E>);
    write<E>([&](Writer & out) __attribute__((always_inline)) { (encode_value(out, fields), ...); });
  }
  void clear() {
    at_ = first_.get();
    count_ = 0;
  }
  [[nodiscard]] std::uint32_t count() const { return count_; }
  [[nodiscard]] BytesView bytes() const { return {first_.get(), at_}; }
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
  static constexpr std::size_t room = 512;

  template <class E, class Encode>
  [[gnu::always_inline]] void write(Encode&& encode) {
    constexpr std::size_t size = sizeof(E::type) + encoded_size<E>;
    static_assert(size <= room, "one event of any kind");
    std::uint8_t* const at = at_;
    Writer out{at};
    out.put(E::type);
    encode(out);
    at_ = at + size;
    ++count_;
    if (at + size > last_) [[unlikely]]
      reserve(2 * (static_cast<std::size_t>(last_ - first_.get()) + room));
  }
  /// Room for so many bytes, what stands written kept.
  void reserve(std::size_t bytes);

  std::uint8_t* at_ = nullptr;
  const std::uint8_t* last_ = nullptr;  // the last place where there is room for an event
  std::uint32_t count_ = 0;
  std::unique_ptr<std::uint8_t[]> first_;
};

/// Encodes an entry from its parts, `stamped` as encode_stamped wrote it, or its end when the rest stands in `out`.
void encode_entry(ByteWriter& out, BytesView stamped, const Outcome& outcome, Sequence repeats,
                  std::uint32_t event_count, BytesView events);
void encode_entry(ByteWriter& out, const Entry& entry);
/// Nothing when the bytes are not exactly one entry.
std::optional<Entry> decode_entry(BytesView bytes);

/// One line of JSON: {"sequence":…,"time":"…","sender":{…},"request_id":"…","command":"new_order","body":{…},
/// "outcome":{…},"events":[{"event":"trade",…}]}. Fields in order of definition; the same entry gives the same bytes.
std::string to_json(const Entry& entry);

}  // namespace pace
