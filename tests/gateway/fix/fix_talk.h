// A FIX counterparty written by hand over a plain socket: it says exactly what a test tells it to, right or wrong.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <ctime>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace pace {

class FixMessage {
 public:
  FixMessage() = default;
  explicit FixMessage(const std::string& text) {
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = text.find('\001', at);
      const std::size_t equals = text.find('=', at);
      fields_.emplace_back(std::stoi(text.substr(at, equals - at)), text.substr(equals + 1, end - equals - 1));
      at = end + 1;
    }
  }
  /// "" when the tag is not there.
  std::string operator[](int tag) const {
    for (const auto& [number, value] : fields_)
      if (number == tag) return value;
    return "";
  }
  explicit operator bool() const { return !fields_.empty(); }
  /// In the order they came.
  [[nodiscard]] const std::vector<std::pair<int, std::string>>& fields() const { return fields_; }

 private:
  std::vector<std::pair<int, std::string>> fields_;
};

inline std::string fix_now() {
  char text[32];
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  std::strftime(text, sizeof text, "%Y%m%d-%H:%M:%S", &utc);
  return text;
}

/// "35=D|11=x|" with header and trailer around it; `|` separates.
inline std::string fix_frame(const std::string& body_text) {
  std::string body = body_text;
  for (char& c : body)
    if (c == '|') c = '\001';
  std::string message = "8=FIX.4.4\0019=" + std::to_string(body.size()) + "\001" + body;
  unsigned sum = 0;
  for (const char c : message) sum += static_cast<std::uint8_t>(c);
  char trailer[16];
  std::snprintf(trailer, sizeof trailer, "10=%03u\001", sum % 256);
  return message + trailer;
}

class FixTalk {
 public:
  FixTalk(std::uint16_t port, std::string sender) : sender_(std::move(sender)) {
    socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~FixTalk() { ::close(socket_); }
  FixTalk(const FixTalk&) = delete;
  FixTalk& operator=(const FixTalk&) = delete;

  int number = 1;  ///< of the next message said

  void raw(const std::string& bytes) {
    for (std::size_t done = 0; done < bytes.size();) {
      const ssize_t n = ::send(socket_, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
      if (n <= 0) return;
      done += static_cast<std::size_t>(n);
    }
  }
  [[nodiscard]] std::string text(const std::string& type, const std::string& fields, int at,
                                 const std::string& header = "") const {
    return fix_frame("35=" + type + "|49=" + sender_ + "|56=PACE|34=" + std::to_string(at) + "|" + header +
                     "52=" + fix_now() + "|" + fields);
  }
  void say(const std::string& type, const std::string& fields, const std::string& header = "") {
    raw(text(type, fields, number++, header));
  }
  void log_on(const std::string& user = "ann", const std::string& password = "secret", const std::string& more = "") {
    say("A", "98=0|108=30|" + more + "553=" + user + "|554=" + password + "|");
  }
  /// The next message; nothing when none comes within the time or the other side hung up.
  FixMessage hear(int timeout_ms = 3000) {
    for (;;) {
      const std::size_t end = input_.find("\00110=");
      if (end != std::string::npos && input_.size() >= end + 8) {
        const FixMessage message(input_.substr(0, end + 8));
        input_.erase(0, end + 8);
        return message;
      }
      if (!fill(timeout_ms)) return {};
    }
  }
  /// Skips others.
  FixMessage hear_type(const std::string& type) {
    for (FixMessage message = hear(); message; message = hear())
      if (message[35] == type) return message;
    return {};
  }
  /// The other side hangs up (what it still says is skipped).
  bool hung_up(int timeout_ms = 3000) {
    while (!closed_ && fill(timeout_ms)) {
    }
    return closed_;
  }
  [[nodiscard]] bool quiet(int timeout_ms = 300) { return !hear(timeout_ms) && !closed_; }

 private:
  bool fill(int timeout_ms) {
    pollfd wait{.fd = socket_, .events = POLLIN, .revents = 0};
    if (::poll(&wait, 1, timeout_ms) <= 0) return false;
    char bytes[65536];
    const ssize_t n = ::recv(socket_, bytes, sizeof bytes, 0);
    closed_ = n <= 0;
    if (n > 0) input_.append(bytes, static_cast<std::size_t>(n));
    return n > 0;
  }

  std::string sender_;
  int socket_ = -1;
  bool connected_ = false;
  bool closed_ = false;
  std::string input_;
};

}  // namespace pace
