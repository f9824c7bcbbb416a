// Credits: applied for by a broker for a pool of principals, stated by the verifier, decided by the authority.
// Rulebook 5.
#include <algorithm>

#include "engine/exchange/registrar.h"
#include "registry/rules/split.h"

namespace pace {
namespace {

constexpr Quantity largest_application{1'000'000'000'000};  // 1 Gt; keeps issued units of any instrument in range

/// The first day after `n` whole working days (Monday to Friday) that follow `day`.
Date after_working_days(Date day, std::int64_t n) {
  while (n > 0) {
    day = add_days(day, 1);
    if (weekday(day) < 5) --n;
  }
  return add_days(day, 1);
}

Outcome state_reject(ApplicationId id, ApplicationStatus status) {
  return {Reject::application_state, id.raw(), static_cast<std::int64_t>(status)};
}

}  // namespace

Outcome Registrar::check_split(const ApplyCredits& c, BrokerId broker, Date today) const {
  const Outcome malformed{Reject::split_malformed, c.application.raw(), rules_.pool_principals};
  if (c.split.empty() || c.split.size() > static_cast<std::size_t>(rules_.pool_principals)) return malformed;
  std::vector<AccountId> named;
  std::int64_t sum = 0;
  for (const SplitShare& share : c.split) {
    AccountIndex index;
    if (share.share <= 0 || __builtin_add_overflow(sum, share.share, &sum)) return malformed;
    if (const Outcome o = find(share.account, index); !o.accepted()) return o;
    const auto id = static_cast<std::int64_t>(share.account.raw());
    if (account(index).status == AccountStatus::closed) return {Reject::account_closed, id, 0};
    if (!entrusts(index, broker, today)) return {Reject::no_entrustment, id, 0};
    named.push_back(share.account);
  }
  std::sort(named.begin(), named.end());
  return std::adjacent_find(named.begin(), named.end()) == named.end() ? Outcome{} : malformed;
}

Outcome Registrar::apply(const ApplyCredits& c, const Occasion& at, EventBuffer&) {
  const BrokerId sender(at.sender.number);
  if (!c.application) return {Reject::unknown_application, 0, 0};
  if (applications_.contains(c.application)) return {Reject::application_exists, c.application.raw(), 0};
  if (broker(sender) == nullptr) return {Reject::unknown_broker, sender.raw(), 0};
  const Instrument* of = instrument(c.instrument);
  if (of == nullptr) return {Reject::unknown_instrument, c.instrument.raw(), 0};
  if (!is_credit(of->kind)) return {Reject::offset_not_credit, c.instrument.raw(), 0};
  if (c.quantity < Quantity(1)) return {Reject::amount_not_positive, c.quantity.raw(), 1};
  if (c.quantity > largest_application)
    return {Reject::value_out_of_range, c.quantity.raw(), largest_application.raw()};
  if (const Outcome o = check_split(c, sender, at.today()); !o.accepted()) return o;
  applications_[c.application] = {.instrument = c.instrument,
                                  .broker = sender,
                                  .applied_on = at.today(),
                                  .applied = c.quantity,
                                  .status = ApplicationStatus::applied,
                                  .split = c.split};
  return {};
}

Outcome Registrar::apply(const StateCredits& c, const Occasion& at, EventBuffer&) {
  const auto found = applications_.find(c.application);
  if (found == applications_.end()) return {Reject::unknown_application, c.application.raw(), 0};
  Application& a = found->second;
  const std::uint32_t verifier = project(instrument(a.instrument)->project)->verifier;
  if (verifier != at.sender.number) return {Reject::wrong_verifier, at.sender.number, verifier};
  if (a.status != ApplicationStatus::applied) return state_reject(c.application, a.status);
  if (c.verified < Quantity{}) return {Reject::amount_not_positive, c.verified.raw(), 0};
  if (c.verified > a.applied) return {Reject::verified_above_applied, c.verified.raw(), a.applied.raw()};
  a.verified = c.verified;
  a.status = ApplicationStatus::stated;
  return {};
}

Outcome Registrar::apply(const DecideCredits& c, const Occasion& at, EventBuffer& events) {
  const auto found = applications_.find(c.application);
  if (found == applications_.end()) return {Reject::unknown_application, c.application.raw(), 0};
  Application& a = found->second;
  if (a.status != ApplicationStatus::stated) return state_reject(c.application, a.status);
  const Date public_until = after_working_days(a.applied_on, rules_.split_notice_working_days);
  if (c.approve && rules_.split_notice_working_days > 0 && at.today() < public_until)
    return {Reject::split_notice, at.today().raw(), public_until.raw()};
  if (c.approve && !try_add(ledger_.issued(a.instrument), a.verified))
    return {Reject::value_out_of_range, a.verified.raw(), (Quantity::max() - ledger_.issued(a.instrument)).raw()};
  if (c.approve) issue_credits(a, events);
  a.status = c.approve ? ApplicationStatus::issued : ApplicationStatus::refused;
  a.split = {};
  return {};
}

void Registrar::issue_credits(const Application& a, EventBuffer& events) {
  std::vector<std::int64_t> weights;
  for (const SplitShare& share : a.split) weights.push_back(share.share);
  const std::vector<Quantity> shares = share_out(a.verified, weights);
  for (std::size_t i = 0; i < shares.size(); ++i) issue(find(a.split[i].account), a.instrument, shares[i], events);
}

}  // namespace pace
