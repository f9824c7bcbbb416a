// The rulebook's arithmetic, checked again from the log: allocation to the kilogram, verified emissions, compliance and
// penalties. What does not hold becomes a breach of the state. Thread rule: one thread.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "registry/audit/state.h"

namespace pace::audit {

class RuleChecks {
 public:
  explicit RuleChecks(State& state) : state_(state) {}

  void on(Sequence at, const AllocationComputed& run);
  void on(Sequence at, const AllowanceAllocated& share);
  void on(Sequence at, const EmissionStateChanged& change);
  void on(Sequence at, const UnitsSurrendered& units);
  void on(Sequence at, const ComplianceAssessed& result);
  /// After the last event of an accepted command.
  void after_command(const Entry& entry);

  /// kg verified for this principal and year so far.
  [[nodiscard]] Quantity verified(AccountId principal, Year year) const;

 private:
  using PersonYear = std::pair<AccountId, Year>;
  void check_allocation(Sequence at);
  void check_penalty(Sequence at, const ComplianceAssessed& result);
  void expect(Sequence at, bool holds, AccountId account, const char* what);

  State& state_;
  AllocationComputed run_;
  std::vector<AllowanceAllocated> shares_;             // of the run being read
  std::map<PersonYear, Quantity> allocated_;           // by holder
  std::map<Year, Price> prices_;                       // P of the surcharge
  std::map<PersonYear, Quantity> verified_, highest_;  // verified now, and the most it ever was
  std::set<AccountId> debtors_;                        // whoever had a compliance debt
  std::map<EmissionId, EmissionStatus> statuses_;
  std::map<PersonYear, Quantity> surrendered_;
};

}  // namespace pace::audit
