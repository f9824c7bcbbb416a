// What is said over a WebSocket after a login, one or more messages, over an exchange that accepts everything at once.
// Every answer is one JSON object of a known kind and its text is short, whatever was said; nobody is thrown out for
// what he says, and the session still answers afterwards.
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/json/parse.hpp>
#include <thread>

#include "engine/base/check.h"
#include "engine/base/hex.h"
#include "gateway/ws/conversation.h"
#include "tests/fuzz/target.h"
#include "tests/temporary_directory.h"

namespace pace::fuzz {
namespace {

namespace json = boost::json;

constexpr std::size_t longest_text = 1'000;

/// Accepts every command at once and forgets it: what is said does not grow with what was said before.
class Accepting : public CommandPort, public QueryPort, public EventFeed {
 public:
  Reject submit(Request request, CommandPort::Answered answered) override {
    Entry entry;
    entry.stamped = {Sequence(1), Timestamp{}, std::move(request)};
    if (answered) answered(entry);
    return Reject::none;
  }
  Reject ask(Question question, QueryPort::Answered answered) override {
    if (std::holds_alternative<AskMarket>(question)) {
      MarketView market;
      market.instruments.push_back({.instrument = InstrumentId(1), .symbol = "PCA-2026"});
      answered(market);
    } else if (std::holds_alternative<AskOrders>(question)) {
      answered(OrdersView{});
    } else {
      answered(AccountView{});
    }
    return Reject::none;
  }
  EntryBatchPtr next(Sequence, std::chrono::milliseconds patience) override {
    std::this_thread::sleep_for(patience);
    return nullptr;
  }
  Sequence released() const override { return {}; }
  Subscription subscribe(std::function<void()>) override { return nullptr; }
};

class Session : public Outlet {
 public:
  Session() {
    const std::string secret = credentials_.add_user({"ann", {Role::broker, 1}, {.read = true, .trade = true}, {}});
    hub_.start();
    while (!hub_.ready()) io_.run_for(std::chrono::milliseconds(1));
    conversation_->start();
    const std::string nonce(json::parse(last_).at("nonce").as_string());
    say(R"({"op":"login","user":"ann","proof":")" + to_hex(login_proof("ann", secret, nonce)) + "\"}");
    PACE_CHECK(last_.find("\"ok\"") != std::string::npos);
  }
  ~Session() override {
    conversation_->end();
    hub_.stop();
    pool_.join();
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void say(std::string_view text) {
    last_.clear();
    conversation_->receive(text);
    io_.poll();
    PACE_CHECK(!last_.empty());
  }

  void send(std::string_view text) override {
    const json::value value = json::parse(json::string_view(text.data(), text.size()));
    const json::object& message = value.as_object();
    PACE_CHECK(message.contains("op") || message.contains("channel"));
    if (const json::value* said = message.if_contains("text")) PACE_CHECK(said->as_string().size() < longest_text);
    last_ = text;
  }
  void send(const Bundle& bundle) override {
    for (const auto& [sequence, text] : bundle.messages()) send(*text);
  }
  void close(std::uint16_t, std::string_view) override { PACE_CHECK(false); }
  [[nodiscard]] std::size_t queued_bytes() const override { return 0; }

 private:
  test::TemporaryDirectory folder_;
  Accepting exchange_;
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};  ///< it goes on
  boost::asio::thread_pool pool_{1};
  Credentials credentials_{folder_.path()};
  HttpOptions options_;
  StreamHub hub_{io_, pool_, exchange_, exchange_, 1'000};
  RateLimiter limiter_{1e9, 1e9};
  WsPorts ports_{io_, exchange_, exchange_, credentials_, options_, hub_, limiter_};
  std::string last_;
  std::shared_ptr<Conversation> conversation_ = std::make_shared<Conversation>(ports_, *this, "session");
};

}  // namespace

// One message a line, all over one session: what it keeps is bounded.
void run_input(BytesView bytes) {
  static Session session;
  std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    session.say(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  session.say(R"({"op":"ping","id":"alive"})");
}

std::vector<Bytes> seeds() {
  std::vector<Bytes> seeds;
  for (
      const std::string_view text : {
          R"({"op":"ping","id":"p"})",
          R"({"op":"login","id":"l","user":"ann","proof":"00","cancel_on_disconnect":true})",
          R"({"op":"login","id":"l","user":"ann","signature":"00"})",
          R"({"op":"subscribe","id":"s","channel":"book","symbol":"PCA-2026","from":0})",
          "{\"op\":\"subscribe\",\"channel\":\"trades\",\"symbol\":\"PCA-2026\"}\n"
          "{\"op\":\"unsubscribe\",\"channel\":\"trades\",\"symbol\":\"PCA-2026\"}",
          R"({"op":"subscribe","channel":"orders"})",
          R"({"op":"subscribe","channel":"holdings","account":195})",
          R"({"op":"place","id":"c1","principal":195,"symbol":"PCA-2026","side":"buy","price":8000,"quantity":20})",
          R"({"op":"place_many","id":"m","orders":[{"id":"c2","principal":195,"symbol":"PCA-2026","side":"buy"},{"id":"c3"}]})",
          R"({"op":"place_pooled","id":"c4","symbol":"PCA-2026","split":[{"principal":195,"quantity":20}]})",
          R"({"op":"replace","id":"r","original":"c1","price":8010,"quantity":30})",
          R"({"op":"cancel","id":"x","order":77})",
          R"({"op":"cancel_all","id":"y","symbol":"PCA-2026","side":"both"})",
      })
    seeds.emplace_back(text.begin(), text.end());
  return seeds;
}

}  // namespace pace::fuzz
