// Commands from JSON: a line is one request or one fault, and what was read is read the same from its own JSON.
#include "engine/base/check.h"
#include "engine/message/json.h"
#include "gateway/http/command_json.h"
#include "tests/engine/message/samples.h"
#include "tests/fuzz/stories.h"
#include "tests/fuzz/target.h"

namespace pace::fuzz {
namespace {

constexpr Sender sender{Role::broker, 1};

Bytes bytes_of(const std::string& text) {
  return Bytes(text.begin(), text.end());
}

}  // namespace

void run_input(BytesView bytes) {
  static CommandReader reader, again;
  const std::string_view line(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const CommandReader::Line read = reader.read(line, sender);
  PACE_CHECK(read.request.has_value() == read.fault.text.empty());
  PACE_CHECK(read.fault.text.size() < 1'000);  // whatever was sent, the answer is short
  if (!read.request) return;
  PACE_CHECK(read.request->sender == sender && read.request->request_id == read.request_id);
  const CommandReader::Line same = again.read(to_json(*read.request), sender);
  PACE_CHECK(same.request.has_value() && *same.request == *read.request);
}

std::vector<Bytes> seeds() {
  std::vector<Bytes> seeds{bytes_of("{}"), bytes_of("[]"), bytes_of("{\"command\":\"new_order\"}"),
                           bytes_of("{\"command\":\"nothing\",\"request_id\":\"r\",\"body\":{\"side\":7}}")};
  for (const Command& command : test::every_command())
    seeds.push_back(bytes_of(to_json(Request{sender, "r1", command})));
  for (const ToldStory& story : told_stories())
    for (const StampedCommand& command : story.commands) seeds.push_back(bytes_of(to_json(command.request)));
  return seeds;
}

}  // namespace pace::fuzz
