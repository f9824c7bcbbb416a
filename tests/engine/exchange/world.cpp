#include "tests/engine/exchange/world.h"

#include <stdexcept>

#include "engine/base/account_number.h"
#include "engine/base/check.h"
#include "tests/reached_rejects.h"

namespace pace::test {
namespace {

constexpr BrokerId first_broker{1}, second_broker{2};
constexpr Cash ten_thousand_yuan{1'000'000'000};  // 10,000.00 CNY in milli-fen

template <class View, class Ask>
View ask(const Exchange& exchange, const Ask& question) {
  return std::get<View>(exchange.answer(question));
}

}  // namespace

Capacity small_capacity() {
  return {.accounts = 1'000,
          .open_orders = 4'096,
          .instruments = 8,
          .pool_parts = 4'096,
          .breakable_trades = 64,
          .requests_per_day = 1 << 16};
}

World::World(const Capacity& capacity, std::vector<StampedCommand>* log)
    : exchange_(capacity), log_(log), now_(*parse_local_time("2026-08-03T08:00")) {
  must(operators, RegisterBroker{first_broker, "ALFA", "Alfa Carbon", account_number(201)});
  must(operators, RegisterBroker{second_broker, "BETA", "Beta Carbon", account_number(202)});
  accounts_ = {{"house1", account_number(201)}, {"house2", account_number(202)}};
  std::uint64_t serial = 301;
  for (const char* name : {"ann", "bo", "cy", "dan", "guy", "fay"}) open_person(name, serial++, first_broker);
  open_person("eve", serial++, second_broker);
  must(authority, ActivateRules{"1", "", {{"split_notice_working_days", 0}}});
  must(operators, ListInstrument{allowance, "PCA-2026", InstrumentKind::allowance, Year(2026), {}, Price(8000)});
  must(authority, SetCap{Year(2026), Quantity(8842)});  // less the reserve of 442: 1,200 kg for each of seven
  must(authority, RunAllocation{Year(2026)});
  must(authority, ReleaseAllocation{Year(2026)});
  issue_credits();
  must(registry, RevokeEntrustment{EntrustmentId(6)});  // fay's
  for (const char* name : {"ann", "bo", "cy", "dan", "fay", "house1"}) deposit(name, first_broker, ten_thousand_yuan);
  for (const char* name : {"eve", "house2"}) deposit(name, second_broker, ten_thousand_yuan);
  until("2026-09-07T08:00");
}

void World::open_person(const std::string& name, std::uint64_t serial, BrokerId broker) {
  const AccountId id = accounts_[name] = account_number(serial);
  must(registry, OpenAccount{id, AccountKind::person, RegionId(1), make_date(1980, 5, 1), {}, {}});
  must(registry, GrantEntrustment{.entrustment = EntrustmentId(++entrustments_),
                                  .principal = id,
                                  .broker = broker,
                                  .instruments = InstrumentClass::both,
                                  .sides = Sides::both,
                                  .start = local_date(now_),
                                  .end = make_date(2027, 12, 31)});
}

void World::deposit(const std::string& name, BrokerId broker, Cash amount) {
  must(bank, DepositCash{broker, account(name), amount, "opening"});
}

void World::issue_credits() {
  must(authority, RegisterParty{verifier, "VERIFY", "Verifier", {}});
  must(authority, RegisterProject{ProjectId(1), "SUN", InstrumentKind::phcer, "PV-HOUSE", 1, RegionId(1), 1, true});
  must(operators,
       ListInstrument{credit, "PHCER-SUN-2026", InstrumentKind::phcer, Year(2026), ProjectId(1), Price(8000)});
  std::vector<SplitShare> split;
  for (const char* name : {"ann", "bo", "cy", "dan", "fay"}) split.push_back({account(name), 1});
  must(broker1, ApplyCredits{ApplicationId(1), credit, Quantity(5'000), split});
  must(broker2, ApplyCredits{ApplicationId(2), credit, Quantity(1'000), {{account("eve"), 1}}});
  must(verifier, StateCredits{ApplicationId(1), Quantity(5'000)});
  must(verifier, StateCredits{ApplicationId(2), Quantity(1'000)});
  until("2026-08-04T08:00");  // a split is public for a day at least
  must(authority, DecideCredits{ApplicationId(1), true, "test"});
  must(authority, DecideCredits{ApplicationId(2), true, "test"});
}

Answered World::send(const Sender& sender, const Command& command) {
  return send(sender, ClientId(("t" + std::to_string(++requests_)).c_str()), command);
}

Answered World::send(const Sender& sender, const ClientId& request_id, const Command& command) {
  const StampedCommand stamped{next(exchange_.last_sequence()), now_, {sender, request_id, command}};
  if (log_ != nullptr) log_->push_back(stamped);
  events_.clear();
  const Applied applied = exchange_.apply(stamped.sequence, stamped.time, stamped.request, events_);
  exchange_.check();
  reached(applied.outcome.code);
  Answered answered{applied.outcome, applied.repeats, events_.decode()};
  check_trades(answered.events);
  return answered;
}

// Whatever an order trades in the book is within its limit: its own price, or a market order's bound.
void World::check_trades(const std::vector<Event>& events) {
  for (const Event& event : events) {
    if (const auto* accepted = std::get_if<OrderAccepted>(&event))
      placed_[accepted->order] = {accepted->side, accepted->price};
    if (const auto* replaced = std::get_if<OrderReplaced>(&event))
      placed_[replaced->order] = {replaced->side, replaced->price};
    const auto* trade = std::get_if<Trade>(&event);
    if (trade == nullptr || (trade->kind != TradeKind::continuous && trade->kind != TradeKind::call)) continue;
    const Placed &buy = placed_.at(trade->buy.order), &sell = placed_.at(trade->sell.order);
    PACE_CHECK(buy.side == Side::buy && buy.limit >= trade->price);
    PACE_CHECK(sell.side == Side::sell && sell.limit <= trade->price);
  }
}

Answered World::must(const Sender& sender, const Command& command) {
  const Answered answered = send(sender, command);
  if (!answered.outcome.accepted())
    throw std::runtime_error(std::string(name_of(command)) + ": " + to_text(answered.outcome));
  return answered;
}

Answered World::until(const std::string& local_time) {
  const std::string today = to_text(local_date(now_));
  const auto time = parse_local_time(local_time.size() < 10 ? today + "T" + local_time : local_time);
  if (!time || *time < now_) throw std::runtime_error(local_time + " is no time, or past");
  now_ = *time;
  return send(sequencer, "", AdvanceTime{});
}

Sender World::broker_of(const std::string& name) const {
  return name == "eve" || name == "house2" ? broker2 : broker1;
}

AccountView World::holdings(const std::string& name) const {
  return ask<AccountView>(exchange_, AskAccount{account(name)});
}

HoldingView World::holding(const std::string& name, InstrumentId instrument) const {
  for (const HoldingView& holding : holdings(name).holdings)
    if (holding.instrument == instrument) return holding;
  return {.instrument = instrument};
}

MarketView World::market() const {
  return ask<MarketView>(exchange_, AskMarket{});
}

std::vector<OrderView> World::orders(BrokerId broker) const {
  return ask<OrdersView>(exchange_, AskOrders{broker}).orders;
}

Bytes World::state() const {
  Bytes bytes;
  ByteWriter out(bytes);
  exchange_.save(out);
  return bytes;
}

bool World::restore(const Bytes& bytes, const World& other) {
  now_ = other.now_;
  requests_ = other.requests_;
  placed_ = other.placed_;
  if (!exchange_.load(bytes)) return false;
  exchange_.check();
  return true;
}

NewOrder order(const World& world, const std::string& who, Side side, Quantity quantity, Price price) {
  return {.principal = world.account(who), .instrument = credit, .side = side, .price = price, .quantity = quantity};
}

}  // namespace pace::test
