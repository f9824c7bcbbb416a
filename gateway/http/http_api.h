// The REST routes: a call in, a reply out. Knows Asio for waiting, but no sockets and no Beast.
// Thread rule: the io thread; answers of the engine are turned into JSON on the pool.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/message/json.h"
#include "engine/sequencer/port.h"
#include "gateway/auth/credentials.h"
#include "gateway/http/http_options.h"
#include "gateway/http/http_reply.h"
#include "gateway/ws/stream_hub.h"

namespace pace {

struct HttpCall {
  std::string_view method;
  std::string path;                          ///< decoded, without the query
  std::map<std::string, std::string> query;  ///< decoded
  std::optional<Identity> identity;
  std::string parameter;      ///< the {…} of the route
  std::string if_none_match;  ///< the header, as it came
};
/// Splits and decodes a target. Nothing when it is malformed.
std::optional<HttpCall> parse_target(std::string_view method, std::string_view target);

/// What the routes' units share: replies, and reading a call's parameters.
HttpReply json_reply(std::string body);
HttpReply unauthorised();
/// 1 to `most`, or `otherwise` when the call has none; nothing when it does not fit.
std::optional<std::uint64_t> query_number(const HttpCall& call, const std::string& name, std::uint64_t otherwise,
                                          std::uint64_t least, std::uint64_t most);
/// An account number with its check digits.
std::optional<AccountId> account_of(std::string_view text);
template <class View>
HttpReply view_reply(const Answer& answer) {
  const auto* view = std::get_if<View>(&answer);
  if (view == nullptr) return problem(404, "there is no such account or broker");
  std::string out;
  json_value(out, *view);
  return json_reply(std::move(out));
}

/// What the gateway itself counts, for /metrics.
struct HttpCounts {
  std::size_t connections = 0, ws_sessions = 0;
  std::uint64_t ws_dropped = 0;
  std::map<unsigned, std::uint64_t> replies;  ///< by status
};

class HttpApi {
 public:
  HttpApi(boost::asio::io_context& io, boost::asio::thread_pool& pool, QueryPort& queries, const StreamHub& hub,
          const HttpOptions& options, std::function<HttpCounts()> counts)
      : io_(io), pool_(pool), queries_(queries), hub_(hub), options_(options), counts_(std::move(counts)) {}

  /// 404, 405 with Allow, or the route's reply.
  boost::asio::awaitable<HttpReply> handle(HttpCall call);
  /// Paths that are answered without counting against a rate: probes and metrics.
  static bool is_probe(std::string_view path);

 private:
  using Wait = boost::asio::awaitable<HttpReply>;
  using Render = std::function<HttpReply(const Answer&)>;
  struct Route {
    std::string_view pattern;
    Wait (HttpApi::*serve)(const HttpCall&);
  };
  static const std::vector<Route>& routes();
  Wait route(HttpCall call);

  Wait healthz(const HttpCall& call);
  Wait readyz(const HttpCall& call);
  Wait metrics(const HttpCall& call);
  Wait root(const HttpCall& call);
  Wait instruments(const HttpCall& call);
  Wait session(const HttpCall& call);
  Wait auctions(const HttpCall& call);
  Wait book(const HttpCall& call);
  Wait trades(const HttpCall& call);
  Wait trade_history(const HttpCall& call);
  Wait candles(const HttpCall& call);
  Wait account(const HttpCall& call);
  Wait holdings(const HttpCall& call);
  Wait orders(const HttpCall& call);
  Wait order_history(const HttpCall& call);
  Wait fills(const HttpCall& call);
  Wait statement(const HttpCall& call);
  Wait registry_statement(const HttpCall& call);
  Wait digest(const HttpCall& call);
  Wait balances(const HttpCall& call);

  /// What an entry of the log gives to a page, each a JSON object.
  using Items = std::function<std::vector<std::string>(const Entry&)>;
  /// Asks the engine and waits at most answer_timeout.
  Wait ask(Question question, Render render);
  /// Runs on the pool, for at most answer_timeout; a fault there is 503.
  Wait on_pool(std::function<HttpReply()> work);
  /// A page of the log's past from the call's `after` on; 400 when `after` or `limit` does not fit.
  Wait history(const HttpCall& call, std::string list, Items items);
  /// The account's state, when the caller may see it, through `render`.
  Wait seen_account(const HttpCall& call, Render render);
  [[nodiscard]] const BoardInstrument* instrument_of(const HttpCall& call) const;

  boost::asio::io_context& io_;
  boost::asio::thread_pool& pool_;
  QueryPort& queries_;
  const StreamHub& hub_;
  const HttpOptions& options_;
  std::function<HttpCounts()> counts_;
};

}  // namespace pace
