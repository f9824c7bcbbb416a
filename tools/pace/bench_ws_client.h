// The cheapest WebSocket client there can be: frames made before the clock runs, what comes counted where it was
// received, by the frames' headers and the first bytes of their texts.
// Thread rule: one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/message/commands.h"

namespace pace::tool {

class BenchWsClient {
 public:
  /// Connects and upgrades. Throws when that fails.
  explicit BenchWsClient(std::uint16_t port, int receive_buffer = 0);
  ~BenchWsClient();
  BenchWsClient(BenchWsClient&& other) noexcept;
  BenchWsClient& operator=(BenchWsClient&&) = delete;

  [[nodiscard]] int descriptor() const { return fd_; }
  /// A whole text frame of a client, with a mask of zeros.
  static std::string frame(std::string_view text);
  static std::string order_frame(const Request& request);
  void send(std::string_view frames);
  /// What of `frames` the kernel takes now.
  [[nodiscard]] std::size_t send_some(std::string_view frames);
  /// Takes what is there, waiting for it when told to; how many frames are whole by it whose text begins with
  /// `opening`.
  std::size_t receive(bool wait, std::string_view opening);
  /// Logs in and reads the answer. Throws when it is refused.
  void log_in(const std::string& user, const std::string& secret);

 private:
  std::string next_with(std::string_view mark);

  int fd_;
  std::string input_;
};

}  // namespace pace::tool
