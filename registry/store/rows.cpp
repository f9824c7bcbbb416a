#include "registry/store/rows.h"

#include "engine/message/special_accounts.h"

namespace pace {
namespace {

class Adder {
 public:
  Adder(const Entry& entry, RegistryRows& rows) : entry_(entry), rows_(rows) {}

  void on(const OpenAccount& c) { rows_.accounts[c.account] = {.opened = c, .sequence = entry_.sequence()}; }
  void on(const RegisterBroker& c) {
    rows_.brokers.push_back(c);
    on(OpenAccount{.account = c.own_account, .kind = AccountKind::broker_own});
  }
  void on(const SetAccountStatus& c) {
    if (const auto fresh = rows_.accounts.find(c.account); fresh != rows_.accounts.end()) {
      fresh->second.status = c.status;
      fresh->second.reference = c.reference;
      fresh->second.expiry = c.expiry;
    } else {
      rows_.account_changes[c.account] = c;
    }
  }
  void on(const RegisterParty& c) { rows_.parties.push_back(c); }
  void on(const RegisterProject& c) { rows_.projects.push_back(c); }
  void on(const ListInstrument& c) { rows_.instruments.push_back(c); }
  void on(const GrantEntrustment& c) {
    rows_.entrustments[c.entrustment] = {.granted = c, .sequence = entry_.sequence()};
  }
  void on(const RevokeEntrustment& c) {
    if (const auto fresh = rows_.entrustments.find(c.entrustment); fresh != rows_.entrustments.end()) {
      fresh->second.revoked = entry_.sequence();
    } else {
      rows_.revocations[c.entrustment] = entry_.sequence();
    }
  }
  void on(const SetCap& c) { rows_.caps.push_back(c); }
  void on(const RegisterFactor& c) { rows_.factors.push_back(c); }
  void on(const ApplyCredits& c) {
    rows_.applications[c.application] = {.applied = c,
                                         .broker = BrokerId(entry_.stamped.request.sender.number),
                                         .status = ApplicationStatus::applied,
                                         .sequence = entry_.sequence()};
  }
  void on(const StateCredits& c) {
    change(c.application, [&](auto& row) {
      row.verified = c.verified;
      row.status = ApplicationStatus::stated;
    });
  }
  void on(const DecideCredits& c) {
    change(c.application, [&](auto& row) {
      row.status = c.approve ? ApplicationStatus::issued : ApplicationStatus::refused;
      row.reference = c.reference;
    });
  }

  void on(const Trade& e) { flow(e.instrument, e.sell.account, e.buy.account, e.quantity); }
  void on(const UnitsIssued& e) { flow(e.instrument, {}, e.account, e.quantity); }
  void on(const UnitsSurrendered& e) { flow(e.instrument, e.account, surrender_account, e.quantity); }
  void on(const UnitsCancelled& e) { flow(e.instrument, e.account, cancellation_account, e.quantity); }
  void on(const AllocationComputed& e) { rows_.runs.push_back({entry_.sequence(), e}); }
  void on(const AllowanceAllocated& e) { rows_.allocations.push_back(e); }
  void on(const EmissionRecorded& e) {
    if (const auto* submitted = std::get_if<SubmitEmission>(&entry_.stamped.request.command))
      rows_.emissions[e.record] = {e, *submitted, entry_.sequence()};
  }
  void on(const EmissionStateChanged& e) {
    rows_.emission_states.push_back({entry_.sequence(), e});
    if (const auto fresh = rows_.emissions.find(e.record); fresh != rows_.emissions.end()) {
      fresh->second.recorded.status = e.status;
    } else {
      rows_.emission_changes[e.record] = e.status;
    }
  }
  void on(const OffsetGranted& e) { rows_.offsets.push_back({entry_.sequence(), e}); }
  void on(const ComplianceAssessed& e) {
    rows_.compliance[{e.principal, e.year}] = {.result = e, .owed = e.surcharge, .sequence = entry_.sequence()};
  }
  void on(const SurchargeCollected& e) {
    const auto fresh = rows_.compliance.find({e.principal, e.year});
    if (fresh == rows_.compliance.end()) {
      Collected& before = rows_.collections[{e.principal, e.year}];
      before = {before.collected + e.collected, e.owed};
    } else {
      fresh->second.collected += e.collected;
      fresh->second.owed = e.owed;
    }
  }
  template <class Other>
  void on(const Other&) {}  // orders, prices, money: the market's and the books' matter

 private:
  void flow(InstrumentId instrument, AccountId from, AccountId to, Quantity quantity) {
    rows_.flows.push_back({entry_.sequence(), instrument, from, to, quantity});
  }
  /// A statement and a decision on one application may stand in one batch, or each in its own.
  template <class Change>
  void change(ApplicationId application, Change apply) {
    if (const auto fresh = rows_.applications.find(application); fresh != rows_.applications.end()) {
      apply(fresh->second);
    } else {
      apply(rows_.application_changes[application]);
    }
  }

  const Entry& entry_;
  RegistryRows& rows_;
};

}  // namespace

void add_rows(const Entry& entry, RegistryRows& rows) {
  Adder adder(entry, rows);
  const auto add = [&](const auto& body) { adder.on(body); };
  if (entry.outcome.accepted() && !entry.repeats) std::visit(add, entry.stamped.request.command);
  // Events of a refused command are what time passing with it did: they count.
  for (const Event& event : entry.events) std::visit(add, event);
}

}  // namespace pace
