// Remembers requests, so that a repeat gets the first answer and nothing happens twice (ARCHITECTURE, requests are
// idempotent). Key: sender and request id. Kept for the current and the previous trading day, in two generations that
// are swapped when a day starts; the ids of orders still open are carried over, so that a GTC order can be found by its
// ClOrdID for as long as it lives.
// One look at one cell, in which both generations have their part, answers a new request and finds where remember()
// puts it.
// Thread rule: owned by the exchange's thread. Invariants: a day's entries stand in order of arrival and are saved in
// that order; the index is rebuilt from them and never iterated over.
#pragma once

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
  std::int64_t order_or_value{}, limit{};  ///< `limit` is anything when the request was accepted

  /// REQUIRES: a rejected outcome comes without an order; an accepted one says nothing more.
  void answer(const Outcome& outcome, OrderId made) {
    if (outcome.accepted()) [[likely]]
      return accept(made);
    code = outcome.code;
    order_or_value = outcome.value;
    limit = outcome.limit;
  }
  void accept(OrderId made) {
    code = Reject::none;
    order_or_value = static_cast<std::int64_t>(made.raw());
  }
  [[nodiscard]] Outcome outcome() const {
    return code == Reject::none ? Outcome{} : Outcome{code, order_or_value, limit};
  }
  /// What the request created or replaced; 0: not an order.
  [[nodiscard]] OrderId order() const {
    return OrderId(code == Reject::none ? static_cast<OrderId::Rep>(order_or_value) : 0);
  }
};
static_assert(sizeof(Remembered) == 64, "one cache line");

class Idempotency {
 public:
  /// Names an entry in four bytes. Stays good until start_day() forgets or moves the entry. 0: none.
  using Reference = std::uint32_t;

  /// `capacity`: requests per day; reserved here. Memory is touched as it is used, but for the first `touched` requests
  /// of a day and, unless that is 0, the whole index now.
  explicit Idempotency(std::uint64_t capacity, std::uint64_t touched = 0);
  Idempotency(const Idempotency&) = delete;
  Idempotency& operator=(const Idempotency&) = delete;

  /// Where a request that is not remembered will stand.
  struct Place {
    std::uint64_t cell = 0;
    std::uint32_t tag = 0;
  };
  struct Found {
    const Remembered* entry;  ///< nullptr: not remembered
    Place place;              ///< then where remember() puts it
  };
  /// Valid until the next remember() or start_day().
  [[nodiscard]] Found find(const Sender& sender, const ClientId& request_id) const;
  /// Not remembered, and not empty either: `place` is where remember() puts it.
  [[nodiscard]] bool is_new(const Sender& sender, const ClientId& request_id, Place& place) const;
  /// The entry, to be written whole. REQUIRES: the place that find() gave for the id that it will hold, !full().
  Remembered& remember(const Place& place);
  /// REQUIRES: the entry remembered last, at this place.
  void forget_last(const Place& place);

  [[nodiscard]] Reference last_reference() const { return today_.end - 1; }
  /// REQUIRES: a good reference, not 0.
  [[nodiscard]] const Remembered& at(Reference reference) const { return entries_[reference]; }
  /// REQUIRES: a reference that was good once, or 0.
  void fetch(Reference reference) const { __builtin_prefetch(&entries_[reference]); }
  /// Of an id that is read soon: fetches the cell where the look for it begins, and says which it is; later, which of
  /// today's requests stands there: 0 when there is none.
  [[nodiscard]] std::uint64_t expect(const Sender& sender, const ClientId& request_id) const {
    const std::uint64_t first = cell(key_of(sender, request_id), 0);
    __builtin_prefetch(&cells_[first], 1);
    return first;
  }
  [[nodiscard]] Reference first_look(std::uint64_t first_cell) const {
    const Mark mark = cells_[first_cell].marks[today_.half];
    return mark != 0 ? entry_of(today_, mark) : 0;
  }
  /// 0 when it is not remembered.
  [[nodiscard]] Reference reference_to(const Sender& sender, const ClientId& request_id) const;

  /// The sixteenth part of the capacity is kept for the operator, the authority and the bank: members and data sources
  /// cannot use up what is needed to run the market.
  [[nodiscard]] bool full(Role role) const {
    return today_.end >= (role == Role::broker || role == Role::data_source ? today_.outside_limit : today_.limit);
  }
  [[nodiscard]] std::uint64_t requests_today() const { return today_.count(); }
  [[nodiscard]] std::uint64_t capacity() const { return capacity_; }

  /// Forgets the day before yesterday. `still_open(entry)` says whose ids are carried over; of each of these
  /// `moved(entry, from, to)` says by which references it was and is known.
  template <class StillOpen, class Moved>
  void start_day(StillOpen&& still_open, Moved&& moved) {
    std::swap(today_, yesterday_);
    carried_.clear();
    for (Reference i = today_.first; i != today_.end; ++i)
      if (entries_[i].order() && still_open(entries_[i])) carried_.emplace_back(entries_[i], i);
    clear(today_);
    for (const auto& [entry, from] : carried_) {
      add(today_, entry);
      moved(entry, from, last_reference());
    }
  }

  void save(ByteWriter& out) const;
  [[nodiscard]] bool load(ByteReader& in);

 private:
  /// Where a request is looked for.
  struct Key {
    std::uint64_t cell;   ///< at first; modulo the size of the index
    std::uint64_t whole;  ///< hash of all of it; the tag that stands in the cell is of its high half
  };
  [[nodiscard]] static Key key_of(const Sender& sender, const ClientId& request_id);
  [[nodiscard]] static Key key_of(std::uint64_t sender, std::uint64_t before, std::uint64_t tail);
  /// Which entry of the day, from 1 on, and above it the tag of its id; 0: none.
  using Mark = std::uint32_t;
  struct alignas(2 * sizeof(Mark)) Cell {
    Mark marks[2];  ///< by Generation::half
  };
  /// A day's entries, first … end - 1 in order of arrival; its half of every cell is an open-addressing index over
  /// them.
  struct Generation {
    Generation(std::uint32_t half_of_cells, Reference first_entry, std::uint64_t capacity);
    [[nodiscard]] std::uint64_t count() const { return end - first; }
    std::uint32_t half;
    Reference first, end, outside_limit, limit;
  };
  [[nodiscard]] Mark tag_of(const Key& key) const { return static_cast<Mark>(key.whole >> 32) & ~place_mask_; }
  [[nodiscard]] Reference entry_of(const Generation& generation, Mark mark) const {
    return generation.first + (mark & place_mask_) - 1;
  }
  [[nodiscard]] static Mark mark_of(const Generation& generation, Reference entry, Mark tag) {
    return (entry - generation.first + 1) | tag;
  }
  /// The cells of a key, in the order in which they are tried.
  [[nodiscard]] std::uint64_t cell(const Key& key, std::uint64_t step) const;
  [[nodiscard]] Found find(const Generation& generation, const Key& key, const Sender& sender,
                           const ClientId& request_id) const;
  [[nodiscard]] Found find(Key key, const Sender& sender, const ClientId& request_id) const;
  void add(Generation& generation, const Remembered& entry);
  void clear(Generation& generation);

  std::uint64_t capacity_, mask_;
  Mark place_mask_;  ///< of a mark; the rest is its tag
  ZeroedArray<Cell> cells_;
  Generation today_, yesterday_;
  ZeroedArray<Remembered> entries_;  // by Reference: of both generations
  std::vector<std::pair<Remembered, Reference>> carried_;
};

}  // namespace pace

#include "engine/exchange/idempotency_impl.h"
