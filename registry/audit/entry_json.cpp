#include "registry/audit/entry_json.h"

#include "engine/message/json.h"
#include "registry/audit/json_cursor.h"

namespace pace::audit {
namespace {

/// Fields of the alternative with this name into `message`; fails when there is none.
template <class Variant, std::size_t I = 0, class Read>
void read_alternative(JsonCursor& in, std::string_view name, Variant& message, Read read) {
  if constexpr (I == std::variant_size_v<Variant>) {
    in.fail();
  } else {
    using T = std::variant_alternative_t<I, Variant>;
    if (name == T::name) {
      read(message.template emplace<I>());
    } else {
      read_alternative<Variant, I + 1>(in, name, message, read);
    }
  }
}

/// "2026-09-15T09:30:00.000000000+08:00", the one form to_text(Timestamp) has.
void read_time(JsonCursor& in, Timestamp& time) {
  const std::string_view text = in.plain_string();
  constexpr std::size_t whole = 19;  // up to the seconds
  const auto seconds = text.size() > whole ? parse_local_time(text.substr(0, whole)) : std::nullopt;
  std::int64_t nanoseconds = 0;
  if (!seconds || text.size() < whole + 10 || text[whole] != '.') return in.fail();
  std::from_chars(text.data() + whole + 1, text.data() + whole + 10, nanoseconds);
  time = *seconds + Timestamp(nanoseconds);
  if (to_text(time) != text) in.fail();
}

void read_outcome(JsonCursor& in, Outcome& outcome) {
  if (in.take(R"({"code":"none"})")) return;
  in.expect("{\"code\":");
  const RejectEntry* row = find_reject(in.plain_string());
  if (row == nullptr) return in.fail();
  outcome.code = row->code;
  in.expect(",\"value\":");
  outcome.value = in.integer<std::int64_t>();
  in.expect(",\"limit\":");
  outcome.limit = in.integer<std::int64_t>();
  in.expect(",\"text\":");
  if (in.string() != to_text(outcome)) in.fail();
  in.expect("}");
}

void read_event(JsonCursor& in, Event& event) {
  in.expect("{\"event\":");
  const std::string_view name = in.plain_string();
  in.expect(",");
  if (!in.ok()) return;
  read_alternative(in, name, event, [&](auto& body) { read_json_fields(in, body); });
  in.expect("}");
}

void read_request(JsonCursor& in, Request& request) {
  in.expect(",\"sender\":{");
  read_json_fields(in, request.sender);
  in.expect("},\"request_id\":");
  read_json(in, request.request_id);
  in.expect(",\"command\":");
  const std::string_view name = in.plain_string();
  in.expect(",\"body\":{");
  if (!in.ok()) return;
  read_alternative(in, name, request.command, [&](auto& body) { read_json_fields(in, body); });
  in.expect("}");
}

}  // namespace

std::optional<Entry> entry_from_json(std::string_view line) {
  JsonCursor in(line);
  Entry entry;
  in.expect("{\"sequence\":");
  read_json(in, entry.stamped.sequence);
  in.expect(",\"time\":");
  read_time(in, entry.stamped.time);
  read_request(in, entry.stamped.request);
  in.expect(",\"outcome\":");
  read_outcome(in, entry.outcome);
  if (in.take(",\"repeats\":")) {
    read_json(in, entry.repeats);
    if (!entry.repeats) in.fail();
  }
  in.expect(",\"events\":[");
  while (in.ok() && !in.take("]")) {
    if (!entry.events.empty()) in.expect(",");
    read_event(in, entry.events.emplace_back());
  }
  in.expect("}");
  if (!in.done()) return std::nullopt;
  return entry;
}

}  // namespace pace::audit
