// One upload of commands: lines of JSON in, submitted with back-pressure, answers in the order of the lines.
// Thread rule: start, take, abandon on the io thread; lines are decoded and submitted on the pool, one piece at a time;
// answers arrive on the gate's thread. One mutex guards the answers.
// Invariants: at most `window` commands and `most_waiting` answers are on their way, so memory is bounded by the body;
// a busy queue is waited for and no line is submitted twice; a malformed line stops nothing but itself.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/sequencer/port.h"
#include "gateway/auth/credentials.h"
#include "gateway/http/command_json.h"
#include "gateway/http/http_options.h"

namespace pace {

class CommandUpload : public std::enable_shared_from_this<CommandUpload> {
 public:
  struct Ports {
    boost::asio::io_context& io;
    boost::asio::thread_pool& pool;
    CommandPort& commands;
  };
  /// `news` runs on the io thread whenever take() may give more.
  CommandUpload(const Ports& ports, CommandScreen screen, Identity identity, std::string body, bool with_events,
                std::function<void()> news);

  void start();
  /// Finished answers, as lines, about `most` bytes of them.
  std::string take(std::size_t most);
  /// Every line is answered and taken.
  [[nodiscard]] bool done();
  /// Nobody listens any more: what was submitted stays, nothing further is.
  void abandon();

 private:
  static constexpr std::size_t window = 8192;
  static constexpr std::size_t most_waiting = 16384;
  static constexpr std::size_t piece_lines = 256;

  struct Slot {
    std::size_t line = 0;
    ClientId request_id;
    bool answered = false;
    Sequence sequence, repeats;
    Outcome outcome;
    JsonFault fault;      ///< of a malformed line
    std::string refusal;  ///< text of an outcome that the gateway made
    std::optional<Entry> entry;
  };

  void decode_piece();
  bool decode_line();
  bool submit();
  std::size_t open_slot(const CommandReader::Line& read);
  void refuse(std::size_t slot, Outcome outcome, std::string text);
  void on_answer(std::size_t slot, const Entry& entry);
  void again();
  void tell();
  static void append(std::string& out, const Slot& slot, bool with_events, Sender viewer);

  Ports ports_;
  CommandScreen screen_;
  Identity identity_;
  std::string body_;
  bool with_events_;
  std::function<void()> news_;

  // Of the pool's piece: one runs at a time.
  CommandReader reader_;
  std::size_t at_ = 0, line_ = 0;
  std::optional<Request> held_;  ///< decoded, and the queue was busy
  std::size_t held_slot_ = 0;
  boost::asio::steady_timer retry_;

  std::mutex mutex_;
  std::deque<Slot> slots_;
  std::size_t first_slot_ = 0;  ///< number of slots_.front()
  std::size_t in_flight_ = 0;
  bool decoded_ = false, parked_ = false, told_ = false;
  std::atomic<bool> abandoned_{false};
};

}  // namespace pace
