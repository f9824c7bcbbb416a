// A gateway with its thread, over an exchange for tests (a pocket one, or the real one), in a directory of its own.
#pragma once

#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "gateway/fix/fix_gateway.h"
#include "tests/gateway/fix/fake_exchange.h"
#include "tests/gateway/fix/fix_talk.h"

namespace pace {

inline std::optional<Sender> check_logon(std::string_view user, std::string_view password) {
  if (user == "ann" && password == "secret") return Sender{Role::broker, 1};
  if (user == "bob" && password == "secret") return Sender{Role::broker, 2};
  if (user == "zoe" && password == "secret") return Sender{Role::broker, 3};
  return std::nullopt;
}

template <class Market>
class HouseOver {
 public:
  explicit HouseOver(std::function<void(FixOptions&)> adjust = {}) : adjust_(std::move(adjust)) {
    static int count = 0;  // of this kind of house
    directory = std::filesystem::temp_directory_path() /
                ("pace-fix-" + std::to_string(::getpid()) + "-" + Market::name + std::to_string(++count));
    std::filesystem::remove_all(directory);
    open();
  }
  ~HouseOver() {
    close();
    std::filesystem::remove_all(directory);
  }
  HouseOver(const HouseOver&) = delete;
  HouseOver& operator=(const HouseOver&) = delete;

  void open() {
    FixOptions options{.directory = directory, .dictionary = "config/fix/PACE44.xml"};
    options.log = [this](FixLog, const std::string& text) {
      const std::lock_guard lock(log_mutex_);
      log_ += text + "\n";
    };
    if (adjust_) adjust_(options);
    context_.emplace();
    gateway.emplace(*context_, exchange, exchange, exchange, check_logon, options);
    port = gateway->start();
    thread_ = std::thread([this] {
      const auto work = boost::asio::make_work_guard(*context_);
      context_->run();
    });
  }
  /// Good order.
  void close() {
    if (!gateway) return;
    gateway->stop();
    kill();
  }
  /// As kill -9: nothing is written, nobody is told.
  void kill() {
    context_->stop();
    thread_.join();
    gateway.reset();
    context_.reset();
  }
  /// Waits for the remark: a peer may see the end of its connection before it is written down.
  bool logged(const std::string& text, int patience_ms = 3000) {
    for (; patience_ms > 0; patience_ms -= 10) {
      if (log().find(text) != std::string::npos) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }
  std::string log() {
    const std::lock_guard lock(log_mutex_);
    return log_;
  }

  std::filesystem::path directory;
  Market exchange;
  std::optional<FixGateway> gateway;
  std::uint16_t port = 0;

 private:
  std::function<void(FixOptions&)> adjust_;
  std::mutex log_mutex_;
  std::string log_;
  std::optional<boost::asio::io_context> context_;
  std::thread thread_;
};
using FixHouse = HouseOver<FakeExchange>;

}  // namespace pace
