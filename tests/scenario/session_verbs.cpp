// The clock, the rules, and what the operator, the authority and the books do to the market.
#include "tests/scenario/verbs.h"

namespace pace::test {
namespace {

std::string time_goes_on(Story& story, Words& words) {
  std::string when = words.next("a time (09:30)");
  if (!words.done()) when += "T" + words.next("");
  return story.until(when);
}

// The last word may be "of PCA", "of SUN" or "all"; without it the credit is meant.
InstrumentId which(Words& words) {
  if (words.take("all")) return {};
  return words.take("of") ? instrument(words) : credit;
}

std::string halt(Story& story, Words& words) {
  return story.send(operators, HaltInstrument{which(words), "story"});
}

std::string resume(Story& story, Words& words) {
  return story.send(operators, ResumeInstrument{which(words)});
}

std::string kill_switch(Story& story, Words& words) {
  const BrokerId broker(static_cast<std::uint32_t>(words.integer()));
  const bool lift = words.take("off");
  return story.send(words.take("authority") ? authority : operators, SetKillSwitch{broker, !lift, "story"});
}

std::string break_trade(Story& story, Words& words) {
  return story.send(authority, BreakTrade{TradeId(static_cast<std::uint64_t>(words.integer())), "story"});
}

std::string rule(Story& story, Words& words) {
  const std::string word = words.next("a rule's name");
  const auto name = RuleName::from(word);
  if (!name) throw Misread("'" + word + "' is too long for a rule");
  return story.send(authority, ActivateRules{"story", "", {{*name, words.integer()}}});
}

std::string holiday(Story& story, Words& words) {
  const Date day = words.date();
  return story.send(authority, SetHolidays{year_of(day), {day}});
}

std::string reconcile(Story& story, Words& words) {
  return story.send(sequencer, ReportReconciliation{local_date(story.world.now()), words.integer(), {}, 1});
}

}  // namespace

std::span<const Verb> session_verbs() {
  static constexpr Verb verbs[] = {
      {"time", "time [2026-09-08] 09:30[:00]", time_goes_on},
      {"halt", "halt [of PCA|of SUN|all]", halt},
      {"resume", "resume [of PCA|of SUN|all]", resume},
      {"kill-switch", "kill-switch BROKER [off] [authority]", kill_switch},
      {"break", "break TRADE", break_trade},
      {"rule", "rule NAME VALUE", rule},
      {"holiday", "holiday 2026-09-08", holiday},
      {"reconcile", "reconcile DIFFERENCE", reconcile},
  };
  return verbs;
}

}  // namespace pace::test
