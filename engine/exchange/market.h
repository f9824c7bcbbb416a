// The market: who may order what, the books, the calls, and the fills, each settled in the ledger as it happens
// (rulebook 7 and 8). Every command is checked whole before the first change, so that a reject needs no rollback.
// Events of an order: OrderAccepted (or OrderReplaced) first, then what happened on the way (Trade, OrderCancelled and
// OrderRested of the other side), then OrderRested when something rests or OrderCancelled for the remainder; in a call
// AuctionIndicative comes last. README.md lists them for readers.
// Invariants, asserted by check(): the ledger's holds are exactly what the open orders need; in continuous trading no
// book is crossed; no order rests at a price outside its instrument's limits, past its day, without its mandate, or for
// a principal who may not trade.
// Thread rule: owned by the exchange's thread.
#pragma once

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "engine/book/book.h"
#include "engine/exchange/breakable_trades.h"
#include "engine/exchange/commitment.h"
#include "engine/exchange/exchange.h"
#include "engine/exchange/idempotency.h"
#include "engine/exchange/listing.h"
#include "engine/exchange/open_order.h"
#include "engine/exchange/pools.h"
#include "engine/exchange/prefunding.h"
#include "engine/exchange/registrar.h"
#include "engine/message/special_accounts.h"
#include "settlement/ledger/fee.h"
#include "settlement/ledger/ledger.h"

namespace pace {

/// A member's request: which broker, under which id, and how it is remembered. Lives no longer than the request.
struct MemberRequest {
  BrokerId broker;
  const ClientId& client_id;
  Idempotency::Reference reference = 0;
};

/// The answer to a command about one order; `order` is 0 after a reject.
struct Placed {
  Outcome outcome;
  OrderId order;
};

class Market {
 public:
  /// REQUIRES: ledger, registrar and requests outlive this; a member's request is remembered before it comes here.
  Market(const Capacity& capacity, Ledger& ledger, Registrar& registrar, const Idempotency& requests);
  Market(const Market&) = delete;
  Market& operator=(const Market&) = delete;

  // --- the day ------------------------------------------------------------------------------------------------------

  /// A listed instrument gets its book and its limits. REQUIRES: the next number.
  void list(InstrumentId instrument, Price reference, EventBuffer& events);
  /// T+1 locks of yesterday fall, reference prices and limits are set, GTC orders that no longer fit are cancelled.
  void start_day(Date day, EventBuffer& events);
  /// The phase holds until `ends`. Leaving a call, and starting to trade continuously, uncrosses every book.
  void enter_phase(Phase phase, Timestamp ends, EventBuffer& events);
  /// DAY orders and GTC orders on their last day are cancelled.
  void end_day(EventBuffer& events);
  /// The opening is blocked: `difference` is of the first account that did not reconcile. 0 lifts it.
  void block_opening(std::int64_t difference, AccountId account);
  [[nodiscard]] bool opening_blocked() const { return block_difference_ != 0; }

  /// The clock, before anything that happens at this moment.
  void set_time(Timestamp now) { now_ = now; }
  [[nodiscard]] Timestamp time() const { return now_; }
  /// When a volatility call ends or a limit alert is due next; Timestamp::max(): nothing is.
  [[nodiscard]] Timestamp next_due() const { return next_due_; }
  /// What is due by now: calls end (uncrossed, and trading goes on), alerts are given.
  void due(EventBuffer& events);

  [[nodiscard]] Phase phase() const { return phase_; }
  [[nodiscard]] Date day() const { return day_; }

  // --- members ------------------------------------------------------------------------------------------------------

  /// Rulebook 6 and 7. Rejects: 201, 202, 204 to 206, 210, 215, 227, 301 to 307, 401 to 412, 414 to 416, 501 to 505.
  Placed enter_order(const MemberRequest& from, const NewOrder& command, EventBuffer& events);
  /// The same for most orders, at less cost (plain_order.cpp). Nothing has happened when it gives 0: the general way
  /// then takes or refuses the command.
  [[nodiscard]] OrderId enter_plain(const MemberRequest& from, const NewOrder& command, EventBuffer& events);
  /// Of an order that will be cancelled or replaced: fetches its node and record; later, what these name.
  void fetch(OrderId order) const;
  void fetch_more(OrderId order) const;
  /// Of a new order, once Registrar::fetch() brought the place: what its principal has.
  void fetch(AccountId principal, InstrumentId instrument) const;
  /// One order for many principals, rulebook 6: each of them is checked and prefunded as for an order of its own. A
  /// reject names the principal. Rejects: as enter_order, and 417, 420, 421, 423 to 429.
  Placed enter_pooled_order(const MemberRequest& from, const NewPooledOrder& command, EventBuffer& events);
  /// Taken at any time but the end of a call. Rejects: 413, 601, 602.
  Outcome cancel_order(const MemberRequest& from, OrderId order, EventBuffer& events);
  /// Reducing the quantity keeps priority, any other change loses it; checked like a new order of what it adds.
  Outcome replace_order(const MemberRequest& from, OrderId order, const ReplaceOrder& command, EventBuffer& events);
  /// By a member for its own orders, by the operator for any. Cancelling nothing is no error. Rejects: 201, 202, 208,
  /// 210, 413, 415, 602.
  Outcome mass_cancel(const Sender& sender, const MassCancel& command, EventBuffer& events);

