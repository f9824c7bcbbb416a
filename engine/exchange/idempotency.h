// Remembers requests, so that a repeat gets the first answer and nothing happens twice (ARCHITECTURE, requests are
// idempotent). Key: sender and request id. Kept for the current and the previous trading day, in two generations that
// are swapped when a day starts; the ids of orders still open are carried over, so that a GTC order can be found by its
// ClOrdID for as long as it lives.
// One look into each generation's index answers a new request and finds the cell that remember() fills.
// Thread rule: owned by the exchange's thread. Invariants: entries stand in order of arrival and are saved in that
// order; the index is rebuilt from them and never iterated over.
#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/ids.h"
#include "engine/book/zeroed_array.h"
#include "engine/message/commands.h"
#include "engine/message/rejects.h"

namespace pace {

/// A request and its answer. The order that an accepted request made and the figures that a rejected one was told share
/// their place: no request has both.
struct Remembered {
  Sender sender;
  ClientId request_id;
  Reject code{};
  std::uint64_t digest{};  ///< content_digest() of the command
  Sequence sequence;
  std::int64_t order_or_value{}, limit{};

  /// REQUIRES: a rejected outcome comes without an order; an accepted one says nothing more.
  void answer(const Outcome& outcome, OrderId made) {
    code = outcome.code;
    order_or_value = outcome.accepted() ? static_cast<std::int64_t>(made.raw()) : outcome.value;
    limit = outcome.limit;
  }
  [[nodiscard]] Outcome outcome() const { return {code, code == Reject::none ? 0 : order_or_value, limit}; }
  /// What the request created or replaced; 0: not an order.
  [[nodiscard]] OrderId order() const {
    return OrderId(code == Reject::none ? static_cast<OrderId::Rep>(order_or_value) : 0);
  }
};
static_assert(sizeof(Remembered) == 64, "one cache line");

class Idempotency {
 public:
  /// `capacity`: requests per day; reserved here. Memory is touched as it is used, but for the first `touched` requests
  /// of a day and, unless that is 0, the whole index now.
  explicit Idempotency(std::uint64_t capacity, std::uint64_t touched = 0);
  Idempotency(const Idempotency&) = delete;
  Idempotency& operator=(const Idempotency&) = delete;

  /// Where a request that is not remembered will stand.
  struct Place {
    std::uint64_t cell = 0, tag = 0;
  };
  /// The request if it is remembered; else nullptr, and `place` is where remember() puts it. Both are valid until the
  /// next remember() or start_day().
  [[nodiscard]] const Remembered* find(const Sender& sender, const ClientId& request_id, Place& place) const;
  [[nodiscard]] const Remembered* find(const Sender& sender, const ClientId& request_id) const {
    Place place;
    return find(sender, request_id, place);
  }
  /// The entry, to be written whole. REQUIRES: the place that find() gave for the id that it will hold, !full().
  Remembered& remember(const Place& place) { return today().add(place); }
  /// REQUIRES: the entry remembered last, at this place.
  void forget_last(const Place& place) { today().forget_last(place); }

  /// Names an entry in four bytes: generation and place + 1. Stays good until start_day() forgets or moves the entry.
  using Reference = std::uint32_t;
  [[nodiscard]] Reference last_reference() const { return reference(today(), today().count - 1); }
  /// REQUIRES: a good reference, not 0.
  [[nodiscard]] const Remembered& at(Reference reference) const {
    return generations_[reference >> 31].entries[(reference & ~(1u << 31)) - 1];
  }
  /// 0 when it is not remembered.
  [[nodiscard]] Reference reference_to(const Sender& sender, const ClientId& request_id) const;

  /// The sixteenth part of the capacity is kept for the operator, the authority and the bank: members and data sources
  /// cannot use up what is needed to run the market.
  [[nodiscard]] bool full(Role role) const {
    return today().count >= (role == Role::broker || role == Role::data_source ? outside_capacity_ : capacity_);
  }
  [[nodiscard]] std::uint64_t requests_today() const { return today().count; }
  [[nodiscard]] std::uint64_t capacity() const { return capacity_; }

  /// Forgets the day before yesterday. `still_open(entry)` says whose ids are carried over; of each of these
  /// `moved(entry, from, to)` says by which references it was and is known.
  template <class StillOpen, class Moved>
  void start_day(StillOpen&& still_open, Moved&& moved) {
    std::swap(today_, yesterday_);
    carried_.clear();
    for (std::uint64_t i = 0; i < today().count; ++i)
      if (const Remembered& entry = today().entries[i]; entry.order() && still_open(entry))
        carried_.emplace_back(entry, reference(today(), i));
    today().clear();
    for (const auto& [entry, from] : carried_) {
      today().add(entry);
      moved(entry, from, last_reference());
    }
  }

  void save(ByteWriter& out) const;
  [[nodiscard]] bool load(ByteReader& in);

 private:
  /// Where a request is looked for.
  struct Key {
    std::uint64_t run;    ///< where its run begins, as a fraction of the index
    std::uint64_t last;   ///< its place in the run, below 256
    std::uint64_t whole;  ///< hash of all of it; its high half is the tag that stands in the cell
  };
  [[nodiscard]] static Key key_of(const Sender& sender, const ClientId& request_id);
  [[nodiscard]] static std::uint64_t tag_of(const Key& key) { return key.whole & 0xffff'ffff'0000'0000; }

  struct Found {
    const Remembered* entry;
    std::uint64_t cell;  ///< of the entry; without one, the empty cell where the search ended
  };
  /// Entries in order of arrival, and an open-addressing index over them: cell = tag (high half) and place + 1.
  struct Generation {
    Generation(std::uint64_t capacity, std::uint64_t touched);
    [[nodiscard]] Found find(const Key& key, const Sender& sender, const ClientId& request_id) const;
    [[nodiscard]] Found find_on(const Key& key, const Sender& sender, const ClientId& request_id) const;
    Remembered& add(const Place& place);
    void add(const Remembered& entry);
    void forget_last(const Place& place) {
      cells[place.cell] = 0;
      --count;
    }
    void clear();
    [[nodiscard]] std::uint64_t first_cell(const Key& key) const { return ((key.run >> shift) + key.last) & mask; }
    [[nodiscard]] std::uint64_t cell(const Key& key, std::uint64_t step) const {
      return step == 0 ? first_cell(key) : ((key.whole >> shift) + step) & mask;
    }

    ZeroedArray<std::uint64_t> cells;
    ZeroedArray<Remembered> entries;
    std::uint64_t count = 0, mask;
    unsigned shift;
  };

  [[nodiscard]] Reference reference(const Generation& generation, std::uint64_t at) const {
    return number_of(generation) << 31 | static_cast<Reference>(at + 1);
  }
  [[nodiscard]] Generation& today() { return *today_; }
  [[nodiscard]] const Generation& today() const { return *today_; }
  [[nodiscard]] const Generation& yesterday() const { return *yesterday_; }
  [[nodiscard]] unsigned number_of(const Generation& generation) const {
    return static_cast<unsigned>(&generation - generations_.data());
  }

  std::uint64_t capacity_, outside_capacity_;
  std::array<Generation, 2> generations_;
  Generation *today_ = &generations_[1], *yesterday_ = &generations_[0];
  std::vector<std::pair<Remembered, Reference>> carried_;
};

}  // namespace pace

#include "engine/exchange/idempotency_impl.h"
