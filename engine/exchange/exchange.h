// The state machine. Pure and deterministic: no input but the command with its sequence and time, no output but the
// outcome and the events. The same log gives the same bytes from save() on any machine (ARCHITECTURE, one log).
// apply() first lets everything happen that is due by the command's time (timetable, releases, expiries), then checks
// the command whole, then changes state: a reject needs no rollback.
// Thread rule: one thread owns it.
#pragma once

#include <cstdint>
#include <memory>

#include "engine/message/entry.h"
#include "engine/message/queries.h"

namespace pace {

/// Sizes reserved at the start; beyond them a command is rejected, never served by growth.
struct Capacity {
  std::uint64_t accounts = 1 << 24;  ///< highest account serial
  std::uint32_t open_orders = 1 << 20;
  std::uint32_t instruments = 1024;
  std::uint32_t blocks_per_day = 4096;  ///< block trades of a day and reports that wait for the other side
  std::uint32_t pool_parts = 1 << 22;   ///< principals' parts in open pooled orders
  std::uint32_t auctions = 64;          ///< sealed-bid auctions announced and not over
  std::uint32_t bids_per_auction = 1 << 16;
  std::uint32_t breakable_trades = 1 << 18;     ///< newest trades that can be broken; a power of two
  std::uint64_t requests_per_day = 20'000'000;  ///< remembered for idempotency, per trading day
  /// Memory for so many of them is touched at the start, and unless this is 0 that for breakable trades as well: a page
  /// fault costs more than a request.
  std::uint64_t requests_touched = 0;
};

struct Applied {
  Outcome outcome;
  Sequence repeats;  ///< the first sequence of this request, when it is a repeat
};

class Exchange {
 public:
  explicit Exchange(const Capacity& capacity = {});
  ~Exchange();
  Exchange(Exchange&&) noexcept;
  Exchange& operator=(Exchange&&) noexcept;

  /// REQUIRES: sequence is the one after the last, time not before the last (the sequencer sees to both).
  Applied apply(Sequence sequence, Timestamp time, const Request& request, EventBuffer& events);

  /// Of a request that comes soon: what apply() will read is fetched meanwhile. Changes nothing. To be called for each
  /// request of a batch in order, `request_look_ahead` requests before it is applied or more.
  void expect(const Request& request);
  static constexpr std::size_t request_look_ahead = 16;
  /// Behind the last request that is expected for now: the looks at the newest that were still to come.
  void expect_no_more();
  /// The same as for a request, some `look_ahead` requests before, for whom has only the order or the principal.
  void expect(OrderId order);
  void expect(AccountId principal, InstrumentId instrument);
  static constexpr std::size_t look_ahead = 8;

  [[nodiscard]] Sequence last_sequence() const;
  [[nodiscard]] Timestamp last_time() const;
  /// When something is due next by the timetable: the sequencer sends AdvanceTime then. Timestamp::max(): never.
  [[nodiscard]] Timestamp next_due() const;

  [[nodiscard]] Answer answer(const Question& question) const;

  /// Every invariant of rulebook 2 and of the parts, summed again; aborts on the first that fell.
  void check() const;

  /// The whole state in canonical order; its SHA-256 is the state digest.
  void save(ByteWriter& out) const;
  /// False when the bytes are not a state of this format version. Capacity stays as constructed.
  [[nodiscard]] bool load(BytesView bytes);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace pace
