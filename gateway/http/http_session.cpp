#include "gateway/http/http_session.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/chunk_encode.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include "gateway/http/command_upload.h"

namespace pace {
namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

constexpr std::size_t piece_bytes = 64 * 1024;
// How long the last answer may take to be read.
constexpr std::chrono::seconds linger{2};

std::string_view view(beast::string_view text) {
  return {text.data(), text.size()};
}

unsigned status_of(beast::error_code error) {
  if (error == http::error::header_limit) return 431;
  if (error == http::error::body_limit) return 413;
  return 400;
}

bool is_connection_end(beast::error_code error) {
  return error == http::error::end_of_stream || error == http::error::partial_message ||
         error == beast::error::timeout || error.category() == net::error::get_system_category() ||
         error.category() == net::error::get_misc_category();
}

template <class Body>
void stamp(http::response<Body>& response, const HttpReply& reply) {
  response.set(http::field::server, "pace");
  if (!reply.type.empty()) response.set(http::field::content_type, reply.type);
  response.set("X-Content-Type-Options", "nosniff");
  response.set("Referrer-Policy", "no-referrer");
  response.set(http::field::cache_control, "no-store");
  for (const auto& [name, value] : reply.headers) response.set(name, value);
}

/// Counts an upload for as long as it lives.
struct UploadPlace {
  explicit UploadPlace(std::size_t& uploads) : count(uploads) { ++count; }
  ~UploadPlace() { --count; }
  UploadPlace(const UploadPlace&) = delete;
  UploadPlace& operator=(const UploadPlace&) = delete;
  std::size_t& count;
};

}  // namespace

HttpSession::HttpSession(std::shared_ptr<GatewayParts> parts, Wire wire)
    : parts_(std::move(parts)), stream_(std::move(wire)) {
  beast::error_code error;
  const auto peer = stream_.socket().remote_endpoint(error);
  peer_ = error ? "unknown" : peer.address().to_string();
  stream_.socket().set_option(net::ip::tcp::no_delay(true), error);
  parts_->sessions.insert(this);
}

HttpSession::~HttpSession() {
  parts_->sessions.erase(this);
}

void HttpSession::start() {
  net::co_spawn(
      parts_->io, [self = shared_from_this()]() -> net::awaitable<void> { co_await self->run(); }, net::detached);
}

void HttpSession::stop() {
  stopping_ = true;
  if (!answering_) close();
}

void HttpSession::close() {
  stream_.close();
  if (news_) news_->cancel();
}

net::awaitable<void> HttpSession::run() {
  try {
    while (co_await serve_one()) {
    }
  } catch (const std::exception&) {
    // The connection is lost or a library refused: this session ends, nothing of the exchange is touched.
  }
  if (upgraded_ || !stream_.is_open()) co_return;
  answering_ = false;
  stream_.expires_after(linger);
  co_await stream_.async_finish(net::use_awaitable);
}

net::awaitable<bool> HttpSession::serve_one() {
  Parser parser;
  parser.header_limit(static_cast<std::uint32_t>(parts_->options.max_header_bytes));
  parser.body_limit(parts_->options.max_body_bytes);
  answering_ = false;
  budget_.reset();
  if (stopping_ || !co_await read_header(parser)) co_return false;
  stream_.expires_never();
  answering_ = true;
  if (beast::websocket::is_upgrade(parser.get())) co_return co_await upgrade(parser);
  co_return co_await answer(parser);
}

net::awaitable<bool> HttpSession::read_header(Parser& parser) {
  stream_.expires_after(parts_->options.header_timeout);
  beast::error_code error;
  co_await http::async_read_header(stream_, buffer_, parser, net::redirect_error(net::use_awaitable, error));
  if (!error) co_return true;
  if (is_connection_end(error)) co_return false;
  answering_ = true;
  co_await reply(problem(status_of(error), "the request is malformed or too large: " + error.message()), false, true);
  co_return false;
}

