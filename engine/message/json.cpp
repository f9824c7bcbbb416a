#include "engine/message/json.h"

#include "engine/base/hex.h"
#include "engine/message/entry.h"

namespace pace {

void json_escape(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += "\\u00";
      append_hex(out, {&byte, 1});
    } else {
      out += c;
    }
  }
  out += '"';
}

void json_hex(std::string& out, BytesView bytes) {
  out += '"';
  append_hex(out, bytes);
  out += '"';
}

namespace {

void append_body(std::string& out, const Command& command) {
  out += '{';
  std::visit([&](const auto& body) { json_fields(out, body); }, command);
  out += '}';
}

void append_event(std::string& out, const Event& event) {
  out += "{\"event\":\"";
  out += name_of(event);
  out += "\",";
  std::visit([&](const auto& body) { json_fields(out, body); }, event);
  out += '}';
}

}  // namespace

std::string to_json(const Request& request) {
  std::string out = "{\"command\":\"";
  out += name_of(request.command);
  out += "\",\"request_id\":";
  json_escape(out, request.request_id.view());
  out += ",\"body\":";
  append_body(out, request.command);
  return out + "}";
}

std::string to_json(const Event& event) {
  std::string out;
  append_event(out, event);
  return out;
}

std::string to_json(const Outcome& outcome) {
  if (outcome.accepted()) return R"({"code":"none"})";
  const RejectEntry* row = find_reject(outcome.code);
  std::string out = "{\"code\":";
  json_escape(out, row != nullptr ? row->name : "?");
  out += ",\"value\":" + std::to_string(outcome.value) + ",\"limit\":" + std::to_string(outcome.limit) + ",\"text\":";
  json_escape(out, to_text(outcome));
  return out + "}";
}

std::string to_json(const Entry& entry) {
  const Request& request = entry.stamped.request;
  std::string out = "{\"sequence\":" + std::to_string(entry.sequence().raw());
  out += ",\"time\":\"" + to_text(entry.stamped.time) + "\",\"sender\":{";
  json_fields(out, request.sender);
  out += "},\"request_id\":";
  json_escape(out, request.request_id.view());
  out += ",\"command\":\"";
  out += name_of(request.command);
  out += "\",\"body\":";
  append_body(out, request.command);
  out += ",\"outcome\":" + to_json(entry.outcome);
  if (entry.repeats) out += ",\"repeats\":" + std::to_string(entry.repeats.raw());
  out += ",\"events\":[";
  for (std::size_t i = 0; i < entry.events.size(); ++i) {
    if (i != 0) out += ',';
    append_event(out, entry.events[i]);
  }
  return out + "]}";
}

}  // namespace pace
