#include "tools/pace/bench_gateway_fix.h"

#include <poll.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "engine/base/account_number.h"
#include "engine/sequencer/large_pages.h"
#include "engine/sequencer/sequencer.h"
#include "engine/sequencer/turns.h"
#include "tools/pace/bench_desk.h"
#include "tools/pace/bench_directory.h"
#include "tools/pace/bench_fix_client.h"
#include "tools/pace/bench_fix_house.h"
#include "tools/pace/path_run.h"

namespace pace::tool {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint32_t brokers = 4;
constexpr int name_width = 8;
constexpr std::int64_t p50_goal = 20'000, p99_goal = 35'000, path_p99_goal = 1'000'000;
constexpr double rate_goal = 100'000, synced_rate_goal = 60'000, resend_goal = 100'000;
constexpr std::int64_t sessions_goal = 50 << 20;
constexpr std::size_t resend_messages = 100'000;

struct FixBenchResult {
  Spread order, path;
  double per_second = 0, synced_per_second = 0, resent_per_second = 0;
  std::int64_t session_bytes = 0;  ///< of all of them
};

std::int64_t since(Clock::time_point began) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - began).count();
}

// The door has to see first that the ones before have left.
std::vector<BenchFixClient> log_on_all(std::uint16_t port) {
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  std::vector<BenchFixClient> clients;
  for (std::uint32_t b = 1; b <= brokers; ++b) clients.emplace_back(port, "B" + std::to_string(b)).log_on();
  return clients;
}

Spread one_by_one(std::uint16_t port, OrderDesk& desk, std::uint32_t orders) {
  std::vector<BenchFixClient> clients = log_on_all(port);
  std::vector<std::int64_t> spans;
  for (std::uint32_t i = 0; i < orders + orders / 10; ++i) {
    const Request request = desk.next();
    BenchFixClient& client = clients[request.sender.number - 1];
    const std::string text = client.order(request), mark = BenchFixClient::answer_mark(request.request_id);
    const Clock::time_point began = Clock::now();
    client.send(text);
    client.wait_for(mark);
    if (i >= orders / 10) spans.push_back(since(began));  // the first tenth warms up
  }
  return spread_of(std::move(spans));
}

// Orders per second, sent as fast as the door takes them, until the last of each client is answered.
double pipelined(std::uint16_t port, OrderDesk& desk, std::uint32_t orders) {
  std::vector<BenchFixClient> clients = log_on_all(port);
  std::vector<std::string> texts(brokers), last(brokers);
  for (std::uint32_t i = 0; i < orders; ++i) {
    const Request request = desk.next();
    const std::uint32_t c = request.sender.number - 1;
    texts[c] += clients[c].order(request);
    last[c] = BenchFixClient::answer_mark(request.request_id);
  }
  std::vector<std::string_view> left(texts.begin(), texts.end());
  std::uint32_t open = 0;
  for (const std::string& mark : last) open += mark.empty() ? 0 : 1;
  const Clock::time_point began = Clock::now();
  while (open > 0) {
    std::vector<pollfd> wait;
    for (std::uint32_t c = 0; c < brokers; ++c)
      wait.push_back({clients[c].descriptor(), static_cast<short>(left[c].empty() ? POLLIN : POLLIN | POLLOUT), 0});
    ::poll(wait.data(), wait.size(), -1);
    for (std::uint32_t c = 0; c < brokers; ++c) {
      if ((wait[c].revents & POLLOUT) != 0) left[c].remove_prefix(clients[c].send_some(left[c].substr(0, 64 * 1024)));
      if ((wait[c].revents & POLLIN) == 0 || !clients[c].saw(last[c]) || last[c].empty()) continue;
      last[c].clear();
      --open;
    }
  }
  return orders / (static_cast<double>(since(began)) / 1e9);
}

