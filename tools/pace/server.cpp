#include "tools/pace/server.h"

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>

#include "engine/message/json.h"

namespace pace::tool {
namespace {

namespace json = boost::json;

constexpr std::size_t batch_bytes = 1 << 20;

std::string read_file(const std::string& path, const std::string& missing) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error(path + ": " + missing);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string text_member(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

HttpClient connect(const std::string& data, const std::string& user) {
  const Ready ready = read_ready_file(data + "/ready.json");
  std::string secret = read_file(data + "/keys/" + user + ".key", "no key for user " + user + " (pace admin user add)");
  while (!secret.empty() && (secret.back() == '\n' || secret.back() == ' ')) secret.pop_back();
  return {ready.host, std::to_string(ready.http_port), user + ":" + secret};
}

// A problem document's own words (RFC 9457), or the bare body.
std::string problem_text(const HttpResponse& response) {
  json::error_code error;
  const json::value body = json::parse(response.body, error);
  std::string words;
  if (!error && body.is_object()) words = text_member(body.as_object(), "detail");
  if (words.empty()) words = response.body.substr(0, 300);
  return "HTTP " + std::to_string(response.status) + ": " + words;
}

CommandAnswer parse_answer(const std::string& line) {
  const json::object object = json::parse(line).as_object();
  CommandAnswer answer;
  answer.line = line;
  answer.request_id = text_member(object, "request_id");
  if (const json::value* sequence = object.if_contains("sequence"); sequence != nullptr && sequence->is_number())
    answer.sequence = sequence->to_number<std::uint64_t>();
  if (const json::value* outcome = object.if_contains("outcome"); outcome != nullptr && outcome->is_object()) {
    answer.code = text_member(outcome->as_object(), "code");
    answer.text = text_member(outcome->as_object(), "text");
  }
  return answer;
}

}  // namespace

Ready read_ready_file(const std::string& path) {
  const std::string text = read_file(path, "no such file; is the exchange running on this data directory?");
  json::error_code error;
  const json::value value = json::parse(text, error);
  if (error || !value.is_object()) throw std::runtime_error(path + ": not a ready file");
  const json::object& object = value.as_object();
  Ready ready;
  try {
    ready.host = text_member(object, "host");
    ready.http_port = object.at("http").to_number<std::int64_t>();
    ready.https_port = object.at("https").to_number<std::int64_t>();
    ready.fix_port = object.at("fix").to_number<std::int64_t>();
    ready.fix_tls_port = object.at("fix_tls").to_number<std::int64_t>();
    ready.pid = object.at("pid").to_number<std::int64_t>();
  } catch (const std::exception&) {
    throw std::runtime_error(path + ": not a ready file (host, http, https, fix, fix_tls, pid)");
  }
  return ready;
}

void write_ready_file(const std::string& path, const Ready& ready) {
  const std::string temporary = path + ".new";
  {
    std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
    out << json::serialize(json::object{{"host", ready.host},
                                        {"http", ready.http_port},
                                        {"https", ready.https_port},
                                        {"fix", ready.fix_port},
                                        {"fix_tls", ready.fix_tls_port},
                                        {"pid", ready.pid}})
        << "\n";
    if (!out.flush()) throw std::runtime_error(temporary + ": cannot be written");
  }
  std::filesystem::rename(temporary, path);  // whoever waits for the file never sees half of it
}

Server::Server(const std::string& data, const std::string& user) : client_(connect(data, user)) {}

void Server::send(const std::function<std::optional<Request>()>& next,
                  const std::function<void(const CommandAnswer&)>& answered, bool with_events) {
  std::string batch;
  while (const std::optional<Request> request = next()) {
    batch += to_json(*request);
    batch += '\n';
    if (batch.size() >= batch_bytes) flush(batch, answered, with_events);
  }
  if (!batch.empty()) flush(batch, answered, with_events);
}

void Server::flush(std::string& batch, const std::function<void(const CommandAnswer&)>& answered, bool with_events) {
  const HttpResponse response = client_.post(with_events ? "/api/v1/commands?events=1" : "/api/v1/commands",
                                             std::move(batch), "application/x-ndjson");
  batch.clear();
  if (response.status != 200) throw std::runtime_error(problem_text(response));
  std::istringstream lines(response.body);
  for (std::string line; std::getline(lines, line);)
    if (!line.empty()) answered(parse_answer(line));
}

CommandAnswer Server::send_one(const Request& request, bool with_events) {
  CommandAnswer answer;
  bool sent = false;
  send([&]() -> std::optional<Request> { return std::exchange(sent, true) ? std::nullopt : std::optional(request); },
       [&](const CommandAnswer& a) { answer = a; }, with_events);
  return answer;
}

std::string Server::get(const std::string& target) {
  HttpResponse response = client_.get(target);
  if (response.status != 200) throw std::runtime_error(problem_text(response));
  return std::move(response.body);
}

std::string default_user(Role role) {
  switch (role) {
    case Role::verifier:
      return "verifier1";
    case Role::data_source:
      return "source1";
    case Role::system:
      return "operator";
    default:
      return std::string(name_of(role));
  }
}

ClientId fresh_request_id() {
  std::random_device random;
  std::string text = "r-";
  for (int i = 0; i < 2; ++i) {
    char hex[9];
    std::snprintf(hex, sizeof hex, "%08x", static_cast<unsigned>(random()));
    text += hex;
  }
  return *ClientId::from(text);
}

}  // namespace pace::tool
