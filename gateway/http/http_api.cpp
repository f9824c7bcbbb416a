#include "gateway/http/http_api.h"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>

#include "engine/message/json.h"
#include "gateway/http/command_json.h"
#include "gateway/http/metrics.h"
#include "gateway/pages/pages.h"
#include "gateway/ws/json_out.h"
#include "gateway/ws/private_messages.h"

namespace pace {
namespace {

namespace net = boost::asio;

HttpReply json_reply(std::string body) {
  return {.body = std::move(body)};
}

template <class View>
HttpReply view_reply(const Answer& answer) {
  const auto* view = std::get_if<View>(&answer);
  if (view == nullptr) return problem(404, "there is no such account or broker");
  std::string out;
  json_value(out, *view);
  return json_reply(std::move(out));
}

HttpReply unauthorised() {
  HttpReply reply = problem(401, "this needs a login: Authorization: Bearer <user>:<secret>");
  reply.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"pace\"");
  return reply;
}

/// Nothing when the caller may; else the refusal.
std::optional<HttpReply> refuse_unless_everything(const HttpCall& call) {
  if (!call.identity) return unauthorised();
  if (call.identity->scopes.read && sees_everything(call.identity->sender)) return std::nullopt;
  return problem(403, "this is for the operator, the registry and the authority, with scope read");
}

std::optional<std::size_t> limit_of(const HttpCall& call, std::size_t otherwise, std::size_t most) {
  const auto found = call.query.find("limit");
  if (found == call.query.end()) return otherwise;
  std::size_t limit = 0;
  const std::string& text = found->second;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (end.ec != std::errc{} || end.ptr != text.data() + text.size() || limit < 1 || limit > most) return std::nullopt;
  return limit;
}

/// The part of `path` that stands for the pattern's {…}; nothing when they do not match.
std::optional<std::string> match(std::string_view pattern, std::string_view path) {
  const std::size_t hole = pattern.find('{');
  if (hole == std::string_view::npos) return pattern == path ? std::optional<std::string>("") : std::nullopt;
  if (!path.starts_with(pattern.substr(0, hole))) return std::nullopt;
  const std::string_view rest = path.substr(hole);
  if (rest.empty() || rest.find('/') != std::string_view::npos) return std::nullopt;
  return std::string(rest);
}

bool may_see(const Identity& identity, const AccountView& view) {
  if (sees_everything(identity.sender)) return true;
  if (identity.sender.role != Role::broker) return false;
  for (const BrokerId broker : view.brokers)
    if (broker.raw() == identity.sender.number) return true;
  return false;
}

}  // namespace

std::optional<HttpCall> parse_target(std::string_view method, std::string_view target) {
  const auto parsed = boost::urls::parse_origin_form({target.data(), target.size()});
  if (!parsed) return std::nullopt;
  HttpCall call{.method = method, .path = {}, .query = {}, .identity = {}, .parameter = {}};
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
      {"/api/v1/accounts/{account}", &HttpApi::account},
      {"/api/v1/orders", &HttpApi::orders},
      {"/api/v1/digest", &HttpApi::digest},
      {"/api/v1/balances", &HttpApi::balances},
  };
  return table;
}