bool HttpSession::identify(const Parser& parser, HttpCall& call) const {
  std::string_view given = view(parser.get()[http::field::authorization]);
  if (given.empty()) return true;
  constexpr std::string_view scheme = "Bearer ";
  const std::size_t colon = given.find(':');
  if (!given.starts_with(scheme) || colon == std::string_view::npos) return false;
  given.remove_prefix(scheme.size());
  call.identity =
      parts_->credentials.verify(given.substr(0, colon - scheme.size()), given.substr(colon - scheme.size() + 1));
  return call.identity.has_value();
}

RateLimiter::Grant HttpSession::take_token(const HttpCall& call) {
  const std::string key = call.identity ? "login:" + call.identity->login : "address:" + peer_;
  return parts_->limiter.take(key, std::chrono::steady_clock::now());
}

net::awaitable<bool> HttpSession::answer(Parser& parser) {
  const auto& request = parser.get();
  const bool keep_alive = request.keep_alive() && !stopping_;
  const bool with_body = request.method() != http::verb::head;
  auto call = parse_target(view(request.method_string()), view(request.target()));
  if (!call) co_return co_await reply(problem(400, "the address is malformed"), false, with_body);
  const bool commands = call->path == "/api/v1/commands" && request.method() == http::verb::post;
  const bool bodiless = parser.is_done() || commands;
  if (!HttpApi::is_probe(call->path)) {
    // A wrong login costs a token of its address: secrets cannot be tried at speed.
    const bool known = identify(parser, *call);
    const RateLimiter::Grant grant = take_token(*call);
    budget_ = grant.remaining;
    if (!grant.allowed) {
      HttpReply slow = problem(429, "too many requests; nothing was done");
      slow.headers.emplace_back("Retry-After", std::to_string(grant.retry_after.count() / 1000 + 1));
      co_return co_await reply(std::move(slow), keep_alive && parser.is_done(), with_body);
    }
    if (!known) {
      HttpReply refused = problem(401, "user or secret is wrong, or the user may not enter");
      refused.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"pace\"");
      co_return co_await reply(std::move(refused), false, with_body);
    }
  }
  if (commands) co_return co_await upload(parser, *call);
  if (!bodiless) co_return co_await reply(problem(400, "this address takes no body"), false, with_body);
  call->if_none_match = std::string(view(request[http::field::if_none_match]));
  HttpReply given = co_await parts_->api.handle(std::move(*call));
  co_return co_await reply(std::move(given), keep_alive, with_body);
}

net::awaitable<bool> HttpSession::upgrade(Parser& parser) {
  const auto call = parse_target("GET", view(parser.get().target()));
  if (!call || call->path != "/ws") co_return co_await reply(problem(404, "the WebSocket is at /ws"), false, true);
  const std::string wrong = parts_->door.wrong_origin(parser.get());
  if (!wrong.empty()) co_return co_await reply(problem(403, wrong), false, true);
  if (!parts_->hub.ready() || stopping_) {
    HttpReply later = problem(503, "market data is being read");
    later.headers.emplace_back("Retry-After", "1");
    co_return co_await reply(std::move(later), false, true);
  }
  const auto compression = call->query.find("compression");
  const bool deflate = compression != call->query.end();
  if (deflate && compression->second != "deflate")
    co_return co_await reply(problem(400, "compression: the one kind there is is deflate"), false, true);
  upgraded_ = true;
  parts_->door.open(parts_, std::move(stream_), parser.release(), deflate);
  co_return false;
}

