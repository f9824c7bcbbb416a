#include "gateway/http/http_api.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>

#include "engine/base/hex.h"
#include "engine/base/sha256.h"
#include "gateway/http/command_json.h"
#include "gateway/http/metrics.h"
#include "gateway/pages/pages.h"
#include "gateway/ws/json_out.h"
#include "gateway/ws/private_messages.h"

namespace pace {
namespace {

namespace net = boost::asio;

/// An answer on its way from another thread; the timer wakes who waits for it.
struct Pending {
  explicit Pending(net::io_context& io) : timer(io) {}
  net::steady_timer timer;
  std::optional<HttpReply> reply;
};

/// The part of `path` that stands for the pattern's {…}; nothing when they do not match.
std::optional<std::string> match(std::string_view pattern, std::string_view path) {
  const std::size_t hole = pattern.find('{');
  if (hole == std::string_view::npos) return pattern == path ? std::optional<std::string>("") : std::nullopt;
  const std::string_view before = pattern.substr(0, hole), behind = pattern.substr(pattern.find('}') + 1);
  if (path.size() < before.size() + behind.size() || !path.starts_with(before) || !path.ends_with(behind))
    return std::nullopt;
  const std::string_view rest = path.substr(hole, path.size() - before.size() - behind.size());
  if (rest.empty() || rest.find('/') != std::string_view::npos) return std::nullopt;
  return std::string(rest);
}

/// The body without the place in the log it was read at: what an ETag is about.
std::string_view content_of(std::string_view body) {
  for (const std::string_view name : {"{\"sequence\":", "{\"as_of\":"}) {
    if (!body.starts_with(name)) continue;
    const std::size_t end = body.find_first_not_of("0123456789", name.size());
    return body.substr(std::min(end, body.size()));
  }
  return body;
}

// Weak, for answers of two sequences are alike when all but the sequence is.
std::string etag_of(std::string_view body) {
  const std::string_view content = content_of(body);
  const auto digest = sha256(content);
  return "W/\"" + to_hex(BytesView(digest).first(12)) + "\"";
}

bool names_tag(std::string_view if_none_match, std::string_view tag) {
  return if_none_match == "*" || if_none_match.find(tag.substr(2)) != std::string_view::npos;  // weak comparison
}

}  // namespace

HttpReply json_reply(std::string body) {
  return {.body = std::move(body)};
}

HttpReply unauthorised() {
  HttpReply reply = problem(401, "this needs a login: Authorization: Bearer <user>:<secret>");
  reply.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"pace\"");
  return reply;
}

std::optional<std::uint64_t> query_number(const HttpCall& call, const std::string& name, std::uint64_t otherwise,
                                          std::uint64_t least, std::uint64_t most) {
  const auto found = call.query.find(name);
  if (found == call.query.end()) return otherwise;
  std::uint64_t number = 0;
  const std::string& text = found->second;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
  if (end.ec != std::errc{} || end.ptr != text.data() + text.size() || number < least || number > most)
    return std::nullopt;
  return number;
}

std::optional<AccountId> account_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
  if (end.ec != std::errc{} || end.ptr != text.data() + text.size()) return std::nullopt;
  return AccountId(number);
}

std::optional<HttpCall> parse_target(std::string_view method, std::string_view target) {
  const auto parsed = boost::urls::parse_origin_form({target.data(), target.size()});
  if (!parsed) return std::nullopt;
  HttpCall call{.method = method, .path = {}, .query = {}, .identity = {}, .parameter = {}, .if_none_match = {}};
  call.path = std::string(parsed->path());
  for (const auto& parameter : parsed->params()) call.query[std::string(parameter.key)] = std::string(parameter.value);
  return call;
}

bool HttpApi::is_probe(std::string_view path) {
  return path == "/healthz" || path == "/readyz" || path == "/metrics";
}

const std::vector<HttpApi::Route>& HttpApi::routes() {
  static const std::vector<Route> table = {
      {"/healthz", &HttpApi::healthz},
      {"/readyz", &HttpApi::readyz},
      {"/metrics", &HttpApi::metrics},
      {"/", &HttpApi::root},
      {"/api/v1/instruments", &HttpApi::instruments},
      {"/api/v1/session", &HttpApi::session},
      {"/api/v1/auctions", &HttpApi::auctions},
      {"/api/v1/book/{symbol}", &HttpApi::book},
      {"/api/v1/trades/{symbol}", &HttpApi::trades},
      {"/api/v1/trades/{symbol}/history", &HttpApi::trade_history},
      {"/api/v1/candles/{symbol}", &HttpApi::candles},
      {"/api/v1/accounts/{account}", &HttpApi::account},
      {"/api/v1/holdings/{account}", &HttpApi::holdings},
      {"/api/v1/orders", &HttpApi::orders},
      {"/api/v1/orders/history", &HttpApi::order_history},
      {"/api/v1/fills", &HttpApi::fills},
      {"/api/v1/statements/{account}", &HttpApi::statement},
      {"/api/v1/registry/{account}", &HttpApi::registry_statement},
      {"/api/v1/digest", &HttpApi::digest},
      {"/api/v1/balances", &HttpApi::balances},
  };
  return table;
}

