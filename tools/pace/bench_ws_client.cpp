#include "tools/pace/bench_ws_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <utility>

#include "engine/base/hex.h"
#include "engine/message/json.h"
#include "gateway/auth/credentials.h"

namespace pace::tool {
namespace {

struct Frame {
  std::size_t size = 0;  ///< with its header; 0: not whole yet
  std::string_view payload;
};

Frame frame_at(std::string_view bytes) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  if (bytes.size() < 2) return {};
  std::size_t length = byte(1) & 0x7f, header = 2;
  const std::size_t more = length == 126 ? 2 : length == 127 ? 8 : 0;
  if (bytes.size() < 2 + more) return {};
  if (more != 0) length = 0;
  for (std::size_t i = 0; i < more; ++i) length = length << 8 | byte(2 + i);
  header += more;
  if (bytes.size() < header + length) return {};
  return {header + length, bytes.substr(header, length)};
}

}  // namespace

BenchWsClient::BenchWsClient(std::uint16_t port, int receive_buffer)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (receive_buffer > 0) ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd_ < 0 || ::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
    throw std::runtime_error("cannot connect to the gateway");
  send(
      "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  std::array<char, 4096> buffer;
  while (input_.find("\r\n\r\n") == std::string::npos) {
    const ssize_t n = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (n <= 0) throw std::runtime_error("the gateway closed the connection");
    input_.append(buffer.data(), static_cast<std::size_t>(n));
  }
  if (!input_.starts_with("HTTP/1.1 101")) throw std::runtime_error("no upgrade: " + input_);
  input_.erase(0, input_.find("\r\n\r\n") + 4);
}

BenchWsClient::~BenchWsClient() {
  if (fd_ >= 0) ::close(fd_);
}
BenchWsClient::BenchWsClient(BenchWsClient&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), input_(std::move(other.input_)) {}

std::string BenchWsClient::frame(std::string_view text) {
  std::string out(1, static_cast<char>(0x81));
  if (text.size() < 126) {
    out += static_cast<char>(0x80 | text.size());
  } else {
    out += static_cast<char>(0x80 | 126);
    out += static_cast<char>(text.size() >> 8);
    out += static_cast<char>(text.size());
  }
  out.append(4, '\0');
  return out + std::string(text);
}

std::string BenchWsClient::order_frame(const Request& request) {
  std::string out = "{\"op\":";
  if (const auto* order = std::get_if<NewOrder>(&request.command)) {
    out += "\"place\",\"id\":\"" + std::string(request.request_id.view()) + "\",\"principal\":";
    json_value(out, order->principal);
    out += ",\"symbol\":\"PCA-2026\",\"side\":";
    json_value(out, order->side);
    out += ",\"time_in_force\":";
    json_value(out, order->time_in_force);
    out += ",\"price\":";
    json_value(out, order->price);
    out += ",\"quantity\":";
    json_value(out, order->quantity);
  } else {
    const auto& cancel = std::get<CancelOrder>(request.command);
    out += "\"cancel\",\"id\":\"" + std::string(request.request_id.view()) + "\",\"original\":\"" +
           std::string(cancel.original.view()) + "\"";
  }
  return frame(out + "}");
}

void BenchWsClient::send(std::string_view frames) {
  while (!frames.empty()) {
    const ssize_t n = ::send(fd_, frames.data(), frames.size(), MSG_NOSIGNAL);
    if (n <= 0) throw std::runtime_error("the gateway closed the connection");
    frames.remove_prefix(static_cast<std::size_t>(n));
  }
}

std::size_t BenchWsClient::send_some(std::string_view frames) {
  const ssize_t n = ::send(fd_, frames.data(), frames.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (n >= 0) return static_cast<std::size_t>(n);
  if (errno != EAGAIN) throw std::runtime_error("the gateway closed the connection");
  return 0;
}

std::size_t BenchWsClient::receive(bool wait, std::string_view opening) {
  static thread_local std::array<char, 256 * 1024> buffer;
  const ssize_t n = ::recv(fd_, buffer.data(), buffer.size(), wait ? 0 : MSG_DONTWAIT);
  if (n == 0 || (n < 0 && errno != EAGAIN)) throw std::runtime_error("the gateway closed the connection");
  if (n < 0) return 0;
  std::string_view bytes(buffer.data(), static_cast<std::size_t>(n));
  if (!input_.empty()) bytes = input_.append(bytes);
  std::size_t at = 0, found = 0;
  for (Frame next = frame_at(bytes); next.size != 0; next = frame_at(bytes.substr(at))) {
    found += next.payload.starts_with(opening) ? 1 : 0;
    at += next.size;
  }
  if (input_.empty()) {
    input_ = bytes.substr(at);  // a frame's beginning, mostly nothing
  } else {
    input_.erase(0, at);
  }
  return found;
}

std::string BenchWsClient::next_with(std::string_view mark) {
  std::array<char, 4096> buffer;
  while (true) {
    for (Frame next = frame_at(input_); next.size != 0; next = frame_at(input_)) {
      std::string payload(next.payload);
      input_.erase(0, next.size);
      if (payload.find(mark) != std::string::npos) return payload;
    }
    const ssize_t n = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (n <= 0) throw std::runtime_error("the gateway closed the connection");
    input_.append(buffer.data(), static_cast<std::size_t>(n));
  }
}

void BenchWsClient::log_in(const std::string& user, const std::string& secret) {
  const std::string hello = next_with("\"nonce\":\"");
  const std::string nonce = hello.substr(hello.find("\"nonce\":\"") + 9, 64);
  send(frame("{\"op\":\"login\",\"id\":\"l\",\"user\":\"" + user + "\",\"proof\":\"" +
             to_hex(login_proof(user, secret, nonce)) + "\"}"));
  const std::string answer = next_with("\"op\":\"login\"");
  if (answer.find("\"ok\"") == std::string::npos) throw std::runtime_error("login refused: " + answer);
}

}  // namespace pace::tool
