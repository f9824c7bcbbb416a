// A served gateway over the fake exchange, and plain blocking sockets to talk to it.
#pragma once

#include <arpa/inet.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <filesystem>
#include <future>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

#include "gateway/auth/credentials.h"
#include "gateway/http/http_gateway.h"
#include "tests/gateway/fake_exchange.h"

namespace pace {

/// A TCP connection with a deadline on every wait.
class Dial {
 public:
  explicit Dial(std::uint16_t port, int receive_buffer = 0) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    if (receive_buffer > 0) ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) throw std::runtime_error("connect");
  }
  ~Dial() { ::close(fd_); }
  Dial(const Dial&) = delete;
  Dial& operator=(const Dial&) = delete;

  void send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t n = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (n <= 0) return;  // the other side closed: the answer tells
      text.remove_prefix(static_cast<std::size_t>(n));
    }
  }
  /// What is there, waiting for at least one byte; empty at the end of the connection. Throws after `patience_ms`.
  std::string some(int patience_ms = 5000) {
    pollfd wait{fd_, POLLIN, 0};
    if (::poll(&wait, 1, patience_ms) <= 0) throw std::runtime_error("nothing came");
    char buffer[65536];
    const ssize_t n = ::recv(fd_, buffer, sizeof buffer, 0);
    return n <= 0 ? std::string() : std::string(buffer, static_cast<std::size_t>(n));
  }
  std::string until_closed() {
    std::string all;
    for (std::string part = some(); !part.empty(); part = some()) all += part;
    return all;
  }
  std::string until(std::string_view mark) {
    std::string all;
    while (all.find(mark) == std::string::npos) {
      const std::string part = some();
      if (part.empty()) throw std::runtime_error("closed before: " + std::string(mark) + " after: " + all);
      all += part;
    }
    return all;
  }

 private:
  int fd_;
};

struct Served {
  FakeExchange exchange;
  std::filesystem::path folder;
  std::unique_ptr<Credentials> credentials;
  std::string broker, authority, bank;  ///< secrets
  boost::asio::io_context io{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{io.get_executor()};
  std::unique_ptr<HttpGateway> gateway;
  std::uint16_t port = 0, tls_port = 0;
  std::thread thread;
  bool stopped = false;

  explicit Served(HttpOptions options = {}) {
    std::string name = (std::filesystem::temp_directory_path() / "pace_gateway_XXXXXX").string();
    folder = ::mkdtemp(name.data());
    credentials = std::make_unique<Credentials>(folder);
    broker = credentials->add_user({"ann", {Role::broker, 1}, {.read = true, .trade = true}, {}});
    authority = credentials->add_user({"authority", {Role::authority, 0}, {.read = true, .admin = true}, {}});
    bank = credentials->add_user({"bank", {Role::bank, 0}, {.admin = true}, {}});
    gateway = std::make_unique<HttpGateway>(io, exchange, exchange, exchange, *credentials, std::move(options));
    port = gateway->start();
    tls_port = gateway->tls_port();
    thread = std::thread([this] { io.run(); });
    while (get("/readyz").find(" 200 ") == std::string::npos) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  ~Served() {
    stop();
    std::filesystem::remove_all(folder);
  }
  void stop() {
    if (std::exchange(stopped, true)) return;
    std::promise<void> gone;
    boost::asio::post(io, [&] { gateway->stop([&] { gone.set_value(); }); });
    gone.get_future().wait();
    work.reset();
    thread.join();  // nothing may be left on it
    gateway.reset();
  }

  /// One request on a connection of its own; the whole answer as text.
  std::string get(const std::string& target, const std::string& more = "", const std::string& method = "GET") {
    Dial wire(port);
    wire.send(method + " " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + more + "\r\n");
    return wire.until_closed();
  }
  static std::string bearer(const std::string& user, const std::string& secret) {
    return "Authorization: Bearer " + user + ":" + secret + "\r\n";
  }
  std::string post_commands(const std::string& body, const std::string& user, const std::string& secret,
                            const std::string& query = "") {
    Dial wire(port);
    wire.send("POST /api/v1/commands" + query + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" +
              bearer(user, secret) + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    return wire.until_closed();
  }
};

}  // namespace pace
