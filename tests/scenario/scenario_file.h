// A file of stories: a first line that names the clause, then stories, each "story NAME" and its lines. '#' begins a
// comment; a line that ends with a comma goes on in the next.
// Thread rule: values.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace pace::test {

struct StoryLine {
  int number;
  std::string text;
};

struct StoryText {
  std::string name;
  std::vector<StoryLine> lines;
};

struct ScenarioFile {
  std::string path;
  std::string clause;
  std::vector<StoryText> stories;
};

/// Throws std::runtime_error, "PATH:LINE: what", when the file is not of this form.
ScenarioFile read_scenario_file(const std::filesystem::path& path);
/// Every .txt of the folder but CMake's, by name.
std::vector<ScenarioFile> read_scenario_folder(const std::filesystem::path& folder);

}  // namespace pace::test
