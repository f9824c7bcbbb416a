// The register as a state machine: accounts, members, instruments, mandates, emission records, caps, allocation,
// credits and the compliance cycle. It owns title's rules and moves units and surcharges in the ledger; orders are the
// market's. Every apply() checks the whole command first and then changes state: a reject needs no rollback. The frame
// has checked the envelope (role, request id); role-bound numbers (which broker, which source) are checked here.
// Invariants: AccountIndex is the order of opening, the same as in the ledger, special accounts (special_accounts.h)
// first; per vintage issued <= cap. check() asserts them. Thread rule: owned by the exchange's thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/divide.h"
#include "engine/exchange/exchange.h"
#include "engine/exchange/record_index.h"
#include "engine/exchange/registrar_records.h"
#include "registry/rules/rulebook.h"
#include "settlement/ledger/ledger.h"

namespace pace {

/// Who sends the command, and when.
struct Occasion {
  Sender sender;
  Timestamp time;
  [[nodiscard]] Date today() const { return local_date(time); }
};

struct Penalty;

class Registrar {
 public:
  /// Opens the special accounts, here and in the ledger. REQUIRES: the ledger is empty and outlives this.
  Registrar(const Capacity& capacity, Ledger& ledger);
  Registrar(const Registrar&) = delete;  // instruments point into the years
  Registrar& operator=(const Registrar&) = delete;

  // --- what the market reads ----------------------------------------------------------------------------------------

  [[nodiscard]] const Rulebook& rules() const { return rules_; }
  [[nodiscard]] Code rules_version() const { return rules_version_; }
  /// Without a legal basis the market runs in pilot mode.
  [[nodiscard]] const std::string& legal_basis() const { return legal_basis_; }

  /// no_account when there is none (malformed numbers included). O(1).
  [[nodiscard]] AccountIndex find(AccountId id) const;
  /// The same; false when there is none.
  [[nodiscard]] bool locate(AccountId id, AccountIndex& index) const;
  /// accepted and `index` set, or unknown_account / account_number_malformed.
  [[nodiscard]] Outcome find(AccountId id, AccountIndex& index) const;
  /// For a look ahead: fetches where an account stands; where it is, not checked whether its number is; its record.
  void fetch(AccountId id) const { __builtin_prefetch(by_serial_.data() + hundredth(id.raw())); }
  [[nodiscard]] AccountIndex fetched(AccountId id) const {
    const std::uint32_t* const cell = by_serial_.data() + hundredth(id.raw());
    return cell < by_serial_.data() + by_serial_.size() ? AccountIndex(*cell) : no_account;
  }
  /// REQUIRES: both exist.
  void fetch(AccountIndex index, InstrumentId instrument) const {
    __builtin_prefetch(&traders_[index.raw()]);
    const YearState* const vintage = vintages_[instrument.raw() - 1];
    if (const YearState* const year = vintage != nullptr ? vintage : latest_allocated_)
      __builtin_prefetch(year->accounts.data() + index.raw());
  }
  [[nodiscard]] const Account& account(AccountIndex index) const { return accounts_[index.raw()]; }
  [[nodiscard]] std::size_t accounts() const { return accounts_.size(); }
  /// The status in force: an expired one is open again.
  [[nodiscard]] AccountStatus status(AccountIndex index, Date today) const;
  /// May the account trade on this side? Rejects account_frozen, account_surrender_only, account_closed,
  /// wrong_account_kind (only persons and members' own accounts trade), selling_frozen.
  [[nodiscard]] Outcome check_trading(AccountIndex index, Side side, Date today) const;

  /// nullptr when there is none.
  [[nodiscard]] const Broker* broker(BrokerId id) const;
  [[nodiscard]] const std::vector<Broker>& brokers() const { return brokers_; }  ///< by id
  /// The kill switch is set against this member. One branch while it is set against nobody.
  [[nodiscard]] bool suspended(BrokerId id) const { return suspended_ != 0 && broker(id)->suspended; }
  [[nodiscard]] const Party* party(Sender id) const;
  [[nodiscard]] const std::vector<Party>& parties() const { return parties_; }  ///< by role and number
  [[nodiscard]] const Instrument* instrument(InstrumentId id) const;
  /// Instrument n stands at n - 1.
  [[nodiscard]] const std::vector<Instrument>& instruments() const { return instruments_; }

