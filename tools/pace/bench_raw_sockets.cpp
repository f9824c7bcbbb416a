#include "tools/pace/bench_raw_sockets.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>

namespace pace::tool {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int rounds = 21;

std::int64_t since(Clock::time_point began) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - began).count();
}

void no_delay(int socket) {
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/// A connection over the loopback, both of its ends.
struct Pair {
  int client = -1, server = -1;
};

class Pairs {
 public:
  explicit Pairs(std::uint32_t count) {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    auto* const address = reinterpret_cast<sockaddr*>(&at);
    bool made = ::bind(listener, address, size) == 0 && ::listen(listener, SOMAXCONN) == 0 &&
                ::getsockname(listener, address, &size) == 0;
    for (std::uint32_t i = 0; made && i < count; ++i) {
      Pair& pair = pairs_.emplace_back();
      pair.client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      made = ::connect(pair.client, address, sizeof at) == 0;
      pair.server = made ? ::accept(listener, nullptr, nullptr) : -1;
      made = made && pair.server >= 0;
      for (const int socket : {pair.client, pair.server}) no_delay(socket);
    }
    ::close(listener);
    if (!made) throw std::runtime_error("cannot make the connections of the yardstick");
  }
  ~Pairs() {
    for (const Pair& pair : pairs_)
      for (const int socket : {pair.client, pair.server}) ::close(socket);
  }
  Pairs(const Pairs&) = delete;
  Pairs& operator=(const Pairs&) = delete;
  [[nodiscard]] const std::vector<Pair>& all() const { return pairs_; }

 private:
  std::vector<Pair> pairs_;
};

class Epoll {
 public:
  explicit Epoll(const std::vector<int>& sockets) : fd_(::epoll_create1(EPOLL_CLOEXEC)) {
    for (const int socket : sockets) {
      epoll_event event{.events = EPOLLIN, .data = {.fd = socket}};
      ::epoll_ctl(fd_, EPOLL_CTL_ADD, socket, &event);
    }
  }
  ~Epoll() { ::close(fd_); }
  Epoll(const Epoll&) = delete;
  Epoll& operator=(const Epoll&) = delete;
  /// Bytes that were read from those that are ready.
  std::size_t read() {
    static thread_local std::array<char, 256 * 1024> buffer;
    std::array<epoll_event, 256> ready{};
    const int n = ::epoll_wait(fd_, ready.data(), static_cast<int>(ready.size()), -1);
    std::size_t bytes = 0;
    for (int i = 0; i < n; ++i) {
      const ssize_t got =
          ::recv(ready[static_cast<std::size_t>(i)].data.fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (got <= 0) throw std::runtime_error("the yardstick's connection broke");
      bytes += static_cast<std::size_t>(got);
    }
    return bytes;
  }

 private:
  int fd_;
};

void send_all(int socket, std::size_t bytes) {
  static const std::string text(1024 * 1024, 'x');
  for (std::size_t sent = 0; sent < bytes;) {
    const ssize_t n = ::send(socket, text.data(), std::min(bytes - sent, text.size()), MSG_NOSIGNAL);
    if (n <= 0) throw std::runtime_error("the yardstick's connection broke");
    sent += static_cast<std::size_t>(n);
  }
}

void receive_all(int socket, std::size_t bytes) {
  std::array<char, 4096> buffer;
  for (std::size_t got = 0; got < bytes;) {
    const ssize_t n = ::recv(socket, buffer.data(), std::min(bytes - got, buffer.size()), 0);
    if (n <= 0) throw std::runtime_error("the yardstick's connection broke");
    got += static_cast<std::size_t>(n);
  }
}

}  // namespace

std::vector<std::int64_t> raw_round_trips(std::uint32_t count, RawSize size) {
  const Pairs pairs(1);
  const Pair& pair = pairs.all().front();
  std::thread server([&pair, size, count] {
    Epoll epoll({pair.server});
    for (std::uint32_t i = 0; i < count; ++i) {
      for (std::size_t got = 0; got < size.request;) got += epoll.read();
      send_all(pair.server, size.answer);
    }
  });
  std::vector<std::int64_t> spans;
  for (std::uint32_t i = 0; i < count; ++i) {
    const Clock::time_point began = Clock::now();
    send_all(pair.client, size.request);
    receive_all(pair.client, size.answer);
    spans.push_back(since(began));
  }
  server.join();
  return spans;
}

std::int64_t raw_fan_out(std::uint32_t readers, std::size_t bytes) {
  const Pairs pairs(readers);
  std::vector<int> clients;
  for (const Pair& pair : pairs.all()) clients.push_back(pair.client);
  Epoll epoll(clients);
  std::vector<std::int64_t> spans;
  for (int i = 0; i < rounds; ++i) {
    const Clock::time_point began = Clock::now();
    for (const Pair& pair : pairs.all()) send_all(pair.server, bytes);
    for (std::size_t left = bytes * readers; left != 0;) left -= epoll.read();
    spans.push_back(since(began));
  }
  std::sort(spans.begin(), spans.end());
  return spans[spans.size() / 2];
}

}  // namespace pace::tool
