// Reading in place against QuickFIX: what our layout finds good QuickFIX finds good too, over thousands of messages
// with a fault in them; and writing.
#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "gateway/fix/incoming.h"
#include "gateway/fix/outgoing.h"
#include "gateway/fix/quickfix.h"
#include "tests/gateway/fix/fix_talk.h"

namespace pace::fix {
namespace {

const FIX::DataDictionary& dictionary() {
  static const FIX::DataDictionary loaded("config/fix/PACE44.xml");
  return loaded;
}
const Layout& layout() {
  static const Layout made(dictionary());
  return made;
}

std::string headed(const std::string& type, const std::string& body) {
  return "35=" + type + "|34=7|49=ANN|52=20261123-01:02:03.004|56=PACE|" + body;
}

/// Of every kind that brokers send.
const std::vector<std::string>& good_messages() {
  static const std::vector<std::string> all = {
      headed("D",
             "11=a1|453=1|448=100001|447=D|452=3|55=PCA-2026|54=1|60=20261123-01:02:03|38=100|40=2|44=80.00|59=0|"),
      headed("D", "11=a2|18=6|111=10|55=PCA-2026|54=2|60=20261123-01:02:03|38=100|40=2|44=80.00|432=20261201|528=P|"),
      headed("D", "11=a3|55=PCA-2026|54=1|60=20261123-01:02:03|38=30|40=1|78=2|79=1|80=10|79=2|80=20|8000=O|"),
      headed("F", "41=a1|11=a4|55=PCA-2026|54=1|60=20261123-01:02:03|"),
      headed("G", "37=12|41=a1|11=a5|55=PCA-2026|54=1|60=20261123-01:02:03|38=50|40=2|44=81.00|"),
      headed("H", "11=a1|790=q|55=PCA-2026|54=1|"),
      headed("q", "11=a6|530=1|55=PCA-2026|60=20261123-01:02:03|"),
      headed("AF", "584=s|585=7|"),
      headed("V", "262=m|263=1|264=0|267=2|269=0|269=1|146=1|55=PCA-2026|"),
  };
  return all;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> fields;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('|', at);
    fields.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return fields;
}

std::string fault_of(const std::string& message) {
  try {
    dictionary().validate(FIX::Message(message, dictionary(), true));
  } catch (const std::exception& fault) {
    return fault.what();
  }
  return "";
}

/// The message with one thing about it changed.
std::string with_a_fault(const std::string& text, std::mt19937& draw) {
  static const std::vector<std::string> strange = {
      "43=Y",  "55=X", "9999=1",  "453=1", "448=5", "54=9",  "38=1e3", "44=",   "59=33", "78=1",   "79=4",  "a=1",
      "452=3", "34=8", "60=2026", "38=-1", "11=z",  "269=0", "146=2",  "44=.5", "97=X",  "50=sub", "212=3", "54=12"};
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(draw() % n); };
  std::vector<std::string> fields = split(text);
  const auto at = [&] { return static_cast<std::ptrdiff_t>(1 + below(fields.size() - 1)); };  // not the type
  switch (below(6)) {
    case 0:
      fields.erase(fields.begin() + at());
      break;
    case 1:
      fields.insert(fields.begin() + at(), fields[static_cast<std::size_t>(at())]);
      break;
    case 2:
      std::swap(fields[static_cast<std::size_t>(at())], fields[static_cast<std::size_t>(at())]);
      break;
    case 3:
      fields.insert(fields.begin() + at(), strange[below(strange.size())]);
      break;
    case 4:
      fields[static_cast<std::size_t>(at())] = strange[below(strange.size())];
      break;
    default: {
      std::string& field = fields[static_cast<std::size_t>(at())];
      field[below(field.size())] = "0129.=-YA "[below(10)];
    }
  }
  std::string faulty;
  for (const std::string& field : fields) faulty += field + "|";
  return faulty;
}

}  // namespace