// Messages per second, from the ResendRequest for all of them to the last.
double resend(std::uint16_t port, OrderDesk& desk) {
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  BenchFixClient client(port, "B1");
  client.log_on();
  std::string texts, mark;
  for (std::size_t sent = 0; sent < resend_messages;) {
    const Request request = desk.next();
    if (request.sender.number != 1 || !std::holds_alternative<NewOrder>(request.command)) continue;
    texts += client.order(request);
    mark = BenchFixClient::answer_mark(request.request_id);
    if (++sent % 1'000 != 0 && sent != resend_messages) continue;
    client.send(texts);
    client.wait_for(mark);
    texts.clear();
  }
  const std::string request = client.message("2", "7=1|16=0|");
  const Clock::time_point began = Clock::now();
  client.send(request);
  client.count_until("\00143=Y\001", resend_messages);
  return resend_messages / (static_cast<double>(since(began)) / 1e9);
}

std::int64_t resident() {
  std::int64_t pages = 0, mine = 0;
  std::ifstream("/proc/self/statm") >> pages >> mine;
  return mine * ::sysconf(_SC_PAGESIZE);
}

// What so many sessions take that are logged on: the gateway's side, and of the clients a descriptor each.
std::int64_t idle_sessions(const std::string& directory, std::uint32_t count) {
  MemoryExchange exchange(Capacity{});
  for (std::uint32_t n = 1; n <= count; ++n) {
    const std::string name = "B" + std::to_string(n);
    (void)exchange.submit({{Role::exchange_operator, 1},
                           *ClientId::from("m" + std::to_string(n)),
                           RegisterBroker{BrokerId(n), *Code::from(name), "Broker", account_number(200 + n)}});
  }
  std::vector<BenchFixClient> clients;
  clients.reserve(count);
  const std::int64_t before = resident();
  const FixHall hall(exchange, exchange, exchange, directory, false);
  for (std::uint32_t n = 1; n <= count; ++n) clients.emplace_back(hall.port(), "B" + std::to_string(n)).log_on();
  return resident() - before;
}

// Orders due one after the other at a rate, whether or not the ones before are answered, through the synced log.
Spread through_the_path(const std::string& directory, const FixBenchOptions& options) {
  const auto orders = static_cast<std::uint64_t>(options.path_rate * options.seconds);
  OrderDesk desk(options.principals, 1, 42);
  SequencerOptions sequencing;
  sequencing.data_directory = directory + "/path-log";
  sequencing.clock = ClockMode::simulated;
  sequencing.capacity = desk.capacity(desk.opening_commands() + orders);
  sequencing.on_fault = [](const std::string& text) { std::fprintf(stderr, "pace bench gateway: %s\n", text.c_str()); };
  Sequencer sequencer(sequencing);
  open_market(sequencer, desk);
  std::vector<std::int64_t> spans;
  {
    const FixHall hall(sequencer, sequencer, sequencer, directory + "/path-fix", false);
    std::vector<BenchFixClient> clients = log_on_all(hall.port());
    struct Sent {
      std::uint32_t client;
      std::string text, mark;
    };
    std::vector<Sent> plan;
    for (std::uint64_t i = 0; i < orders; ++i) {
      const Request request = desk.next();
      const std::uint32_t c = request.sender.number - 1;
      plan.push_back({c, clients[c].order(request), BenchFixClient::answer_mark(request.request_id)});
    }
    use_large_pages();      // as in a service that has been running: the sequencer gathers them after its start, too
    take(Turns::shortest);  // a client is punctual
    std::vector<std::thread> readers;
    std::vector<std::vector<std::pair<std::uint64_t, Clock::time_point>>> heard(brokers);
    for (std::uint32_t c = 0; c < brokers; ++c)
      readers.emplace_back([&, c] {
        for (std::uint64_t i = 0; i < orders; ++i) {
          if (plan[i].client != c) continue;
          clients[c].wait_for(plan[i].mark);
          heard[c].emplace_back(i, Clock::now());
        }
      });
    const auto gap = std::chrono::nanoseconds(1'000'000'000 / options.path_rate);
    const Clock::time_point began = Clock::now() + std::chrono::milliseconds(10);
    for (std::uint64_t i = 0; i < orders; ++i) {
      std::this_thread::sleep_until(began + gap * static_cast<std::int64_t>(i));
      clients[plan[i].client].send(plan[i].text);
    }
    for (std::thread& reader : readers) reader.join();
    for (const auto& marks : heard)
      for (const auto& [i, time] : marks)
        spans.push_back(
            std::chrono::duration_cast<std::chrono::nanoseconds>(time - (began + gap * static_cast<std::int64_t>(i)))
                .count());
  }
  take(Turns::ordinary);
  if (!sequencer.stop()) throw std::runtime_error("the log failed");
  return spread_of(std::move(spans));
}

void stay_on_one_core(bool stay) {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (stay) {
    CPU_SET(::sched_getcpu(), &set);
  } else {
    for (int c = 0; c < CPU_SETSIZE; ++c) CPU_SET(c, &set);
  }
  ::sched_setaffinity(0, sizeof set, &set);
}

FixBenchResult measure(const FixBenchOptions& options) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  const BenchDirectory directory(options.data);
  FixBenchResult result;
  stay_on_one_core(true);  // the server's threads are made afterwards and inherit it
  result.session_bytes = idle_sessions(directory.path() + "/sessions", options.sessions);
  for (const bool sync : {false, true}) {
    OrderDesk desk(options.principals, 1, 42);
    MemoryExchange exchange(
        desk.capacity(desk.opening_commands() + options.one_by_one * 2 + options.pipelined + resend_messages * 8));
    desk.open([&](Request request) { (void)exchange.submit(std::move(request)); });
    const FixHall hall(exchange, exchange, exchange, directory.path() + (sync ? "/synced" : "/fix"), sync);
    if (sync) {
      result.synced_per_second = pipelined(hall.port(), desk, options.pipelined);
      continue;
    }
    result.order = one_by_one(hall.port(), desk, options.one_by_one);
    result.per_second = pipelined(hall.port(), desk, options.pipelined);
    result.resent_per_second = resend(hall.port(), desk);
  }
  stay_on_one_core(false);
  result.path = through_the_path(directory.path(), options);
  return result;
}

bool goals_met(const FixBenchResult& r) {
  return r.order.p50 <= p50_goal && r.order.p99 <= p99_goal && r.per_second >= rate_goal &&
         r.synced_per_second >= synced_rate_goal && r.resent_per_second >= resend_goal &&
         r.session_bytes <= sessions_goal && r.path.p99 <= path_p99_goal;
}

void print_text(const FixBenchOptions& options, const FixBenchResult& r) {
  std::printf("FIX, client and server on one core, before any disk\n");
  print_spread(name_width, "order", r.order);
  std::printf("  an order to its first report   (goal: p50 20 us, p99 35 us; %s)\n",
              verdict(r.order.p50 <= p50_goal && r.order.p99 <= p99_goal));
  std::printf("pipelined  %.0f orders/s   (goal: 100,000; %s)\n", r.per_second, verdict(r.per_second >= rate_goal));
  std::printf("the same, each turn's store synced  %.0f orders/s   (goal: 60,000; %s)\n", r.synced_per_second,
              verdict(r.synced_per_second >= synced_rate_goal));
  std::printf("resend of 100,000  %.0f messages/s   (goal: 100,000; %s)\n", r.resent_per_second,
              verdict(r.resent_per_second >= resend_goal));
  std::printf("%u sessions logged on  %.1f MiB   (goal: 50; %s)\n", options.sessions,
              static_cast<double>(r.session_bytes) / (1 << 20), verdict(r.session_bytes <= sessions_goal));
  std::printf("through the synced log, all cores, %u orders/s\n", options.path_rate);
  print_spread(name_width, "order", r.path);
  std::printf("  p99   (goal: 1 ms; %s)\n", verdict(r.path.p99 <= path_p99_goal));
}

void print_json(const FixBenchResult& r) {
  std::printf("{");
  print_json_spread("order", r.order);
  std::printf(",\"per_second\":%.0f,\"synced_per_second\":%.0f,\"resent_per_second\":%.0f,\"session_bytes\":%" PRId64
              ",",
              r.per_second, r.synced_per_second, r.resent_per_second, r.session_bytes);
  print_json_spread("path", r.path);
  std::printf(",\"goals_met\":%s}", goals_met(r) ? "true" : "false");
}

}  // namespace

void add_fix_options(CLI::App& app, FixBenchOptions& options) {
  app.add_option("--data", options.data, "fix: an empty or new directory, left behind; default: a temporary one here");
  app.add_option("--sessions", options.sessions, "fix: logged on at once")
      ->check(CLI::Range(1, 4'000))
      ->capture_default_str();
  app.add_option("--rate", options.path_rate, "fix: orders per second through the log")
      ->check(CLI::Range(100, 1'000'000))
      ->capture_default_str();
  app.add_option("--seconds", options.seconds, "fix: of them")->check(CLI::Range(0.1, 60.0))->capture_default_str();
}

bool bench_fix_door(const FixBenchOptions& options, bool json) {
  const FixBenchResult result = measure(options);
  if (json) {
    print_json(result);
  } else {
    print_text(options, result);
  }
  return goals_met(result);
}

}  // namespace pace::tool
