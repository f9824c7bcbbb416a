// A small blocking HTTP/1.1 client for the command line: one connection kept alive, reconnecting when it was closed.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

namespace pace::tool {

struct HttpResponse {
  int status = 0;
  std::string body;
};

class HttpClient {
 public:
  /// `bearer` empty: no Authorization header.
  HttpClient(std::string host, std::string port, std::string bearer);
  ~HttpClient();
  /// Throws std::runtime_error naming host, port and what failed.
  HttpResponse get(const std::string& target);
  HttpResponse post(const std::string& target, std::string body, const std::string& content_type);

 private:
  struct Connection;
  std::unique_ptr<Connection> connection_;
};

}  // namespace pace::tool
