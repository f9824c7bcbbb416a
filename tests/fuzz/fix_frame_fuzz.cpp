// The FIX framer and reader: a stream is cut into messages, skipped, or refused; never beyond its end, never waiting
// for more than it may keep, and a message is the same however its bytes came in. What is read of a message lies in it.
#include "engine/base/check.h"
#include "gateway/fix/framer.h"
#include "gateway/fix/session.h"
#include "tests/fuzz/target.h"

namespace pace::fuzz {
namespace {

using fix::Frame;
using fix::FrameState;

constexpr std::size_t max_body = 512;
constexpr std::size_t longest = max_body + 40;   // begin string, length and trailer around the body
constexpr std::size_t most_kept = 2 * max_body;  // of what is not a message yet, or never will be

void check_tags(std::string_view message) {
  for (const int tag : {8, 9, 10, 35, 49, 96, 0, -1, 1'000'000}) {
    const auto value = fix::find_tag(message, tag);
    if (value) PACE_CHECK(value->data() >= message.data() && value->data() + value->size() <= &message.back() + 1);
  }
}

// Every field in its place, entries within their group.
void check_fields(const fix::Fields& fields, std::string_view message) {
  for (const fix::Said& said : fields) {
    PACE_CHECK(said.tag > 0 && said.depth >= fields.depth());
    PACE_CHECK(said.value.data() > message.data() && said.value.data() + said.value.size() < &message.back() + 1);
    if (said.depth != fields.depth()) continue;
    std::size_t entries = 0;
    for (const fix::Fields entry : fields.entries(said.tag)) {
      PACE_CHECK(entry.begin() != entry.end() && ++entries <= message.size());
      check_fields(entry, message);
    }
  }
}

void check_reading(std::string_view message) {
  static const fix::Dictionary dictionary(PACE_SOURCE_DIR "/config/fix/PACE44.xml");
  static fix::Incoming incoming;
  if (incoming.read(message, dictionary.layout())) PACE_CHECK(!incoming.type().empty());
  check_fields(incoming.body(), message);
}

// A message is one when its last byte is there, not before, and whatever comes behind it.
void check_message(std::string_view rest, std::size_t size) {
  PACE_CHECK(size < longest);
  for (std::size_t less = 0; less < size; ++less)
    PACE_CHECK(fix::next_frame(rest.substr(0, less), max_body).state == FrameState::incomplete);
  const Frame alone = fix::next_frame(rest.substr(0, size), max_body);
  PACE_CHECK(alone.state == FrameState::message && alone.size == size);
}

Bytes message(std::string_view body, bool good) {
  std::string text = "8=FIX.4.4\0019=" + std::to_string(body.size()) + "\001" + std::string(body);
  unsigned sum = good ? 0 : 1;
  for (const char c : text) sum += static_cast<std::uint8_t>(c);
  const std::string digits = std::to_string(1'000 + sum % 256);
  text += "10=" + digits.substr(1) + "\001";
  return Bytes(text.begin(), text.end());
}

}  // namespace

void run_input(BytesView bytes) {
  std::string_view rest(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (!rest.empty()) check_reading(rest);  // what is no message, too: a changed byte seldom leaves the checksum right
  while (!rest.empty()) {
    const Frame frame = fix::next_frame(rest, max_body);
    if (frame.state == FrameState::incomplete) PACE_CHECK(rest.size() <= most_kept);
    if (frame.state == FrameState::hopeless) PACE_CHECK(*frame.problem != '\0');
    if (frame.state == FrameState::incomplete || frame.state == FrameState::hopeless) return;
    PACE_CHECK(frame.size > 0 && frame.size <= rest.size());
    if (frame.state == FrameState::message) {
      check_message(rest, frame.size);
      check_tags(rest.substr(0, frame.size));
      check_reading(rest.substr(0, frame.size));
    }
    rest.remove_prefix(frame.size);
  }
}

std::vector<Bytes> seeds() {
  const std::string_view bodies[] = {
      "35=A\00149=ALFA\00156=PACE\00134=1\00152=20260907-01:30:00\00198=0\001108=30\001554=secret\001",
      "35=D\00149=ALFA\00156=PACE\00134=2\00152=20260907-01:30:00\00111=a1\00155=PCA-2026\00154=1\00138=20\00140="
      "2\00144=80.00\001",
      "35=D\00134=3\00149=ALFA\00152=20260907-01:30:00\00156=PACE\00111=a2\001453=2\001448=1\001447=D\001452=3\001448=2"
      "\00155=PCA-2026\00154=1\00160=20260907-01:30:00\00138=20\00140=1\00178=2\00179=1\00180=5\00179=2\00180=15\001",
      "35=0\001",
      "35=2\0017=1\00116=0\001",
      "35=1\001112=\001"};
  std::vector<Bytes> seeds;
  for (const std::string_view body : bodies) {
    Bytes stream = message(body, true);
    seeds.push_back(stream);
    const Bytes garbled = message(body, false);
    stream.insert(stream.end(), garbled.begin(), garbled.end());
    seeds.push_back(stream);
  }
  const std::string_view lengths[] = {"8=FIX.4.4\0019=2000000000\001", "8=FIX.4.4\0019=\001",
                                      "8=FIX.4.4\0019=0\001"
                                      "10=000\001",
                                      "8=FIX.4.2\0019=5\001", "8=FIX.4.4\0019=-1\001"};
  for (const std::string_view text : lengths) seeds.emplace_back(text.begin(), text.end());
  return seeds;
}

}  // namespace pace::fuzz
