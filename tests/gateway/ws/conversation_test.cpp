#include <doctest/doctest.h>
#include <sodium.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>

#include "engine/base/account_number.h"
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
  std::string why;
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
  void send(std::string_view text) override {
    heard.push_back(json::parse(json::string_view(text.data(), text.size())).as_object());
  }
  void send(const Bundle& bundle) override {
    std::string frames;
    for (const auto& [sequence, text] : bundle.messages()) {
      send(*text);
      append_frame(frames, *text);
    }
    CHECK(frames == bundle.frames());
  }
  void close(std::uint16_t code, std::string_view reason) override {
    closed = code;
    why = reason;
  }
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
  json::object login(std::string_view with, const std::string& user = "ann", const std::string& more = "") {
    std::string nonce;
    for (const json::object& message : heard)
      if (const json::value* given = message.if_contains("nonce")) nonce = given->as_string();
    return say(R"({"op":"login","id":"l","user":")" + user + R"(","proof":")" + to_hex(login_proof(user, with, nonce)) +
               "\"" + more + "}");
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

TEST_CASE("conversation: a user disabled or a key revoked meanwhile is put out, and told why") {
  Talk talk;
  talk.login(talk.secret);
  talk.conversation->check_login();
  CHECK(talk.closed == 0);
  const std::string bot = talk.credentials->add_key({"bot", "ann", {.read = true}, {}, std::nullopt});
  talk.again();
  const json::object in = talk.login(bot, "bot");
  CHECK(in.at("user") == "ann");
  CHECK(json::serialize(in.at("scopes")) == R"(["read"])");
  CHECK(code(talk.say(R"({"op":"place","id":"a"})")) == "not_permitted");
  talk.credentials->revoke_key("bot");
  talk.conversation->check_login();
  CHECK(talk.closed == close_shut_out);
  CHECK(talk.why == "bot was revoked");
  talk.again();
  talk.login(talk.secret);
  talk.credentials->disable("ann");
  talk.conversation->check_login();
  CHECK(talk.closed == close_shut_out);
  CHECK(talk.why == "ann was disabled");
}

TEST_CASE("conversation: an Ed25519 key signs the nonce, and a signature serves once") {
  Talk talk;
  Credentials::Digest public_key{};
  std::array<unsigned char, crypto_sign_SECRETKEYBYTES> private_key{};
  crypto_sign_keypair(public_key.data(), private_key.data());
  talk.credentials->add_key({"signer", "ann", {.read = true, .trade = true}, {}, public_key});
  const auto login = [&](const std::string& nonce) {
    const std::string text = login_text("signer", nonce);
    Credentials::Signature signature{};
    crypto_sign_detached(signature.data(), nullptr, reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                         private_key.data());
    return talk.say(R"({"op":"login","user":"signer","signature":")" + to_hex(signature) + "\"}");
  };
  const std::string nonce(talk.heard.back().at("nonce").as_string());
  CHECK(login(nonce).at("status") == "ok");
  talk.again();
  CHECK(code(login(nonce)) == "login_refused");  // replayed
}

