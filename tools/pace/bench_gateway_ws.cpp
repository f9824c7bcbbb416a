#include "tools/pace/bench_gateway_ws.h"

#include <poll.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <fstream>
#include <future>
#include <thread>

#include "gateway/auth/credentials.h"
#include "gateway/http/http_gateway.h"
#include "tools/pace/bench_desk.h"
#include "tools/pace/bench_directory.h"
#include "tools/pace/bench_ws_client.h"
#include "tools/pace/inline_exchange.h"
#include "tools/pace/path_run.h"

namespace pace::tool {
namespace {

namespace net = boost::asio;
using Clock = std::chrono::steady_clock;

constexpr std::uint32_t brokers = 4;
constexpr std::string_view answer_mark = "\"status\":\"";

struct WsBenchResult {
  Spread ack;
  double per_second = 0;
  std::uint64_t rejected = 0;
  std::int64_t fan_out = 0, burst = 0, fan_out_with_stalled = 0;
  std::int64_t idle_bytes = 0;
};

std::int64_t since(Clock::time_point began) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - began).count();
}

/// The gateway over the exchange in memory, its io thread, and four brokers' logins.
class Bench {
 public:
  explicit Bench(const WsBenchOptions& options)
      : desk_(options.principals, 1, 42),
        exchange_(desk_.capacity(desk_.opening_commands() + options.one_by_one + options.pipelined + 100'000)),
        credentials_(folder_.path()) {
    desk_.open([this](Request request) { (void)exchange_.submit(std::move(request), {}); });
    for (std::uint32_t b = 1; b <= brokers; ++b)
      secrets_.push_back(credentials_.add_user({user(b), {Role::broker, b}, {.read = true, .trade = true}, {}}));
    HttpOptions http;
    http.max_connections = 100'000;
    http.rate_per_second = http.rate_burst = 1e9;
    gateway_ = std::make_unique<HttpGateway>(io_, exchange_, exchange_, exchange_, credentials_, std::move(http));
    port_ = gateway_->start();
    thread_ = std::thread([this] { io_.run(); });
    std::this_thread::sleep_for(std::chrono::milliseconds(500));  // the market data is read
  }
  ~Bench() {
    std::promise<void> gone;
    net::post(io_, [&] { gateway_->stop([&] { gone.set_value(); }); });
    gone.get_future().wait();
    work_.reset();
    thread_.join();
  }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  std::vector<BenchWsClient> log_in_all() {
    std::vector<BenchWsClient> clients;
    for (std::uint32_t b = 1; b <= brokers; ++b) clients.emplace_back(port_).log_in(user(b), secrets_[b - 1]);
    return clients;
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  InlineExchange& exchange() { return exchange_; }
  OrderDesk& desk() { return desk_; }

 private:
  static std::string user(std::uint32_t broker) { return "broker" + std::to_string(broker); }

  BenchDirectory folder_{""};
  OrderDesk desk_;
  InlineExchange exchange_;
  Credentials credentials_;
  std::vector<std::string> secrets_;
  net::io_context io_{1};
  net::executor_work_guard<net::io_context::executor_type> work_{io_.get_executor()};
  std::unique_ptr<HttpGateway> gateway_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

Spread one_by_one(Bench& bench, std::uint32_t orders) {
  std::vector<BenchWsClient> clients = bench.log_in_all();
  std::vector<std::int64_t> spans;
  for (std::uint32_t i = 0; i < orders + orders / 10; ++i) {
    const Request request = bench.desk().next();
    const std::string frame = BenchWsClient::order_frame(request);
    BenchWsClient& client = clients[request.sender.number - 1];
    const Clock::time_point began = Clock::now();
    client.send(frame);
    while (client.receive(true, answer_mark) == 0) {
    }
    if (i >= orders / 10) spans.push_back(since(began));  // the first tenth warms up
  }
  return spread_of(std::move(spans));
}

double pipelined(Bench& bench, std::uint32_t orders) {
  std::vector<BenchWsClient> clients = bench.log_in_all();
  std::vector<std::string> frames(brokers);
  for (std::uint32_t i = 0; i < orders; ++i) {
    const Request request = bench.desk().next();
    frames[request.sender.number - 1] += BenchWsClient::order_frame(request);
  }
  std::vector<std::string_view> left(frames.begin(), frames.end());
  const Clock::time_point began = Clock::now();
  for (std::uint32_t answered = 0; answered < orders;) {
    std::vector<pollfd> wait;
    for (std::uint32_t c = 0; c < brokers; ++c)
      wait.push_back({clients[c].descriptor(), static_cast<short>(left[c].empty() ? POLLIN : POLLIN | POLLOUT), 0});
    ::poll(wait.data(), wait.size(), -1);
    for (std::uint32_t c = 0; c < brokers; ++c) {
      if ((wait[c].revents & POLLOUT) != 0) left[c].remove_prefix(clients[c].send_some(left[c].substr(0, 64 * 1024)));
      if ((wait[c].revents & POLLIN) != 0)
        answered += static_cast<std::uint32_t>(clients[c].receive(false, answer_mark));
    }
  }
  return orders / (static_cast<double>(since(began)) / 1e9);
}

Trade some_trade(std::uint64_t number) {
  return {.trade = TradeId(number),
          .instrument = InstrumentId(1),
          .price = Price(8000),
          .quantity = Quantity(10),
          .aggressor = Side::buy,
          .kind = TradeKind::continuous,
          .buy = {},
          .sell = {}};
}

// From the event until the last of the clients has the last of `messages`.
std::int64_t fan_out(Bench& bench, std::vector<BenchWsClient>& clients, std::uint32_t messages, std::uint64_t& number) {
  const Clock::time_point began = Clock::now();
  for (std::uint32_t i = 0; i < messages; ++i) bench.exchange().publish({some_trade(++number)});
  for (BenchWsClient& client : clients)
    for (std::size_t got = 0; got < messages;) got += client.receive(true, "\"type\":\"update\"");
  return since(began);
}

std::vector<BenchWsClient> subscribe(Bench& bench, std::uint32_t readers) {
  std::vector<BenchWsClient> clients;
  for (std::uint32_t i = 0; i < readers; ++i) {
    clients.emplace_back(bench.port());
    clients.back().send(BenchWsClient::frame(R"({"op":"subscribe","id":"s","channel":"trades","symbol":"PCA-2026"})"));
    while (clients.back().receive(true, "\"type\":\"snapshot\"") == 0) {
    }
  }
  return clients;
}

std::int64_t median(std::vector<std::int64_t> spans) {
  std::sort(spans.begin(), spans.end());
  return spans[spans.size() / 2];
}

void fan_outs(Bench& bench, std::uint32_t readers, WsBenchResult& result) {
  std::uint64_t number = 1'000'000;
  std::vector<BenchWsClient> clients = subscribe(bench, readers);
  std::vector<std::int64_t> ones, bursts, beside;
  for (int i = 0; i < 21; ++i) ones.push_back(fan_out(bench, clients, 1, number));
  for (int i = 0; i < 11; ++i) bursts.push_back(fan_out(bench, clients, 50, number));
  BenchWsClient stalled(bench.port(), 4096);
  stalled.send(BenchWsClient::frame(R"({"op":"subscribe","id":"s","channel":"trades","symbol":"PCA-2026"})"));
  for (int i = 0; i < 21; ++i) beside.push_back(fan_out(bench, clients, 1, number));
  result.fan_out = median(ones);
  result.burst = median(bursts);
  result.fan_out_with_stalled = median(beside);
}

std::int64_t resident() {
  std::int64_t pages = 0, mine = 0;
  std::ifstream("/proc/self/statm") >> pages >> mine;
  return mine * ::sysconf(_SC_PAGESIZE);
}

// The clients' own side is in it too: a descriptor each.
std::int64_t idle_clients(Bench& bench, std::uint32_t count) {
  std::vector<BenchWsClient> clients;
  clients.reserve(count);
  const std::int64_t before = resident();
  for (std::uint32_t i = 0; i < count; ++i) clients.emplace_back(bench.port());
  std::this_thread::sleep_for(std::chrono::seconds(1));  // greeted, and nothing is in the way
  return (resident() - before) / count;
}

WsBenchResult measure(const WsBenchOptions& options) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(::sched_getcpu(), &one);
  ::sched_setaffinity(0, sizeof one, &one);  // the server's threads are made afterwards and inherit it
  WsBenchResult result;
  Bench bench(options);
  result.idle_bytes = idle_clients(bench, options.idle);
  result.ack = one_by_one(bench, options.one_by_one);
  result.per_second = pipelined(bench, options.pipelined);
  result.rejected = bench.exchange().rejected();
  fan_outs(bench, options.readers, result);
  return result;
}

constexpr std::int64_t ack_goal = 12'000, fan_out_goal = 4'000'000, burst_goal = 20'000'000, stalled_goal = 1'000'000;
constexpr std::int64_t idle_goal = 25 * 1024;
constexpr double rate_goal = 300'000;

bool goals_met(const WsBenchResult& r) {
  return r.ack.p50 <= ack_goal && r.per_second >= rate_goal && r.fan_out <= fan_out_goal && r.burst <= burst_goal &&
         r.fan_out_with_stalled - r.fan_out <= stalled_goal && r.idle_bytes <= idle_goal;
}

double ms(std::int64_t ns) {
  return static_cast<double>(ns) / 1e6;
}

void print_text(const WsBenchOptions& options, const WsBenchResult& r) {
  std::printf("WebSocket, client and server on one core, before any disk\n");
  print_spread(12, "order", r.ack);
  std::printf("  p50 of an order to its answer   (goal: at most 12 us; %s)\n", verdict(r.ack.p50 <= ack_goal));
  std::printf("pipelined  %.0f orders/s in   (goal: 300,000; %s), %llu of all rejected\n", r.per_second,
              verdict(r.per_second >= rate_goal), static_cast<unsigned long long>(r.rejected));
  std::printf("one update to %u readers, the last one  %.2f ms   (goal: 4; %s)\n", options.readers, ms(r.fan_out),
              verdict(r.fan_out <= fan_out_goal));
  std::printf("50 updates to each of them  %.2f ms   (goal: 20; %s)\n", ms(r.burst), verdict(r.burst <= burst_goal));
  std::printf("one update beside a stalled reader  %.2f ms   (goal: 1 ms more at most; %s)\n",
              ms(r.fan_out_with_stalled), verdict(r.fan_out_with_stalled - r.fan_out <= stalled_goal));
  std::printf("%u idle clients  %lld bytes each   (goal: 25 KiB; %s)\n", options.idle,
              static_cast<long long>(r.idle_bytes), verdict(r.idle_bytes <= idle_goal));
}

void print_json(const WsBenchResult& r) {
  std::printf("{");
  print_json_spread("order", r.ack);
  std::printf(
      ",\"per_second\":%.0f,\"rejected\":%llu,\"fan_out_ns\":%lld,\"burst_ns\":%lld,\"beside_stalled_ns\":%lld,"
      "\"idle_bytes\":%lld,\"goals_met\":%s}",
      r.per_second, static_cast<unsigned long long>(r.rejected), static_cast<long long>(r.fan_out),
      static_cast<long long>(r.burst), static_cast<long long>(r.fan_out_with_stalled),
      static_cast<long long>(r.idle_bytes), goals_met(r) ? "true" : "false");
}

}  // namespace

void add_ws_options(CLI::App& app, WsBenchOptions& options) {
  app.add_option("--readers", options.readers, "ws: of one update")
      ->check(CLI::Range(1, 50'000))
      ->capture_default_str();
  app.add_option("--idle", options.idle, "ws: idle clients")->check(CLI::Range(1, 50'000))->capture_default_str();
}

bool bench_ws_door(const WsBenchOptions& options, bool json) {
  const WsBenchResult result = measure(options);
  if (json) {
    print_json(result);
  } else {
    print_text(options, result);
  }
  return goals_met(result);
}

}  // namespace pace::tool
