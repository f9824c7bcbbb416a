#include "gateway/fix/resend.h"

#include "engine/base/check.h"
#include "gateway/fix/outgoing.h"

namespace pace::fix {
namespace {

constexpr char soh = '\001';
constexpr std::string_view session_types = "012345A";
constexpr std::size_t trailer_bytes = 7;  // 10=xxx and the separator

// Where the fields behind BodyLength (9) begin.
std::size_t body_of(std::string_view message) {
  const std::size_t length = message.find(soh);
  const std::size_t body = message.find(soh, length + 1);
  PACE_CHECK(length != std::string_view::npos && body != std::string_view::npos);
  return body + 1;
}

void frame(std::string& out, std::string_view begin_string, const std::string& body) {
  out.assign(begin_string);
  out += "9=";
  append_number(out, static_cast<std::int64_t>(body.size()));
  out += soh;
  out += body;
  append_checksum(out);
}

}  // namespace

bool is_session_message(std::string_view message) {
  const std::string_view body = message.substr(body_of(message));
  return body.size() > 4 && body.starts_with("35=") && body[4] == soh &&
         session_types.find(body[3]) != std::string_view::npos;
}

void say_again(std::string& out, std::string_view stored, std::string_view now) {
  const std::string_view begin_string = stored.substr(0, stored.find(soh) + 1);
  std::string_view rest = stored.substr(body_of(stored));
  rest.remove_suffix(trailer_bytes);
  std::string body;
  body.reserve(rest.size() + 64);
  std::string_view first_sent;
  for (bool in_header = true; in_header && !rest.empty();) {
    const std::string_view field = rest.substr(0, rest.find(soh) + 1);
    rest.remove_prefix(field.size());
    if (field.starts_with("52=")) {
      first_sent = field.substr(3);
      (body += "52=").append(now) += soh;
      continue;
    }
    body += field;
    if (field.starts_with("34=")) body.append("43=Y\001");
    if (field.starts_with("56=")) {
      body.append("122=").append(first_sent);
      in_header = false;
    }
  }
  PACE_CHECK(!first_sent.empty());
  body += rest;
  frame(out, begin_string, body);
}

void fill_gap(std::string& out, std::string_view sender, std::string_view target, int from, int next,
              std::string_view now) {
  std::string body = "35=4\00134=";
  append_number(body, from);
  body.append("\00143=Y\00149=").append(sender).append("\00152=").append(now);
  body.append("\00156=").append(target).append("\001122=").append(now).append("\00136=");
  append_number(body, next);
  body.append("\001123=Y\001");
  frame(out, "8=FIX.4.4\001", body);
}

}  // namespace pace::fix
