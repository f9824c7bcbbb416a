// Rows of the CSV tables from the entries of the log, one after the other: the export writes them, verification
// compares them, so both read the log by the same rules. Along the way everything is added up again (state.h) and the
// rules of the rulebook are checked (rule_checks.h). Thread rule: one thread.
#pragma once

#include <map>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "registry/audit/plausible.h"
#include "registry/audit/rule_checks.h"
#include "registry/audit/state.h"
#include "registry/audit/table.h"

namespace pace::audit {

class Derivation {
 public:
  explicit Derivation(RowSink& sink) : row_(sink) {}

  /// REQUIRES: the entries come in order of sequence.
  void add(const Entry& entry);
  /// The tables that are snapshots at the end, and the sums.
  void finish();

  [[nodiscard]] const State& state() const { return state_; }

 private:
  struct DayFigures {
    std::int64_t trades{};
    Quantity volume;
    Cash value;
    Price reference, lower, upper, open, close;
    std::map<Price, Quantity> at;  ///< what stands traded at each price
  };
  struct FeeFigures {
    std::int64_t fills{};
    Cash value, fee, commission;
  };
  using FactorKey = std::pair<FactorId, std::uint16_t>;

  /// The event's effects, unless its figures are beyond reason.
  template <class E>
  void take(const E& event);

  // What one command says itself.
  void on_reject(const Entry& entry);
  void on_command(const Entry& entry);
  void on_rules(const ActivateRules& rules);

  // What the events say.
  void on(const OrderAccepted& event);
  void on(const OrderCancelled& event);
  void on(const OrderReplaced& event);
  void on(const Trade& event);
  void on(const TradeBroken& event);
  void on(const BlockReported& event);
  void on(const BlockWithdrawn& event);
  void on(const BlockPublished& event);
  void on(const AuctionAnnounced& event);
  void on(const AuctionClosed& event);
  void on(const BidAccepted& event);
  void on(const BidWithdrawn& event);
  void on(const InstrumentStateChanged& event);
  void on(const LimitAlert& event);
  void on(const LargeHolder& event);
  void on(const KillSwitchSet& event);
  void on(const StabilityTriggered& event);
  void on(const ReferencePriceSet& event);
  void on(const TradingDayStarted& event);
  void on(const UnitsIssued& event);
  void on(const UnitsSurrendered& event);
  void on(const UnitsCancelled& event);
  void on(const AllocationComputed& event);
  void on(const AllowanceAllocated& event);
  void on(const EmissionRecorded& event);
  void on(const EmissionStateChanged& event);
  void on(const OffsetGranted& event);
  void on(const ComplianceAssessed& event);
  void on(const SurchargeCollected& event);
  template <class E>
  void on(const E&) {}  // states of the session: log.jsonl alone has them

  RowBuilder& begin(Table table);
  // Outside the book, and what was told or flagged (derivation_market.cpp).
  void pool_shares(const OrderAccepted& order);
  void block_row(std::string_view event, const BlockReported& report, TradeId trade, std::string_view reason);
  void block_traded(const Trade& trade);
  void bids_won(AuctionId auction);
  void bid_row(std::string_view event, const BidAccepted& bid, Price price, Quantity quantity, TradeId trade,
               std::string_view reason);
  void flag_own_trade(const Trade& trade);
  RowBuilder& alert(std::string_view name, std::string_view rule, InstrumentId instrument);
  void transfer(std::string_view kind, InstrumentId instrument, AccountId from, AccountId to, Quantity quantity,
                std::string_view reference);
  void money(std::string_view kind, BrokerId broker, AccountId account, Cash amount);
  void emission_row(EmissionId record, EmissionStatus status, Year year, Quantity verified_total);
  DayFigures& day_of(InstrumentId instrument);
  void pay_commission(const TradeSide& side);
  void count_fee(const TradeSide& side, std::int64_t sign, Cash value);
  [[nodiscard]] std::string corrected() const;
  [[nodiscard]] std::string trader(BrokerId broker, const ClientId& request_id) const;

  void finish_market();
  void finish_register();

  RowBuilder row_;
  State state_;
  RuleChecks checks_{state_};
  Plausible plausible_;
  const Entry* entry_ = nullptr;  // the one being added
  Date day_;                      // of trading
  std::string version_;           // of the rulebook
  std::map<std::pair<Date, InstrumentId>, DayFigures> days_;
  std::map<std::pair<Date, BrokerId>, FeeFigures> fees_;
  std::map<BrokerId, AccountId> members_;                                  // their own accounts
  std::map<BlockId, BlockReported> reports_;                               // that wait for the other side
  std::map<std::tuple<AuctionId, BrokerId, ClientId>, BidAccepted> bids_;  // that stand
  std::vector<Trade> won_;                                                 // of the auction that is closing
  std::map<FactorKey, RegisterFactor> factors_;
  std::unordered_map<EmissionId, SubmitEmission> emissions_;
};

}  // namespace pace::audit
