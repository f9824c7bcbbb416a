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

/// Users of the tests; every password is "secret".
inline std::optional<Identity> check_logon(const FixProof& proof) {
  const Scopes trade{.read = true, .trade = true}, copy{.drop_copy = true};
  const auto broker = [&](std::uint32_t number, Scopes scopes, Access access = {}) {
    const std::string user(proof.user);
    return Identity{user, Sender{Role::broker, number}, scopes, user, std::move(access)};
  };
  if (proof.password != "secret") return std::nullopt;
  if (proof.user == "ann") return broker(1, trade);
  if (proof.user == "ann-copy") return broker(1, copy);
  if (proof.user == "ann-abroad") return broker(1, trade, {.addresses = {"10.0.0.0/8"}});
  if (proof.user == "ann-tls") return broker(1, trade, {.certificate = std::string(64, 'a')});
  if (proof.user == "ann-cautious") return broker(1, trade, {.cancel_on_disconnect = true});
  if (proof.user == "bob") return broker(2, trade);
  if (proof.user == "zoe") return broker(3, trade);
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
    const auto revoked = [this](const Identity&) { return disabled ? "this login was disabled" : std::string(); };
    gateway.emplace(*context_, exchange, exchange, exchange, FixLogon{check_logon, revoked}, options);
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
  /// Waits until the gateway has taken so many messages.
  void heard(std::uint64_t messages, int patience_ms = 20'000) {
    while (gateway->status().messages_in < messages && patience_ms-- > 0)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
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
  std::atomic<bool> disabled = false;  ///< every login

 private:
  std::function<void(FixOptions&)> adjust_;
  std::mutex log_mutex_;
  std::string log_;
  std::optional<boost::asio::io_context> context_;
  std::thread thread_;
};
using FixHouse = HouseOver<FakeExchange>;

}  // namespace pace