net::awaitable<bool> HttpSession::upload(Parser& parser, const HttpCall& call) {
  const auto& request = parser.get();
  const bool keep_alive = request.keep_alive() && !stopping_;
  if (!call.identity) {
    HttpReply refused = problem(401, "commands need a login: Authorization: Bearer <user>:<secret>");
    refused.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"pace\"");
    co_return co_await reply(std::move(refused), false, true);
  }
  if (!call.identity->scopes.trade && !call.identity->scopes.admin)
    co_return co_await reply(problem(403, "this user has no scope that sends commands"), false, true);
  if (request.version() < 11) co_return co_await reply(problem(505, "commands need HTTP/1.1"), false, true);
  if (parts_->uploads >= parts_->options.max_uploads) {
    HttpReply busy = problem(503, "other uploads are running; send again");
    busy.headers.emplace_back("Retry-After", "1");
    co_return co_await reply(std::move(busy), false, true);
  }
  const UploadPlace place(parts_->uploads);
  stream_.expires_after(parts_->options.body_timeout);
  beast::error_code error;
  if (beast::iequals(request[http::field::expect], "100-continue")) {
    constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    co_await net::async_write(stream_, net::buffer(go_on), net::redirect_error(net::use_awaitable, error));
    if (error) co_return false;
  }
  http::request_parser<http::string_body> body(std::move(parser));
  co_await http::async_read(stream_, buffer_, body, net::redirect_error(net::use_awaitable, error));
  if (error && is_connection_end(error)) co_return false;
  if (error)
    co_return co_await reply(problem(status_of(error), "the body is malformed or too large: " + error.message()), false,
                             true);
  const auto events = call.query.find("events");
  const bool with_events = events != call.query.end() && events->second == "1";
  co_return co_await run_upload(*call.identity, std::move(body.get().body()), with_events, keep_alive);
}

net::awaitable<bool> HttpSession::run_upload(Identity identity, std::string body, bool with_events, bool keep_alive) {
  http::response<http::empty_body> head{http::status::ok, 11};
  stamp(head, HttpReply{.type = "application/x-ndjson"});
  head.keep_alive(keep_alive);
  head.chunked(true);
  ++parts_->replies[200];
  http::response_serializer<http::empty_body> serializer(head);
  stream_.expires_after(parts_->options.write_timeout);
  co_await http::async_write_header(stream_, serializer, net::use_awaitable);

  news_ = std::make_shared<net::steady_timer>(parts_->io);
  const auto upload = std::make_shared<CommandUpload>(CommandUpload::Ports{parts_->io, parts_->pool, parts_->commands},
                                                      parts_->options.screen, std::move(identity), std::move(body),
                                                      with_events, [news = news_] { news->cancel(); });
  const std::shared_ptr<void> abandon_at_the_end(nullptr, [upload](void*) { upload->abandon(); });
  upload->start();
  while (true) {
    const std::string out = upload->take(piece_bytes);
    if (!out.empty()) {
      stream_.expires_after(parts_->options.write_timeout);
      co_await net::async_write(stream_, http::make_chunk(net::buffer(out)), net::use_awaitable);
      continue;
    }
    if (upload->done()) break;
    stream_.expires_never();
    news_->expires_at(net::steady_timer::time_point::max());
    beast::error_code woken;
    co_await news_->async_wait(net::redirect_error(net::use_awaitable, woken));
    if (!stream_.is_open()) co_return false;
  }
  stream_.expires_after(parts_->options.write_timeout);
  co_await net::async_write(stream_, http::make_chunk_last(), net::use_awaitable);
  co_return keep_alive && !stopping_;
}

net::awaitable<bool> HttpSession::reply(HttpReply reply, bool keep_alive, bool with_body) {
  ++parts_->replies[reply.status];
  http::response<http::string_body> response{http::int_to_status(reply.status), 11};
  stamp(response, reply);
  response.keep_alive(keep_alive);
  if (budget_) response.set("RateLimit-Remaining", std::to_string(*budget_));
  if (reply.status != 304) response.content_length(reply.body.size());
  if (with_body) response.body() = std::move(reply.body);
  stream_.expires_after(parts_->options.write_timeout);
  beast::error_code error;
  co_await http::async_write(stream_, response, net::redirect_error(net::use_awaitable, error));
  co_return keep_alive && !error;
}

}  // namespace pace
