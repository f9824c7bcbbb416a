#include "tools/pace/http_client.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <optional>
#include <utility>

namespace pace::tool {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

struct HttpClient::Connection {
  std::string host, port, bearer;
  asio::io_context io;
  std::optional<beast::tcp_stream> stream;
  beast::flat_buffer buffer;
  bool open = false;

  void connect() {
    asio::ip::tcp::resolver resolver(io);
    stream.emplace(io);
    buffer.clear();
    stream->connect(resolver.resolve(host, port));
    stream->socket().set_option(asio::ip::tcp::no_delay(true));
    open = true;
  }

  HttpResponse exchange(const http::request<http::string_body>& request) {
    http::write(*stream, request);
    http::response_parser<http::string_body> parser;
    parser.body_limit(std::uint64_t{4} << 30);  // a balance list of millions of accounts is ours, not a stranger's
    http::read(*stream, buffer, parser);
    open = parser.get().keep_alive();
    return {static_cast<int>(parser.get().result_int()), std::move(parser.get().body())};
  }

  HttpResponse send(http::request<http::string_body> request) {
    request.set(http::field::host, host);
    request.set(http::field::user_agent, "pace");
    if (!bearer.empty()) request.set(http::field::authorization, "Bearer " + bearer);
    request.keep_alive(true);
    request.prepare_payload();
    try {
      const bool reused = open;
      if (!open) connect();
      try {
        return exchange(request);
      } catch (const boost::system::system_error&) {
        if (!reused) throw;
        connect();  // the kept connection was closed meanwhile; requests carry ids, so a repeat is safe
        return exchange(request);
      }
    } catch (const boost::system::system_error& error) {
      open = false;
      throw std::runtime_error("http://" + host + ":" + port + ": " + error.code().message());
    }
  }
};

HttpClient::HttpClient(std::string host, std::string port, std::string bearer)
    : connection_(std::make_unique<Connection>()) {
  connection_->host = std::move(host);
  connection_->port = std::move(port);
  connection_->bearer = std::move(bearer);
}

HttpClient::~HttpClient() = default;

HttpResponse HttpClient::get(const std::string& target) {
  return connection_->send(http::request<http::string_body>{http::verb::get, target, 11});
}

HttpResponse HttpClient::post(const std::string& target, std::string body, const std::string& content_type) {
  http::request<http::string_body> request{http::verb::post, target, 11, std::move(body)};
  request.set(http::field::content_type, content_type);
  return connection_->send(std::move(request));
}

}  // namespace pace::tool
