#include "tools/pace/bench_desk.h"

#include <algorithm>
#include <utility>

#include "engine/base/account_number.h"
#include "engine/base/check.h"
#include "engine/base/date.h"

namespace pace::tool {
namespace {

constexpr std::uint32_t brokers = 4;
constexpr std::uint64_t first_broker_serial = 201, first_person_serial = 1001;
constexpr std::size_t most_live = 16'384;
constexpr InstrumentId instrument{1};
constexpr Price middle{8000};
constexpr std::int64_t deepest_tick = 64;
constexpr std::int64_t most_cash = 300'000'000'000'000'000;  // in all: the exchange takes no more than a little over it
constexpr Date first_day = make_date(2026, 9, 7);            // a Monday
constexpr std::int32_t first_vintage = 2026;
constexpr std::uint32_t principals_per_day = 5'000'000, commands_per_principal = 3;
constexpr std::int64_t most_cap = 90'000'000'000'000;
constexpr Sender operators{Role::exchange_operator, 1}, registry{Role::registry_operator, 1},
    authority{Role::authority, 1}, bank{Role::bank, 1};

constexpr std::uint32_t broker_of(std::uint32_t person) {
  return 1 + person % brokers;
}
constexpr AccountId account_of(std::uint32_t person) {
  return account_number(first_person_serial + person);
}

}  // namespace

OrderDesk::OrderDesk(std::uint32_t principals, std::uint32_t vintages, std::uint64_t seed)
    : principals_(principals), vintages_(vintages), draw_(seed) {
  PACE_CHECK(principals > 0 && principals <= most_principals && vintages > 0);
  live_.reserve(most_live);
}

std::uint32_t OrderDesk::opening_days() const {
  return (principals_ + principals_per_day - 1) / principals_per_day;
}

Capacity OrderDesk::capacity(std::uint64_t requests) const {
  Capacity capacity;
  capacity.accounts = std::max<std::uint64_t>(capacity.accounts, first_person_serial + principals_);
  capacity.requests_per_day = std::max(capacity.requests_per_day, requests + requests / 8);
  return capacity;
}

std::uint64_t OrderDesk::opening_commands() const {
  return opening_days() + brokers + std::uint64_t{commands_per_principal} * principals_ + 3 * vintages_ + 2;
}

// The trading day is the second after the last opening day's morning: by then the opening's requests are forgotten.
void OrderDesk::open(const std::function<void(Request)>& submit) {
  const std::function<void(const Sender&, Command)> send = [&](const Sender& sender, Command command) {
    submit({sender, fresh_id('m'), std::move(command)});
  };
  const auto go_to = [&](std::uint32_t day, std::int64_t time_of_day) {
    send(operators, AdvanceTime{at(add_days(first_day, static_cast<std::int32_t>(day)), time_of_day)});
  };
  go_to(0, hms(8, 0));
  for (std::uint32_t b = 1; b <= brokers; ++b)
    send(operators, RegisterBroker{BrokerId(b), *Code::from("B" + std::to_string(b)), "Broker",
                                   account_number(first_broker_serial + b)});
  for (std::uint32_t i = 0; i < principals_; ++i) {
    if (i != 0 && i % principals_per_day == 0) go_to(i / principals_per_day, hms(8, 0));
    open_principal(i, send);
  }
  std::int64_t cap = std::min(std::int64_t{principals_} * 1'000'000'000, most_cap);
  for (std::uint32_t v = 0; v < vintages_; ++v, cap = cap / 10 * 9) {
    const Year year(first_vintage + static_cast<std::int32_t>(v));
    send(operators, ListInstrument{InstrumentId(1 + v), *Symbol::from("PCA-" + std::to_string(year.raw())),
                                   InstrumentKind::allowance, year, ProjectId{}, middle});
    send(authority, SetCap{year, Quantity(cap)});
    send(authority, RunAllocation{year});
  }
  send(authority, ReleaseAllocation{Year(first_vintage)});
  go_to(opening_days(), hms(9, 31));
}

void OrderDesk::open_principal(std::uint32_t person, const std::function<void(const Sender&, Command)>& send) {
  const BrokerId broker(broker_of(person));
  const AccountId account = account_of(person);
  send(registry,
       OpenAccount{account, AccountKind::person, RegionId(1), make_date(1980, 5, 1), PerMille{}, AccountId{}});
  send(registry, GrantEntrustment{.entrustment = EntrustmentId(person + 1),
                                  .principal = account,
                                  .broker = broker,
                                  .instruments = InstrumentClass::both,
                                  .sides = Sides::both,
                                  .start = first_day,
                                  .end = make_date(2027, 12, 31)});
  const Cash amount(std::min<std::int64_t>(10'000'000'000'000, most_cash / principals_));
  send(bank, DepositCash{broker, account, amount, *Reference::from("bench")});
}

Request OrderDesk::next() {
  const std::int64_t kind = draw_.below(100);
  if (live_.size() == most_live || (kind < 30 && !live_.empty())) return cancel();
  return order(kind < 85);
}

Request OrderDesk::order(bool resting) {
  const auto person = static_cast<std::uint32_t>(draw_.below(principals_));
  const Side side = draw_.percent(50) ? Side::buy : Side::sell;
  // Resting orders crowd near the middle; the others reach a few ticks over it.
  const std::int64_t away = resting ? 1 + draw_.below(1 + draw_.below(deepest_tick)) : -draw_.below(4);
  const Price price(side == Side::buy ? middle.raw() - away : middle.raw() + away);
  const Quantity quantity(10 * (1 + draw_.below(resting ? 10 : 20)));
  Request request{{Role::broker, broker_of(person)},
                  fresh_id('o'),
                  NewOrder{.principal = account_of(person),
                           .instrument = instrument,
                           .side = side,
                           .time_in_force = resting ? TimeInForce::day : TimeInForce::ioc,
                           .price = price,
                           .quantity = quantity}};
  if (resting) live_.push_back({request.sender.number, request.request_id});
  return request;
}

Request OrderDesk::cancel() {
  const auto at = static_cast<std::size_t>(draw_.below(static_cast<std::int64_t>(live_.size())));
  const Sent sent = std::exchange(live_[at], live_.back());
  live_.pop_back();
  return {{Role::broker, sent.broker}, fresh_id('c'), CancelOrder{OrderId{}, sent.id}};
}

// A letter and twelve digits.
ClientId OrderDesk::fresh_id(char kind) {
  ClientId id;
  id.bytes()[0] = kind;
  std::uint64_t rest = ++ids_;
  for (std::size_t at = 12; at > 0; --at, rest /= 10) id.bytes()[at] = static_cast<char>('0' + rest % 10);
  return id;
}

}  // namespace pace::tool
