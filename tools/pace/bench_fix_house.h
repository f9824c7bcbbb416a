// What the FIX part of `pace bench gateway` measures: the FIX gateway with its thread, over the real exchange in memory
// (answers come before any disk) or over the sequencer with its synced log. Thread rule: one owner; the exchange in
// memory takes a lock.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "engine/exchange/exchange.h"
#include "gateway/fix/fix_gateway.h"

namespace pace::tool {

/// The exchange, applied where a command comes in. Keeps what its one reader has not taken yet.
class MemoryExchange final : public CommandPort, public QueryPort, public EventFeed {
 public:
  explicit MemoryExchange(const Capacity& capacity) : exchange_(capacity) {}

  Reject submit(Request request, CommandPort::Answered answered = {}) override;
  Reject ask(Question question, QueryPort::Answered answered) override;
  /// What is before the last entry taken is gone: null.
  EntryBatchPtr next(Sequence after, std::chrono::milliseconds patience) override;
  Sequence released() const override;
  Subscription subscribe(std::function<void()> woken) override;

 private:
  mutable std::mutex mutex_;
  Exchange exchange_;
  EventBuffer events_;
  Sequence sequence_;
  Timestamp time_;
  Bytes stamped_;  // of the newest entry
  Bytes fresh_;    // entries that next() has not given
  std::vector<std::size_t> ends_;
  std::function<void()> woken_;
};

/// Everybody enters with the password "bench" and the name B<number> as a broker of that number.
class FixHall {
 public:
  FixHall(CommandPort& commands, QueryPort& queries, EventFeed& feed, const std::string& directory, bool sync);
  ~FixHall();
  FixHall(const FixHall&) = delete;
  FixHall& operator=(const FixHall&) = delete;
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{context_.get_executor()};
  FixGateway gateway_;
  std::uint16_t port_;
  std::thread thread_;
};

}  // namespace pace::tool
