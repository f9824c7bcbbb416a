#include <doctest/doctest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>

#include "engine/base/hex.h"
#include "gateway/ws/conversation.h"
#include "tests/gateway/fake_exchange.h"

using namespace pace;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

/// A conversation over the fake exchange, without a socket: the test runs the io thread itself.
struct Talk : Outlet {
  FakeExchange exchange;
  boost::asio::io_context io{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{io.get_executor()};
  boost::asio::thread_pool pool{1};
  std::filesystem::path folder;
  std::unique_ptr<Credentials> credentials;
  std::string secret;
  HttpOptions options;
  StreamHub hub{io, pool, exchange, exchange, 1'000'000};
  RateLimiter limiter{1000, 1000};
  WsPorts ports;
  std::shared_ptr<Conversation> conversation;
  std::vector<json::object> heard;
  std::uint16_t closed = 0;
  std::size_t queued = 0;

  static std::filesystem::path make_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "pace_talk_XXXXXX").string();
    return ::mkdtemp(name.data());
  }
  Talk()
      : folder(make_folder()), credentials(std::make_unique<Credentials>(folder)), ports{io,       exchange,
                                                                                         exchange, *credentials,
                                                                                         options,  hub,
                                                                                         limiter} {
    secret = credentials->add_user({"ann", {Role::broker, 1}, {.read = true, .trade = true}, {}});
    hub.start();
    until([&] { return hub.ready(); });
    again();
  }
  ~Talk() override {
    conversation->end();
    hub.stop();
    pool.join();
    std::filesystem::remove_all(folder);
  }
  /// A new session, as after a lost connection.
  void again() {
    if (conversation != nullptr) conversation->end();
    heard.clear();
    conversation = std::make_shared<Conversation>(ports, *this, "session");
    conversation->start();
  }
  void send(const Text& text) override { heard.push_back(json::parse(*text).as_object()); }
  void close(std::uint16_t code, std::string_view) override { closed = code; }
  std::size_t queued_bytes() const override { return queued; }

  template <class Condition>
  void until(Condition&& met) {
    for (const auto end = std::chrono::steady_clock::now() + 5s; !met();) {
      REQUIRE(std::chrono::steady_clock::now() < end);
      io.run_for(2ms);
    }
  }
  void settle() {
    until([&] { return hub.board().applied() == exchange.released(); });
  }
  json::object say(std::string_view text) {
    const std::size_t before = heard.size();
    conversation->receive(text);
    until([&] { return heard.size() > before; });
    return heard[before];
  }
  json::object login(std::string_view with) {
    const std::string nonce(heard.back().at("nonce").as_string());
    return say(R"({"op":"login","id":"l","user":"ann","proof":")" + to_hex(login_proof("ann", with, nonce)) + "\"}");
  }
  /// Messages of a channel heard so far.
  std::vector<json::object> of(std::string_view channel) const {
    std::vector<json::object> out;
    for (const json::object& message : heard)
      if (const auto* name = message.if_contains("channel");
          name != nullptr && *name == json::string_view(channel) && !message.contains("op"))
        out.push_back(message);
    return out;
  }
  void trades(std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t i = from; i <= to; ++i) exchange.emit({trade(i, 8000, 1, 1000 + i, 0, 2000 + i, 0)});
  }
};

std::string code(const json::object& message) {
  const auto* found = message.if_contains("code");
  return found == nullptr ? "" : std::string(found->as_string());
}

std::vector<std::uint64_t> trade_numbers(const std::vector<json::object>& messages, const char* list) {
  std::vector<std::uint64_t> out;
  for (const json::object& message : messages)
    for (const json::value& item : message.at(list).as_array())
      out.push_back(item.at("trade").to_number<std::uint64_t>());
  return out;
}

std::vector<std::uint64_t> counted(std::uint64_t from, std::uint64_t to) {
  std::vector<std::uint64_t> out;
  for (std::uint64_t i = from; i <= to; ++i) out.push_back(i);
  return out;
}

}  // namespace

