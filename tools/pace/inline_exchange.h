// The real exchange behind the three ports, applied where the command comes in and answered at once, before any disk:
// what the benches of gateways measure against. Thread rule: submit and ask from any thread, one at a time (a mutex);
// next() has one reader, which follows from the start.
#pragma once

#include <condition_variable>
#include <mutex>

#include "engine/exchange/exchange.h"
#include "engine/sequencer/port.h"

namespace pace::tool {

class InlineExchange : public CommandPort, public QueryPort, public EventFeed {
 public:
  explicit InlineExchange(const Capacity& capacity) : exchange_(capacity) {}

  Reject submit(Request request, CommandPort::Answered answered) override;
  Reject ask(Question question, QueryPort::Answered answered) override;
  EntryBatchPtr next(Sequence after, std::chrono::milliseconds patience) override;
  Sequence released() const override;
  Subscription subscribe(std::function<void()>) override { return nullptr; }

  /// Entries with these events that no command made, released together; the state stays as it is.
  void publish(const std::vector<std::vector<Event>>& entries);
  [[nodiscard]] std::uint64_t rejected() const { return rejected_; }

 private:
  Applied apply(const Request& request);

  mutable std::mutex mutex_;
  std::condition_variable released_more_;
  Exchange exchange_;
  EventBuffer events_;
  Sequence sequence_;
  Timestamp time_;
  std::uint64_t rejected_ = 0;
  Bytes payload_;
  Bytes fresh_;  ///< entries that next() has not given yet
  std::vector<std::size_t> ends_;
};

}  // namespace pace::tool
