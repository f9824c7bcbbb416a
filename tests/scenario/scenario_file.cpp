#include "tests/scenario/scenario_file.h"

#include <algorithm>
#include <fstream>
#include <stdexcept>

#include "tests/scenario/words.h"

namespace pace::test {
namespace {

class Reader {
 public:
  explicit Reader(const std::filesystem::path& path) : in_(path), file_{path.string(), "", {}} {}

  ScenarioFile read() {
    require(static_cast<bool>(std::getline(in_, file_.clause)), "the file cannot be read, or is empty");
    ++number_;
    require(file_.clause.starts_with("Rulebook ") && file_.clause.find(": ") != std::string::npos,
            "the first line names the clause: \"Rulebook 7, orders: …\"");
    for (std::string line; std::getline(in_, line);) {
      ++number_;
      take(trimmed(line.substr(0, line.find('#'))));
    }
    require(!goes_on_, "the last line goes on nowhere");
    require(!file_.stories.empty(), "there is no story");
    for (const StoryText& story : file_.stories) require(!story.lines.empty(), "story '" + story.name + "' is empty");
    return std::move(file_);
  }

 private:
  void require(bool held, const std::string& what) const {
    if (!held) throw std::runtime_error(file_.path + ":" + std::to_string(number_) + ": " + what);
  }

  void take(const std::string& line) {
    if (line.empty()) return;
    if (goes_on_) {
      file_.stories.back().lines.back().text += " " + line;
    } else if (line.starts_with("story ")) {
      file_.stories.push_back({trimmed(line.substr(6)), {}});
    } else {
      require(!file_.stories.empty(), "a line stands in a story: \"story NAME\"");
      file_.stories.back().lines.push_back({number_, line});
    }
    goes_on_ = !line.starts_with("story ") && line.ends_with(',');
  }

  std::ifstream in_;
  ScenarioFile file_;
  int number_ = 0;
  bool goes_on_ = false;
};

}  // namespace

ScenarioFile read_scenario_file(const std::filesystem::path& path) {
  return Reader(path).read();
}

std::vector<ScenarioFile> read_scenario_folder(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".txt" && entry.path().filename() != "CMakeLists.txt")
      paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<ScenarioFile> files;
  for (const auto& path : paths) files.push_back(read_scenario_file(path));
  return files;
}

}  // namespace pace::test