TEST_CASE("conversation: orders are cancelled at the session's end when its login asked for it") {
  Talk talk;
  talk.login(talk.secret);
  talk.again();
  talk.until([&] { return true; });
  CHECK(talk.exchange.submitted == 0);
  Request seen;
  talk.exchange.on_command = [&](Entry& entry) { seen = entry.stamped.request; };
  CHECK(code(talk.say(R"({"op":"login","user":"ann","proof":"","cancel_on_disconnect":1})")) == "malformed_message");
  talk.again();
  CHECK(talk.login(talk.secret, "ann", R"(,"cancel_on_disconnect":true)").at("cancel_on_disconnect") == true);
  talk.exchange.busy_left = 3;
  talk.again();  // the connection is lost
  talk.until([&] { return talk.exchange.released() == Sequence(1); });
  CHECK(seen.sender == Sender{Role::broker, 1});
  CHECK(std::get<MassCancel>(seen.command) == MassCancel{.side = Sides::both, .reason = CancelReason::disconnect});
  const std::string reader = talk.credentials->add_key({"reader", "ann", {.read = true}, {}, std::nullopt});
  CHECK(code(talk.login(reader, "reader", R"(,"cancel_on_disconnect":true)")) == "not_permitted");
  CHECK(code(talk.say(R"({"op":"subscribe","channel":"fills"})")) == "not_permitted");
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

TEST_CASE("conversation: many orders get one answer each, in one message") {
  Talk talk;
  talk.exchange.on_command = [&](Entry& entry) {
    const ClientId id = entry.stamped.request.request_id;
    if (id == ClientId("c1")) entry.events = {accepted(77, Side::buy, 8000, 20, id)};
    if (id == ClientId("c2")) entry.outcome = {Reject::price_above_limit, 9900, 8800};
  };
  CHECK(code(talk.say(R"({"op":"place_many","id":"m","orders":[{"id":"c1"}]})")) == "not_permitted");
  talk.login(talk.secret);
  const std::string terms = R"("principal":195,"symbol":"PCA-2026","side":"buy","price":8000,"quantity":20})";
  const std::string five = R"({"op":"place_many","id":"m1","orders":[{"id":"c1",)" + terms + R"(,{"id":"c2",)" + terms +
                           R"(,{"id":"c3","qty":1},7,{"id":"c4",)" + terms + "]}";
  const json::object answer = talk.say(five);
  CHECK(answer.at("op") == "place_many");
  CHECK(answer.at("id") == "m1");
  CHECK(answer.at("budget") == 995);  // each order counts
  const json::array& answers = answer.at("answers").as_array();
  REQUIRE(answers.size() == 5);
  CHECK(answers[0].at("order") == 77);
  CHECK(answers[1].at("outcome").at("code") == "price_above_limit");
  CHECK(answers[2].at("code") == "malformed_message");
  CHECK(answers[3].at("status") == "error");
  CHECK(answers[4].at("status") == "accepted");
  CHECK(talk.exchange.submitted == 3);
  CHECK(code(talk.say(R"({"op":"place_many","id":"m2","orders":[]})")) == "malformed_message");
  std::string many = R"({"op":"place_many","id":"m3","orders":[{})";
  for (int i = 0; i < 100; ++i) many += ",{}";
  CHECK(code(talk.say(many + "]}")) == "malformed_message");
  talk.exchange.busy_left = 1;
  CHECK(
      talk.say(R"({"op":"place_many","id":"m4","orders":[{"id":"c5",)" + terms + "]}").at("answers").at(0).at("code") ==
      "busy");
  talk.limiter = RateLimiter(0.001, 3);
  const json::object refused = talk.say(five);
  CHECK(code(refused) == "rate_limited");
  CHECK(refused.at("budget") == 2);
  CHECK(talk.exchange.submitted == 3);
}

TEST_CASE("conversation: a pooled order names its principals") {
  Talk talk;
  Command seen;
  talk.exchange.on_command = [&](Entry& entry) {
    seen = entry.stamped.request.command;
    entry.events = {accepted(78, Side::sell, 8000, 50, "p1")};
  };
  talk.login(talk.secret);
  const json::object answer =
      talk.say(R"({"op":"place_pooled","id":"p1","symbol":"PCA-2026","side":"sell","price":8000,)"
               R"("split":[{"principal":195,"quantity":20},{"principal":292,"quantity":30}]})");
  CHECK(answer.at("status") == "accepted");
  CHECK(answer.at("order") == 78);
  const auto& pooled = std::get<NewPooledOrder>(seen);
  CHECK(pooled.instrument == InstrumentId(1));
  CHECK(pooled.split == std::vector<PoolShare>{{AccountId(195), Quantity(20)}, {AccountId(292), Quantity(30)}});
}

TEST_CASE("conversation: public states resume from the messages kept, or begin anew") {
  Talk talk;
  talk.say(R"({"op":"subscribe","channel":"book","symbol":"PCA-2026"})");
  talk.exchange.emit({rested(1, Side::buy, 7990, 20)});
  talk.exchange.emit({rested(2, Side::sell, 8010, 5)});
  talk.settle();
  const auto before = talk.of("book");
  REQUIRE(before.size() == 3);
  const std::string last = std::to_string(before[1].at("sequence").to_number<std::uint64_t>());
  talk.again();
  talk.exchange.emit({rested(3, Side::sell, 8020, 5)});
  talk.settle();
  CHECK(talk.say(R"({"op":"subscribe","channel":"book","symbol":"PCA-2026","from":)" + last + "}").at("resumed") ==
        true);
  talk.exchange.emit({rested(4, Side::sell, 8030, 5)});
  talk.settle();
  const auto after = talk.of("book");
  REQUIRE(after.size() == 3);
  CHECK(after[0] == before[2]);
  CHECK(after[1].at("previous") == before[2].at("sequence"));
  CHECK(after[2].at("previous") == after[1].at("sequence"));
  talk.again();
  CHECK(talk.say(R"({"op":"subscribe","channel":"ticker","symbol":"PCA-2026","from":0})").at("resumed") == false);
  CHECK(talk.of("ticker").size() == 1);
}

TEST_CASE("conversation: after a restart a public state begins anew and says so, trades resume from the log") {
  Talk talk;
  talk.say(R"({"op":"subscribe","channel":"book","symbol":"PCA-2026"})");
  talk.exchange.emit({rested(1, Side::buy, 7990, 20)});
  talk.trades(1, 3);
  talk.settle();
  const std::string last = std::to_string(talk.exchange.released().raw() - 1);
  talk.conversation->end();
  StreamHub anew(talk.io, talk.pool, talk.exchange, talk.exchange, 1'000);  // nothing is kept yet, the log is
  anew.start();
  talk.until([&] { return anew.ready(); });
  WsPorts ports{talk.io, talk.exchange, talk.exchange, *talk.credentials, talk.options, anew, talk.limiter};
  talk.heard.clear();
  talk.conversation = std::make_shared<Conversation>(ports, talk, "session");
  const auto from = [&](const std::string& channel, const std::string& sequence) {
    return talk.say(R"({"op":"subscribe","channel":")" + channel + R"(","symbol":"PCA-2026","from":)" + sequence + "}");
  };
  for (const char* channel : {"book", "ticker", "auction", "status"}) {
    CHECK(from(channel, last).at("resumed") == false);
    CHECK(talk.of(channel).size() == 1);  // its whole state, under the sequence of now
  }
  CHECK(talk.of("book").front().at("type") == "snapshot");
  CHECK(from("trades", last).at("resumed") == true);
  talk.until([&] { return trade_numbers(talk.of("trades"), "trades") == counted(3, 3); });
  CHECK(code(from("book", "99")) == "from_is_ahead");
  talk.conversation->end();
  anew.stop();
}

TEST_CASE("conversation: an account's state comes at first and when it changes, to those who may see it") {
  Talk talk;
  AccountView account{.account = AccountId(195), .cash = Cash(500), .brokers = {BrokerId(1)}};
  account.holdings = {{.instrument = InstrumentId(1), .total = Quantity(70), .sellable = Quantity(60)}};
  talk.exchange.set_account(account);
  CHECK(code(talk.say(R"({"op":"subscribe","channel":"cash","account":195})")) == "not_permitted");
  talk.login(talk.secret);
  CHECK(code(talk.say(R"({"op":"subscribe","channel":"cash"})")) == "malformed_message");
  CHECK(code(talk.say(R"({"op":"subscribe","channel":"cash","account":196})")) == "malformed_message");
  talk.say(R"({"op":"subscribe","channel":"cash","account":195})");
  talk.say(R"({"op":"subscribe","channel":"holdings","account":195})");
  talk.until([&] { return talk.of("cash").size() == 1 && talk.of("holdings").size() == 1; });
  CHECK(talk.of("cash")[0].at("cash") == 500);
  CHECK(talk.of("holdings")[0].at("holdings").at(0).at("sellable") == 60);

  account.cash = Cash(400);
  talk.exchange.set_account(account);
  talk.exchange.emit({OrderAccepted{.order = OrderId(1), .broker = BrokerId(1), .principal = AccountId(195)}});
  talk.until([&] { return talk.of("cash").size() == 2; });
  CHECK(talk.of("cash")[1].at("cash") == 400);
  CHECK(talk.of("holdings").size() == 1);  // it did not change

  const std::size_t asked = talk.exchange.accounts_asked;
  for (int i = 0; i < 50; ++i)
    talk.exchange.emit({OrderAccepted{.order = OrderId(1), .broker = BrokerId(1), .principal = AccountId(292)}});
  talk.settle();
  talk.io.run_for(50ms);
  CHECK(talk.exchange.accounts_asked == asked);  // somebody else's

  account.brokers.clear();  // the mandate is revoked
  talk.exchange.set_account(account);
  talk.exchange.emit({}, RevokeEntrustment{EntrustmentId(9)});
  talk.exchange.emit({TradingDayStarted{make_date(2026, 9, 16)}});
  talk.until([&] { return talk.of("cash").size() == 3 && talk.of("holdings").size() == 2; });
  CHECK(talk.of("cash")[2].at("type") == "ended");
  CHECK(talk.of("holdings")[1].at("code") == "not_permitted");
  account.brokers = {BrokerId(1)};
  talk.exchange.set_account(account);
  talk.say(R"({"op":"subscribe","channel":"cash","account":195})");
  talk.until([&] { return talk.of("cash").size() == 4; });
  CHECK(talk.of("cash")[3].at("cash") == 400);
}

TEST_CASE("conversation: notices tell a member what concerns it, and resume") {
  Talk talk;
  talk.login(talk.secret);
  talk.say(R"({"op":"subscribe","channel":"notices"})");
  talk.exchange.emit({InstrumentStateChanged{InstrumentId(1), InstrumentState::halted, "storm"}});
  talk.exchange.emit({KillSwitchSet{BrokerId(2), true, "x"}});
  talk.exchange.emit({KillSwitchSet{BrokerId(1), true, "y"}});
  talk.exchange.emit({}, DepositCash{.broker = BrokerId(1), .account = AccountId(195), .amount = Cash(7)});
  talk.exchange.emit({}, DepositCash{.broker = BrokerId(2), .account = AccountId(292), .amount = Cash(7)});
  talk.exchange.emit({AuctionAnnounced{.auction = AuctionId(3), .seller = AccountId(292)}});
  talk.exchange.emit({trade(5, 8000, 1, 1, 0, 2, 0), TradeBroken{TradeId(4), TradeId(5), "error"}});
  Trade others = trade(7, 8000, 1, 1, 0, 2, 0);
  others.buy.broker = BrokerId(3);
  talk.exchange.emit({others, TradeBroken{TradeId(6), TradeId(7), "error"}});
  talk.settle();
  std::string told;
  for (const json::object& message : talk.of("notices"))
    for (const json::value& notice : message.at("notices").as_array())
      told += json::serialize(notice.at("notice")) + " ";
  CHECK(told == R"("instrument_state_changed" "kill_switch_set" "deposit_cash" "auction_announced" "trade_broken" )");
  CHECK(talk.of("notices")[3].at("notices").at(0).at("seller") == 0);
  const auto from = talk.of("notices")[2].at("sequence").to_number<std::uint64_t>();
  talk.again();
  talk.login(talk.secret);
  CHECK(talk.say(R"({"op":"subscribe","channel":"notices","from":)" + std::to_string(from) + "}").at("resumed") ==
        true);
  talk.until([&] { return talk.of("notices").size() == 2; });
}

TEST_CASE("conversation: a session's subscriptions are bounded") {
  Talk talk;
  talk.login(talk.secret);
  for (std::uint64_t i = 1; i <= 256; ++i)
    CHECK(talk.say(R"({"op":"subscribe","channel":"cash","account":)" + std::to_string(account_number(i).raw()) + "}")
              .at("status") == "ok");
  CHECK(code(talk.say(R"({"op":"subscribe","channel":"book","symbol":"PCA-2026"})")) == "too_many_subscriptions");
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
