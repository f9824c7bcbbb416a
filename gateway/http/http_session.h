// One HTTP connection: requests one after the other, each with its own deadlines; an upgrade to WebSocket leaves for
// gateway/ws. Thread rule: the io thread. Invariants: a header, a body and each piece of an answer have a deadline, so
// nobody holds a connection by being slow; a body is read only from a user who may send commands.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <memory>
#include <optional>
#include <string>

#include "gateway/http/gateway_parts.h"

namespace pace {

class HttpSession : public std::enable_shared_from_this<HttpSession> {
 public:
  HttpSession(std::shared_ptr<GatewayParts> parts, Wire wire);
  ~HttpSession();

  void start();
  /// Ends now when no request is being answered, else after its answer.
  void stop();
  void close();

 private:
  template <class T>
  using Wait = boost::asio::awaitable<T>;
  using Parser = boost::beast::http::request_parser<boost::beast::http::empty_body>;

  Wait<void> run();
  /// False when the connection is to end, or has left as a WebSocket.
  Wait<bool> serve_one();
  Wait<bool> read_header(Parser& parser);
  Wait<bool> answer(Parser& parser);
  Wait<bool> upgrade(Parser& parser);
  Wait<bool> upload(Parser& parser, const HttpCall& call);
  Wait<bool> run_upload(Identity identity, std::string body, bool with_events, bool keep_alive);
  Wait<bool> reply(HttpReply reply, bool keep_alive, bool with_body);
  [[nodiscard]] bool identify(const Parser& parser, HttpCall& call) const;
  [[nodiscard]] RateLimiter::Grant take_token(const HttpCall& call);

  std::shared_ptr<GatewayParts> parts_;
  Wire stream_;
  boost::beast::flat_buffer buffer_;
  std::string peer_;
  std::optional<std::uint32_t> budget_;              ///< requests left, told with the answer
  std::shared_ptr<boost::asio::steady_timer> news_;  ///< what an upload waits on; its answers cancel it
  bool answering_ = false, stopping_ = false, upgraded_ = false;
};

}  // namespace pace
