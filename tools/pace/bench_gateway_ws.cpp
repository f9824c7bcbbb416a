#include "tools/pace/bench_gateway_ws.h"

#include <poll.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
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
#include "tools/pace/bench_raw_sockets.h"
#include "tools/pace/bench_ws_client.h"
#include "tools/pace/inline_exchange.h"
#include "tools/pace/path_run.h"

namespace pace::tool {
namespace {

namespace net = boost::asio;
using Clock = std::chrono::steady_clock;

constexpr std::uint32_t brokers = 4;
// How the texts begin that are waited for.
constexpr std::string_view answer = "{\"op\":\"", snapshot = R"({"channel":"trades","type":"snapshot")",
                           update = R"({"channel":"trades","type":"update")";
constexpr std::string_view subscribe_text = R"({"op":"subscribe","id":"s","channel":"trades","symbol":"PCA-2026"})";
constexpr std::string_view unsubscribe_text = R"({"op":"unsubscribe","id":"s","channel":"trades","symbol":"PCA-2026"})";
constexpr std::string_view ping_text = R"({"op":"ping","id":"c000000000001"})";
constexpr std::uint32_t burst_updates = 50;
// Bytes of an order and its answer, of an update as a frame: what the yardstick moves.
constexpr RawSize order_bytes{.request = 150, .answer = 90};
constexpr std::size_t update_bytes = 180;

struct WsBenchResult {
  Spread ack, raw_round_trip;
  double orders_per_second = 0, pings_per_second = 0;
  std::uint64_t rejected = 0;
  std::int64_t fan_out = 0, burst = 0, fan_out_with_stalled = 0;
  std::int64_t raw_fan_out = 0, raw_burst = 0;
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
    while (client.receive(true, answer) == 0) {
    }
    if (i >= orders / 10) spans.push_back(since(began));  // the first tenth warms up
  }
  return spread_of(std::move(spans));
}

// What the server takes in and answers in a second when nobody waits for an answer before the next message.
double pipelined(Bench& bench, const std::vector<std::string>& frames, std::uint32_t messages) {
  std::vector<BenchWsClient> clients = bench.log_in_all();
  std::vector<std::string_view> left(frames.begin(), frames.end());
  const Clock::time_point began = Clock::now();
  for (std::uint32_t answered = 0; answered < messages;) {
    std::vector<pollfd> wait;
    for (std::uint32_t c = 0; c < brokers; ++c)
      wait.push_back({clients[c].descriptor(), static_cast<short>(left[c].empty() ? POLLIN : POLLIN | POLLOUT), 0});
    ::poll(wait.data(), wait.size(), -1);
    for (std::uint32_t c = 0; c < brokers; ++c) {
      if ((wait[c].revents & POLLOUT) != 0) left[c].remove_prefix(clients[c].send_some(left[c].substr(0, 64 * 1024)));
      if ((wait[c].revents & POLLIN) != 0) answered += static_cast<std::uint32_t>(clients[c].receive(false, answer));
    }
  }
  return messages / (static_cast<double>(since(began)) / 1e9);
}

double pipelined_orders(Bench& bench, std::uint32_t orders) {
  std::vector<std::string> frames(brokers);
  for (std::uint32_t i = 0; i < orders; ++i) {
    const Request request = bench.desk().next();
    frames[request.sender.number - 1] += BenchWsClient::order_frame(request);
  }
  return pipelined(bench, frames, orders);
}

double pipelined_pings(Bench& bench, std::uint32_t pings) {
  std::vector<std::string> frames(brokers);
  const std::string ping = BenchWsClient::frame(ping_text);
  for (std::uint32_t i = 0; i < pings; ++i) frames[i % brokers] += ping;
  return pipelined(bench, frames, pings);
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

/// Clients that read one stream, all in one loop. They stand for that many machines: what their reading costs is in the
/// figures, for the core is shared, but while they are there they do not take it from the server in the middle of a
/// message (SCHED_BATCH).
class Readers {
 public:
  Readers(std::uint16_t port, std::uint32_t count) : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    clients_.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) {
      BenchWsClient& client = clients_.emplace_back(port);
      client.send(BenchWsClient::frame(subscribe_text));
      while (client.receive(true, snapshot) == 0) {
      }
      epoll_event event{.events = EPOLLIN, .data = {.ptr = &client}};
      ::epoll_ctl(epoll_, EPOLL_CTL_ADD, client.descriptor(), &event);
    }
    set_policy(SCHED_BATCH);
  }
  ~Readers() {
    set_policy(SCHED_OTHER);
    ::close(epoll_);
  }
  Readers(const Readers&) = delete;
  Readers& operator=(const Readers&) = delete;

  /// Reads until so many updates have come to each.
  void take(std::size_t updates) {
    for (std::size_t left = updates * clients_.size(); left != 0;) {
      std::array<epoll_event, 256> ready{};
      const int n = ::epoll_wait(epoll_, ready.data(), static_cast<int>(ready.size()), -1);
      for (int i = 0; i < n; ++i)
        left -= static_cast<BenchWsClient*>(ready[static_cast<std::size_t>(i)].data.ptr)->receive(false, update);
    }
  }

 private:
  static void set_policy(int policy) {
    const sched_param none{};
    ::sched_setscheduler(0, policy, &none);  // this thread's alone
  }
  std::vector<BenchWsClient> clients_;
  int epoll_;
};

