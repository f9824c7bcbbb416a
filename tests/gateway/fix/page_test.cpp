// docs/fix.md is run as it stands: every conversation on the page is held with a gateway over the real exchange, each
// with a market of its own. The page says how its lines are to be read.
#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "tests/gateway/fix/fix_house.h"
#include "tests/gateway/fix/real_market.h"

namespace pace {
namespace {

struct Line {
  std::size_t number = 0;
  std::string text;
};
struct Conversation {
  std::string heading;
  std::vector<Line> lines;
};

std::vector<Conversation> conversations(const std::string& path) {
  std::ifstream in(path);
  std::vector<Conversation> found;
  std::string heading;
  bool inside = false;
  std::size_t number = 0;
  for (std::string text; std::getline(in, text);) {
    ++number;
    if (text.starts_with("#")) heading = text;
    if (text.starts_with("```")) {
      inside = !inside && text == "```fix";
      if (inside) found.push_back({heading, {}});
    } else if (inside && !text.empty()) {
      found.back().lines.push_back({number, text});
    }
  }
  return found;
}

std::vector<std::string> fields_of(const std::string& text) {
  std::vector<std::string> fields;
  std::istringstream in(text);
  for (std::string field; std::getline(in, field, '|');) fields.push_back(field);
  return fields;
}

/// What the page lists stands in the message in this order; `tag=…` is any value.
bool says(const FixMessage& message, const std::string& listed) {
  auto at = message.fields().begin();
  for (const std::string& field : fields_of(listed)) {
    const std::size_t equals = field.find('=');
    const int tag = std::stoi(field.substr(0, equals));
    const std::string value = field.substr(equals + 1);
    at = std::find_if(at, message.fields().end(),
                      [&](const auto& have) { return have.first == tag && (value == "…" || have.second == value); });
    if (at == message.fields().end()) return false;
    ++at;
  }
  return true;
}

std::string body_of(const FixMessage& message) {
  std::string text;
  for (const auto& [tag, value] : message.fields())
    if (tag != 8 && tag != 9 && tag != 10 && tag != 34 && tag != 49 && tag != 52 && tag != 56)
      text += std::to_string(tag) + "=" + value + "|";
  return text;
}

class Stage {
 public:
  void play(const Conversation& conversation) {
    for (const Line& line : conversation.lines) {
      INFO(conversation.heading << ", line " << line.number << ": " << line.text);
      std::istringstream words(line.text.substr(2));
      std::string who;
      words >> who;
      std::string rest;
      std::getline(words >> std::ws, rest);
      if (line.text[0] == '@') {
        direct(who, rest);
      } else if (line.text[0] == '>') {
        say(talk(who), rest);
      } else {
        const FixMessage heard = talk(who).hear();
        CHECK_MESSAGE(says(heard, rest), "heard: " << body_of(heard));
      }
    }
    for (auto& [who, talk] : talks_) CHECK_MESSAGE(talk->quiet(50), who << " hears more than the page says");
  }

 private:
  FixTalk& talk(const std::string& who) {
    std::unique_ptr<FixTalk>& talk = talks_[who];
    if (!talk) {
      talk = std::make_unique<FixTalk>(house_.port, who);
      talk->log_on(who == "ALFA" ? "ann" : "bob");
      REQUIRE(talk->hear()[35] == "A");
    }
    return *talk;
  }
  static void say(FixTalk& talk, const std::string& text) {
    const std::size_t bar = text.find('|');
    std::string fields = text.substr(bar + 1);
    if (const std::size_t now = fields.find("60=…"); now != std::string::npos)
      fields.replace(now, std::string("60=…").size(), "60=" + fix_now());
    talk.say(text.substr(3, bar - 3), fields);
  }
  /// What happens besides: a time of day, the operator's halt and resume, a rule of the authority's.
  void direct(const std::string& what, const std::string& rest) {
    if (what == "halt") return house_.exchange.must(test::operators, HaltInstrument{test::allowance, rest.c_str()});
    if (what == "resume") return house_.exchange.must(test::operators, ResumeInstrument{test::allowance});
    if (what == "rule") {
      std::istringstream words(rest);
      std::string name;
      std::int64_t value = 0;
      words >> name >> value;
      return house_.exchange.must(test::authority, ActivateRules{"2", "", {{name.c_str(), value}}});
    }
    house_.exchange.until(what);
  }

  HouseOver<RealMarket> house_;
  std::map<std::string, std::unique_ptr<FixTalk>> talks_;
};

}  // namespace

TEST_CASE("fix page: every conversation of docs/fix.md runs as it stands") {
  const auto all = conversations("docs/fix.md");
  CHECK(all.size() > 3);
  for (const Conversation& conversation : all) {
    Stage stage;
    stage.play(conversation);
  }
}

}  // namespace pace
