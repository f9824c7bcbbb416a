#include "registry/rules/rulebook.h"

#include <array>

namespace pace {
namespace {

#define PACE_RULE_ROW(name, standard, lowest, highest, unit) \
  RuleInfo{#name, &Rulebook::name, standard, lowest, highest, unit},
constexpr auto table = std::to_array<RuleInfo>({PACE_RULES(PACE_RULE_ROW)});
#undef PACE_RULE_ROW

Outcome out_of_range(std::int64_t value, std::int64_t limit) {
  return {Reject::rule_out_of_range, value, limit};
}

/// Names a day that every year has: 29 February is not one.
bool in_every_calendar(std::int64_t month_day) {
  constexpr std::array<std::int64_t, 12> days{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const std::int64_t month = month_day / 100;
  const std::int64_t day = month_day % 100;
  return month >= 1 && month <= 12 && day >= 1 && day <= days[static_cast<std::size_t>(month - 1)];
}

Outcome check_value(const RuleInfo& rule, std::int64_t value) {
  if (value < rule.lowest) return out_of_range(value, rule.lowest);
  if (value > rule.highest) return out_of_range(value, rule.highest);
  if (rule.unit == "month_day" && !in_every_calendar(value)) return out_of_range(value, rule.highest);
  return {};
}

/// Each is before the next, or at it where `equal` allows.
Outcome check_rising(std::initializer_list<std::int64_t> values, bool equal) {
  const std::int64_t* before = nullptr;
  for (const std::int64_t& value : values) {
    if (before != nullptr && (value < *before || (value == *before && !equal))) return out_of_range(value, *before);
    before = &value;
  }
  return {};
}

Outcome check_consistent(const Rulebook& r) {
  if (const Outcome o = check_rising({r.opening_call_from_s, r.opening_call_to_s, r.morning_from_s, r.morning_to_s,
                                      r.afternoon_from_s, r.afternoon_to_s, r.closing_call_to_s},
                                     false);
      !o.accepted())
    return o;
  if (const Outcome o = check_rising({r.statement_month_day, r.verification_to_month_day, r.offset_from_month_day,
                                      r.offset_to_month_day, r.surrender_month_day, r.grace_to_month_day},
                                     true);
      !o.accepted())
    return o;
  if (r.reserve_permille + r.paid_pool_permille > 1'000)
    return out_of_range(r.reserve_permille + r.paid_pool_permille, 1'000);
  if (r.addon_bound > r.adult_weight) return out_of_range(r.addon_bound, r.adult_weight);
  if (r.pool_principals > r.pool_settlements) return out_of_range(r.pool_settlements, r.pool_principals);
  if (r.minimum_order_kg > r.principal_maximum_order_kg)
    return out_of_range(r.minimum_order_kg, r.principal_maximum_order_kg);
  return {};
}

}  // namespace

std::span<const RuleInfo> rule_table() {
  return table;
}

const RuleInfo* find_rule(std::string_view name) {
  for (const RuleInfo& rule : table)
    if (rule.name == name) return &rule;
  return nullptr;
}

Outcome set_rules(Rulebook& rules, const std::vector<RuleValue>& values) {
  Rulebook changed = rules;
  std::int64_t place = 0;
  for (const RuleValue& entry : values) {
    ++place;
    const RuleInfo* rule = find_rule(entry.rule.view());
    if (rule == nullptr) return {Reject::unknown_rule, place, 0};
    if (const Outcome o = check_value(*rule, entry.value); !o.accepted()) return o;
    changed.*(rule->member) = entry.value;
  }
  if (const Outcome o = check_consistent(changed); !o.accepted()) return o;
  rules = changed;
  return {};
}

}  // namespace pace
