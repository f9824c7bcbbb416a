#include "tools/pace/bench_desk.h"

#include <algorithm>
#include <array>
#include <charconv>
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
constexpr Date opening_day = make_date(2026, 9, 7), trading_day = make_date(2026, 9, 8);
constexpr Sender operators{Role::exchange_operator, 1}, registry{Role::registry_operator, 1},
    authority{Role::authority, 1}, bank{Role::bank, 1};

constexpr std::uint32_t broker_of(std::uint32_t person) {
  return 1 + person % brokers;
}
constexpr AccountId account_of(std::uint32_t person) {
  return account_number(first_person_serial + person);
}

}  // namespace

OrderDesk::OrderDesk(std::uint32_t principals, std::uint64_t seed) : principals_(principals), draw_(seed) {
  PACE_CHECK(principals > 0);
  live_.reserve(most_live);
}

Capacity OrderDesk::capacity(std::uint32_t principals, std::uint64_t requests) {
  Capacity capacity;
  capacity.accounts = std::max<std::uint64_t>(capacity.accounts, first_person_serial + principals);
  capacity.requests_per_day = std::max(capacity.requests_per_day, requests + requests / 8 + 4 * principals + 1000);
  return capacity;
}

void OrderDesk::open(const std::function<void(Request)>& submit) {
  const auto send = [&](const Sender& sender, Command command) { submit({sender, fresh_id('m'), std::move(command)}); };
  send(operators, AdvanceTime{at(opening_day, hms(8, 0))});
  for (std::uint32_t b = 1; b <= brokers; ++b)
    send(operators, RegisterBroker{BrokerId(b), *Code::from("B" + std::to_string(b)), "Broker",
                                   account_number(first_broker_serial + b)});
  const Cash each(std::min<std::int64_t>(10'000'000'000'000, most_cash / principals_));
  for (std::uint32_t i = 0; i < principals_; ++i) {
    const BrokerId broker(broker_of(i));
    send(registry,
         OpenAccount{account_of(i), AccountKind::person, RegionId(1), make_date(1980, 5, 1), PerMille{}, AccountId{}});
    send(registry, GrantEntrustment{.entrustment = EntrustmentId(i + 1),
                                    .principal = account_of(i),
                                    .broker = broker,
                                    .instruments = InstrumentClass::both,
                                    .sides = Sides::both,
                                    .start = opening_day,
                                    .end = make_date(2027, 12, 31)});
    send(bank, DepositCash{broker, account_of(i), each, *Reference::from("bench")});
  }
  send(operators, ListInstrument{instrument, *Symbol::from("PCA-2026"), InstrumentKind::allowance, Year(2026),
                                 ProjectId{}, middle});
  send(authority, SetCap{Year(2026), Quantity(std::int64_t{principals_} * 1'000'000'000)});
  send(authority, RunAllocation{Year(2026)});
  send(authority, ReleaseAllocation{Year(2026)});
  send(operators, AdvanceTime{at(trading_day, hms(9, 31))});
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

ClientId OrderDesk::fresh_id(char kind) {
  std::array<char, ClientId::capacity> text{kind};
  const auto end = std::to_chars(text.data() + 1, text.data() + text.size(), ++ids_).ptr;
  return *ClientId::from({text.data(), static_cast<std::size_t>(end - text.data())});
}

}  // namespace pace::tool
