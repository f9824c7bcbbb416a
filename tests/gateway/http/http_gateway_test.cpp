#include <doctest/doctest.h>

#include <sstream>

#include "engine/base/check.h"
#include "engine/message/json.h"
#include "tests/gateway/gateway_harness.h"
#include "tests/reached_rejects.h"

using namespace pace;
using namespace std::chrono_literals;

namespace {

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// The data of a chunked answer.
std::string dechunked(const std::string& answer) {
  std::string out;
  std::size_t at = answer.find("\r\n\r\n") + 4;
  while (at < answer.size()) {
    const std::size_t end = answer.find("\r\n", at);
    const std::size_t n = std::stoul(answer.substr(at, end - at), nullptr, 16);
    out += answer.substr(end + 2, n);
    at = end + 2 + n + 2;
    if (n == 0) break;
  }
  return out;
}

std::vector<std::string> lines_of(const std::string& answer) {
  std::vector<std::string> lines;
  std::istringstream in(dechunked(answer));
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

}  // namespace

TEST_CASE("http: the public routes answer, with what browsers need to be safe") {
  Served served;
  served.exchange.emit({rested(1, Side::buy, 7990, 20), trade(1, 8000, 10, 8, 0, 9, 0)});
  while (!has(served.get("/api/v1/trades/PCA-2026"), "\"price\":8000")) std::this_thread::sleep_for(2ms);
  CHECK(has(served.get("/healthz"), "ok\n"));
  CHECK(has(served.get("/"), "302 Found"));
  CHECK(has(served.get("/"), "Location: /market"));
  const std::string page = served.get("/market");
  CHECK(has(page, "200 OK"));
  CHECK(has(page, "Content-Security-Policy: default-src 'none'"));
  CHECK(has(page, "X-Content-Type-Options: nosniff"));
  CHECK(has(page, "<title>PACE market</title>"));
  CHECK(has(served.get("/market.js"), "Content-Type: text/javascript"));
  CHECK(has(served.get("/api/v1/instruments"), "\"symbol\":\"PCA-2026\""));
  CHECK(has(served.get("/api/v1/session"), "\"phase\":\"morning\""));
  const std::string auctions = served.get("/api/v1/auctions");
  CHECK(has(auctions, "\"reserve_for_sale\":true"));
  CHECK(has(auctions, "\"auction\":7,\"kind\":\"one_sided\",\"instrument\":0,\"state\":\"open\",\"quantity\":500"));
  CHECK(has(served.get("/api/v1/book/PCA-2026"), "\"bids\":[[7990,20,1]]"));
  CHECK(has(served.get("/api/v1/book/PCA%2D2026"), "\"bids\":[[7990,20,1]]"));
  CHECK_FALSE(has(served.get("/market", "", "HEAD"), "<title>"));
  CHECK(has(served.get("/market", "", "HEAD"), "200 OK"));
}

TEST_CASE("http: what is wrong with a request is said as problem JSON") {
  Served served;
  const auto problem = [&](const std::string& answer, int status, std::string_view part) {
    INFO(answer);
    CHECK(answer.starts_with("HTTP/1.1 " + std::to_string(status) + " "));
    CHECK(has(answer, "Content-Type: application/problem+json"));
    CHECK(has(answer, "\"status\":" + std::to_string(status)));
    CHECK(has(answer, part));
  };
  problem(served.get("/nowhere"), 404, "nothing at this address");
  problem(served.get("/market/../../etc/passwd"), 404, "nothing");
  problem(served.get("/api/v1/book/NONE"), 404, "NONE");
  problem(served.get("/api/v1/book/"), 404, "nothing");
  problem(served.get("/api/v1/trades/PCA-2026?limit=0"), 400, "limit");
  problem(served.get("/api/v1/trades/PCA-2026?limit=x"), 400, "limit");
  problem(served.get("/api/v1/session", "", "DELETE"), 405, "GET");
  problem(served.get("/api/v1/session", "Content-Length: 2\r\n"), 400, "takes no body");
  problem(served.get("/ws"), 404, "nothing");
  problem(served.get("/%zz"), 400, "malformed");
  problem(served.get("/api/v1/commands"), 404, "nothing");
  problem(served.get("/healthz", "X-Long: " + std::string(20'000, 'x') + "\r\n"), 431, "too large");
}

TEST_CASE("http: accounts, digest and balances are for those who may see them") {
  Served served;
  AccountView account{.account = AccountId(197), .cash = Cash(42)};
  account.brokers = {BrokerId(1)};
  served.exchange.set_account(account);
  const std::string ann = Served::bearer("ann", served.broker),
                    authority = Served::bearer("authority", served.authority);
  const std::string bank = Served::bearer("bank", served.bank);
  CHECK(has(served.get("/api/v1/accounts/197"), " 401 "));
  CHECK(has(served.get("/api/v1/accounts/197"), "WWW-Authenticate: Bearer"));
  CHECK(has(served.get("/api/v1/accounts/197", ann), "\"cash\":42"));
  CHECK(has(served.get("/api/v1/accounts/197", authority), "\"cash\":42"));
  CHECK(has(served.get("/api/v1/accounts/197", bank), " 403 "));
  account.brokers = {BrokerId(2)};
  served.exchange.set_account(account);
  CHECK(has(served.get("/api/v1/accounts/197", ann), " 404 "));
  CHECK(has(served.get("/api/v1/accounts/294", authority), " 404 "));
  CHECK(has(served.get("/api/v1/accounts/x", authority), " 400 "));
  CHECK(has(served.get("/api/v1/digest", ann), " 403 "));
  CHECK(has(served.get("/api/v1/digest", authority), "\"digest\":\"00"));
  CHECK(has(served.get("/api/v1/balances", authority), "\"at_bank\":5"));
  CHECK(has(served.get("/api/v1/balances"), " 401 "));
  CHECK(has(served.get("/api/v1/orders", ann), "\"orders\":[]"));
  CHECK(has(served.get("/api/v1/session", Served::bearer("ann", "wrong")), " 401 "));
  CHECK(has(served.get("/api/v1/session", "Authorization: Basic abc\r\n"), " 401 "));
}

TEST_CASE("http: metrics hold the gateway's figures and the server's") {
  HttpOptions options;
  options.figures = [] {
    return std::vector<Figure>{
        {"pace_queue_depth", "Commands waiting.", Figure::Kind::gauge, 7, {{"queue", "commands"}}}};
  };
  Served served(std::move(options));
  served.exchange.on_command = [](Entry& entry) {
    entry.outcome = {Reject::market_closed, 0, 0};
    entry.events = {LimitAlert{}, InstrumentStateChanged{}};
  };
  served.post_commands("{\"command\":\"new_order\",\"request_id\":\"a\"}\n", "ann", served.broker);
  while (!has(served.get("/metrics"), "pace_rejects_total{reason=\"market_closed\"} 1"))
    std::this_thread::sleep_for(2ms);
  const std::string text = served.get("/metrics");
  CHECK(has(text, "# TYPE pace_queue_depth gauge"));
  CHECK(has(text, "pace_queue_depth{queue=\"commands\"} 7"));
  CHECK(has(text, "pace_alerts_total{alert=\"limit_alert\"} 1"));
  CHECK_FALSE(has(text, "alert=\"trading\""));
  CHECK(has(text, "pace_ws_sessions 0"));
  CHECK(has(text, "pace_http_replies_total{status=\"200\"}"));
}

TEST_CASE("http: commands are answered in order, a malformed line names its fault and stops nothing") {
  Served served;
  served.exchange.on_command = [](Entry& entry) {
    if (entry.stamped.request.request_id == ClientId("r3")) entry.outcome = {Reject::unknown_account, 5, 0};
  };
  const std::string answer = served.post_commands(
      "{\"command\":\"set_cap\",\"request_id\":\"r1\",\"body\":{\"year\":2026,\"cap\":5}}\n"
      "\r\n"
      "{\"command\":\"set_cap\",\"request_id\":\"r2\",\"body\":{\"caap\":5}}\n"
      "rubbish\n"
      "{\"command\":\"set_cap\",\"request_id\":\"r3\"}",
      "authority", served.authority);
  const auto lines = lines_of(answer);
  REQUIRE(lines.size() == 4);
  CHECK(lines[0] == R"({"request_id":"r1","sequence":1,"outcome":{"code":"none"}})");
  CHECK(test::reached(lines[1]) ==
        R"({"request_id":"r2","sequence":0,"outcome":{"code":"malformed_message","line":3,"field":"body.caap",)"
        R"x("text":"line 3: body.caap: there is no such field (did you mean \"cap\"?)"}})x");
  CHECK(has(lines[2], "\"line\":4"));
  CHECK(has(lines[2], "not JSON"));
  CHECK(has(lines[3], "\"code\":\"unknown_account\""));
  CHECK(has(lines[3], "\"sequence\":2"));
}

TEST_CASE("http: commands carry the identity of the login, and its scopes hold") {
  Served served;
  std::atomic<bool> right{false};
  served.exchange.on_command = [&](Entry& entry) { right = entry.stamped.request.sender == Sender{Role::broker, 1}; };
  const std::string order = "{\"command\":\"new_order\",\"request_id\":\"a\"}\n";
  CHECK(lines_of(served.post_commands(order, "ann", served.broker)).size() == 1);
  CHECK(right);
  CHECK(has(served.post_commands(order, "ann", "wrong"), " 401 "));
  const std::string reader = served.credentials->add_user({"reader", {Role::broker, 1}, {.read = true}, {}});
  CHECK(has(served.post_commands(order, "reader", reader), " 403 "));
  const std::string half = served.credentials->add_user({"half", {Role::broker, 1}, {.admin = true}, {}});
  CHECK(has(served.post_commands(order, "half", half), "role_not_permitted"));
  CHECK(served.exchange.submitted == 1);
}

TEST_CASE("http: events are given when asked for, as far as the sender may see them") {
  Served served;
  served.exchange.on_command = [](Entry& entry) {
    entry.events = {accepted(1, Side::buy, 8000, 20, "a"), trade(1, 8000, 20, 1, 0, 2, 0)};
  };
  const auto lines = lines_of(
      served.post_commands("{\"command\":\"new_order\",\"request_id\":\"a\"}\n", "ann", served.broker, "?events=1"));
  REQUIRE(lines.size() == 1);
  CHECK(has(lines[0], "\"event\":\"order_accepted\""));
  CHECK(has(lines[0], "\"event\":\"fill\""));
  CHECK_FALSE(has(lines[0], "294"));
}

TEST_CASE("http: the screen's reject is the answer, and nothing is submitted") {
  HttpOptions options;
  options.screen = [](const Request&) { return Outcome{Reject::signature_invalid, 9, 0}; };
  Served served(std::move(options));
  const auto lines =
      lines_of(served.post_commands("{\"command\":\"set_cap\",\"request_id\":\"a\"}\n", "authority", served.authority));
  REQUIRE(lines.size() == 1);
  CHECK(has(lines[0], "signature_invalid"));
  CHECK(served.exchange.submitted == 0);
}

TEST_CASE("http: a busy queue is waited for, and no line is lost or sent twice") {
  Served served;
  served.exchange.busy_left = 20;
  std::string body;
  for (int i = 1; i <= 3000; ++i)
    body += to_json(Request{{}, *ClientId::from("r" + std::to_string(i)), OpenAccount{AccountId(197)}}) + "\n";
  const auto lines = lines_of(served.post_commands(body, "authority", served.authority));
  REQUIRE(lines.size() == 3000);
  bool in_order = true;
  for (std::size_t i = 0; i < lines.size(); ++i)
    in_order = in_order && lines[i] == "{\"request_id\":\"r" + std::to_string(i + 1) +
                                           "\",\"sequence\":" + std::to_string(i + 1) +
                                           ",\"outcome\":{\"code\":\"none\"}}";
  CHECK(in_order);
  CHECK(served.exchange.submitted == 3000);
}

TEST_CASE("http: a stop does not wait for an upload that the exchange keeps busy") {
  Served served;
  served.exchange.busy_left = 1'000'000;
  const std::string body = to_json(Request{{}, "r1", OpenAccount{AccountId(197)}}) + "\n";
  auto answer =
      std::async(std::launch::async, [&] { return served.post_commands(body, "authority", served.authority); });
  while (served.exchange.busy_left == 1'000'000) std::this_thread::sleep_for(1ms);
  auto stop = std::async(std::launch::async, [&] { served.stop(); });
  PACE_CHECK(stop.wait_for(10s) == std::future_status::ready);  // threads that hang cannot be unwound
  CHECK(lines_of(answer.get()).empty());
  CHECK(served.exchange.submitted == 0);
}

TEST_CASE("http: a large upload passes in bounded time and others are answered meanwhile") {
  Served served;
  std::string body;
  for (int i = 1; i <= 100'000; ++i)
    body += to_json(Request{{},
                            *ClientId::from("r" + std::to_string(i)),
                            OpenAccount{.account = AccountId(197), .birth = make_date(1990, 1, 1)}}) +
            "\n";
  REQUIRE(body.size() < 16 * 1024 * 1024);
  const auto began = std::chrono::steady_clock::now();
  auto upload =
      std::async(std::launch::async, [&] { return served.post_commands(body, "authority", served.authority); });
  auto slowest = 0ms;
  while (upload.wait_for(10ms) != std::future_status::ready) {
    const auto asked = std::chrono::steady_clock::now();
    served.get("/healthz");
    slowest = std::max(slowest,
                       std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - asked));
  }
  const std::string data = dechunked(upload.get());
  CHECK(std::count(data.begin(), data.end(), '\n') == 100'000);
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
  MESSAGE("100,000 lines in " << took.count() << " ms, slowest other answer " << slowest.count() << " ms");
  CHECK(took < 20s);
  CHECK(slowest < 1s);
}

TEST_CASE("http: a body beyond the limit is refused before it is read") {
  HttpOptions options;
  options.max_body_bytes = 1000;
  Served served(std::move(options));
  CHECK(has(served.post_commands(std::string(2000, 'x'), "authority", served.authority), " 413 "));
  CHECK(has(served.get("/healthz"), "ok"));
}

TEST_CASE("http: curl's Expect: 100-continue is answered before the body") {
  Served served;
  const std::string body = "{\"command\":\"set_cap\",\"request_id\":\"a\"}\n";
  Dial wire(served.port);
  wire.send("POST /api/v1/commands HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" +
            Served::bearer("authority", served.authority) +
            "Expect: 100-continue\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n");
  CHECK(has(wire.until("\r\n\r\n"), "100 Continue"));
  wire.send(body);
  CHECK(has(wire.until_closed(), "\"sequence\":1"));
}

TEST_CASE("http: a connection serves many requests, also pipelined") {
  Served served;
  Dial wire(served.port);
  const std::string request = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
  wire.send(request + request + "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const std::string all = wire.until_closed();
  std::size_t n = 0;
  for (std::size_t at = all.find("200 OK"); at != std::string::npos; at = all.find("200 OK", at + 1)) ++n;
  CHECK(n == 3);
}

TEST_CASE("http: who sends slowly or nothing is closed, others notice nothing") {
  HttpOptions options;
  options.header_timeout = 200ms;
  options.body_timeout = 200ms;
  Served served(std::move(options));
  Dial silent(served.port), dripping(served.port), half_body(served.port);
  dripping.send("GET / HTTP/1.1\r\nX-A: ");
  half_body.send("POST /api/v1/commands HTTP/1.1\r\nHost: x\r\n" + Served::bearer("authority", served.authority) +
                 "Content-Length: 1000\r\n\r\n{");
  for (int i = 0; i < 4; ++i) {
    std::this_thread::sleep_for(30ms);
    dripping.send("a");
    CHECK(has(served.get("/healthz"), "ok"));
  }
  CHECK(silent.until_closed().empty());
  CHECK(dripping.until_closed().empty());
  CHECK(half_body.until_closed().empty());
}

TEST_CASE("http: beyond the most connections new ones are closed at once") {
  HttpOptions options;
  options.max_connections = 2;
  Served served(std::move(options));
  std::this_thread::sleep_for(20ms);
  Dial first(served.port), second(served.port);
  std::this_thread::sleep_for(20ms);
  Dial third(served.port);
  CHECK(third.until_closed().empty());
  first.send("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  CHECK(has(first.until_closed(), "ok"));
}

TEST_CASE("http: requests beyond the rate get 429 and when to come back; probes are not counted") {
  HttpOptions options;
  options.rate_per_second = 0.5;
  options.rate_burst = 2;
  Served served(std::move(options));
  CHECK(has(served.get("/api/v1/session"), " 200 "));
  CHECK(has(served.get("/api/v1/session"), " 200 "));
  const std::string refused = served.get("/api/v1/session");
  CHECK(has(refused, " 429 "));
  CHECK(has(refused, "Retry-After: "));
  CHECK(has(served.get("/healthz"), " 200 "));
  CHECK(has(served.get("/api/v1/session", Served::bearer("ann", served.broker)), " 200 "));
}

TEST_CASE("http: a port in use is an error that names it") {
  Served served;
  HttpOptions options;
  options.port = served.port;
  boost::asio::io_context io;
  HttpGateway second(io, served.exchange, served.exchange, served.exchange, *served.credentials, options);
  const std::string expected = "port " + std::to_string(served.port) + ": Address already in use";
  CHECK_THROWS_WITH(second.start(), doctest::Contains(expected.c_str()));
}

TEST_CASE("http: not ready is said with the reason") {
  std::string why;
  HttpOptions options;
  std::atomic<bool> ready{true};
  options.not_ready = [&] { return ready ? std::string() : std::string("the books are behind"); };
  Served served(std::move(options));
  ready = false;
  CHECK(has(served.get("/readyz"), " 503 "));
  CHECK(has(served.get("/readyz"), "the books are behind"));
}
