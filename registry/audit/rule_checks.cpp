#include "registry/audit/rule_checks.h"

#include <algorithm>

#include "registry/rules/allocation.h"
#include "registry/rules/compliance.h"

namespace pace::audit {

void RuleChecks::expect(Sequence at, bool holds, AccountId account, const char* what) {
  if (!holds) state_.breach(at, "account " + std::to_string(account.raw()) + ": " + what);
}

void RuleChecks::on(Sequence, const AllocationComputed& run) {
  run_ = run;
  shares_.clear();
}

void RuleChecks::on(Sequence, const AllowanceAllocated& share) {
  shares_.push_back(share);
}

void RuleChecks::after_command(const Entry& entry) {
  if (std::holds_alternative<RunAllocation>(entry.stamped.request.command)) check_allocation(entry.sequence());
}

/// The run again from its weights: every share to the kilogram, ties by the rulebook's hash.
void RuleChecks::check_allocation(Sequence at) {
  std::vector<std::int64_t> weights;
  std::int64_t sum = 0;
  for (const AllowanceAllocated& share : shares_) {
    weights.push_back(share.weight.raw());
    sum += share.weight.raw();
  }
  if (sum != run_.weight_sum || shares_.size() != run_.accounts || sum == 0)
    return state_.breach(
        at, "the allocation's weights do not sum to the run's " + std::to_string(run_.weight_sum) + " thousandths");
  const auto number = [&](std::uint32_t i) { return std::to_string(shares_[i].account.raw()); };
  const std::vector<Quantity> again = allocate(run_.free_pool, run_.year, weights, number);
  for (std::size_t i = 0; i < again.size(); ++i) {
    expect(at, again[i] == shares_[i].quantity, shares_[i].account, "the allocation is not what its weight gives");
    allocated_[{shares_[i].holder, run_.year}] += shares_[i].quantity;
  }
}

void RuleChecks::on(Sequence at, const EmissionStateChanged& change) {
  EmissionStatus& status = statuses_[change.record];
  Quantity& total = verified_[{change.principal, change.year}];
  if (status == EmissionStatus::verified) total -= change.kg;
  if (change.status == EmissionStatus::verified) total += change.kg;
  status = change.status;
  Quantity& highest = highest_[{change.principal, change.year}];
  highest = std::max(highest, total);
  expect(at, total == change.verified_total, change.principal,
         "the verified total is not the sum of its verified records");
}

Quantity RuleChecks::verified(AccountId principal, Year year) const {
  const auto found = verified_.find({principal, year});
  return found == verified_.end() ? Quantity{} : found->second;
}

void RuleChecks::on(Sequence, const UnitsSurrendered& units) {
  surrendered_[{units.account, units.year}] += units.quantity;
}

void RuleChecks::on(Sequence at, const ComplianceAssessed& r) {
  const Quantity given = r.from_credits + r.from_banked + r.from_vintage;
  expect(at, r.liability == verified(r.principal, r.year), r.principal,
         "the liability is not the verified total of the year");
  expect(at, r.shortfall == std::max(r.liability - given, Quantity{}), r.principal,
         "the shortfall is not liability minus surrendered");
  // A record reversed after the surrender lowers E below what was counted then: the highest E is the bound.
  const auto highest = highest_.find({r.principal, r.year});
  const Quantity most = highest == highest_.end() ? Quantity{} : highest->second;
  expect(at, r.from_credits <= offset_limit(most, state_.rules()), r.principal,
         "more credits were counted than the offset limit per person");
  const auto moved = surrendered_.find({r.principal, r.year});
  expect(at, given == Quantity{} || (moved != surrendered_.end() && moved->second >= given), r.principal,
         "less was surrendered than the result counts");
  const bool short_of = r.shortfall > Quantity{} || r.debt > Quantity{};
  expect(at,
         r.status == ComplianceStatus::A   ? !short_of
         : r.status == ComplianceStatus::B ? short_of
                                           : r.shortfall == Quantity{},
         r.principal, "the status does not follow from shortfall and debt");
  check_penalty(at, r);
}

void RuleChecks::check_penalty(Sequence at, const ComplianceAssessed& r) {
  const Rulebook& rules = state_.rules();
  const auto next = allocated_.find({r.principal, Year(r.year.raw() + 1)});
  const Quantity next_allocation = next == allocated_.end() ? Quantity{} : next->second;
  // P stands in no event: the first result below the limit shows it, and all others must follow from the same. Where
  // the factor's rounding could hide a fen of it, the result shows nothing.
  const std::int64_t k = rules.surcharge_permille;
  const bool below_limit = r.shortfall > Quantity{} && r.surcharge.raw() < rules.surcharge_cap_milli_fen && k > 0;
  if (below_limit && (k % 1000 == 0 || r.shortfall.raw() > 1000 / k))
    prices_.try_emplace(r.year, muldiv_half_up(muldiv_half_up(r.surcharge.raw(), 1000, k), 1, r.shortfall.raw()));
  const auto price = prices_.find(r.year);
  const Penalty due = penalty_of(r.shortfall, next_allocation, price == prices_.end() ? Price{} : price->second, rules);
  const bool limited =
      r.surcharge == (r.shortfall > Quantity{} && k > 0 ? Cash(rules.surcharge_cap_milli_fen) : Cash{});
  expect(at, below_limit ? price == prices_.end() || r.surcharge == due.surcharge : limited, r.principal,
         "the surcharge does not follow from the shortfall and the year's price");
  expect(at, r.deducted <= due.deduct, r.principal, "more was deducted than the bound on the next allocation");
  // A debt of earlier years stands in the same figure; whoever never had one owes exactly what this year adds.
  const bool had_debt = !debtors_.insert(r.principal).second;
  const Quantity asked = due.deduct + due.debt;
  expect(at, had_debt ? r.deducted + r.debt >= asked : r.deducted + r.debt == asked, r.principal,
         "deduction and debt are not what the shortfall asks for");
  if (r.debt == Quantity{} && !had_debt) debtors_.erase(r.principal);
}

}  // namespace pace::audit