  // --- operator and register ----------------------------------------------------------------------------------------

  /// Rejects: unknown_instrument. Halting twice is no error and no event.
  Outcome halt(const HaltInstrument& command, EventBuffer& events);
  /// Outside calls the book is uncrossed at once: a call may have ended while the instrument was halted.
  Outcome resume(const ResumeInstrument& command, EventBuffer& events);
  /// Open orders under a revoked mandate go at once (rulebook 6).
  void entrustment_revoked(EntrustmentId entrustment, EventBuffer& events);
  /// The kill switch is set against this member: its open orders go.
  void suspended(BrokerId broker, EventBuffer& events);
  /// Every order that sells this instrument goes.
  void withdraw_offers(InstrumentId instrument, EventBuffer& events);
  /// Orders of accounts that may no longer trade on their side go (frozen, surrender-only, closed, in debt).
  void standing_changed(Date today, EventBuffer& events);

  // --- outside the books: block trades and sealed-bid auctions (commitments.cpp) ------------------------------------

  /// Is this instrument being traded now, whatever kind of order? Rejects: 401, 402, 416.
  [[nodiscard]] Outcome check_session(const Listing& listing) const;
  /// Standing and mandate on `today`, the mandate lasting `until`; units, or position and cash. Sets entrustment and
  /// fee rate. REQUIRES: instrument and principal exist. Rejects: 204 to 206, 215, 227, 301, 303 to 307, 405, 415, 501
  /// to 505.
  [[nodiscard]] Outcome check_commitment(Commitment& wanted, Date today, Date until) const;
  /// Holds what it may need. REQUIRES: checked.
  void commit(const Commitment& commitment);
  /// Lets go of what is open of it.
  void let_go(const Commitment& commitment);
  /// What the two sides agreed on; `later`: the side that came second.
  struct Agreed {
    Price price;
    Quantity quantity;
    TradeKind kind{};
    Side later{};
  };
  /// Delivery versus payment, at a price no worse than either side's; both are less open by the quantity.
  TradeId settle(Commitment& buy, Commitment& sell, const Agreed& agreed, EventBuffer& events);
  /// After load: what is committed counts towards the position again. False when it cannot be a commitment.
  [[nodiscard]] bool restore(const Commitment& commitment);

  /// By the authority: undone by an opposite trade, fees and commissions given back. Rejects: account_closed,
  /// unknown_trade, trade_broken_already, not_enough_units and units_not_released (of the buyer), not_enough_cash (of
  /// the seller, or of a broker that has to give its commission back).
  /// `unpublished`: it is a block that the public was not told of.
  Outcome break_trade(const BreakTrade& command, bool unpublished, EventBuffer& events);

  /// What the command's checks found: positions that rise to a large holder's share. Emitted with its acceptance.
  void report_large_holders(const Outcome& outcome, EventBuffer& events) {
    if (!large_.empty()) [[unlikely]]
      emit_large_holders(outcome, events);
  }

  /// What an order entered now pays, its mandate's commission given per mille.
  [[nodiscard]] Rates rates(std::uint8_t commission) const {
    return {static_cast<std::uint8_t>(registrar_.rules().fee_permille), commission};
  }

  // --- views, proof, storage ----------------------------------------------------------------------------------------

  [[nodiscard]] const std::vector<Listing>& listings() const { return listings_; }
  /// nullptr when it is not listed.
  [[nodiscard]] const Listing* find_listing(InstrumentId id) const;
  [[nodiscard]] bool resting(OrderId order) const { return pool_.resting(order); }
  /// A remembered request of an open order stands elsewhere now.
  void request_moved(OrderId order, Idempotency::Reference from, Idempotency::Reference to) {
    if (record(order).request == from) record(order).request = to;
  }
  /// Broker 0: all. By instrument, side, price, time.
  [[nodiscard]] std::vector<OrderView> orders(BrokerId broker) const;
  /// Units of the account that may be sold now: released, not held, not bought today.
  [[nodiscard]] Quantity sellable(AccountIndex account, InstrumentId instrument) const;