  /// The principal's mandate in force for this order, newest first; rejects 301, 303 to 307. A market order is checked
  /// with the price it is bounded by. `found` stays valid until the next command of the register.
  [[nodiscard]] Outcome check_entrustment(AccountIndex principal, BrokerId broker, InstrumentKind kind, Side side,
                                          Price price, Quantity quantity, Date today, const Entrustment*& found) const;
  /// The total limit counts open and filled quantity: use on acceptance (and for a replacement's increase), give back
  /// what is cancelled, expired or reduced unfilled. Both do nothing for entrustment 0.
  void use_entrustment(AccountIndex principal, EntrustmentId id, Quantity quantity);
  void give_back_entrustment(AccountIndex principal, EntrustmentId id, Quantity quantity);
  /// The same for the mandate in a slot; for 0, a member's own account, nothing.
  void use_mandate(AccountIndex principal, std::uint32_t slot, Quantity quantity);
  void give_back_mandate(AccountIndex principal, std::uint32_t slot, Quantity quantity);
  [[nodiscard]] const Trader& trader(AccountIndex account) const { return traders_[account.raw()]; }
  /// What is left of its mandate may be changed, nothing else.
  [[nodiscard]] Trader& trader(AccountIndex account) { return traders_[account.raw()]; }
  /// What is left of a total limit; Quantity::max() without one. REQUIRES: the entrustment exists.
  [[nodiscard]] Quantity entrustment_left(EntrustmentId id) const;
  [[nodiscard]] const Entrustment* entrustment(EntrustmentId id) const;
  [[nodiscard]] std::size_t mandates() const { return entrustments_.size(); }
  /// A mandate's place in the register, which never changes: from 1. REQUIRES: the entrustment exists.
  [[nodiscard]] std::uint32_t mandate_slot(EntrustmentId id) const;
  /// The same for one of the principal's, found without a hash when it is its newest.
  [[nodiscard]] std::uint32_t mandate_slot(AccountIndex principal, EntrustmentId id) const {
    const Trader& t = trader(principal);
    return t.entrustment == id ? t.mandate : mandate_slot(id);
  }
  [[nodiscard]] std::uint32_t slot_of(const Entrustment& mandate) const {
    return static_cast<std::uint32_t>(&mandate - entrustments_.data()) + 1;
  }
  [[nodiscard]] const Entrustment& mandate_at(std::uint32_t slot) const { return entrustments_[slot - 1]; }
  [[nodiscard]] Quantity mandate_left(const Entrustment& mandate) const;

  /// Allocated units that may not be sold yet (rulebook 3), from A_i and the parts released so far; 0 for credits. Of a
  /// holder of several allocations (its own and its wards') it is taken over their sum. Sellable is at most
  /// holding.total - holding.held - holding.locked(today) - unreleased, not below 0.
  [[nodiscard]] Quantity unreleased(AccountIndex account, InstrumentId instrument) const;

  /// Rulebook 7: the most this account may hold of one instrument. Quantity::max() while the vintage has no allocation
  /// (there is nothing to measure by) and for special accounts.
  [[nodiscard]] Quantity position_limit(AccountIndex account, InstrumentId instrument) const;
  /// position <= position_limit(), found out at less cost.
  [[nodiscard]] bool within_position_limit(AccountIndex account, InstrumentId instrument, Quantity position) const;
  /// Whether a position reaches the share of its limit that makes a large holder.
  [[nodiscard]] bool is_large(AccountIndex account, InstrumentId instrument, Quantity position) const;
  /// Enough to know that a person's position is within its limit and no large holder's; false says nothing.
  [[nodiscard]] bool far_below_limit(AccountIndex person, InstrumentId instrument, Quantity position) const;
  /// What the holder was allocated in a year.
  [[nodiscard]] Quantity allocated(AccountIndex account, Year year) const;
  /// Verified kilograms of years not assessed, less what was surrendered, plus the debt carried.
  [[nodiscard]] Quantity outstanding_liability(AccountIndex account) const;
  [[nodiscard]] Debt debt(AccountIndex account) const;
  /// Nothing for years without cap and listing.
  [[nodiscard]] const YearState* year(Year year) const;

  /// Room for the figures of every account and of one more day, so that note_trade asks for no memory. The market calls
  /// it as a day starts.
  void make_room();
  // --- what automatic orders go by (registrar_need.cpp) -----------------------------------------------------------

