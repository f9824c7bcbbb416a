#include "registry/rules/rulebook.h"

#include <doctest/doctest.h>
#include <toml++/toml.h>

#include <filesystem>
#include <set>
#include <string>

namespace pace {
namespace {

Outcome set(Rulebook& rules, const char* name, std::int64_t value) {
  return set_rules(rules, {{RuleName(name), value}});
}

TEST_CASE("rulebook: every default lies in its own range and is accepted as a change") {
  for (const RuleInfo& rule : rule_table()) {
    CAPTURE(rule.name);
    Rulebook rules;
    CHECK(rules.*(rule.member) == rule.standard);
    CHECK(find_rule(rule.name) == &rule);
    CHECK(RuleName::from(rule.name).has_value());
    CHECK(set_rules(rules, {{*RuleName::from(rule.name), rule.standard}}).accepted());
    CHECK(rules == Rulebook{});
  }
}

TEST_CASE("rulebook: below the lowest and above the highest value is refused with the bound") {
  for (const RuleInfo& rule : rule_table()) {
    CAPTURE(rule.name);
    Rulebook rules;
    const RuleName name = *RuleName::from(rule.name);
    CHECK(set_rules(rules, {{name, rule.lowest - 1}}) ==
          Outcome{Reject::rule_out_of_range, rule.lowest - 1, rule.lowest});
    CHECK(set_rules(rules, {{name, rule.highest + 1}}) ==
          Outcome{Reject::rule_out_of_range, rule.highest + 1, rule.highest});
    CHECK(rules == Rulebook{});
  }
}

TEST_CASE("rulebook: an unknown name is refused with its place, and nothing of the list is set") {
  Rulebook rules;
  CHECK(set_rules(rules, {{"fee_permille", 7}, {"fee_percent", 7}}) == Outcome{Reject::unknown_rule, 2, 0});
  CHECK(rules == Rulebook{});
  CHECK(set_rules(rules, {{"fee_permille", 7}, {"gtc_days", 10}}).accepted());
  CHECK(rules.fee_permille == 7);
  CHECK(rules.gtc_days == 10);
}

TEST_CASE("rulebook: values that contradict each other are refused") {
  Rulebook rules;
  CHECK(set(rules, "opening_call_to_s", 33'300) == Outcome{Reject::rule_out_of_range, 33'300, 33'300});
  CHECK(set(rules, "morning_to_s", 47'000) == Outcome{Reject::rule_out_of_range, 46'800, 47'000});
  CHECK(set(rules, "offset_to_month_day", 430) == Outcome{Reject::rule_out_of_range, 430, 501});
  CHECK(set(rules, "reserve_permille", 1'000).accepted());
  CHECK(set(rules, "paid_pool_permille", 1) == Outcome{Reject::rule_out_of_range, 1'001, 1'000});
  CHECK(set(rules, "addon_bound", 1'000).accepted());
  CHECK(set(rules, "adult_weight", 999) == Outcome{Reject::rule_out_of_range, 1'000, 999});
  CHECK(set(rules, "minimum_order_kg", 20'001) == Outcome{Reject::rule_out_of_range, 20'001, 20'000});
  CHECK(set_rules(rules, {{"morning_to_s", 47'000}, {"afternoon_from_s", 47'001}}).accepted());
}

TEST_CASE("rulebook: a day that not every year has is refused") {
  Rulebook rules;
  for (const std::int64_t bad : {229, 431, 631, 700, 732})
    CHECK(set(rules, "release_month_day", bad).code == Reject::rule_out_of_range);
  CHECK(set(rules, "release_month_day", 228).accepted());
  CHECK(date_in(Year(2027), rules.release_month_day) == make_date(2027, 2, 28));
}

TEST_CASE("rulebook: the files in config/rulebook name every parameter once, with the table's default") {
  std::set<std::string> named;
  std::set<std::string> versions;
  for (const auto& file : std::filesystem::directory_iterator("config/rulebook")) {
    if (file.path().extension() != ".toml") continue;
    CAPTURE(file.path().string());
    const toml::table table = toml::parse_file(file.path().string());
    versions.insert(table["version"].value_or(std::string()));
    CHECK(table["legal_basis"].is_string());
    REQUIRE(table["rules"].is_table());
    for (const auto& [key, node] : *table["rules"].as_table()) {
      const std::string name(key.str());
      CAPTURE(name);
      const RuleInfo* rule = find_rule(name);
      REQUIRE(rule != nullptr);
      CHECK(node.value_exact<std::int64_t>() == rule->standard);
      CHECK(named.insert(name).second);
    }
  }
  CHECK(named.size() == rule_table().size());
  CHECK(versions.size() == 1);
}

}  // namespace
}  // namespace pace