  /// `outside`: every commitment there is.
  void check(std::span<const Commitment> outside) const;
  void save(ByteWriter& out) const;
  /// Into a market just constructed, after ledger and registrar. False when the bytes are not a market's.
  [[nodiscard]] bool load(ByteReader& in);

 private:
  struct Mandate {  // what an order is entered under; of a member's own account: none, and no commission
    EntrustmentId entrustment;
    std::uint32_t slot = 0;
    std::uint8_t commission{};
  };
  struct Ticket;     // a new order that passed every check
  struct Change;     // a replacement that passed every check
  struct BookParty;  // one order of a trade
  class Execution;   // the sink of the books
  class SettlementCount;

  [[nodiscard]] Listing* listing(InstrumentId id);
  /// What would be its listing; `listed` says whether it is.
  [[nodiscard]] Listing* listing_place(InstrumentId id) {
    return listings_.data() + static_cast<std::uint32_t>(id.raw() - 1);  // 0 wraps around and is not listed
  }
  [[nodiscard]] bool listed(const Listing* place) const { return place < listings_.data() + listings_.size(); }
  [[nodiscard]] OrderRecord& record(OrderId id) { return orders_[OrderPool::slot(id)]; }
  [[nodiscard]] const OrderRecord& record(OrderId id) const { return orders_[OrderPool::slot(id)]; }
  [[nodiscard]] Listing& listing_of(const OrderRecord& order) { return listings_[order.instrument - 1u]; }
  /// The member's request that the order is known by.
  [[nodiscard]] const Remembered& request_of(const OrderRecord& order) const { return requests_.at(order.request); }
  [[nodiscard]] OpenOrder info(OrderId id) const;
  /// REQUIRES: the id was acquired for the order's principal; `request` is how its client id is remembered.
  void put(OrderId id, const OpenOrder& order, Idempotency::Reference request);

  // checks (order_checks.cpp)
  [[nodiscard]] Outcome check_new(const MemberRequest& from, const NewOrder& c, Ticket& ticket);
  /// The order itself, whoever it is for.
  [[nodiscard]] Outcome check_order(const NewOrder& c, AccountKind kind, Ticket& ticket) const;
  [[nodiscard]] Outcome check_terms(const Listing& listing, const NewOrder& c, AccountKind kind) const;
  [[nodiscard]] Outcome check_quantity(Quantity quantity, AccountKind kind) const;
  [[nodiscard]] Outcome check_display(Quantity display, Quantity quantity) const;
  [[nodiscard]] Outcome check_expiry(const NewOrder& c, Date& expiry) const;
  [[nodiscard]] Outcome check_price(const Listing& listing, Price price) const;
  [[nodiscard]] Outcome check_post_only(const Listing& listing, Side side, Price price) const;
  [[nodiscard]] Outcome bound_market_order(const Listing& listing, Side side, Price& price) const;
  [[nodiscard]] Outcome check_mandate(const MemberRequest& from, AccountIndex principal, InstrumentId instrument,
                                      Side side, Price price, Quantity quantity, Date today, Mandate& mandate) const;
  [[nodiscard]] Outcome check_size(const Commitment& c) const;
  [[nodiscard]] Outcome check_units(AccountIndex principal, InstrumentId instrument, Quantity more) const;
  [[nodiscard]] Outcome check_cash(AccountIndex principal, Cash more) const;
  [[nodiscard]] Outcome check_position(AccountIndex principal, const Listing& listing, Quantity more) const;
  void note_large(AccountIndex account, InstrumentId instrument, Quantity before, Quantity position) const;
  void emit_large_holders(const Outcome& outcome, EventBuffer& events);
  [[nodiscard]] Outcome check_own_order(const MemberRequest& from, OrderId order) const;
  [[nodiscard]] bool call_ending() const;
  [[nodiscard]] bool cancels_frozen(const Listing& listing) const;
  [[nodiscard]] Outcome check_cancel_time(const Listing& listing) const;
  [[nodiscard]] Outcome check_change(const MemberRequest& from, OrderId order, const ReplaceOrder& c, Change& change);
  [[nodiscard]] Outcome check_change_funds(const OrderRecord& order, AccountIndex principal, const Listing& listing,
                                           const Change& change) const;
  [[nodiscard]] Outcome check_changed_mandate(const OrderRecord& order, AccountIndex principal, const Change& change,
                                              Quantity more) const;

