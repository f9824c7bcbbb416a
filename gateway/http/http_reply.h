// An answer of the web door before it becomes bytes, and errors as RFC 9457 says them. Thread rule: values.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pace {

struct HttpReply {
  unsigned status = 200;
  std::string type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

/// {"type":"about:blank","title":"Not Found","status":404,"detail":…}.
HttpReply problem(unsigned status, std::string_view detail);

}  // namespace pace
