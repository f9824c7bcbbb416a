// Remembers requests, so that a repeat gets the first answer and nothing happens twice (ARCHITECTURE, requests are
// idempotent). Key: sender and request id. Kept for the current and the previous trading day, in two generations that
// are swapped when a day starts; the ids of orders still open are carried over, so that a GTC order can be found by its
// ClOrdID for as long as it lives.
// Thread rule: owned by the exchange's thread. Invariants: entries stand in order of arrival and are saved in that
// order; the index is rebuilt from them and never iterated over.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/ids.h"
#include "engine/message/commands.h"
#include "engine/message/rejects.h"

namespace pace {

/// 64 bits over a command's type and fields: tells a repeat from another request under the same id. Not cryptographic:
/// a sender who searches for two commands of one digest only confuses itself.
[[nodiscard]] std::uint64_t content_digest(const Command& command);

struct Remembered {
  Sender sender;
  ClientId request_id;
  std::uint64_t digest{};
  Sequence sequence;
  Outcome outcome;
  OrderId order;  ///< what the request created or replaced; 0: not an order
};

class Idempotency {
 public:
  /// `capacity`: requests per day; the index is sized for it, memory is touched as it is used.
  explicit Idempotency(std::uint64_t capacity);

  /// Where a request is looked for: computed once per request.
  struct Key {
    std::uint64_t first;  ///< slot to begin at, before it is cut to the index's size
    std::uint64_t whole;  ///< hash of all of it; its high half stands in the slot
  };
  [[nodiscard]] static Key key_of(const Sender& sender, const ClientId& request_id);

  /// The request under this id, if it is remembered. Valid until the next remember() or start_day().
  [[nodiscard]] const Remembered* find(const Sender& sender, const ClientId& request_id) const;
  [[nodiscard]] const Remembered* find(const Key& key, const Sender& sender, const ClientId& request_id) const;
  /// REQUIRES: the entry's own key, not remembered yet, not full().
  void remember(const Key& key, const Remembered& entry);
  /// The sixteenth part of the capacity is kept for the operator, the authority and the bank: members and data sources
  /// cannot use up what is needed to run the market.
  [[nodiscard]] bool full(Role role) const;
  [[nodiscard]] std::uint64_t requests_today() const { return today_.entries.size(); }
  [[nodiscard]] std::uint64_t capacity() const { return capacity_; }

  /// Forgets the day before yesterday. `still_open(order)` says whose ids are carried over.
  template <class StillOpen>
  void start_day(StillOpen&& still_open) {
    std::swap(today_, yesterday_);
    carried_.clear();
    for (const Remembered& entry : today_.entries)
      if (entry.order && still_open(entry)) carried_.push_back(entry);
    today_.clear();
    for (const Remembered& entry : carried_) add(today_, entry);
  }

  void save(ByteWriter& out) const;
  [[nodiscard]] bool load(ByteReader& in);

 private:
  struct Free {
    void operator()(void* memory) const;
  };
  /// Entries in order of arrival, and an open-addressing index over them: slot = tag (high half) and place + 1.
  struct Generation {
    explicit Generation(std::uint64_t capacity);
    [[nodiscard]] const Remembered* find(const Key& key, const Sender& sender, const ClientId& request_id) const;
    void add(const Key& key, const Remembered& entry);
    void clear();
    [[nodiscard]] std::uint64_t slot(const Key& key, std::uint64_t step) const {
      return (step == 0 ? key.first : key.whole + step) & (slot_count - 1);
    }

    std::vector<Remembered> entries;
    std::uint64_t slot_count;
    std::unique_ptr<std::uint64_t[], Free> slots;
  };

  static void add(Generation& to, const Remembered& entry);

  std::uint64_t capacity_;
  Generation today_, yesterday_;
  std::vector<Remembered> carried_;
};

}  // namespace pace