// From the events until the last of the readers has the last of them.
std::int64_t fan_out(Bench& bench, Readers& readers, std::uint32_t updates, std::uint64_t& number) {
  std::vector<std::vector<Event>> entries;
  for (std::uint32_t i = 0; i < updates; ++i) entries.push_back({some_trade(++number)});
  const Clock::time_point began = Clock::now();
  bench.exchange().publish(entries);
  readers.take(updates);
  return since(began);
}

std::int64_t median(std::vector<std::int64_t> spans) {
  std::sort(spans.begin(), spans.end());
  return spans[spans.size() / 2];
}

void fan_outs(Bench& bench, std::uint32_t count, WsBenchResult& result) {
  std::uint64_t number = 1'000'000;
  Readers readers(bench.port(), count);
  std::vector<std::int64_t> ones, bursts, beside;
  // One that never reads, in every second round a reader of the same stream.
  BenchWsClient stalled(bench.port(), 4096);
  for (int i = 0; i < 42; ++i) {
    stalled.send(BenchWsClient::frame(i % 2 == 0 ? unsubscribe_text : subscribe_text));
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    (i % 2 == 0 ? ones : beside).push_back(fan_out(bench, readers, 1, number));
  }
  for (int i = 0; i < 11; ++i) bursts.push_back(fan_out(bench, readers, burst_updates, number));
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
  result.raw_round_trip = spread_of(raw_round_trips(options.one_by_one, order_bytes));
  result.ack = one_by_one(bench, options.one_by_one);
  result.orders_per_second = pipelined_orders(bench, options.pipelined);
  result.pings_per_second = pipelined_pings(bench, options.pings);
  result.rejected = bench.exchange().rejected();
  fan_outs(bench, options.readers, result);
  result.raw_fan_out = raw_fan_out(options.readers, update_bytes);
  result.raw_burst = raw_fan_out(options.readers, burst_updates * update_bytes);
  return result;
}

constexpr std::int64_t ack_goal = 12'000, fan_out_goal = 4'000'000, burst_goal = 20'000'000, stalled_goal = 1'000'000;
constexpr std::int64_t idle_goal = 25 * 1024;
constexpr double rate_goal = 300'000;

bool goals_met(const WsBenchResult& r) {
  return r.ack.p50 <= ack_goal && r.pings_per_second >= rate_goal && r.fan_out <= fan_out_goal &&
         r.burst <= burst_goal && r.fan_out_with_stalled - r.fan_out <= stalled_goal && r.idle_bytes <= idle_goal;
}

double ms(std::int64_t ns) {
  return static_cast<double>(ns) / 1e6;
}

void print_text(const WsBenchOptions& options, const WsBenchResult& r) {
  std::printf("WebSocket, client and server on one core, before any disk\n");
  print_spread(12, "order", r.ack);
  print_spread(12, "raw sockets", r.raw_round_trip);
  std::printf("  p50 of an order to its answer   (goal: at most 12 us; %s)\n", verdict(r.ack.p50 <= ack_goal));
  std::printf("pipelined  %.0f pings/s in and answered   (goal: 300,000 messages; %s)\n", r.pings_per_second,
              verdict(r.pings_per_second >= rate_goal));
  std::printf("pipelined  %.0f orders/s in, through the exchange and answered, %llu of all rejected\n",
              r.orders_per_second, static_cast<unsigned long long>(r.rejected));
  std::printf("one update to %u readers, the last one  %.2f ms   (raw sockets: %.2f; goal: 4; %s)\n", options.readers,
              ms(r.fan_out), ms(r.raw_fan_out), verdict(r.fan_out <= fan_out_goal));
  std::printf("%u updates to each of them  %.2f ms   (raw sockets: %.2f; goal: 20; %s)\n", burst_updates, ms(r.burst),
              ms(r.raw_burst), verdict(r.burst <= burst_goal));
  std::printf("one update beside a stalled reader  %.2f ms   (goal: 1 ms more at most; %s)\n",
              ms(r.fan_out_with_stalled), verdict(r.fan_out_with_stalled - r.fan_out <= stalled_goal));
  std::printf("%u idle clients  %lld bytes each   (goal: 25 KiB; %s)\n", options.idle,
              static_cast<long long>(r.idle_bytes), verdict(r.idle_bytes <= idle_goal));
}

void print_json(const WsBenchResult& r) {
  std::printf("{");
  print_json_spread("order", r.ack);
  std::printf(",");
  print_json_spread("raw_round_trip", r.raw_round_trip);
  std::printf(
      ",\"pings_per_second\":%.0f,\"orders_per_second\":%.0f,\"rejected\":%llu,\"fan_out_ns\":%lld,"
      "\"raw_fan_out_ns\":%lld,\"burst_ns\":%lld,\"raw_burst_ns\":%lld,\"beside_stalled_ns\":%lld,"
      "\"idle_bytes\":%lld,\"goals_met\":%s}",
      r.pings_per_second, r.orders_per_second, static_cast<unsigned long long>(r.rejected),
      static_cast<long long>(r.fan_out), static_cast<long long>(r.raw_fan_out), static_cast<long long>(r.burst),
      static_cast<long long>(r.raw_burst), static_cast<long long>(r.fan_out_with_stalled),
      static_cast<long long>(r.idle_bytes), goals_met(r) ? "true" : "false");
}

}  // namespace

void add_ws_options(CLI::App& app, WsBenchOptions& options) {
  app.add_option("--readers", options.readers, "ws: of one update")
      ->check(CLI::Range(1, 50'000))
      ->capture_default_str();
  app.add_option("--pings", options.pings, "ws: the smallest message without waiting")
      ->check(CLI::Range(1'000, 100'000'000))
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
