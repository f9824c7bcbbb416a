// A story told line by line to a market of its own (tests/engine/exchange/world.h): each line is a verb (verbs.h) and
// its words, and behind "=>" what it says. README.md describes the language for those who write stories. Thread rule:
// values. Invariant: every command of a story is followed by Exchange::check() (World::send).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tests/engine/exchange/world.h"
#include "tests/scenario/said.h"
#include "tests/scenario/words.h"

namespace pace::test {

class Story {
 public:
  /// What is wrong with the line: nothing, or what it said instead of what it should. Throws Misread.
  [[nodiscard]] std::optional<std::string> tell(std::string_view line);

  // --- for verbs ----------------------------------------------------------------------------------------------------

  World world;

  /// Sends the command, under an id of the test's own, and says what it brought about.
  std::string send(const Sender& sender, const Command& command);
  /// The same under the story's id, which names the order that the line is about.
  std::string send(const Sender& sender, const ClientId& id, const Command& command);
  /// The clock goes on to a local time; says what happened on the way.
  std::string until(const std::string& local_time);

  /// Throws Misread for a name that nobody bears.
  AccountId account(const std::string& name);

 private:
  std::string say(const Answered& answered, const ClientId& about);

  OrderNames names_;
  std::optional<Outcome> outcome_;  // of the line's command; a question has none
};

/// PCA-2027, once a story has listed it.
inline constexpr InstrumentId next_allowance{3};
/// PCA, the allowance, SUN, the credit, or NEXT.
InstrumentId instrument(Words& words);

}  // namespace pace::test
