#include "tools/pace/bench_fix_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <stdexcept>
#include <utility>
#include <variant>

namespace pace::tool {
namespace {

constexpr std::size_t kept_bytes = 64;  // of what came, for a mark that is cut in two
constexpr char soh = '\001';

std::string utc_now() {
  std::array<char, 32> text{};
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y%m%d-%H:%M:%S", &utc);
  return {text.data(), size};
}

std::string price_of(Price price) {
  const std::string cents = std::to_string(100 + price.raw() % 100);
  return std::to_string(price.raw() / 100) + "." + cents.substr(1);
}

std::string order_fields(const NewOrder& order) {
  return "453=1|448=" + std::to_string(order.principal.raw()) +
         "|447=D|452=3|55=PCA-2026|54=" + (order.side == Side::buy ? "1" : "2") + "|60=" + utc_now() +
         "|38=" + std::to_string(order.quantity.raw()) + "|40=2|44=" + price_of(order.price) +
         "|59=" + (order.time_in_force == TimeInForce::ioc ? "3" : "0") + "|";
}

}  // namespace

BenchFixClient::BenchFixClient(std::uint16_t port, std::string comp_id)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), comp_id_(std::move(comp_id)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd_ < 0 || ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error("cannot connect to the FIX door");
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

BenchFixClient::~BenchFixClient() {
  if (fd_ >= 0) ::close(fd_);
}

BenchFixClient::BenchFixClient(BenchFixClient&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      comp_id_(std::move(other.comp_id_)),
      number_(other.number_),
      input_(std::move(other.input_)) {}

std::string BenchFixClient::answer_mark(const ClientId& id) {
  return soh + ("11=" + std::string(id.view())) + soh;
}

std::string BenchFixClient::message(std::string_view type, std::string_view fields) {
  std::string body = "35=" + std::string(type) + "|49=" + comp_id_ + "|56=PACE|34=" + std::to_string(++number_) +
                     "|52=" + utc_now() + "|" + std::string(fields);
  for (char& c : body)
    if (c == '|') c = soh;
  std::string out = "8=FIX.4.4" + std::string(1, soh) + "9=" + std::to_string(body.size()) + soh + body;
  unsigned sum = 0;
  for (const char c : out) sum += static_cast<std::uint8_t>(c);
  std::array<char, 8> trailer{};
  std::snprintf(trailer.data(), trailer.size(), "10=%03u", sum % 256);
  return out + trailer.data() + soh;
}

std::string BenchFixClient::order(const Request& request) {
  const std::string id = "11=" + std::string(request.request_id.view()) + "|";
  if (const auto* order = std::get_if<NewOrder>(&request.command)) return message("D", id + order_fields(*order));
  const auto& cancel = std::get<CancelOrder>(request.command);
  return message("F",
                 "41=" + std::string(cancel.original.view()) + "|" + id + "55=PCA-2026|54=1|60=" + utc_now() + "|");
}

void BenchFixClient::log_on() {
  send(message("A", "98=0|108=600|141=Y|553=" + comp_id_ + "|554=bench|"));
  wait_for("\00135=A\001");
}

void BenchFixClient::send(std::string_view messages) {
  while (!messages.empty()) {
    const ssize_t n = ::send(fd_, messages.data(), messages.size(), MSG_NOSIGNAL);
    if (n <= 0) throw std::runtime_error("the FIX door hung up");
    messages.remove_prefix(static_cast<std::size_t>(n));
  }
}

std::size_t BenchFixClient::send_some(std::string_view messages) {
  const ssize_t n = ::send(fd_, messages.data(), messages.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return n < 0 ? 0 : static_cast<std::size_t>(n);
}

void BenchFixClient::read_more() {
  std::array<char, 64 * 1024> chunk;
  const ssize_t n = ::recv(fd_, chunk.data(), chunk.size(), 0);
  if (n <= 0) throw std::runtime_error("the FIX door hung up");
  input_.append(chunk.data(), static_cast<std::size_t>(n));
}

void BenchFixClient::wait_for(std::string_view bytes) {
  for (std::size_t from = 0;;) {
    const std::size_t at = input_.find(bytes, from);
    if (at != std::string::npos) {
      input_.erase(0, at + bytes.size());
      return;
    }
    if (input_.size() > kept_bytes) input_.erase(0, input_.size() - kept_bytes);
    read_more();
  }
}

bool BenchFixClient::saw(std::string_view bytes) {
  std::array<char, 64 * 1024> chunk;
  const ssize_t n = ::recv(fd_, chunk.data(), chunk.size(), MSG_DONTWAIT);
  if (n == 0) throw std::runtime_error("the FIX door hung up");
  if (n < 0) return false;
  input_.append(chunk.data(), static_cast<std::size_t>(n));
  const bool there = ::memmem(input_.data(), input_.size(), bytes.data(), bytes.size()) != nullptr;
  if (input_.size() > kept_bytes) input_.erase(0, input_.size() - kept_bytes);
  return there;
}

void BenchFixClient::count_until(std::string_view mark, std::size_t count) {
  for (std::size_t seen = 0, at = 0;;) {
    while ((at = input_.find(mark, at)) != std::string::npos) {
      at += mark.size();
      if (++seen == count) return input_.clear();
    }
    if (input_.size() > mark.size()) input_.erase(0, input_.size() - (mark.size() - 1));
    at = 0;
    read_more();
  }
}

}  // namespace pace::tool