  /// The first account from this place on that was ever given an automatic mandate; no_account: none.
  [[nodiscard]] AccountIndex next_automatic(AccountIndex from) const;
  /// The newest mandate in force that covers the kind; nullptr: none.
  [[nodiscard]] const Entrustment* mandate_in_force(AccountIndex principal, InstrumentKind kind, Date today) const;
  /// What the year will need to be surrendered yet, by its emissions as projected; nothing when nothing is on record.
  [[nodiscard]] std::optional<Quantity> projected_need(AccountIndex account, Year year) const;
  /// The same with what years before still need, and debt. Nothing when nothing is on record for the year itself.
  [[nodiscard]] std::optional<Quantity> projected_need_to(AccountIndex account, Year year) const;
  /// Allowances that can be surrendered for the year: of its vintage and older, released and not held for an order.
  [[nodiscard]] Quantity units_for(AccountIndex account, Year year) const;
  /// Credits that count against `need`: what is granted, or before the grant what is asked for within the person's
  /// limit. REQUIRES: the year exists.
  [[nodiscard]] Quantity credits_for(AccountIndex account, Year year, Quantity need) const;
  /// Parts of all allocations released so far: it rises with each release.
  [[nodiscard]] std::uint64_t parts_released() const;
  /// The latest year released that is not assessed; nullptr: none.
  [[nodiscard]] const YearState* latest_released() const;
  /// The year whose surrender is near: from auto_comply_days before its day to the end of grace. nullptr: none.
  [[nodiscard]] const YearState* year_to_comply(Date today) const;

  /// A trade that counts for prices (no block): day figures and net sales of the vintage.
  void note_trade(InstrumentId instrument, Date day, Quantity quantity, Cash value, AccountIndex buyer,
                  AccountIndex seller);
  /// A trade that does not make prices (a block, a sealed-bid auction): net sales of the vintage alone.
  void note_delivery(InstrumentId instrument, Quantity quantity, AccountIndex buyer, AccountIndex seller);
  /// A trade of the newest day that traded is broken: it leaves that day's figures.
  void uncount_trade(InstrumentId instrument, Quantity quantity, Cash value);
  /// What note_trade was told of over [from, to).
  [[nodiscard]] DayVolume traded(InstrumentId instrument, Date from, Date to) const;
  /// Volume-weighted price of an instrument over [from, to), rounded half up; nothing when it did not trade.
  [[nodiscard]] std::optional<Price> average_price(InstrumentId instrument, Date from, Date to) const;

  // --- commands of the register -------------------------------------------------------------------------------------

  Outcome apply(const ActivateRules& c, const Occasion& at, EventBuffer& events);
  Outcome apply(const RegisterBroker& c, const Occasion& at, EventBuffer& events);
  /// The market cancels what a suspended member has open. Setting it twice is no error and no event.
  Outcome apply(const SetKillSwitch& c, const Occasion& at, EventBuffer& events);
  Outcome apply(const RegisterParty& c, const Occasion& at, EventBuffer& events);
  Outcome apply(const RegisterProject& c, const Occasion& at, EventBuffer& events);
  Outcome apply(const ListInstrument& c, const Occasion& at, EventBuffer& events);
  Outcome apply(const OpenAccount& c, const Occasion& at, EventBuffer& events);
  /// Open orders stay: the market cancels those of an account that may no longer trade.
  Outcome apply(const SetAccountStatus& c, const Occasion& at, EventBuffer& events);
  Outcome apply(const GrantEntrustment& c, const Occasion& at, EventBuffer& events);
  /// The market cancels the principal's open orders under it.
  Outcome apply(const RevokeEntrustment& c, const Occasion& at, EventBuffer& events);
  Outcome apply(const DepositCash& c, const Occasion& at, EventBuffer& events);
  Outcome apply(const WithdrawCash& c, const Occasion& at, EventBuffer& events);
  Outcome apply(const SetCap& c, const Occasion& at, EventBuffer& events);
  Outcome apply(const RunAllocation& c, const Occasion& at, EventBuffer& events);
  Outcome apply(const ReleaseAllocation& c, const Occasion& at, EventBuffer& events);
  Outcome apply(const RegisterFactor& c, const Occasion& at, EventBuffer& events);
  Outcome apply(const SubmitEmission& c, const Occasion& at, EventBuffer& events);
  Outcome apply(const VerifyEmissions& c, const Occasion& at, EventBuffer& events);
  Outcome apply(const DisputeEmission& c, const Occasion& at, EventBuffer& events);
  Outcome apply(const ReverseEmission& c, const Occasion& at, EventBuffer& events);
  Outcome apply(const ApplyCredits& c, const Occasion& at, EventBuffer& events);
  Outcome apply(const StateCredits& c, const Occasion& at, EventBuffer& events);
  Outcome apply(const DecideCredits& c, const Occasion& at, EventBuffer& events);
  Outcome apply(const RequestOffset& c, const Occasion& at, EventBuffer& events);
  Outcome apply(const GrantOffsets& c, const Occasion& at, EventBuffer& events);
  Outcome apply(const RunSurrender& c, const Occasion& at, EventBuffer& events);
  /// Whether the step may be taken now.
  [[nodiscard]] Outcome check(const AssessCompliance& c, const Occasion& at) const {
    return check_assessment(c.year, at.today());
  }
  Outcome apply(const AssessCompliance& c, const Occasion& at, EventBuffer& events);

