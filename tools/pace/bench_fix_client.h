// The cheapest FIX client there can be: messages made before the clock runs, answers found by their bytes.
// Thread rule: one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/message/commands.h"

namespace pace::tool {

class BenchFixClient {
 public:
  /// Connects. Throws std::runtime_error when nobody listens.
  BenchFixClient(std::uint16_t port, std::string comp_id);
  ~BenchFixClient();
  BenchFixClient(BenchFixClient&& other) noexcept;
  BenchFixClient& operator=(BenchFixClient&&) = delete;

  /// Logs on with both numbers at 1 and reads the answer. Throws when it is refused.
  void log_on();
  /// The next message: NewOrder (D) or CancelOrder (F) of OrderDesk's.
  [[nodiscard]] std::string order(const Request& request);
  [[nodiscard]] std::string message(std::string_view type, std::string_view fields);
  void send(std::string_view messages);
  /// What of `messages` the kernel takes now.
  [[nodiscard]] std::size_t send_some(std::string_view messages);
  /// Reads until the bytes have come; what came up to them is forgotten. Throws when the other side hangs up.
  void wait_for(std::string_view bytes);
  /// Takes what is there without waiting; true when the bytes have come since the last call with them.
  [[nodiscard]] bool saw(std::string_view bytes);
  /// Counts `mark` in all that comes until there are `count` of them.
  void count_until(std::string_view mark, std::size_t count);
  [[nodiscard]] int descriptor() const { return fd_; }
  /// "\x01" "11=ID\x01", which the answer to a request has.
  static std::string answer_mark(const ClientId& id);

 private:
  void read_more();

  int fd_ = -1;
  std::string comp_id_;
  std::uint32_t number_ = 0;
  std::string input_;
};

}  // namespace pace::tool
