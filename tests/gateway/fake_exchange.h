// An exchange for the gateway's tests: the three ports over a log in memory, with one thread for the gate, as the real
// ones have. What a command does is the test's choice. Thread rule: every function may be called from any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/sequencer/port.h"

namespace pace {

class FakeExchange : public CommandPort, public QueryPort, public EventFeed {
 public:
  FakeExchange() {
    market_.phase = Phase::morning;
    market_.day = make_date(2026, 9, 15);
    market_.time = at(market_.day, hms(9, 30));
    market_.instruments.push_back({.instrument = InstrumentId(1),
                                   .symbol = "PCA-2026",
                                   .vintage = Year(2026),
                                   .reference = Price(8000),
                                   .lower = Price(7200),
                                   .upper = Price(8800)});
    thread_ = std::thread([this] { run(); });
  }
  ~FakeExchange() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  /// Fills in outcome and events of an entry, on the gate's thread.
  std::function<void(Entry&)> on_command = [](Entry&) {};
  /// So many submits are answered busy first.
  std::atomic<int> busy_left{0};
  std::atomic<std::size_t> submitted{0};

  Reject submit(Request request, CommandPort::Answered answered) override {
    if (busy_left > 0) {
      --busy_left;
      return Reject::busy;
    }
    ++submitted;
    post([this, request = std::move(request), answered = std::move(answered)] {
      const Entry entry = append(request);
      if (answered) answered(entry);
    });
    return Reject::none;
  }

  Reject ask(Question question, QueryPort::Answered answered) override {
    post([this, question, answered = std::move(answered)] { answered(answer(question)); });
    return Reject::none;
  }

  EntryBatchPtr next(Sequence after, std::chrono::milliseconds patience) override {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, patience, [&] { return log_.size() > after.raw(); })) return nullptr;
    Bytes bytes;
    std::vector<std::size_t> ends;
    for (std::size_t i = after.raw(); i < log_.size() && ends.size() < batch_limit; ++i) {
      ByteWriter out(bytes);
      encode_entry(out, log_[i]);
      ends.push_back(bytes.size());
    }
    return std::make_shared<const EntryBatch>(pace::next(after), std::move(bytes), std::move(ends));
  }
  Sequence released() const override {
    const std::lock_guard lock(mutex_);
    return Sequence(log_.size());
  }
  Subscription subscribe(std::function<void()>) override { return nullptr; }

  /// An entry with these events, as if a command of the system, or this one, had made them.
  Sequence emit(std::vector<Event> events, Command command = AdvanceTime{}) {
    std::unique_lock lock(mutex_);
    Entry entry;
    entry.stamped = {Sequence(log_.size() + 1), market_.time, {Sender{}, "", std::move(command)}};
    entry.events = std::move(events);
    log_.push_back(std::move(entry));
    lock.unlock();
    changed_.notify_all();
    return released();
  }
  void set_orders(std::vector<OrderView> orders) {
    const std::lock_guard lock(mutex_);
    orders_ = std::move(orders);
  }
  void set_account(AccountView view) {
    const std::lock_guard lock(mutex_);
    account_ = std::move(view);
  }
  /// So many questions about accounts were answered.
  std::atomic<std::size_t> accounts_asked{0};

  static constexpr std::size_t batch_entries = 5;  // small: replays take several pieces
  /// Entries in a batch of the feed.
  std::atomic<std::size_t> batch_limit{batch_entries};

 private:
  Answer answer(const Question& question) {
    const Sequence now = released();
    const std::lock_guard lock(mutex_);
    if (std::holds_alternative<AskMarket>(question)) {
      MarketView view = market_;
      view.as_of = now;
      return view;
    }
    if (std::holds_alternative<AskOrders>(question)) return OrdersView{now, orders_};
    if (const auto* ask = std::get_if<AskAccount>(&question)) {
      ++accounts_asked;
      if (ask->account != account_.account) return std::monostate{};
      AccountView view = account_;
      view.as_of = now;
      return view;
    }
    if (std::holds_alternative<AskAuctions>(question))
      return AuctionsView{
          now, true, {{.auction = AuctionId(7), .state = AuctionState::open, .quantity = Quantity(500)}}};
    if (std::holds_alternative<AskBalances>(question)) return BalancesView{.as_of = now, .at_bank = Cash(5)};
    return DigestView{.as_of = now};
  }

  Entry append(const Request& request) {
    Entry entry;
    entry.stamped.request = request;
    {
      const std::lock_guard lock(mutex_);
      entry.stamped.sequence = Sequence(log_.size() + 1);
      entry.stamped.time = market_.time;
    }
    on_command(entry);
    {
      const std::lock_guard lock(mutex_);
      log_.push_back(entry);
    }
    changed_.notify_all();
    return entry;
  }

  void post(std::function<void()> task) {
    {
      const std::lock_guard lock(mutex_);
      tasks_.push_back(std::move(task));
    }
    changed_.notify_all();
  }
  void run() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [&] { return stopping_ || !tasks_.empty(); });
      if (tasks_.empty()) return;
      const auto task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      task();
      lock.lock();
    }
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> tasks_;
  std::vector<Entry> log_;
  MarketView market_;
  std::vector<OrderView> orders_;
  AccountView account_{.account = AccountId(197)};
  bool stopping_ = false;
  std::thread thread_;
};

inline OrderAccepted accepted(std::uint64_t order, Side side, std::int64_t price, std::int64_t quantity,
                              ClientId id = "c", std::uint32_t broker = 1) {
  return {.order = OrderId(order),
          .broker = BrokerId(broker),
          .client_id = id,
          .principal = AccountId(197),
          .instrument = InstrumentId(1),
          .side = side,
          .price = Price(price),
          .quantity = Quantity(quantity)};
}
inline OrderRested rested(std::uint64_t order, Side side, std::int64_t price, std::int64_t open,
                          std::int64_t shown = 0) {
  return {OrderId(order), InstrumentId(1), side, Price(price), Quantity(open), Quantity(shown != 0 ? shown : open)};
}
/// Broker 1 buys from broker 2; `open` is left of each side.
inline Trade trade(std::uint64_t number, std::int64_t price, std::int64_t quantity, std::uint64_t buy,
                   std::int64_t buy_open, std::uint64_t sell, std::int64_t sell_open) {
  return {.trade = TradeId(number),
          .instrument = InstrumentId(1),
          .price = Price(price),
          .quantity = Quantity(quantity),
          .aggressor = Side::buy,
          .buy = {OrderId(buy), AccountId(197), BrokerId(1), "buyer", Quantity(buy_open), Cash(3)},
          .sell = {OrderId(sell), AccountId(294), BrokerId(2), "seller", Quantity(sell_open), Cash(4)}};
}

}  // namespace pace