TEST_CASE("conversation: a login needs the proof for this session's nonce, which serves once") {
  Talk talk;
  const json::object hello = talk.heard.front();
  CHECK(hello.at("op") == "hello");
  CHECK(code(talk.login("wrong")) == "login_refused");
  CHECK(talk.heard.back().at("nonce") != hello.at("nonce"));
  const std::string burned(hello.at("nonce").as_string());
  CHECK(code(talk.say(R"({"op":"login","user":"ann","proof":")" + to_hex(login_proof("ann", talk.secret, burned)) +
                      "\"}")) == "login_refused");
  const json::object in = talk.login(talk.secret);
  CHECK(in.at("status") == "ok");
  CHECK(in.at("number") == 1);
  CHECK(code(talk.say(R"({"op":"login","user":"ann","proof":""})")) == "logged_in");
}

TEST_CASE("conversation: three wrong logins end the session") {
  Talk talk;
  for (int i = 0; i < 3; ++i) talk.login("wrong");
  CHECK(talk.closed == close_policy);
}

TEST_CASE("conversation: a user disabled meanwhile is put out") {
  Talk talk;
  talk.login(talk.secret);
  talk.conversation->check_user();
  CHECK(talk.closed == 0);
  talk.credentials->disable("ann");
  talk.conversation->check_user();
  CHECK(talk.closed == close_policy);
}

TEST_CASE("conversation: what is wrong with a message is said, and the session goes on") {
  Talk talk;
  CHECK(code(talk.say("{")) == "malformed_message");
  CHECK(code(talk.say("[1]")) == "malformed_message");
  CHECK(code(talk.say(R"({"op":"ping","a":[[[[[1]]]]]})")) == "malformed_message");
  CHECK(code(talk.say(R"({"op":"plase"})")) == "unknown_op");
  CHECK(json::serialize(talk.heard.back()).find("did you mean \\\"place\\\"") != std::string::npos);
  CHECK(code(talk.say(R"({"op":"ping","id":"123456789012345678901"})")) == "malformed_message");
  CHECK(code(talk.say(R"({"op":"subscribe","channel":"boook"})")) == "unknown_channel");
  CHECK(code(talk.say(R"({"op":"subscribe","channel":"book","symbol":"X"})")) == "unknown_instrument");
  CHECK(code(talk.say(R"({"op":"subscribe","channel":"book","simbol":"X"})")) == "malformed_message");
  CHECK(code(talk.say(R"({"op":"subscribe","channel":"trades","symbol":"PCA-2026","from":99})")) == "from_is_ahead");
  CHECK(code(talk.say(R"({"op":"subscribe","channel":"trades","symbol":"PCA-2026","from":-1})")) ==
        "malformed_message");
  for (const char* channel : {"orders", "fills"})
    CHECK(code(talk.say(std::string(R"({"op":"subscribe","channel":")") + channel + "\"}")) == "not_permitted");
  CHECK(code(talk.say(R"({"op":"place","id":"a"})")) == "not_permitted");
  CHECK(talk.say(R"({"op":"ping","id":"p"})").at("status") == "ok");
}

