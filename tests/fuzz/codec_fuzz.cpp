// The codec: bytes that decode are the one encoding of what they decode to; JSON and text take whatever decoded.
#include "engine/base/check.h"
#include "engine/message/codec.h"
#include "engine/message/entry.h"
#include "engine/message/text.h"
#include "tests/engine/message/samples.h"
#include "tests/fuzz/stories.h"
#include "tests/fuzz/target.h"

namespace pace::fuzz {
namespace {

Bytes encoded(const Request& request) {
  Bytes bytes;
  ByteWriter out(bytes);
  encode_request(out, request);
  return bytes;
}
Bytes encoded(const Entry& entry) {
  Bytes bytes;
  ByteWriter out(bytes);
  encode_entry(out, entry);
  return bytes;
}

bool same(const Bytes& a, BytesView b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin());
}

void try_request(BytesView bytes) {
  if (const auto request = decode_request(bytes)) PACE_CHECK(same(encoded(*request), bytes));
}

void try_entry(BytesView bytes) {
  const auto entry = decode_entry(bytes);
  if (!entry) return;
  PACE_CHECK(same(encoded(*entry), bytes));
  PACE_CHECK(!to_json(*entry).empty());
}

// One field's text after the other, cut at line ends: what is read from text and written again reads the same.
struct TextFields {
  detail::Parts lines;
  template <class T>
  void operator()(std::string_view, T& value) {
    T read{}, again{};
    const auto line = lines.next();
    if (!line || !parse_text(*line, read)) return;
    PACE_CHECK(parse_text(text_of(read), again) && again == read);
    value = read;
  }
};

template <std::size_t I = 0>
void try_text(std::size_t which, std::string_view text) {
  if constexpr (I < std::variant_size_v<Command>) {
    if (which != I) return try_text<I + 1>(which, text);
    std::variant_alternative_t<I, Command> command{};
    for_each_field(command, TextFields{{text, '\n'}});
  }
}

template <class T>
std::string lines_of(const T& command) {
  std::string text;
  for_each_field(command, [&](std::string_view, const auto& value) { text += text_of(value) + "\n"; });
  return text;
}

Bytes behind(std::uint8_t kind, BytesView bytes) {
  Bytes seed{kind};
  seed.insert(seed.end(), bytes.begin(), bytes.end());
  return seed;
}

}  // namespace

void run_input(BytesView bytes) {
  Input in(bytes);
  switch (in.pick(3)) {
    case 0:
      return try_request(bytes.subspan(std::min<std::size_t>(1, bytes.size())));
    case 1:
      return try_entry(bytes.subspan(1));
    default: {
      const std::size_t which = in.pick(std::variant_size_v<Command>);
      const BytesView text = in.bytes(bytes.size());
      try_text(which, {reinterpret_cast<const char*>(text.data()), text.size()});
    }
  }
}

std::vector<Bytes> seeds() {
  std::vector<Bytes> seeds;
  for (const Command& command : test::every_command()) {
    seeds.push_back(behind(0, encoded(test::sample_request(command))));
    const std::string text = std::visit([](const auto& c) { return lines_of(c); }, command);
    Bytes lines{2, static_cast<std::uint8_t>(command.index())};
    lines.insert(lines.end(), text.begin(), text.end());
    seeds.push_back(lines);
  }
  for (const Event& event : test::every_event())
    seeds.push_back(behind(1, encoded(test::sample_entry(AdvanceTime{}, {event}))));
  for (const ToldStory& story : told_stories())
    for (const StampedCommand& command : story.commands) seeds.push_back(behind(0, encoded(command.request)));
  return seeds;
}

}  // namespace pace::fuzz
