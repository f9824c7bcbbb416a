#include "tests/scenario/story.h"

#include "tests/scenario/verbs.h"

namespace pace::test {

std::optional<std::string> Story::tell(std::string_view line) {
  const std::size_t arrow = line.find("=>");
  Words words(line.substr(0, arrow));
  const std::string word = words.next("a verb");
  outcome_.reset();
  const std::string said = find_verb(word).act(*this, words);
  if (!words.done()) throw Misread("'" + word + "' takes no '" + words.next("") + "': " + form_of(word));
  if (arrow != std::string_view::npos) {
    const std::string expected = trimmed(line.substr(arrow + 2));
    if (said == expected) return std::nullopt;
    return "says:     " + said + "\nexpected: " + expected;
  }
  if (!outcome_) throw Misread("a question needs '=>' and its answer");
  if (outcome_->accepted()) return std::nullopt;
  return to_text(*outcome_);
}

std::string Story::send(const Sender& sender, const Command& command) {
  return say(world.send(sender, command), {});
}

std::string Story::send(const Sender& sender, const ClientId& id, const Command& command) {
  return say(world.send(sender, id, command), id);
}

std::string Story::until(const std::string& local_time) {
  return say(world.until(local_time), {});
}

std::string Story::say(const Answered& answered, const ClientId& about) {
  outcome_ = answered.outcome;
  std::string said;
  for (const Event& event : answered.events) append(said, what_is_said(event, names_, about));
  if (!answered.outcome.accepted()) append(said, "reject " + std::string(find_reject(answered.outcome.code)->name));
  return said;
}

AccountId Story::account(const std::string& name) {
  if (!world.knows(name)) throw Misread("there is no '" + name + "'");
  return world.account(name);
}

InstrumentId instrument(Words& words) {
  const std::string word = words.next("an instrument (PCA, SUN or NEXT)");
  if (word == "NEXT") return next_allowance;
  if (word != "PCA" && word != "SUN") throw Misread("'" + word + "' is no instrument (PCA, SUN or NEXT)");
  return word == "PCA" ? allowance : credit;
}

}  // namespace pace::test