  // --- time, proof, storage -----------------------------------------------------------------------------------------

  /// The next weekly release; Timestamp::max(): none is authorised.
  [[nodiscard]] Timestamp next_due() const;
  /// Everything due at or before `now`, in order of time.
  void due(Timestamp now, EventBuffer& events);

  void check() const;
  void save(ByteWriter& out) const;
  /// Replaces everything; load the ledger as well. False when the bytes are not a register's: it is then unusable.
  [[nodiscard]] bool load(ByteReader& in);

 private:
  // accounts
  [[nodiscard]] Outcome not_found(AccountId id) const;
  [[nodiscard]] Outcome check_standing(AccountIndex index, Side side, Date today) const;
  [[nodiscard]] Outcome check_new_account(AccountId id) const;
  AccountIndex open(const Account& account);
  [[nodiscard]] Outcome check_money(BrokerId broker, AccountId id, Cash amount, AccountIndex& index) const;
  [[nodiscard]] Quantity free_units(AccountIndex account, InstrumentId instrument) const;
  [[nodiscard]] const Project* project(ProjectId id) const;
  [[nodiscard]] AccountIndex holder_of(AccountIndex account) const;
  [[nodiscard]] bool reaches_share(AccountIndex account, InstrumentId instrument, Quantity position) const;
  void count_suspended();
  // mandates
  [[nodiscard]] Entrustment* mandate(EntrustmentId id);
  void use_older_mandate(std::uint32_t slot, Quantity quantity);
  void give_back_older_mandate(std::uint32_t slot, Quantity quantity);
  /// Its trader's line, from the account and its newest mandate. What is left of the mandate stays.
  void renew(AccountIndex account);
  [[nodiscard]] Trader trader_of(AccountIndex account) const;
  [[nodiscard]] Quantity used(const Entrustment& mandate) const;
  void index_mandate(std::uint32_t slot);
  void mark_automatic(AccountIndex principal);
  [[nodiscard]] Outcome check_terms(const GrantEntrustment& c, Date today) const;
  [[nodiscard]] Outcome check_rivals(const GrantEntrustment& c, AccountIndex principal, Date today) const;
  /// Any mandate in force: enough to be given credits. To surrender them it must cover credits.
  [[nodiscard]] bool entrusts(AccountIndex principal, BrokerId broker, Date today) const;
  [[nodiscard]] bool entrusts_credits(AccountIndex principal, BrokerId broker, Date today) const;
  // years and allocation
  YearState& open_year(Year year);
  AccountYear& account_year(YearState& year, AccountIndex account);
  [[nodiscard]] const AccountYear& account_year(const YearState& year, AccountIndex account) const;
  [[nodiscard]] YearState* find_year(Year year);
  [[nodiscard]] std::vector<AccountIndex> weighted_accounts(Date today) const;
  void issue(AccountIndex to, InstrumentId instrument, Quantity quantity, EventBuffer& events);
  void allocate_to(YearState& year, AccountIndex account, Quantity quantity, EventBuffer& events);
  void release_part(YearState& year, EventBuffer& events);
  [[nodiscard]] static Quantity unreleased_of(const YearState& year, const AccountYear& account);
  static void set_unreleased(YearState& year);
  void set_latest_allocated();
  [[nodiscard]] Timestamp next_release(const YearState& year) const;
  // emissions
  [[nodiscard]] Outcome check_emission(const SubmitEmission& c, const Occasion& at, AccountIndex& principal) const;
  [[nodiscard]] Outcome check_period(const SubmitEmission& c, Date today) const;
  [[nodiscard]] Outcome check_duplicate(const SubmitEmission& c) const;
  [[nodiscard]] Outcome check_computed(const SubmitEmission& c) const;
  void put_on_record(const EmissionRecord& record);
  void change_emission(EmissionId id, EmissionStatus to, EventBuffer& events);
  [[nodiscard]] Outcome check_open_record(EmissionId id) const;
  void index_record(std::uint32_t slot);
  // credits
  [[nodiscard]] Outcome check_split(const ApplyCredits& c, BrokerId broker, Date today) const;
  void issue_credits(const Application& application, EventBuffer& events);
  // compliance
  [[nodiscard]] Outcome check_step(Year of, Date due, Date today) const;
  [[nodiscard]] std::vector<Quantity> countable_offsets(const YearState& year) const;
  void set_debt(AccountIndex account, const Debt& debt);
  Quantity surrender_units(AccountIndex account, InstrumentId instrument, Quantity most, Year year,
                           EventBuffer& events);
  [[nodiscard]] Quantity granted_credits(const YearState& year, AccountIndex account) const;
  void surrender_credits(YearState& year, AccountIndex account, Quantity quantity, EventBuffer& events);
  [[nodiscard]] Quantity banked_units(AccountIndex account, Year before) const;
  Quantity surrender_banked(AccountIndex account, Year before, Quantity most, Year year, EventBuffer& events);
  Quantity surrender_for_year(YearState& year, AccountIndex account, EventBuffer& events);
  Quantity surrender_for_debt(const YearState& year, AccountIndex account, Quantity kept, Year run,
                              EventBuffer& events);
  void surrender_all(YearState& year, ComplianceStepDone& done, EventBuffer& events);
  void collect_debts(const YearState& next, ComplianceStepDone& done, EventBuffer& events);
  [[nodiscard]] Outcome check_assessment(Year of, Date today) const;
  [[nodiscard]] bool concerned(const YearState& year, AccountIndex account) const;
  void assess_one(YearState& year, YearState& next, AccountIndex account, Price price, ComplianceStepDone& done,
                  EventBuffer& events);
  Quantity penalise(YearState& next, AccountIndex account, const Penalty& penalty, EventBuffer& events);
  Quantity cancel_not_banked(const YearState& year, AccountIndex account, EventBuffer& events);
  Quantity cancel_units(AccountIndex account, InstrumentId instrument, Quantity most, CancellationReason reason,
                        EventBuffer& events);
  void collect_surcharge(AccountIndex account, Year year, Cash surcharge, EventBuffer& events);
  [[nodiscard]] Price surcharge_price(const YearState& year) const;
  // storage
  [[nodiscard]] bool references_hold() const;
  [[nodiscard]] bool rebuild_indexes();
  void check_year(const YearState& year) const;

