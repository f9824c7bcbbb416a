// Every command. Each changes the state of the exchange, or is rejected whole. Type numbers are frozen: they stand in
// the journal. Fields are in wire order; a new field goes last and raises the format version (journal/FORMAT.md).
// Who may send what stands in `permitted`.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "engine/message/types.h"

namespace pace {

#define PACE_MESSAGE(number, text_name)         \
  static constexpr std::uint16_t type = number; \
  static constexpr std::string_view name = text_name

// --- time and rules ------------------------------------------------------------------------------------------------

/// Time passes; what is due by the command's time stamp happens. On a simulated clock this is how the clock moves.
struct AdvanceTime {
  PACE_MESSAGE(1, "advance_time");
  Timestamp to;  ///< the simulated clock's new time; ignored (0) on a real clock
  PACE_FIELDS(AdvanceTime, to);
};

struct RuleValue {
  RuleName rule;
  std::int64_t value{};
  PACE_FIELDS(RuleValue, rule, value);
};
/// Puts rulebook parameters in force. Names and units: registry/rules/rulebook.h.
struct ActivateRules {
  PACE_MESSAGE(2, "activate_rules");
  Code version;
  std::string legal_basis;  ///< empty: the market runs in pilot mode and every export says so
  std::vector<RuleValue> values;
  PACE_FIELDS(ActivateRules, version, legal_basis, values);
};

/// Days without trading, besides Saturdays and Sundays. Replaces the year's list.
struct SetHolidays {
  PACE_MESSAGE(3, "set_holidays");
  Year year;
  std::vector<Date> days;
  PACE_FIELDS(SetHolidays, year, days);
};

// --- members, instruments, projects ---------------------------------------------------------------------------------

struct RegisterBroker {
  PACE_MESSAGE(10, "register_broker");
  BrokerId broker;
  Code code;  ///< SenderCompID on FIX
  std::string title;
  AccountId own_account;  ///< opened by this command
  PACE_FIELDS(RegisterBroker, broker, code, title, own_account);
};

/// A verifier or data source and its public key.
struct RegisterParty {
  PACE_MESSAGE(11, "register_party");
  Sender party;
  Code code;
  std::string title;
  Bytes32 public_key{};
  PACE_FIELDS(RegisterParty, party, code, title, public_key);
};

struct RegisterProject {
  PACE_MESSAGE(12, "register_project");
  ProjectId project;
  Code code;  ///< as in PHCER-<code>-YYYY
  InstrumentKind scheme{};
  Code methodology;
  std::uint16_t methodology_version{};
  RegionId region;
  std::uint32_t verifier{};
  bool offset_eligible{};
  bool targeted{};    ///< poverty county issuance
  bool inside_cap{};  ///< reductions inside the cap's scope: refused
  PACE_FIELDS(RegisterProject, project, code, scheme, methodology, methodology_version, region, verifier,
              offset_eligible, targeted, inside_cap);
};

/// PCA-YYYY, PHCER-<project>-YYYY or CCER-<project>-YYYY.
struct ListInstrument {
  PACE_MESSAGE(13, "list_instrument");
  InstrumentId instrument;  ///< dense: the next free number
  Symbol symbol;
  InstrumentKind kind{};
  Year vintage;
  ProjectId project;  ///< credits only
  Price reference_price;
  PACE_FIELDS(ListInstrument, instrument, symbol, kind, vintage, project, reference_price);
};

// --- accounts and entrustments --------------------------------------------------------------------------------------

struct OpenAccount {
  PACE_MESSAGE(20, "open_account");
  AccountId account;
  AccountKind kind{};
  RegionId region;
  Date birth;          ///< 0 for accounts that are not persons
  PerMille addons;     ///< sum of the weight's add-ons, bounded to +-200
  AccountId guardian;  ///< minors only: receives the minor's allowance
  PACE_FIELDS(OpenAccount, account, kind, region, birth, addons, guardian);
};

struct SetAccountStatus {
  PACE_MESSAGE(21, "set_account_status");
  AccountId account;
  AccountStatus status{};
  Reference reference;
  Date expiry;  ///< 0: until changed
  PACE_FIELDS(SetAccountStatus, account, status, reference, expiry);
};

struct GrantEntrustment {
  PACE_MESSAGE(30, "grant_entrustment");
  EntrustmentId entrustment;
  AccountId principal;
  BrokerId broker;
  InstrumentClass instruments{};
  Sides sides{};
  EntrustmentMode mode{};
  Price floor;              ///< sells not below
  Price ceiling;            ///< buys not above; 0: none
  Quantity order_limit;     ///< 0: none
  Quantity total_limit;     ///< 0: none
  PerMille fee;             ///< the broker's own fee, per mille of trade value
  Date start, end;          ///< both inclusive
  Bytes32 document_hash{};  ///< of the signed mandate
  PACE_FIELDS(GrantEntrustment, entrustment, principal, broker, instruments, sides, mode, floor, ceiling, order_limit,
              total_limit, fee, start, end, document_hash);
};

/// At once: the principal's open orders under it are cancelled.
struct RevokeEntrustment {
  PACE_MESSAGE(31, "revoke_entrustment");
  EntrustmentId entrustment;
  PACE_FIELDS(RevokeEntrustment, entrustment);
};

// --- client money ---------------------------------------------------------------------------------------------------

/// A credit on the bank statement, for one principal (or a broker's own account).
struct DepositCash {
  PACE_MESSAGE(40, "deposit_cash");
  BrokerId broker;
  AccountId account;
  Cash amount;
  Reference bank_reference;
  PACE_FIELDS(DepositCash, broker, account, amount, bank_reference);
};
/// Pays out to the bank: whole fen only, the remainder stays.
struct WithdrawCash {
  PACE_MESSAGE(41, "withdraw_cash");
  BrokerId broker;
  AccountId account;
  Cash amount;
  Reference bank_reference;
  PACE_FIELDS(WithdrawCash, broker, account, amount, bank_reference);
};

// --- cap and allocation ---------------------------------------------------------------------------------------------

struct SetCap {
  PACE_MESSAGE(50, "set_cap");
  Year year;
  Quantity cap;
  PACE_FIELDS(SetCap, year, cap);
};
/// Computes A_i for every account with a weight and issues the year's PCA (listed before). Rulebook 3.
struct RunAllocation {
  PACE_MESSAGE(51, "run_allocation");
  Year year;
  PACE_FIELDS(RunAllocation, year);
};
/// Authorises the release schedule: 50% on 1 July, 26 weekly parts. Parts already due are released at once.
struct ReleaseAllocation {
  PACE_MESSAGE(52, "release_allocation");
  Year year;
  PACE_FIELDS(ReleaseAllocation, year);
};

// --- orders ---------------------------------------------------------------------------------------------------------

/// The request id is the order's ClOrdID. Sender: the broker.
struct NewOrder {
  PACE_MESSAGE(60, "new_order");
  AccountId principal;  ///< the person entrusting, or the broker's own account
  InstrumentId instrument;
  Side side{};
  OrderType order_type{};
  TimeInForce time_in_force{};
  SelfTrade self_trade{};
  bool post_only{};
  Price price;  ///< limit orders
  Quantity quantity;
  Quantity display;             ///< iceberg: shown part; 0 shows all
  Date expiry;                  ///< GTC: last trading day; 0: the longest allowed
  EntrustmentId entrustment{};  ///< 0: whichever covers it; another than the one that does is refused
  TraderCode trader{};          ///< kept for the record: no rule asks for it
  PACE_FIELDS(NewOrder, principal, instrument, side, order_type, time_in_force, self_trade, post_only, price, quantity,
              display, expiry, entrustment, trader);
};

/// By order id, or by the ClOrdID it was entered with when `order` is 0.
struct CancelOrder {
  PACE_MESSAGE(61, "cancel_order");
  OrderId order;
  ClientId original;
  TraderCode trader{};
  PACE_FIELDS(CancelOrder, order, original, trader);
};
/// `quantity` is the new total quantity of the order (FIX OrderQty), fills included.
struct ReplaceOrder {
  PACE_MESSAGE(62, "replace_order");
  OrderId order;
  ClientId original;
  Price price;
  Quantity quantity;
  TraderCode trader{};
  PACE_FIELDS(ReplaceOrder, order, original, price, quantity, trader);
};
/// Zero or `both` in a field means any.
struct MassCancel {
  PACE_MESSAGE(63, "mass_cancel");
  BrokerId broker;  ///< set by the operator; a broker's own is implied
  AccountId principal;
  InstrumentId instrument;
  Sides side{};
  CancelReason reason{};  ///< mass_cancel, disconnect or operator_action
  PACE_FIELDS(MassCancel, broker, principal, instrument, side, reason);
};

struct PoolShare {
  AccountId principal;
  Quantity quantity;
  PACE_FIELDS(PoolShare, principal, quantity);
};
/// One order for many principals, its quantity the sum of theirs. Each fill is shared by largest remainder on the
/// declared quantities, ties in declared order; limits and holdings are checked per principal. Rulebook 6.
/// Cancelled like any order; not replaced.
struct NewPooledOrder {
  PACE_MESSAGE(64, "new_pooled_order");
  InstrumentId instrument;
  Side side{};
  OrderType order_type{};
  TimeInForce time_in_force{};
  SelfTrade self_trade{};
  bool post_only{};
  Price price;
  Quantity display;
  Date expiry;
  std::vector<PoolShare> split;
  TraderCode trader{};
  PACE_FIELDS(NewPooledOrder, instrument, side, order_type, time_in_force, self_trade, post_only, price, display,
              expiry, split, trader);
};

/// One side's report of a block trade agreed outside the book. It trades when the other side reports the same terms.
/// `agreement` is the reference both sides gave their deal. Rulebook 7.
struct ReportBlock {
  PACE_MESSAGE(65, "report_block");
  AccountId principal;
  InstrumentId instrument;
  Side side{};
  Price price;
  Quantity quantity;
  BrokerId counter_broker;
  Reference agreement;
  PACE_FIELDS(ReportBlock, principal, instrument, side, price, quantity, counter_broker, agreement);
};
/// Takes back a report that has not traded.
struct WithdrawBlock {
  PACE_MESSAGE(66, "withdraw_block");
  BlockId block;
  PACE_FIELDS(WithdrawBlock, block);
};

// --- operator -------------------------------------------------------------------------------------------------------

struct HaltInstrument {
  PACE_MESSAGE(70, "halt_instrument");
  InstrumentId instrument;  ///< 0: all
  Reference reason;
  PACE_FIELDS(HaltInstrument, instrument, reason);
};
struct ResumeInstrument {
  PACE_MESSAGE(71, "resume_instrument");
  InstrumentId instrument;  ///< 0: all
  PACE_FIELDS(ResumeInstrument, instrument);
};
/// The books' answer to a day end. A difference other than 0 blocks the next opening until a later report is clean.
struct ReportReconciliation {
  PACE_MESSAGE(72, "report_reconciliation");
  Date day;
  std::int64_t difference{};  ///< of the first account that differs, in that asset's own unit
  AccountId account;          ///< 0 when there is none
  std::uint64_t accounts_compared{};
  PACE_FIELDS(ReportReconciliation, day, difference, account, accounts_compared);
};

/// The kill switch: while active the member's open orders are gone and nothing that trades is taken from it.
struct SetKillSwitch {
  PACE_MESSAGE(73, "set_kill_switch");
  BrokerId broker;
  bool active{};
  Reference reason;
  PACE_FIELDS(SetKillSwitch, broker, active, reason);
};
/// By the authority only: the trade is undone by an opposite one, fees and commissions returned.
struct BreakTrade {
  PACE_MESSAGE(74, "break_trade");
  TradeId trade;
  Reference reason;
  PACE_FIELDS(BreakTrade, trade, reason);
};

// --- sealed-bid auctions --------------------------------------------------------------------------------------------

/// One seller lists units (a broker, for a principal or itself), or the authority sells from the paid pool or, when the
/// stability rule has triggered, from the reserve. Sealed bids, one price. Rulebook 7.
struct AnnounceAuction {
  PACE_MESSAGE(110, "announce_auction");
  AuctionKind kind{};
  AccountId seller;  ///< one_sided only; else the auction or the reserve account
  InstrumentId instrument;
  Quantity quantity;
  Price reserve_price;  ///< no bid below it wins; 0 for the authority's: the rulebook's volume-weighted price
  Timestamp opens, closes;
  PACE_FIELDS(AnnounceAuction, kind, seller, instrument, quantity, reserve_price, opens, closes);
};
/// Before it closes; every bid is let go.
struct CancelAuction {
  PACE_MESSAGE(111, "cancel_auction");
  AuctionId auction;
  Reference reason;
  PACE_FIELDS(CancelAuction, auction, reason);
};
struct BidAuction {
  PACE_MESSAGE(112, "bid_auction");
  AuctionId auction;
  AccountId principal;
  Price price;
  Quantity quantity;
  PACE_FIELDS(BidAuction, auction, principal, price, quantity);
};
struct WithdrawBid {
  PACE_MESSAGE(113, "withdraw_bid");
  BidId bid;
  PACE_FIELDS(WithdrawBid, bid);
};

// --- emissions ------------------------------------------------------------------------------------------------------

/// kg = round_half_up(quantity * numerator / denominator). Quantity is in thousandths of the unit.
struct RegisterFactor {
  PACE_MESSAGE(80, "register_factor");
  FactorId factor;
  std::uint16_t version{};
  Code methodology;
  std::uint16_t methodology_version{};
  Code activity_unit;
  std::int64_t micro_kg_per_unit{};  ///< exact decimal: kg per unit times 1,000,000
  Date valid_from, valid_to;         ///< both inclusive
  PACE_FIELDS(RegisterFactor, factor, version, methodology, methodology_version, activity_unit, micro_kg_per_unit,
              valid_from, valid_to);
};

/// Sent by a data source; the edge has checked the signature over signing_bytes() (registry/rules/emission.h).
struct SubmitEmission {
  PACE_MESSAGE(81, "submit_emission");
  AccountId principal;
  std::uint32_t source{};
  Code device;
  Date period_from, period_to;    ///< both inclusive, in one year
  std::int64_t activity_milli{};  ///< thousandths of the factor's unit
  FactorId factor;
  std::uint16_t factor_version{};
  Quantity computed;  ///< recomputed on receipt; a mismatch is refused
  std::uint64_t nonce{};
  Bytes64 signature{};
  PACE_FIELDS(SubmitEmission, principal, source, device, period_from, period_to, activity_milli, factor, factor_version,
              computed, nonce, signature);
};
/// Verifier: every provisional record with first <= id <= last becomes verified.
struct VerifyEmissions {
  PACE_MESSAGE(82, "verify_emissions");
  EmissionId first, last;
  PACE_FIELDS(VerifyEmissions, first, last);
};
struct DisputeEmission {
  PACE_MESSAGE(83, "dispute_emission");
  EmissionId record;
  Reference reason;
  PACE_FIELDS(DisputeEmission, record, reason);
};
/// Nothing is edited: a correction is a reversal and a new record.
struct ReverseEmission {
  PACE_MESSAGE(84, "reverse_emission");
  EmissionId record;
  Reference reason;
  PACE_FIELDS(ReverseEmission, record, reason);
};

// --- credits --------------------------------------------------------------------------------------------------------

struct SplitShare {
  AccountId account;
  std::int64_t share{};  ///< any positive weight
  PACE_FIELDS(SplitShare, account, share);
};
/// By a broker, for a pool of principals. Rulebook 5.
struct ApplyCredits {
  PACE_MESSAGE(90, "apply_credits");
  ApplicationId application;
  InstrumentId instrument;
  Quantity quantity;
  std::vector<SplitShare> split;
  PACE_FIELDS(ApplyCredits, application, instrument, quantity, split);
};
/// The verifier's statement.
struct StateCredits {
  PACE_MESSAGE(91, "state_credits");
  ApplicationId application;
  Quantity verified;
  PACE_FIELDS(StateCredits, application, verified);
};
/// The authority approves (issues to the principals by largest remainder) or refuses.
struct DecideCredits {
  PACE_MESSAGE(92, "decide_credits");
  ApplicationId application;
  bool approve{};
  Reference reference;
  PACE_FIELDS(DecideCredits, application, approve, reference);
};

// --- compliance -----------------------------------------------------------------------------------------------------

/// A broker asks, for a principal, to surrender credits against the year's liability. 1 May to 10 June.
struct RequestOffset {
  PACE_MESSAGE(100, "request_offset");
  AccountId principal;
  Year year;
  InstrumentId instrument;
  Quantity quantity;
  PACE_FIELDS(RequestOffset, principal, year, instrument, quantity);
};
/// Grants the requests: 10% of E each, G in total. After 10 June.
struct GrantOffsets {
  PACE_MESSAGE(101, "grant_offsets");
  Year year;
  PACE_FIELDS(GrantOffsets, year);
};
/// Surrender for every principal: granted credits, oldest banked vintage, vintage Y. On 20 June; again in the grace.
struct RunSurrender {
  PACE_MESSAGE(102, "run_surrender");
  Year year;
  PACE_FIELDS(RunSurrender, year);
};
/// End of grace, 20 July: last surrender, shortfalls, penalties, banking. Needs the allocation of year + 1.
struct AssessCompliance {
  PACE_MESSAGE(103, "assess_compliance");
  Year year;
  PACE_FIELDS(AssessCompliance, year);
};

using Command = std::variant<AdvanceTime, ActivateRules, SetHolidays, RegisterBroker, RegisterParty, RegisterProject,
                             ListInstrument, OpenAccount, SetAccountStatus, GrantEntrustment, RevokeEntrustment,
                             DepositCash, WithdrawCash, SetCap, RunAllocation, ReleaseAllocation, NewOrder, CancelOrder,
                             ReplaceOrder, MassCancel, NewPooledOrder, ReportBlock, WithdrawBlock, HaltInstrument,
                             ResumeInstrument, ReportReconciliation, SetKillSwitch, BreakTrade, AnnounceAuction,
                             CancelAuction, BidAuction, WithdrawBid, RegisterFactor, SubmitEmission, VerifyEmissions,
                             DisputeEmission, ReverseEmission, ApplyCredits, StateCredits, DecideCredits, RequestOffset,
                             GrantOffsets, RunSurrender, AssessCompliance>;

/// A command as its sender gave it: who, under which id of theirs, and what.
struct Request {
  Sender sender;
  ClientId request_id;
  Command command;
  bool operator==(const Request&) const = default;
};

/// A command as it stands in the log.
struct StampedCommand {
  Sequence sequence;
  Timestamp time;
  Request request;
  bool operator==(const StampedCommand&) const = default;
};

/// "new_order", …
std::string_view name_of(const Command& command);
std::uint16_t type_of(const Command& command);
/// The role a command belongs to (rulebook 0). Two roles may share one: `also` is then the other.
struct Permission {
  Role role, also;
};
Permission permitted(const Command& command);

}  // namespace pace
