#include "tests/fuzz/stories.h"

#include "tests/scenario/scenario_file.h"
#include "tests/scenario/story.h"

namespace pace::fuzz {

std::vector<ToldStory> told_stories() {
  std::vector<ToldStory> told;
  for (const test::ScenarioFile& file : test::read_scenario_folder("tests/scenario"))
    for (const test::StoryText& text : file.stories) {
      ToldStory& into = told.emplace_back(ToldStory{file.path + ": " + text.name, {}});
      test::Story story;
      story.world.record(&into.commands);
      // What a story says is scenario_test's matter.
      for (const test::StoryLine& line : text.lines) (void)story.tell(line.text);
    }
  return told;
}

}  // namespace pace::fuzz
