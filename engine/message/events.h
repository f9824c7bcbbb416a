// Every event: what a command, or time passing with it, changed. Events never stand alone: an Entry (entry.h) holds the
// command, its outcome and its events, so nothing that the command says already is repeated here.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "engine/message/commands.h"
#include "engine/message/rejects.h"

namespace pace {

// --- market ---------------------------------------------------------------------------------------------------------

struct PhaseChanged {
  PACE_MESSAGE(1, "phase_changed");
  Date day;
  Phase phase{};
  PACE_FIELDS(PhaseChanged, day, phase);
};
struct TradingDayStarted {
  PACE_MESSAGE(2, "trading_day_started");
  Date day;
  PACE_FIELDS(TradingDayStarted, day);
};
/// All DAY orders are gone, T+1 locks fall at the next start. The books close the day on it.
struct TradingDayEnded {
  PACE_MESSAGE(3, "trading_day_ended");
  Date day;
  PACE_FIELDS(TradingDayEnded, day);
};
struct InstrumentStateChanged {
  PACE_MESSAGE(4, "instrument_state_changed");
  InstrumentId instrument;
  InstrumentState state{};
  Reference reason;
  PACE_FIELDS(InstrumentStateChanged, instrument, state, reason);
};
/// Today's reference price and the limits around it.
struct ReferencePriceSet {
  PACE_MESSAGE(5, "reference_price_set");
  InstrumentId instrument;
  Price reference, lower, upper;
  PACE_FIELDS(ReferencePriceSet, instrument, reference, lower, upper);
};
/// The order passed every check and is live; fills, rest or cancel follow.
struct OrderAccepted {
  PACE_MESSAGE(10, "order_accepted");
  OrderId order;
  BrokerId broker;
  ClientId client_id;
  AccountId principal;        ///< 0 for a pooled order: the command names its principals
  EntrustmentId entrustment;  ///< 0 for the broker's own account, and for a pooled order
  InstrumentId instrument;
  Side side{};
  OrderType order_type{};
  TimeInForce time_in_force{};
  Price price;  ///< a market order's bound
  Quantity quantity, display;
  PACE_FIELDS(OrderAccepted, order, broker, client_id, principal, entrustment, instrument, side, order_type,
              time_in_force, price, quantity, display);
};
/// The order entered the book (or an iceberg was refilled): `open` is all of it, `shown` what the market sees.
struct OrderRested {
  PACE_MESSAGE(11, "order_rested");
  OrderId order;
  InstrumentId instrument;
  Side side{};
  Price price;
  Quantity open, shown;
  PACE_FIELDS(OrderRested, order, instrument, side, price, open, shown);
};
/// One side of a trade. A pooled order trades once per principal that has a share in the fill.
struct TradeSide {
  OrderId order;
  AccountId account;
  BrokerId broker;
  ClientId client_id;
  Quantity open;    ///< left of the order after this trade
  Cash fee;         ///< exchange fee, rounded half up once; given back (negative) by a correction
  Cash commission;  ///< the broker's own fee under the entrustment, to the broker's own account
  PACE_FIELDS(TradeSide, order, account, broker, client_id, open, fee, commission);
};
struct Trade {
  PACE_MESSAGE(12, "trade");
  TradeId trade;
  InstrumentId instrument;
  Price price;
  Quantity quantity;
  Side aggressor{};  ///< in a call auction: the newer order's side
  TradeKind kind{};
  TradeSide buy, sell;
  /// A member's own account on one side, a principal it acts for on the other: allowed, and flagged. Rulebook 7.
  bool own_against_principal{};
  PACE_FIELDS(Trade, trade, instrument, price, quantity, aggressor, kind, buy, sell, own_against_principal);
};
struct OrderCancelled {
  PACE_MESSAGE(13, "order_cancelled");
  OrderId order;
  BrokerId broker;
  ClientId client_id;  ///< the order's
  AccountId principal;
  InstrumentId instrument;
  Side side{};
  Price price;
  Quantity open;  ///< what was cancelled
  CancelReason reason{};
  PACE_FIELDS(OrderCancelled, order, broker, client_id, principal, instrument, side, price, open, reason);
};
/// A replaced order keeps its order id and takes the replacement's ClOrdID.
struct OrderReplaced {
  PACE_MESSAGE(14, "order_replaced");
  OrderId order;
  BrokerId broker;
  ClientId old_client_id, client_id;
  AccountId principal;
  InstrumentId instrument;
  Side side{};
  Price price;
  Quantity quantity, open;
  bool priority_kept{};
  PACE_FIELDS(OrderReplaced, order, broker, old_client_id, client_id, principal, instrument, side, price, quantity,
              open, priority_kept);
};
/// What the call auction would give now.
struct AuctionIndicative {
  PACE_MESSAGE(15, "auction_indicative");
  InstrumentId instrument;
  Price price;  ///< 0: nothing would trade
  Quantity volume;
  Quantity imbalance;  ///< buy minus sell at that price
  PACE_FIELDS(AuctionIndicative, instrument, price, volume, imbalance);
};
struct AuctionUncrossed {
  PACE_MESSAGE(16, "auction_uncrossed");
  InstrumentId instrument;
  Price price;
  Quantity volume;
  PACE_FIELDS(AuctionUncrossed, instrument, price, volume);
};

/// One side of a block trade stands reported and holds what it needs.
struct BlockReported {
  PACE_MESSAGE(17, "block_reported");
  BlockId block;
  BrokerId broker;
  ClientId client_id;
  AccountId principal;
  InstrumentId instrument;
  Side side{};
  Price price;
  Quantity quantity;
  BrokerId counter_broker;
  Reference agreement;
  PACE_FIELDS(BlockReported, block, broker, client_id, principal, instrument, side, price, quantity, counter_broker,
              agreement);
};
struct BlockWithdrawn {
  PACE_MESSAGE(18, "block_withdrawn");
  BlockId block;
  BrokerId broker;
  ClientId client_id;
  CancelReason reason{};
  PACE_FIELDS(BlockWithdrawn, block, broker, client_id, reason);
};
/// A block trade becomes public, at the end of its day. Its Trade was for the two brokers. Rulebook 7.
struct BlockPublished {
  PACE_MESSAGE(28, "block_published");
  TradeId trade;
  InstrumentId instrument;
  Price price;
  Quantity quantity;
  Timestamp time;  ///< of the trade
  PACE_FIELDS(BlockPublished, trade, instrument, price, quantity, time);
};
struct AuctionAnnounced {
  PACE_MESSAGE(19, "auction_announced");
  AuctionId auction;
  AuctionKind kind{};
  InstrumentId instrument;
  AccountId seller;
  Quantity quantity;  ///< what was announced and what rolled over into it
  Quantity rolled_over;
  Price reserve_price;
  Timestamp opens, closes;
  PACE_FIELDS(AuctionAnnounced, auction, kind, instrument, seller, quantity, rolled_over, reserve_price, opens, closes);
};
/// Sealed: for the bidder's broker and the regulator, not for the market.
struct BidAccepted {
  PACE_MESSAGE(20, "bid_accepted");
  AuctionId auction;
  BidId bid;
  BrokerId broker;
  ClientId client_id;
  AccountId principal;
  Price price;
  Quantity quantity;
  PACE_FIELDS(BidAccepted, auction, bid, broker, client_id, principal, price, quantity);
};
/// `open`: what of the bid goes; what it won stands in the trades before it.
struct BidWithdrawn {
  PACE_MESSAGE(21, "bid_withdrawn");
  AuctionId auction;
  BidId bid;
  BrokerId broker;
  ClientId client_id;
  AccountId principal;
  Quantity open;
  CancelReason reason{};
  PACE_FIELDS(BidWithdrawn, auction, bid, broker, client_id, principal, open, reason);
};
/// The Trades stand before it. `price` 0: nothing was sold.
struct AuctionClosed {
  PACE_MESSAGE(22, "auction_closed");
  AuctionId auction;
  AuctionKind kind{};
  InstrumentId instrument;
  Price price;
  Quantity volume, unsold;
  bool cancelled{};
  PACE_FIELDS(AuctionClosed, auction, kind, instrument, price, volume, unsold, cancelled);
};
/// `opposite` is the trade that undid it. `kind` and `same_day` say whose figures the broken trade leaves, so that a
/// reader need not remember it.
struct TradeBroken {
  PACE_MESSAGE(23, "trade_broken");
  TradeId trade, opposite;
  Reference reason;
  TradeKind kind{};  ///< of the broken trade
  bool same_day{};   ///< made since the present, or last, trading day began; a block: and the public not told of it
  PACE_FIELDS(TradeBroken, trade, opposite, reason, kind, same_day);
};
struct KillSwitchSet {
  PACE_MESSAGE(24, "kill_switch_set");
  BrokerId broker;
  bool active{};
  Reference reason;
  PACE_FIELDS(KillSwitchSet, broker, active, reason);
};

// --- what the operator and the authority are told -------------------------------------------------------------------

/// The market has stood at a price limit for as long as the rulebook allows without an alert.
struct LimitAlert {
  PACE_MESSAGE(25, "limit_alert");
  InstrumentId instrument;
  Price price;
  Timestamp since;
  PACE_FIELDS(LimitAlert, instrument, price, since);
};
/// The position rose to the share of its limit that makes a large holder.
struct LargeHolder {
  PACE_MESSAGE(26, "large_holder");
  AccountId account;
  InstrumentId instrument;
  Quantity position, limit;
  PACE_FIELDS(LargeHolder, account, instrument, position, limit);
};
/// The month's price was above the multiple of the long mean for as many months as the rulebook wants: the authority
/// may sell from the reserve.
struct StabilityTriggered {
  PACE_MESSAGE(27, "stability_triggered");
  Date month;  ///< its first day
  Price price, mean;
  PACE_FIELDS(StabilityTriggered, month, price, mean);
};

// --- units ----------------------------------------------------------------------------------------------------------

/// Units came into being on this account.
struct UnitsIssued {
  PACE_MESSAGE(30, "units_issued");
  AccountId account;
  InstrumentId instrument;
  Quantity quantity;
  PACE_FIELDS(UnitsIssued, account, instrument, quantity);
};
/// Left the account for the surrender account, against the liability of `year`.
struct UnitsSurrendered {
  PACE_MESSAGE(31, "units_surrendered");
  AccountId account;
  InstrumentId instrument;
  Quantity quantity;
  Year year;
  PACE_FIELDS(UnitsSurrendered, account, instrument, quantity, year);
};
/// Left the account for the cancellation account.
struct UnitsCancelled {
  PACE_MESSAGE(32, "units_cancelled");
  AccountId account;
  InstrumentId instrument;
  Quantity quantity;
  CancellationReason reason{};
  PACE_FIELDS(UnitsCancelled, account, instrument, quantity, reason);
};

// --- cap, allocation, emissions, credits, compliance ----------------------------------------------------------------

struct AllocationComputed {
  PACE_MESSAGE(40, "allocation_computed");
  Year year;
  Quantity cap, reserve, paid_pool, free_pool;
  std::uint64_t accounts{};
  std::int64_t weight_sum{};
  Bytes32 inputs_digest{};  ///< registry/rules/allocation.h says of what
  PACE_FIELDS(AllocationComputed, year, cap, reserve, paid_pool, free_pool, accounts, weight_sum, inputs_digest);
};
/// A_i of one account; the UnitsIssued (to the guardian, for a minor) stands beside it.
struct AllowanceAllocated {
  PACE_MESSAGE(41, "allowance_allocated");
  AccountId account;
  AccountId holder;
  Year year;
  PerMille weight;
  Quantity quantity;
  PACE_FIELDS(AllowanceAllocated, account, holder, year, weight, quantity);
};
/// `part` 0 is the half of 1 July, 1 to 26 the weekly parts. Released so far, over all accounts.
struct AllowancesReleased {
  PACE_MESSAGE(42, "allowances_released");
  Year year;
  std::uint16_t part{};
  Quantity released;
  PACE_FIELDS(AllowancesReleased, year, part, released);
};
struct EmissionRecorded {
  PACE_MESSAGE(50, "emission_recorded");
  EmissionId record;
  Year year;
  EmissionStatus status{};
  PACE_FIELDS(EmissionRecorded, record, year, status);
};
/// One record's new state; `verified_total` is the principal's liability E of the year after it.
struct EmissionStateChanged {
  PACE_MESSAGE(51, "emission_state_changed");
  EmissionId record;
  AccountId principal;
  Year year;
  EmissionStatus status{};
  Quantity kg;
  Quantity verified_total;
  PACE_FIELDS(EmissionStateChanged, record, principal, year, status, kg, verified_total);
};
struct OffsetGranted {
  PACE_MESSAGE(60, "offset_granted");
  AccountId principal;
  Year year;
  InstrumentId instrument;
  Quantity requested, granted;
  PACE_FIELDS(OffsetGranted, principal, year, instrument, requested, granted);
};
/// One principal's result at the end of grace. Rulebook 9.
struct ComplianceAssessed {
  PACE_MESSAGE(61, "compliance_assessed");
  AccountId principal;
  Year year;
  ComplianceStatus status{};
  Quantity liability;                                ///< E
  Quantity from_credits, from_banked, from_vintage;  ///< surrendered
  Quantity shortfall;                                ///< S
  Quantity deducted;                                 ///< from the allocation of year + 1
  Quantity debt;                                     ///< carried, without interest
  Cash surcharge;
  Quantity banked, not_banked;  ///< vintage Y carried on, and cancelled
  PACE_FIELDS(ComplianceAssessed, principal, year, status, liability, from_credits, from_banked, from_vintage,
              shortfall, deducted, debt, surcharge, banked, not_banked);
};
/// Taken from the principal's money now; what was not there is owed.
struct SurchargeCollected {
  PACE_MESSAGE(62, "surcharge_collected");
  AccountId principal;
  Year year;
  Cash collected, owed;
  PACE_FIELDS(SurchargeCollected, principal, year, collected, owed);
};
/// The step of the compliance cycle is done for everybody.
struct ComplianceStepDone {
  PACE_MESSAGE(63, "compliance_step_done");
  Year year;
  std::uint16_t step{};  ///< 1 offsets granted, 2 surrendered, 3 assessed
  std::uint64_t principals{};
  Quantity total;  ///< granted, surrendered, or short
  PACE_FIELDS(ComplianceStepDone, year, step, principals, total);
};

using Event =
    std::variant<PhaseChanged, TradingDayStarted, TradingDayEnded, InstrumentStateChanged, ReferencePriceSet,
                 OrderAccepted, OrderRested, Trade, OrderCancelled, OrderReplaced, AuctionIndicative, AuctionUncrossed,
                 BlockReported, BlockWithdrawn, BlockPublished, AuctionAnnounced, BidAccepted, BidWithdrawn,
                 AuctionClosed, TradeBroken, KillSwitchSet, LimitAlert, LargeHolder, StabilityTriggered, UnitsIssued,
                 UnitsSurrendered, UnitsCancelled, AllocationComputed, AllowanceAllocated, AllowancesReleased,
                 EmissionRecorded, EmissionStateChanged, OffsetGranted, ComplianceAssessed, SurchargeCollected,
                 ComplianceStepDone>;

std::string_view name_of(const Event& event);
std::uint16_t type_of(const Event& event);

}  // namespace pace