  // pooled orders (order_pools.cpp)
  [[nodiscard]] Outcome check_pool(const MemberRequest& from, const NewPooledOrder& c, Ticket& ticket, NewOrder& whole);
  [[nodiscard]] Outcome check_split(const std::vector<PoolShare>& split, Quantity& sum);
  [[nodiscard]] Outcome check_part(const MemberRequest& from, const NewPooledOrder& c, Price price, Pools::Part& part);
  /// Bounds what one command may cause to be settled. `own_parts`: principals of an entering pool, whose split was
  /// noted last; 0 for an order of one `owner`.
  [[nodiscard]] Outcome check_settlements(const Listing& listing, Side side, Price price, Quantity quantity,
                                          AccountIndex owner, std::size_t own_parts);
  /// The pooled order as it is for one of its principals.
  [[nodiscard]] static OpenOrder part_of(const OpenOrder& pool, const Pools::Part& part);
  void hold_parts(Listing& listing, const OpenOrder& pool);
  void let_go_parts(Listing& listing, const OpenOrder& pool);
  void drop_pool(Listing& listing, OrderId order, Quantity open, CancelReason reason, EventBuffer& events);
  /// Whether `is(principal, entrustment)` holds for the order's principal, or for any of a pool's.
  template <class Is>
  [[nodiscard]] bool any_principal(const OpenOrder& order, Is&& is) const;
  /// 0 for a pooled order.
  [[nodiscard]] AccountId principal_of(const OpenOrder& order) const;

  // changes (order_entry.cpp, order_changes.cpp)
  /// Hold before booking, not at the fill: two resting bids could otherwise spend the same cash, and the later fill
  /// would find no one to pay it. Rulebook 7, prefunding.
  void hold(Listing& listing, const OrderRecord& order, AccountIndex principal, Quantity open);
  void let_go(Listing& listing, const OrderRecord& order, AccountIndex principal, Quantity open);
  /// What a principal's side of a trade pays its broker. Without a commission: one branch.
  [[nodiscard]] Commission commission(BrokerId broker, Rates rates, Cash value) const {
    if (rates.commission == 0) [[likely]]
      return {};
    return {fee(value, PerMille(rates.commission)), registrar_.broker(broker)->own};
  }
  /// One trade as the ledger settles it: each side pays by its own rates, and the buyer's hold for it is let go of.
  template <class Party>
  [[nodiscard]] Settlement settlement_of(const Party& buy, const Party& sell, const Listing& listing, Price price,
                                         Quantity quantity) const;
  /// A checked order gets its slot and its record. Its holds come next, then accept().
  OrderId take_in(const MemberRequest& from, const NewOrder& c, const Ticket& ticket);
  void accept(OrderId id, const MemberRequest& from, const NewOrder& c, const Ticket& ticket, EventBuffer& events);
  void execute(Listing& listing, const Order& order, EventBuffer& events);
  [[nodiscard]] bool can_fill(const Listing& listing, const Order& order);
  void trade(Listing& listing, const Order& order, EventBuffer& events);
  void rested(const Listing& listing, const Order& order, Quantity open, EventBuffer& events);
  void change_hold(Listing& listing, const OrderRecord& order, AccountIndex principal, const Change& wanted,
                   Cash held_before);
  void change(Listing& listing, const MemberRequest& from, OrderId order, const Change& change, EventBuffer& events);
  /// In continuous trading an order that meets nobody, shown whole and at a price that nothing watches, just rests.
  /// REQUIRES: DAY or GTC.
  [[nodiscard]] static bool rests_at_once(const Listing& l, const Order& order) {
    return order.display == Quantity{} && !l.book.would_trade(order.side, order.price) &&
           !l.watched(order.side, order.price);
  }
  static void rest(Listing& l, const Order& order, EventBuffer& events) {
    l.book.rest(order);
    events.emit_fields<OrderRested>(order.id, l.id, order.side, order.price, order.open, order.open);
  }
  /// Takes a resting order out of its book.
  void cancel(Listing& listing, OrderId order, CancelReason reason, EventBuffer& events);
  /// The same at its member's request, where time or price limits have a say in it.
  Outcome cancel_watched(Listing& listing, OrderId order, EventBuffer& events);
  /// What is left of an order that is out of its book already: its holds, its mandate, its event.
  void drop(Listing& listing, OrderId order, Quantity open, CancelReason reason, EventBuffer& events);
  /// Cancels every resting order for which `reason_of(order)` names a reason, in canonical order.
  template <class ReasonOf>
  void sweep(EventBuffer& events, ReasonOf&& reason_of);