TEST_CASE("fix layout: every kind of message that is right is found good") {
  Incoming incoming;
  for (const std::string& text : good_messages()) {
    const std::string message = fix_frame(text);
    INFO(text << " " << fault_of(message));
    CHECK(fault_of(message) == "");
    CHECK(incoming.read(message, layout()));
    CHECK(incoming.header(34) == "7");
  }
}

TEST_CASE("fix layout: what it finds good QuickFIX finds good") {
  std::mt19937 draw(7);
  Incoming incoming;
  std::size_t good = 0, refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text = with_a_fault(good_messages()[draw() % good_messages().size()], draw);
    if (draw() % 3 == 0) text = with_a_fault(text, draw);
    const std::string message = fix_frame(text);
    if (!incoming.read(message, layout())) {
      ++refused;
      continue;
    }
    ++good;
    const std::string fault = fault_of(message);
    if (!fault.empty()) FAIL("QuickFIX refuses, our layout does not: " << text << ": " << fault);
  }
  CHECK(good > 1'000);
  CHECK(refused > 1'000);
}

TEST_CASE("fix layout: groups are read entry by entry, and a field of an entry is none of the message") {
  Incoming incoming;
  const std::string message = fix_frame(good_messages()[2]);
  REQUIRE(incoming.read(message, layout()));
  const Fields body = incoming.body();
  CHECK(body.find(38) == "30");
  CHECK(body.find(80) == std::nullopt);
  std::vector<std::string> seen;
  for (const Fields share : body.entries(78))
    seen.push_back(std::string(*share.find(79)) + ":" + std::string(*share.find(80)));
  CHECK(seen == std::vector<std::string>{"1:10", "2:20"});
  CHECK(body.entries(453).size() == 0);
}

// QuickFIX takes an entry without its first field when a field comes again; it must not be read as part of the one
// before.
TEST_CASE("fix layout: an entry that begins with another field is an entry, and not found good") {
  Incoming incoming;
  const std::string message = fix_frame(
      headed("D", "11=a1|453=2|448=1|447=D|452=3|447=D|452=11|55=PCA-2026|54=1|60=20261123-01:02:03|38=1|40=1|"));
  CHECK_FALSE(incoming.read(message, layout()));
  std::vector<std::string> roles;
  for (const Fields party : incoming.body().entries(453)) roles.emplace_back(*party.find(452));
  CHECK(roles == std::vector<std::string>{"3", "11"});
}

TEST_CASE("fix layout: a second is read exactly, and days that are none are refused") {
  CHECK(seconds_of("19700101-00:00:00") == 0);
  CHECK(seconds_of("20261123-01:02:03.004") == 1'795'395'723);
  CHECK(seconds_of("20260229-00:00:00") == -1);
  CHECK(seconds_of("20240229-23:59:59") == 1'709'251'199);
  CHECK(seconds_of("20261123-24:00:00") == -1);
  CHECK(seconds_of("20261123 01:02:03") == -1);
  CHECK(seconds_of("") == -1);
}

TEST_CASE("fix outgoing: fields leave in order, groups with their entries in the place of their count") {
  Outgoing message;
  message.begin("X");
  message.put(58, "text");
  {
    Outgoing::Group sides(message, 552);
    sides.entry();
    message.put(54, '1');
    {
      Outgoing::Group parties(message, 453);
      for (int i = 1; i <= 2; ++i) {
        parties.entry();
        message.put(448, i);
      }
    }
    message.put(12, "0.5");
  }
  message.put(8001, 7);
  message.put(6, '0');
  std::string body;
  message.append_body(body);
  for (char& c : body)
    if (c == '\001') c = '|';
  CHECK(body == "6=0|58=text|552=1|54=1|453=2|448=1|448=2|12=0.5|8001=7|");
  CHECK(message.body_size() == body.size());
  message.begin("Y");
  body.clear();
  message.append_body(body);
  CHECK(body.empty());
}

}  // namespace pace::fix
