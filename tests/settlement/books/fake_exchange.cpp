#include "tests/settlement/books/fake_exchange.h"

#include <algorithm>
#include <thread>

namespace pace::test {
namespace {
constexpr InstrumentId cash{};
constexpr AccountId outside{};
}  // namespace

void FakeExchange::found() {
  append(RegisterBroker{broker_one, "one", "Broker One", house_one});
  append(RegisterBroker{broker_two, "two", "Broker Two", house_two});
  append(ListInstrument{allowance, "PCA-2026", InstrumentKind::allowance, Year(2026), {}, Price(8000)});
  append(ListInstrument{credit, "PHCER-GD-2026", InstrumentKind::phcer, Year(2026), ProjectId(1), Price(6000)});
}

void FakeExchange::deposit(BrokerId broker, AccountId account, std::int64_t milli_fen) {
  append(DepositCash{broker, account, Cash(milli_fen), "bank line"});
}
void FakeExchange::withdraw(BrokerId broker, AccountId account, std::int64_t milli_fen) {
  append(WithdrawCash{broker, account, Cash(milli_fen), "rent, \"June\""});
}
void FakeExchange::issue(AccountId account, InstrumentId instrument, std::int64_t kg) {
  append(RunAllocation{Year(2026)}, {UnitsIssued{account, instrument, Quantity(kg)}});
}
void FakeExchange::surrender(AccountId account, InstrumentId instrument, std::int64_t kg) {
  append(RunSurrender{Year(2026)}, {UnitsSurrendered{account, instrument, Quantity(kg), Year(2026)}});
}
void FakeExchange::cancel_units(AccountId account, InstrumentId instrument, std::int64_t kg) {
  append(AssessCompliance{Year(2026)},
         {UnitsCancelled{account, instrument, Quantity(kg), CancellationReason::not_banked}});
}
void FakeExchange::surcharge(AccountId account, std::int64_t milli_fen, std::int64_t owed) {
  append(AssessCompliance{Year(2026)}, {SurchargeCollected{account, Year(2026), Cash(milli_fen), Cash(owed)}});
}

Trade FakeExchange::make_trade(AccountId buyer, BrokerId buys, AccountId seller, BrokerId sells,
                               InstrumentId instrument, std::int64_t fen, std::int64_t kg) {
  Trade trade;
  trade.trade = TradeId(++trades_);
  trade.instrument = instrument;
  trade.price = Price(fen);
  trade.quantity = Quantity(kg);
  const Cash fee(muldiv_half_up(fen * kg, 5, 1000));
  trade.buy = {OrderId(2 * trades_), buyer, buys, "b", {}, fee};
  trade.sell = {OrderId(2 * trades_ + 1), seller, sells, "s", {}, fee};
  return trade;
}

void FakeExchange::append(Command command, std::vector<Event> events, Outcome outcome, Sequence repeats) {
  const std::lock_guard lock(mutex_);
  Entry entry;
  entry.stamped = {Sequence(entries_.size() + 1), at(first_day, hms(10, 0)),
                   Request{Sender{Role::system, 0}, request_id_, std::move(command)}};
  entry.outcome = outcome;
  entry.repeats = repeats;
  entry.events = std::move(events);
  for (const Event& event : entry.events) follow(event);
  if (outcome.accepted() && !repeats) follow(entry.stamped.request.command);
  ByteWriter out(entries_.emplace_back());
  encode_entry(out, entry);
}

void FakeExchange::move(AccountId from, AccountId to, InstrumentId instrument, std::int64_t amount) {
  balances_[{from, instrument}] -= amount;
  balances_[{to, instrument}] += amount;
}

void FakeExchange::follow(const Event& event) {
  if (const auto* t = std::get_if<Trade>(&event)) {
    move(t->sell.account, t->buy.account, t->instrument, t->quantity.raw());
    move(t->buy.account, t->sell.account, cash, t->price.raw() * t->quantity.raw());
    move(t->buy.account, fee_account, cash, t->buy.fee.raw());
    move(t->sell.account, fee_account, cash, t->sell.fee.raw());
  } else if (const auto* i = std::get_if<UnitsIssued>(&event)) {
    move(outside, i->account, i->instrument, i->quantity.raw());
  } else if (const auto* s = std::get_if<UnitsSurrendered>(&event)) {
    move(s->account, surrender_account, s->instrument, s->quantity.raw());
  } else if (const auto* c = std::get_if<UnitsCancelled>(&event)) {
    move(c->account, cancellation_account, c->instrument, c->quantity.raw());
  } else if (const auto* p = std::get_if<SurchargeCollected>(&event)) {
    move(p->principal, authority_account, cash, p->collected.raw());
  } else if (const auto* d = std::get_if<TradingDayStarted>(&event)) {
    day_ = d->day;
  }
}

void FakeExchange::follow(const Command& command) {
  if (const auto* d = std::get_if<DepositCash>(&command)) move(outside, d->account, cash, d->amount.raw());
  if (const auto* w = std::get_if<WithdrawCash>(&command)) move(w->account, outside, cash, w->amount.raw());
}

EntryBatchPtr FakeExchange::batch(Sequence first, Sequence last) const {
  const std::lock_guard lock(mutex_);
  Bytes bytes;
  std::vector<std::size_t> ends;
  for (std::uint64_t i = first.raw(); i <= last.raw(); ++i) {
    bytes.insert(bytes.end(), entries_.at(i - 1).begin(), entries_.at(i - 1).end());
    ends.push_back(bytes.size());
  }
  return std::make_shared<const EntryBatch>(first, std::move(bytes), std::move(ends));
}

EntryBatchPtr FakeExchange::next(Sequence after, std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  do {
    if (const Sequence last = released(); last > after)
      return batch(pace::next(after), Sequence(std::min(last.raw(), after.raw() + batch_entries)));
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  } while (std::chrono::steady_clock::now() < deadline);
  return nullptr;
}

Sequence FakeExchange::released() const {
  const std::lock_guard lock(mutex_);
  return Sequence(entries_.size());
}

Reject FakeExchange::submit(Request request, CommandPort::Answered) {
  if (busy > 0) {
    --busy;
    return Reject::busy;
  }
  const std::lock_guard lock(mutex_);
  if (const auto* report = std::get_if<ReportReconciliation>(&request.command)) reports_.push_back(*report);
  request_id_ = request.request_id;
  append(std::move(request.command));
  return Reject::none;
}

Reject FakeExchange::ask(Question, QueryPort::Answered answered) {
  if (!answers) return Reject::none;
  const std::lock_guard lock(mutex_);
  if (before_answer) before_answer();
  BalancesView view;
  view.as_of = released();
  view.day = day_;
  for (const auto& [key, amount] : balances_) {
    if (key.first == outside && key.second == cash) view.at_bank = Cash(-amount);
    if (key.first != outside && amount != 0) view.balances.push_back({key.first, key.second, amount});
  }
  std::reverse(view.balances.begin(), view.balances.end());  // no order is promised by the account's number
  answered(Answer(std::move(view)));
  return Reject::none;
}

std::vector<ReportReconciliation> FakeExchange::reports() const {
  const std::lock_guard lock(mutex_);
  return reports_;
}

void FakeExchange::change_engine(AccountId account, InstrumentId instrument, std::int64_t by) {
  const std::lock_guard lock(mutex_);
  balances_[{account, instrument}] += by;
}

}  // namespace pace::test
