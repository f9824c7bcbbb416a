// Tells every story of every file of this folder; what does not hold is reported at the story's file and line.
// One file or story alone: scenario_test -sc="*halt*".
#include <doctest/doctest.h>

#include "tests/scenario/scenario_file.h"
#include "tests/scenario/story.h"
#include "tests/scenario/verbs.h"

using namespace pace;
using namespace pace::test;

namespace {

void tell(const std::string& path, const StoryText& text) {
  Story story;
  bool expects = false;
  for (const StoryLine& line : text.lines) {
    expects |= line.text.find("=>") != std::string::npos;
    try {
      const std::optional<std::string> wrong = story.tell(line.text);
      if (wrong) ADD_FAIL_CHECK_AT(path.c_str(), line.number, line.text << "\n" << *wrong);
    } catch (const std::exception& e) {
      ADD_FAIL_CHECK_AT(path.c_str(), line.number, line.text << "\n" << e.what());
      return;  // what follows would be told to another market than it was written for
    }
  }
  CHECK_MESSAGE(expects, path, ": story '", text.name, "' expects nothing");
}

std::string complaint(std::string_view line) {
  Story story;
  try {
    return story.tell(line).value_or("");
  } catch (const Misread& e) {
    return e.what();
  }
}

}  // namespace

TEST_CASE("scenario: every story of tests/scenario holds") {
  static const std::vector<ScenarioFile> files = read_scenario_folder("tests/scenario");
  REQUIRE(files.size() > 10);
  for (const ScenarioFile& file : files)
    for (const StoryText& story : file.stories) SUBCASE((file.path + ": " + story.name).c_str()) {
        tell(file.path, story);
      }
}

TEST_CASE("scenario: a line that does not hold says what happened instead") {
  CHECK(complaint("bid ann a1 20kg @ 80.00 => rests 20kg") == "says:     reject market_closed\nexpected: rests 20kg");
  CHECK(complaint("bid ann a1 20kg @ 80.00") ==
        "the market takes no such orders in phase 0 (market_closed, Rulebook 7)");
  CHECK(complaint("units ann => 1kg") == "says:     1000kg\nexpected: 1kg");
  CHECK(complaint("units ann => 1000kg").empty());
}

TEST_CASE("scenario: a line that is not of the language says what would be") {
  CHECK(complaint("sell ann a1 20kg") == "there is no verb 'sell' (tests/scenario/README.md lists them)");
  CHECK(complaint("bid zoe a1 20kg") == "there is no 'zoe'");
  CHECK(complaint("bid ann a1 20") == "'20' is no quantity (20kg)");
  CHECK(complaint("bid ann a1 20kg @ 80") == "'80' needs two decimals");
  CHECK(complaint("bid ann a1 20kg sometimes") == "'sometimes' is no word for an order");
  CHECK(complaint("cancel ann a1 a2") == "'cancel' takes no 'a2': cancel WHO ID");
  CHECK(complaint("bid ann") == "an order's id is missing");
  CHECK(complaint("units ann") == "a question needs '=>' and its answer");
}