  // plain orders (plain_order.cpp)
  [[nodiscard]] bool plain_terms(const NewOrder& c, const Listing& listing) const;
  [[nodiscard]] bool offer_plain(const NewOrder& c, const Listing& listing, AccountIndex principal,
                                 const Trader& trader);
  [[nodiscard]] bool bid_plain(const NewOrder& c, Listing& listing, AccountIndex principal, const Trader& trader);
  void execute_plain(Listing& listing, OrderId order, AccountIndex principal, const NewOrder& c, EventBuffer& events);

  // near the circuit breaker's bound, and its call (volatility_call.cpp)
  [[nodiscard]] bool within_bounds(Listing& listing, const Order& order);
  void trade_to_bound(Listing& listing, const Order& order, EventBuffer& events);
  bool trade_within(Listing& listing, Order& order, EventBuffer& events);
  void fill_or_kill_at_bound(Listing& listing, const Order& order, EventBuffer& events);
  void await_call(Listing& listing, const Order& order, EventBuffer& events);
  void begin_volatility_call(Listing& listing, EventBuffer& events);
  void end_volatility_call(Listing& listing, EventBuffer& events);
  void follow_phase(Timestamp next_phase, EventBuffer& events);
  void watch_limit(Listing& listing);
  void alert_limit(Listing& listing, EventBuffer& events);
  void plan();

  // trade break (trade_break.cpp)
  [[nodiscard]] BrokerId broker_of(const BreakableSide& side) const;
  [[nodiscard]] Reversal reversal_of(const BreakableTrade& trade, bool of_today) const;
  [[nodiscard]] Outcome check_reversal(const Reversal& reversal) const;
  void reverse(const BreakableTrade& trade, const Reversal& reversal);
  [[nodiscard]] Trade opposite_of(const BreakableTrade& trade, const Reversal& reversal);
  void uncount(const BreakableTerms& terms);

  // calls (auction.cpp)
  /// Orders rest without matching: the phase is a call, or the circuit breaker has called one.
  [[nodiscard]] bool in_call(const Listing& listing) const {
    return is_call(phase_) || listing.state == InstrumentState::volatility_call;
  }
  void indicate(Listing& listing, EventBuffer& events) const;
  void uncross(Listing& listing, EventBuffer& events);

  void set_limits(Listing& listing, EventBuffer& events) const;
  void set_state(Listing& listing, InstrumentState state, const Reference& reason, EventBuffer& events);
  [[nodiscard]] OrderView view(const RestingOrder& resting) const;
  void check_stays(const OpenOrder& order) const;
  void check_pool_sums(const RestingOrder& resting) const;
  void check_holds(std::span<const Commitment> outside) const;
  void save_listing(const Listing& listing, ByteWriter& out) const;
  void save_parts(AccountIndex pool, ByteWriter& out) const;
  /// Sets the order's owner.
  [[nodiscard]] bool load_parts(ByteReader& in, Order& order);
  [[nodiscard]] bool load_listing(InstrumentId id, ByteReader& in);
  [[nodiscard]] bool load_order_of(Listing& listing, ByteReader& in);

  Ledger& ledger_;
  Registrar& registrar_;
  const Idempotency& requests_;
  std::uint64_t accounts_;  // capacity, special accounts included
  OrderPool pool_;
  ZeroedArray<OrderRecord> orders_;  // by slot of the pool
  Pools pools_;
  std::vector<Pools::Part> split_;  // of the pooled order on its way in
  std::vector<Fill> pooled_fills_;  // not shared out yet; empty between commands
  std::vector<Listing> listings_;   // instrument n stands at n - 1
  std::vector<std::pair<OrderId, CancelReason>> swept_;
  Phase phase_ = Phase::closed;
  Date day_;
  Timestamp phase_ends_;
  Timestamp now_;                          // the exchange's last time: not saved twice
  Timestamp next_due_ = Timestamp::max();  // the earliest of the listings'
  BreakableTrades trades_;
  struct LargePosition {
    AccountIndex account;
    InstrumentId instrument;
    Quantity position;
  };
  mutable std::vector<LargePosition> large_;  // noted by the present command's checks; empty between commands
  std::int64_t block_difference_ = 0;
  AccountId block_account_;
};

}  // namespace pace

#include "engine/exchange/market_impl.h"
