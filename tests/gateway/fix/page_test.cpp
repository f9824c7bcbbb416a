// docs/fix.md is run as it stands: every conversation on the page is held with a gateway over the real exchange, each
// with a market of its own, and what is heard is held against the dictionary. The page says how its lines are to be
// read.
#include <doctest/doctest.h>

#include <fstream>
#include <random>
#include <sstream>

#include "gateway/fix/quickfix.h"
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

/// What we say must be what our own dictionary promises; empty: it is.
std::string breach(const FixMessage& message) {
  static const FIX::DataDictionary dictionary("config/fix/PACE44.xml");
  std::string bytes;
  for (const auto& [tag, value] : message.fields()) bytes += std::to_string(tag) + "=" + value + "\001";
  try {
    dictionary.validate(FIX::Message(bytes, dictionary, true));
  } catch (const std::exception& fault) {
    return fault.what();
  }
  return "";
}

/// The time of now where the page leaves it open.
std::string with_time(std::string text) {
  if (const std::size_t now = text.find("60=…"); now != std::string::npos)
    text.replace(now, std::string("60=…").size(), "60=" + fix_now());
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
        CHECK(breach(heard) == "");
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
    talk.say(text.substr(3, bar - 3), with_time(text.substr(bar + 1)));
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

/// The fields with one of them left out, said twice, or of a value that nobody means.
std::string mangled(std::mt19937& random, const std::string& text) {
  static const std::string values[] = {
      "", "-1", "0", "99999999999999999999", "1e9", std::string(3000, 'x'), "=", "\xff\xfe", "N", "80.001", " "};
  std::vector<std::string> fields = fields_of(text);
  const std::size_t at = random() % fields.size();
  switch (random() % 4) {
    case 0:
      fields.erase(fields.begin() + static_cast<std::ptrdiff_t>(at));
      break;
    case 1:
      fields.insert(fields.begin() + static_cast<std::ptrdiff_t>(at), fields[random() % fields.size()]);
      break;
    default:
      fields[at] = fields[at].substr(0, fields[at].find('=') + 1) + values[random() % std::size(values)];
  }
  std::string out;
  for (const std::string& field : fields) out += field + "|";
  return out;
}

}  // namespace

TEST_CASE("fix page: whatever is done to its messages, the session goes on and others notice nothing") {
  HouseOver<RealMarket> house;
  FixTalk alfa(house.port, "ALFA"), beta(house.port, "BETA");
  alfa.log_on("ann");
  beta.log_on("bob");
  REQUIRE(alfa.hear()[35] == "A");
  REQUIRE(beta.hear()[35] == "A");
  std::mt19937 random(44);
  int said = 0;
  for (const Conversation& conversation : conversations("docs/fix.md")) {
    for (const Line& line : conversation.lines) {
      if (!line.text.starts_with("> ALFA ")) continue;
      const std::string text = with_time(line.text.substr(7));
      const std::size_t bar = text.find('|');
      for (int i = 0; i < 20; ++i, ++said) alfa.say(text.substr(3, bar - 3), mangled(random, text.substr(bar + 1)));
    }
    alfa.say("1", "112=alive" + std::to_string(said) + "|");
    for (FixMessage message = alfa.hear(); message[112] != "alive" + std::to_string(said); message = alfa.hear())
      REQUIRE(message);
  }
  CHECK(said > 500);
  beta.say("BB", "909=mine|");
  CHECK(beta.hear_type("BA")[909] == "mine");
}

TEST_CASE("fix page: every conversation of docs/fix.md runs as it stands") {
  const auto all = conversations("docs/fix.md");
  CHECK(all.size() > 3);
  for (const Conversation& conversation : all) {
    Stage stage;
    stage.play(conversation);
  }
}

}  // namespace pace