net::awaitable<HttpReply> HttpApi::handle(HttpCall call) {
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
  for (const Route& route : routes()) {
    const auto parameter = match(route.pattern, call.path);
    if (!parameter) continue;
    if (!reads) co_return not_allowed;
    call.parameter = *parameter;
    co_return co_await (this->*route.serve)(call);
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

HttpApi::Wait HttpApi::instruments(const HttpCall&) {
  return ask(AskMarket{}, [](const Answer& answer) {
    const auto& market = std::get<MarketView>(answer);
    std::string out = "{\"sequence\":" + std::to_string(market.as_of.raw()) + ",\"instruments\":";
    json_value(out, market.instruments);
    return json_reply(out + "}");
  });
}

HttpApi::Wait HttpApi::session(const HttpCall&) {
  return ask(AskMarket{}, [](const Answer& answer) {
    const auto& market = std::get<MarketView>(answer);
    std::string out = "{";
    JsonFields fields(out);
    fields.add("sequence", market.as_of);
    fields.add_text("time", to_text(market.time));
    fields.add("time_ns", market.time);
    fields.add("day", market.day);
    fields.add("phase", market.phase);
    return json_reply(out + "}");
  });
}

// Open to all, as it names neither seller nor bidder.
HttpApi::Wait HttpApi::auctions(const HttpCall&) {
  return ask(AskAuctions{}, view_reply<AuctionsView>);
}

const BoardInstrument* HttpApi::instrument_of(const HttpCall& call) const {
  return hub_.ready() ? hub_.board().find(std::string_view(call.parameter)) : nullptr;
}

HttpApi::Wait HttpApi::book(const HttpCall& call) {
  if (!hub_.ready()) co_return problem(503, "market data is being read");
  const BoardInstrument* instrument = instrument_of(call);
  if (instrument == nullptr) co_return problem(404, "there is no instrument \"" + shorten(call.parameter) + "\"");
  co_return json_reply(book_snapshot(*instrument));
}

HttpApi::Wait HttpApi::trades(const HttpCall& call) {
  if (!hub_.ready()) co_return problem(503, "market data is being read");
  const BoardInstrument* instrument = instrument_of(call);
  if (instrument == nullptr) co_return problem(404, "there is no instrument \"" + shorten(call.parameter) + "\"");
  const auto limit = limit_of(call, 100, MarketBoard::kept_trades);
  if (!limit) co_return problem(400, "limit: expected 1 to " + std::to_string(MarketBoard::kept_trades));
  co_return json_reply(trades_snapshot(hub_.board(), *instrument, *limit));
}

HttpApi::Wait HttpApi::account(const HttpCall& call) {
  if (!call.identity) co_return unauthorised();
  if (!call.identity->scopes.read) co_return problem(403, "this needs scope read");
  std::uint64_t number = 0;
  const std::string& text = call.parameter;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
  if (end.ec != std::errc{} || end.ptr != text.data() + text.size())
    co_return problem(400, "account: expected an account number");
  // Named, not a temporary of the co_await: GCC 12 destroys such a closure twice.
  Render render = [who = *call.identity](const Answer& answer) {
    const auto* view = std::get_if<AccountView>(&answer);
    // One answer for "not there" and "not yours": account numbers must not be guessed out of the difference.
    if (view == nullptr || !may_see(who, *view)) return problem(404, "there is no such account for you");
    return view_reply<AccountView>(answer);
  };
  co_return co_await ask(AskAccount{AccountId(number)}, std::move(render));
}

HttpApi::Wait HttpApi::orders(const HttpCall& call) {
  if (!call.identity) co_return unauthorised();
  const Sender& sender = call.identity->sender;
  const bool broker = sender.role == Role::broker && sender.number != 0;
  if (!call.identity->scopes.read || (!broker && !sees_everything(sender)))
    co_return problem(403, "open orders are for their broker and the operator, with scope read");
  co_return co_await ask(AskOrders{BrokerId(broker ? sender.number : 0)}, view_reply<OrdersView>);
}

HttpApi::Wait HttpApi::digest(const HttpCall& call) {
  if (auto refusal = refuse_unless_everything(call)) co_return std::move(*refusal);
  co_return co_await ask(AskDigest{}, [](const Answer& answer) {
    const auto& view = std::get<DigestView>(answer);
    std::string out = "{";
    JsonFields fields(out);
    fields.add("sequence", view.as_of);
    fields.add("digest", view.digest);
    return json_reply(out + "}");
  });
}

HttpApi::Wait HttpApi::balances(const HttpCall& call) {
  if (auto refusal = refuse_unless_everything(call)) co_return std::move(*refusal);
  co_return co_await ask(AskBalances{}, view_reply<BalancesView>);
}

// The answer's way: gate thread (copies it), pool (makes JSON of it), io thread (wakes this coroutine). The coroutine
// waits on a timer that the answer cancels, so no other thread ever holds its frame.
HttpApi::Wait HttpApi::ask(Question question, Render render) {
  struct Pending {
    explicit Pending(net::io_context& io) : timer(io) {}
    net::steady_timer timer;
    std::optional<HttpReply> reply;
  };
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

}  // namespace pace