  Capacity capacity_;
  Ledger& ledger_;
  Rulebook rules_;
  Code rules_version_;
  std::string legal_basis_;
  std::vector<Account> accounts_;
  std::vector<std::uint32_t> by_serial_;  ///< AccountIndex by serial; 0: none but the first of all
  std::vector<Broker> brokers_;
  std::uint32_t suspended_ = 0;  ///< of them, by the kill switch
  std::vector<Party> parties_;
  std::vector<Project> projects_;  ///< by id
  std::vector<Instrument> instruments_;
  std::vector<YearState*> vintages_;             ///< by instrument - 1; nullptr for credits
  const YearState* latest_allocated_ = nullptr;  ///< credits are measured by it
  std::vector<std::vector<DayVolume>> volumes_;  ///< by instrument - 1; days rise
  std::vector<Entrustment> entrustments_;        ///< in order of granting
  std::vector<Trader> traders_;                  ///< by AccountIndex
  std::vector<std::uint64_t> automatic_;         ///< a bit by AccountIndex: was given an automatic mandate
  RecordIndex mandate_index_;                    ///< by EntrustmentId
  std::map<std::pair<FactorId, std::uint16_t>, Factor> factors_;
  std::vector<EmissionRecord> emissions_;  ///< EmissionId n stands at n - 1
  RecordIndex emission_periods_;           ///< by source, device, period: the record that stands
  RecordIndex emission_nonces_;            ///< by source, nonce
  std::map<ApplicationId, Application> applications_;
  std::map<Year, YearState> years_;
  std::map<AccountIndex, Debt> debts_;
  Year base_year_;  ///< of the cap path; 0 before the first cap
};

}  // namespace pace

#include "engine/exchange/registrar_impl.h"
