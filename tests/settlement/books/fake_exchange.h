// An exchange of vectors for the books' tests: entries are appended by hand, balances are kept in a map of its own,
// and all three ports are served from them. Thread rule: any thread.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <vector>

#include "engine/base/account_number.h"
#include "engine/message/special_accounts.h"
#include "engine/sequencer/port.h"

namespace pace::test {

inline constexpr BrokerId broker_one{1}, broker_two{2};
inline constexpr AccountId house_one = account_number(101), house_two = account_number(102);
inline constexpr AccountId ann = account_number(201), bo = account_number(202), cy = account_number(203);
inline constexpr InstrumentId allowance{1}, credit{2};
inline const Date first_day = make_date(2026, 9, 15), second_day = make_date(2026, 9, 16);

class FakeExchange : public EventFeed, public CommandPort, public QueryPort {
 public:
  /// Brokers one and two, instruments PCA-2026 (1) and PHCER-GD-2026 (2).
  void found();
  void start_day(Date day) { append(AdvanceTime{}, {TradingDayStarted{day}}); }
  void end_day(Date day) { append(AdvanceTime{}, {TradingDayEnded{day}}); }
  void deposit(BrokerId broker, AccountId account, std::int64_t milli_fen);
  void withdraw(BrokerId broker, AccountId account, std::int64_t milli_fen);
  void issue(AccountId account, InstrumentId instrument, std::int64_t kg);
  void surrender(AccountId account, InstrumentId instrument, std::int64_t kg);
  void cancel_units(AccountId account, InstrumentId instrument, std::int64_t kg);
  void surcharge(AccountId account, std::int64_t milli_fen, std::int64_t owed = 0);
  /// Fee 5 per mille a side, rounded half up.
  Trade make_trade(AccountId buyer, BrokerId buys, AccountId seller, BrokerId sells, InstrumentId instrument,
                   std::int64_t fen, std::int64_t kg);
  void trade(const Trade& trade) { append(NewOrder{}, {trade}); }
  /// Any entry; balances follow from its events and, when it was accepted, its command.
  void append(Command command, std::vector<Event> events = {}, Outcome outcome = {}, Sequence repeats = {});

  EntryBatchPtr next(Sequence after, std::chrono::milliseconds patience) override;
  Sequence released() const override;
  Subscription subscribe(std::function<void()>) override { return nullptr; }
  Reject submit(Request request, CommandPort::Answered answered = {}) override;
  Reject ask(Question question, QueryPort::Answered answered) override;

  /// Entries first … last as the feed would hand them out.
  EntryBatchPtr batch(Sequence first, Sequence last) const;
  std::vector<ReportReconciliation> reports() const;
  void change_engine(AccountId account, InstrumentId instrument, std::int64_t by);

  std::atomic<bool> answers = true;     ///< false: questions are taken and never answered
  std::atomic<int> busy = 0;            ///< so many submits are refused
  std::function<void()> before_answer;  ///< runs before the balances are read
  std::size_t batch_entries = 1000;

 private:
  void move(AccountId from, AccountId to, InstrumentId instrument, std::int64_t amount);
  void follow(const Event& event);
  void follow(const Command& command);

  mutable std::recursive_mutex mutex_;
  std::vector<Bytes> entries_;
  std::map<std::pair<AccountId, InstrumentId>, std::int64_t> balances_;
  std::vector<ReportReconciliation> reports_;
  ClientId request_id_ = "t";
  Date day_;
  std::uint64_t trades_ = 0;
};

}  // namespace pace::test
