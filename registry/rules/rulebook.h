// Every number of the rulebook: a named integer with its default, its unit and what it may be. ActivateRules sets them
// by name; config/rulebook/*.toml lists them with their legal basis, and a test holds the two together.
// Pure. Thread rule: a value, no shared state. Invariant: a Rulebook changed only by set_rules() is consistent
// (the timetable's instants rise, the windows' ends follow their starts).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "engine/message/commands.h"
#include "engine/message/rejects.h"

namespace pace {

// X(name, default, lowest, highest, unit). Units: kg; permille (thousandths); s_of_day (seconds since local midnight);
// s (seconds); days, months, years; month_day (month * 100 + day); milli_fen; number; mode (value of an enumeration).
#define PACE_RULES_ORDERS(X)                                                           \
  X(minimum_order_kg, 10, 1, 1'000'000, "kg")                                          \
  X(principal_maximum_order_kg, 20'000, 1, 1'000'000'000, "kg")                        \
  X(member_maximum_order_kg, 99'999'999, 1, 1'000'000'000, "kg") /* under 100,000 t */ \
  X(gtc_days, 30, 1, 366, "days")                                                      \
  X(market_order_levels, 5, 1, 100, "number")                                          \
  X(iceberg_refills, 100, 1, 1'000'000, "number")                                      \
  X(fee_permille, 5, 0, 100, "permille")                                               \
  X(entrustment_fee_permille, 50, 0, 200, "permille") /* most a broker may charge */   \
  X(pool_principals, 10'000, 1, 100'000, "number")                                     \
  X(pool_settlements, 100'000, 1, 10'000'000, "number") /* of pooled shares, by one command */

#define PACE_RULES_SESSION(X)                                                                \
  X(opening_call_from_s, 33'300, 0, 86'399, "s_of_day") /* 09:15 */                          \
  X(opening_call_to_s, 33'900, 0, 86'399, "s_of_day")   /* 09:25 */                          \
  X(morning_from_s, 34'200, 0, 86'399, "s_of_day")      /* 09:30 */                          \
  X(morning_to_s, 41'400, 0, 86'399, "s_of_day")        /* 11:30 */                          \
  X(afternoon_from_s, 46'800, 0, 86'399, "s_of_day")    /* 13:00 */                          \
  X(afternoon_to_s, 53'820, 0, 86'399, "s_of_day")      /* 14:57, the closing call begins */ \
  X(closing_call_to_s, 54'000, 0, 86'399, "s_of_day")   /* 15:00 */                          \
  X(call_no_cancel_s, 60, 0, 3'600, "s")                                                     \
  X(breaker_move_permille, 50, 1, 1'000, "permille")                                         \
  X(breaker_window_s, 300, 1, 86'400, "s")                                                   \
  X(breaker_call_s, 300, 1, 86'400, "s")                                                     \
  X(limit_alert_s, 1'800, 1, 86'400, "s")

#define PACE_RULES_PRICES(X)                                                                             \
  X(price_limit_permille, 100, 1, 999, "permille")                                                       \
  X(block_price_limit_permille, 300, 1, 999, "permille")                                                 \
  X(reference_volume_kg, 100'000, 0, 1'000'000'000, "kg") /* at or below it the reference price stays */ \
  X(block_minimum_kg, 1'000'000, 1, 1'000'000'000, "kg")                                                 \
  X(auction_minimum_bid_kg, 1'000, 1, 1'000'000'000, "kg")                                               \
  X(auction_bidder_permille, 250, 1, 1'000, "permille")                                                  \
  X(auction_reserve_price_months, 3, 1, 24, "months")                                                    \
  X(auction_bidder_bids, 10, 1, 1'000, "number")                                                         \
  X(auction_rollovers, 4, 0, 100, "number")                                                              \
  X(auction_rollover_permille, 250, 0, 10'000, "permille") /* of the volume announced */                 \
  X(stability_price_permille, 2'000, 1'000, 100'000, "permille")                                         \
  X(stability_months, 3, 1, 24, "months")                                                                \
  X(stability_mean_months, 24, 1, 120, "months")

#define PACE_RULES_POSITIONS(X)                                                                             \
  X(position_allocation_permille, 2'000, 0, 100'000, "permille") /* of the yearly allocation, principals */ \
  X(position_base_permille, 200, 0, 1'000, "permille")           /* B, of the cap */                        \
  X(position_member_base_permille, 100, 0, 1'000, "permille")    /* of B, members */                        \
  X(position_member_rest_permille, 25, 0, 1'000, "permille")     /* of cap - B, members */                  \
  X(large_holder_permille, 500, 1, 1'000, "permille")            /* of the limit */

#define PACE_RULES_ALLOCATION(X)                       \
  X(cap_reduction_permille, 30, 0, 1'000, "permille")  \
  X(cap_firm_years, 5, 1, 50, "years")                 \
  X(cap_indicative_years, 15, 0, 50, "years")          \
  X(reserve_permille, 50, 0, 1'000, "permille")        \
  X(paid_pool_permille, 0, 0, 1'000, "permille")       \
  X(adult_weight, 1'000, 1, 10'000, "permille")        \
  X(minor_weight, 500, 0, 10'000, "permille")          \
  X(addon_bound, 200, 0, 1'000, "permille")            \
  X(adult_age_years, 18, 1, 99, "years")               \
  X(release_month_day, 701, 101, 1'231, "month_day")   \
  X(release_first_permille, 500, 0, 1'000, "permille") \
  X(release_parts, 26, 1, 52, "number")                \
  X(release_interval_days, 7, 1, 31, "days")

#define PACE_RULES_COMPLIANCE(X)                                                                            \
  X(estimate_permille, 1'100, 1'000, 10'000, "permille") /* overdue meters: of the same period last year */ \
  X(split_notice_working_days, 7, 0, 60, "days")                                                            \
  X(statement_month_day, 320, 101, 1'231, "month_day")                                                      \
  X(verification_to_month_day, 430, 101, 1'231, "month_day")                                                \
  X(offset_from_month_day, 501, 101, 1'231, "month_day")                                                    \
  X(offset_to_month_day, 610, 101, 1'231, "month_day")                                                      \
  X(surrender_month_day, 620, 101, 1'231, "month_day")                                                      \
  X(grace_to_month_day, 720, 101, 1'231, "month_day")                                                       \
  X(first_notice_days, 60, 0, 365, "days")                                                                  \
  X(second_notice_days, 30, 0, 365, "days")                                                                 \
  X(third_notice_days, 7, 0, 365, "days")                                                                   \
  X(last_notice_days, 1, 0, 365, "days")                                                                    \
  X(auto_comply_days, 60, 0, 365, "days")                                                                   \
  X(auto_step_accounts, 2'000, 1, 1'000'000, "number") /* looked at, and orders entered, in one step */     \
  X(auto_step_s, 1, 1, 3'600, "s")                                                                          \
  X(offset_person_permille, 100, 0, 1'000, "permille")                                                      \
  X(offset_total_kg, 1'000'000'000, 0, 1'000'000'000'000'000, "kg")                                         \
  X(banking_mode, 0, 0, 2, "mode") /* Banking: limited, unlimited, none */                                  \
  X(banking_allocation_permille, 100, 0, 10'000, "permille")                                                \
  X(banking_sales_permille, 1'500, 0, 10'000, "permille")                                                   \
  X(deduct_permille, 2'000, 0, 10'000, "permille")    /* of the shortfall */                                \
  X(deduct_bound_permille, 500, 0, 1'000, "permille") /* of the next allocation */                          \
  X(surcharge_permille, 1'000, 0, 10'000, "permille") /* k */                                               \
  X(surcharge_cap_milli_fen, 50'000'000, 0, 1'000'000'000'000, "milli_fen")                                 \
  X(surcharge_price_months, 1, 1, 12, "months")

#define PACE_RULES_REPORTS(X)                            \
  X(publication_minimum_persons, 20, 1, 1'000, "number") \
  X(retention_years, 20, 1, 100, "years")

#define PACE_RULES(X)      \
  PACE_RULES_ORDERS(X)     \
  PACE_RULES_SESSION(X)    \
  PACE_RULES_PRICES(X)     \
  PACE_RULES_POSITIONS(X)  \
  PACE_RULES_ALLOCATION(X) \
  PACE_RULES_COMPLIANCE(X) \
  PACE_RULES_REPORTS(X)

struct Rulebook {
#define PACE_RULE_MEMBER(name, standard, lowest, highest, unit) std::int64_t name = standard;
  PACE_RULES(PACE_RULE_MEMBER)
#undef PACE_RULE_MEMBER
  bool operator==(const Rulebook&) const = default;
};

struct RuleInfo {
  std::string_view name;
  std::int64_t Rulebook::*member;
  std::int64_t standard, lowest, highest;
  std::string_view unit;
};

/// Every parameter, in order of definition.
std::span<const RuleInfo> rule_table();
/// Nothing for an unknown name.
const RuleInfo* find_rule(std::string_view name);

/// Sets all values, or none. Rejects: unknown_rule (value: position in the list, from 1); rule_out_of_range (a value
/// outside its row's range, a month_day that is not in every year's calendar, or values that contradict each other:
/// the timetable must rise, windows must not end before they begin, reserve and paid pool fit into the cap).
Outcome set_rules(Rulebook& rules, const std::vector<RuleValue>& values);

/// The date a month_day parameter names in a year. REQUIRES: a value set_rules accepted.
constexpr Date date_in(Year year, std::int64_t month_day) {
  return make_date(year.raw(), static_cast<std::int32_t>(month_day / 100), static_cast<std::int32_t>(month_day % 100));
}

}  // namespace pace