TEST_CASE("conversation: requests beyond the rate are refused with the time to wait") {
  Talk talk;
  talk.limiter = RateLimiter(0.001, 2);
  CHECK(talk.say(R"({"op":"ping"})").at("budget") == 1);
  CHECK(talk.say(R"({"op":"ping"})").at("budget") == 0);
  const json::object refused = talk.say(R"({"op":"ping"})");
  CHECK(code(refused) == "rate_limited");
  CHECK(refused.at("retry_after_ms").to_number<std::int64_t>() > 100'000);
}

TEST_CASE("conversation: book snapshot, then deltas that follow one another") {
  Talk talk;
  talk.exchange.emit({rested(1, Side::buy, 7990, 20)});
  talk.settle();
  talk.say(R"({"op":"subscribe","id":"s","channel":"book","symbol":"PCA-2026"})");
  talk.exchange.emit({rested(2, Side::sell, 8010, 5)});
  talk.exchange.emit({PhaseChanged{.phase = Phase::lunch}});
  talk.exchange.emit({rested(3, Side::sell, 8010, 5)});
  talk.settle();
  const auto books = talk.of("book");
  REQUIRE(books.size() == 3);
  CHECK(books[0].at("type") == "snapshot");
  CHECK(books[1].at("previous") == books[0].at("sequence"));
  CHECK(books[2].at("previous") == books[1].at("sequence"));
  CHECK(books[2].at("asks").as_array().at(0).as_array().at(1) == 10);
  CHECK(talk.say(R"({"op":"unsubscribe","channel":"book","symbol":"PCA-2026"})").at("status") == "ok");
  talk.exchange.emit({rested(4, Side::sell, 8020, 5)});
  talk.settle();
  CHECK(talk.of("book").size() == 3);
}

TEST_CASE("conversation: trades resume from a sequence without a gap and without doubling") {
  Talk talk;
  talk.trades(1, 17);
  talk.settle();
  talk.say(R"({"op":"subscribe","channel":"trades","symbol":"PCA-2026","from":3})");
  talk.trades(18, 40);  // while the past is on its way
  talk.settle();
  talk.until([&] { return trade_numbers(talk.of("trades"), "trades").size() >= 37; });
  talk.trades(41, 60);
  talk.settle();
  CHECK(trade_numbers(talk.of("trades"), "trades") == counted(4, 60));
}

TEST_CASE("conversation: a replay waits while its reader is behind") {
  Talk talk;
  talk.trades(1, 40);
  talk.settle();
  talk.queued = talk.options.ws_max_queue_bytes;
  talk.say(R"({"op":"subscribe","channel":"trades","symbol":"PCA-2026","from":0})");
  talk.until([&] { return !talk.of("trades").empty(); });
  talk.io.run_for(20ms);
  CHECK(trade_numbers(talk.of("trades"), "trades") == counted(1, FakeExchange::batch_entries));
  talk.queued = 0;
  talk.conversation->drained();
  talk.until([&] { return trade_numbers(talk.of("trades"), "trades").size() >= 40; });
  CHECK(trade_numbers(talk.of("trades"), "trades") == counted(1, 40));
}

TEST_CASE("conversation: fills resume after a lost connection, own side only") {
  Talk talk;
  talk.login(talk.secret);
  talk.say(R"({"op":"subscribe","channel":"fills"})");
  talk.trades(1, 6);
  talk.settle();
  const auto before = talk.of("fills");
  CHECK(trade_numbers(before, "fills") == counted(1, 6));
  const auto last = before.back().at("sequence").to_number<std::uint64_t>();
  talk.again();
  talk.trades(7, 20);
  talk.settle();
  talk.login(talk.secret);
  talk.say(R"({"op":"subscribe","channel":"fills","from":)" + std::to_string(last) + "}");
  talk.until([&] { return trade_numbers(talk.of("fills"), "fills").size() >= 14; });
  talk.trades(21, 25);
  talk.settle();
  CHECK(trade_numbers(talk.of("fills"), "fills") == counted(7, 25));
  for (const json::object& message : talk.of("fills")) CHECK(json::serialize(message).find("294") == std::string::npos);
}

TEST_CASE("conversation: open orders first, then what becomes of them") {
  Talk talk;
  talk.exchange.set_orders(
      {{.order = OrderId(5), .broker = BrokerId(1), .instrument = InstrumentId(1), .open = Quantity(9)}});
  talk.login(talk.secret);
  talk.say(R"({"op":"subscribe","channel":"orders"})");
  talk.until([&] { return !talk.of("orders").empty(); });
  talk.exchange.emit({OrderCancelled{.order = OrderId(5), .broker = BrokerId(1), .instrument = InstrumentId(1)}});
  talk.exchange.emit({OrderCancelled{.order = OrderId(6), .broker = BrokerId(2), .instrument = InstrumentId(1)}});
  talk.settle();
  talk.until([&] { return talk.of("orders").size() >= 2; });
  talk.io.run_for(10ms);
  const auto orders = talk.of("orders");
  REQUIRE(orders.size() == 2);
  CHECK(orders[0].at("type") == "snapshot");
  CHECK(orders[0].at("orders").as_array().size() == 1);
  CHECK(orders[1].at("events").as_array().at(0).at("order") == 5);
}

TEST_CASE("conversation: an order is answered when it is durable, with its id or its reject") {
  Talk talk;
  Request seen;
  talk.exchange.on_command = [&](Entry& entry) {
    seen = entry.stamped.request;
    if (seen.request_id == ClientId("c1")) entry.events = {accepted(77, Side::buy, 8000, 20, "c1")};
    if (seen.request_id == ClientId("c2")) entry.outcome = {Reject::price_above_limit, 9900, 8800};
    if (seen.request_id == ClientId("c3")) entry.repeats = Sequence(1);
  };
  talk.login(talk.secret);
  const std::string order = R"("principal":197,"symbol":"PCA-2026","side":"buy","price":8000,"quantity":20})";
  json::object answer = talk.say(R"({"op":"place","id":"c1",)" + order);
  CHECK(answer.at("status") == "accepted");
  CHECK(answer.at("order") == 77);
  CHECK(answer.at("sequence") == 1);
  CHECK(seen.sender == Sender{Role::broker, 1});
  CHECK(std::get<NewOrder>(seen.command).instrument == InstrumentId(1));
  CHECK(std::get<NewOrder>(seen.command).quantity == Quantity(20));
  answer = talk.say(R"({"op":"place","id":"c2",)" + order);
  CHECK(answer.at("status") == "rejected");
  CHECK(answer.at("outcome").at("code") == "price_above_limit");
  CHECK(talk.say(R"({"op":"place","id":"c3",)" + order).at("repeats") == 1);
  CHECK(code(talk.say(R"({"op":"place","id":"c4","qty":1})")) == "malformed_message");
  CHECK(code(talk.say(R"({"op":"place","id":"c4","symbol":"X"})")) == "unknown_instrument");
  talk.exchange.busy_left = 1;
  CHECK(code(talk.say(R"({"op":"place","id":"c5",)" + order)) == "busy");
}

TEST_CASE("conversation: replace, cancel and cancel all") {
  Talk talk;
  Command seen;
  talk.exchange.on_command = [&](Entry& entry) {
    seen = entry.stamped.request.command;
    if (std::holds_alternative<MassCancel>(seen))
      entry.events = {OrderCancelled{.order = OrderId(1), .reason = CancelReason::mass_cancel},
                      OrderCancelled{.order = OrderId(2), .reason = CancelReason::mass_cancel}};
  };
  talk.login(talk.secret);
  CHECK(talk.say(R"({"op":"replace","id":"r1","order":77,"price":8010,"quantity":30})").at("status") == "accepted");
  CHECK(std::get<ReplaceOrder>(seen) == ReplaceOrder{OrderId(77), "", Price(8010), Quantity(30)});
  CHECK(talk.say(R"({"op":"cancel","id":"x1","original":"c1"})").at("status") == "accepted");
  CHECK(std::get<CancelOrder>(seen).original == ClientId("c1"));
  CHECK(talk.say(R"({"op":"cancel_all","id":"x2","symbol":"PCA-2026"})").at("cancelled") == 2);
  CHECK(std::get<MassCancel>(seen).side == Sides::both);
  CHECK(std::get<MassCancel>(seen).instrument == InstrumentId(1));
}

TEST_CASE("conversation: the exchange's history before the start is in trades and figures") {
  Talk talk;
  talk.trades(1, 12);
  talk.settle();
  StreamHub later(talk.io, talk.pool, talk.exchange, talk.exchange, 7);
  later.start();
  talk.until([&] { return later.ready(); });
  CHECK(later.board().find(InstrumentId(1))->trades.size() == 7);
  CHECK(later.board().applied() == Sequence(12));
}