net::awaitable<HttpReply> HttpApi::handle(HttpCall call) {
  const std::string if_none_match = call.if_none_match;
  const bool api = call.path.starts_with("/api/v1/");
  HttpReply reply = co_await route(std::move(call));
  if (!api || reply.status != 200) co_return reply;
  std::string tag = etag_of(reply.body);
  if (names_tag(if_none_match, tag)) reply = HttpReply{.status = 304, .type = {}, .body = {}, .headers = {}};
  reply.headers.emplace_back("ETag", std::move(tag));
  reply.headers.emplace_back("Cache-Control", "private, no-cache");
  co_return reply;
}

net::awaitable<HttpReply> HttpApi::route(HttpCall call) {
  const bool reads = call.method == "GET" || call.method == "HEAD";
  HttpReply not_allowed = problem(405, "this address is read with GET");
  not_allowed.headers.emplace_back("Allow", "GET, HEAD");
  if (const Page* page = find_page(call.path)) {
    if (!reads) co_return not_allowed;
    HttpReply reply{.type = std::string(page->type), .body = std::string(page->body)};
    reply.headers.emplace_back("Content-Security-Policy", page_policy);
    reply.headers.emplace_back("Cache-Control", "no-cache");
    co_return reply;
  }
  for (const Route& candidate : routes()) {
    const auto parameter = match(candidate.pattern, call.path);
    if (!parameter) continue;
    if (!reads) co_return not_allowed;
    call.parameter = *parameter;
    co_return co_await (this->*candidate.serve)(call);
  }
  co_return problem(404, "there is nothing at this address");
}

HttpApi::Wait HttpApi::healthz(const HttpCall&) {
  co_return HttpReply{.type = "text/plain", .body = "ok\n"};
}

HttpApi::Wait HttpApi::readyz(const HttpCall&) {
  std::string why = options_.not_ready ? options_.not_ready() : std::string();
  if (why.empty() && !hub_.ready()) why = "market data is being read";
  if (!why.empty()) co_return HttpReply{.status = 503, .type = "text/plain", .body = why + "\n"};
  co_return HttpReply{.type = "text/plain", .body = "ready\n"};
}

HttpApi::Wait HttpApi::metrics(const HttpCall&) {
  std::vector<Figure> figures = options_.figures ? options_.figures() : std::vector<Figure>();
  append_gateway_figures(figures, counts_(), hub_);
  co_return HttpReply{.type = "text/plain; version=0.0.4", .body = prometheus_text(figures)};
}

HttpApi::Wait HttpApi::root(const HttpCall&) {
  HttpReply reply{.status = 302, .type = "text/plain", .body = "/market\n"};
  reply.headers.emplace_back("Location", "/market");
  co_return reply;
}

// The answer's way: gate thread (copies it), pool (makes JSON of it), io thread (wakes this coroutine). The coroutine
// waits on a timer that the answer cancels, so no other thread ever holds its frame.
HttpApi::Wait HttpApi::ask(Question question, Render render) {
  const auto pending = std::make_shared<Pending>(io_);
  pending->timer.expires_after(options_.answer_timeout);
  const Reject taken = queries_.ask(
      std::move(question), [pending, render = std::move(render), &io = io_, &pool = pool_](const Answer& given) {
        net::post(pool, [pending, render, &io, answer = given] {
          net::post(io, [pending, reply = render(answer)]() mutable {
            pending->reply = std::move(reply);
            pending->timer.cancel();
          });
        });
      });
  if (taken != Reject::none) {
    HttpReply busy = problem(503, to_text(Outcome{taken}));
    busy.headers.emplace_back("Retry-After", "1");
    co_return busy;
  }
  boost::system::error_code error;
  co_await pending->timer.async_wait(net::redirect_error(net::use_awaitable, error));
  if (!pending->reply) co_return problem(504, "the exchange did not answer in time");
  co_return std::move(*pending->reply);
}

HttpApi::Wait HttpApi::on_pool(std::function<HttpReply()> work) {
  const auto pending = std::make_shared<Pending>(io_);
  pending->timer.expires_after(options_.answer_timeout);
  net::post(pool_, [pending, work = std::move(work), &io = io_] {
    HttpReply made;
    try {
      made = work();
    } catch (const std::exception&) {  // the database is away; its own words are for the log, not for strangers
      made = problem(503, "this cannot be read now; ask again");
      made.headers.emplace_back("Retry-After", "5");
    }
    net::post(io, [pending, reply = std::move(made)]() mutable {
      pending->reply = std::move(reply);
      pending->timer.cancel();
    });
  });
  boost::system::error_code error;
  co_await pending->timer.async_wait(net::redirect_error(net::use_awaitable, error));
  if (!pending->reply) co_return problem(504, "the answer was not made in time");
  co_return std::move(*pending->reply);
}

}  // namespace pace
