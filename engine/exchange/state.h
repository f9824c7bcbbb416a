// The whole state of the exchange, composed of its parts, and the order in which a command goes through them.
// Thread rule: owned by the exchange's thread. Invariant: a part refers to others by reference, so a State never moves.
#pragma once

#include <array>

#include "engine/exchange/auctions.h"
#include "engine/exchange/automatic.h"
#include "engine/exchange/blocks.h"
#include "engine/exchange/exchange.h"
#include "engine/exchange/idempotency.h"
#include "engine/exchange/look_ahead.h"
#include "engine/exchange/market.h"
#include "engine/exchange/registrar.h"
#include "engine/exchange/timetable.h"
#include "settlement/ledger/ledger.h"

namespace pace {

struct Exchange::State {
  explicit State(const Capacity& sizes)
      : capacity(sizes),
        registrar(sizes, ledger),
        market(sizes, ledger, registrar, requests),
        blocks(sizes, market, registrar),
        stability(registrar),
        auctions(sizes, market, registrar, stability),
        automatic(ledger, registrar, market),
        requests(sizes.requests_per_day, sizes.requests_touched) {}

  /// When something is due next that is no step of the trading day.
  [[nodiscard]] Timestamp next_besides_steps() const;
  /// Everything due at or before `now` happens, in order of time.
  void pass_time(Timestamp now, EventBuffer& events);
  /// Envelope, then idempotency, then the command.
  Applied admit(const Request& request, EventBuffer& events);
  /// The same for a new, cancelled or replaced order.
  template <class Order>
  Applied admit_order(const Request& request, const Order& order, EventBuffer& events);

  /// Of the order that a request names by its sender's id: Idempotency::expect(); 0 when it names none.
  void expect_named(std::uint64_t cell);

  [[nodiscard]] MarketView market_view() const;
  [[nodiscard]] BalancesView balances() const;
  [[nodiscard]] Answer account_view(AccountId id) const;

  Capacity capacity;
  Ledger ledger;
  Registrar registrar;
  Market market;
  Blocks blocks;
  Stability stability;
  Auctions auctions;
  Automatic automatic;
  std::uint64_t automatic_orders = 0;  ///< number of the last, part of its request id
  Timetable timetable;
  Idempotency requests;
  Sequence last_sequence;
  Timestamp last_time;
  // Not state, but what follows from it, kept because every order asks.
  Timestamp quiet_until;                   ///< before then nothing is due but what an order brings about; 0: not known
  LookAhead look_ahead;                    ///< what is fetched before it is read
  std::array<bool, 4096> ready_members{};  ///< by number: has sent something, and is not suspended

 private:
  struct Dispatch;
  void take(const Timetable::Step& step, EventBuffer& events);
  void open_late(EventBuffer& events);
  bool enter_automatic(BrokerId broker, const NewOrder& order, EventBuffer& events);
  void entrustment_revoked(EntrustmentId entrustment, EventBuffer& events);
  void standing_changed(Date today, EventBuffer& events);
  void withdraw_offers(InstrumentId vintage, EventBuffer& events);
  void suspended(BrokerId broker, EventBuffer& events);
  [[nodiscard]] bool refused_by_kill_switch(const Request& request) const;
  [[nodiscard]] Outcome check_sender(const Request& request);
  Remembered& remember(const Idempotency::Place& place, const Request& request, std::uint64_t digest);
  Applied carry_out(Remembered& entry, const Request& request, EventBuffer& events);
  [[nodiscard]] static Applied refuse(Remembered& entry, const Outcome& outcome);
  [[nodiscard]] Applied repeat(const Remembered& first, const Command& command) const;
};

}  // namespace pace
