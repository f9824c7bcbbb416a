#include "tests/engine/exchange/model.h"

#include <algorithm>

#include "engine/message/special_accounts.h"

namespace pace::test {
namespace {

// Rulebook 7, trading day.
struct DayStep {
  std::int64_t at;
  Phase phase;
};
constexpr DayStep day_steps[] = {{hms(9, 15), Phase::opening_call}, {hms(9, 25), Phase::pre_open},
                                 {hms(9, 30), Phase::morning},      {hms(11, 30), Phase::lunch},
                                 {hms(13, 0), Phase::afternoon},    {hms(14, 57), Phase::closing_call},
                                 {hms(15, 0), Phase::closed}};

}  // namespace

Model::Model(const World& world) : now_(world.now()) {
  rules_ = {{"fee_permille", 5},
            {"minimum_order_kg", 10},
            {"principal_maximum_order_kg", 20'000},
            {"price_limit_permille", 100},
            {"market_order_levels", 5},
            {"block_minimum_kg", 1'000'000},
            {"breaker_move_permille", 50},
            {"breaker_call_s", 300},
            {"auction_minimum_bid_kg", 1'000},
            {"auction_bidder_bids", 10},
            {"auction_bidder_permille", 250},
            {"auction_rollovers", 4},
            {"auction_rollover_permille", 250}};
  for (const char* name : {"ann", "bo", "cy", "dan", "eve", "fay", "guy", "house1", "house2"}) {
    Account& a = accounts_[world.account(name)];
    a.person = !std::string(name).starts_with("house");
    if (!a.person) a.member = BrokerId(world.broker_of(name).number);
    a.cash = world.holdings(name).cash.raw();
    for (const InstrumentId i : {allowance, credit, next_allowance}) a.units[i] = world.holding(name, i).total.raw();
  }
  accounts_[auction_account].units = {{allowance, 0}, {credit, 0}, {next_allowance, 2'000}};
  std::uint64_t mandate = 0;
  for (const char* name : {"ann", "bo", "cy", "dan", "guy", "fay", "eve"}) {
    const EntrustmentId id(++mandate);
    told_mandate({.entrustment = id,
                  .principal = world.account(name),
                  .broker = BrokerId(world.broker_of(name).number),
                  .sides = Sides::both,
                  .start = make_date(2026, 8, 3),
                  .end = make_date(2027, 12, 31)});
    if (std::string(name) == "fay") told_revoked(id);
  }
  for (const InstrumentId i : {allowance, credit, next_allowance}) {
    books_[i].reference = 8000;
    set_limits(books_[i]);
  }
}

Reject Model::apply(const StampedCommand& c) {
  deals_.clear();
  cancels_.clear();
  auctions_said_.clear();
  pass_time(c.time);
  const Reject outcome = std::visit([&](const auto& command) { return act(c, command); }, c.request.command);
  std::map<std::uint64_t, Stake> open;
  for_each_open([&](const Order& order, const Part&) { open[order.stake] = stakes_.at(order.stake); });
  stakes_ = open;
  return outcome;
}

std::vector<std::string> Model::cancels() const {
  std::vector<std::string> sorted = cancels_;
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

void Model::told_mandate(const GrantEntrustment& mandate) {
  mandates_[mandate.entrustment].terms = mandate;
}

void Model::told_revoked(EntrustmentId id) {
  mandates_[id].revoked = true;
  const auto under = [&](const Part& part) { return part.mandate == id; };
  sweep([&](const Book&, const Order& o) {
    return any_part(o, under) ? std::optional(CancelReason::entrustment_revoked) : std::nullopt;
  });
  sweep_blocks(CancelReason::entrustment_revoked, [&](const Block& b) { return any_part(b.side, under); });
  sweep_auctions(CancelReason::entrustment_revoked, under);
}

void Model::told_order(const ClientId& id, OrderId number) {
  for (auto& [instrument, book] : books_)
    for (Order& o : book.orders)
      if (o.ids.back() == id) o.number = number;
}

// --- the clock -------------------------------------------------------------------------------------------------------

void Model::pass_time(Timestamp to) {
  for (Date day = local_date(now_); day <= local_date(to); day = add_days(day, 1)) {
    if (weekday(day) >= 5) continue;
    for (const DayStep& step : day_steps) {
      const Timestamp at = pace::at(day, step.at);
      if (at <= now_ || at > to) continue;
      pass_due(at);
      now_ = at;
      if (step.phase == Phase::opening_call) {
        day_ = day;
        start_day();
      }
      const auto* following = &step + 1;
      phase_ends_ = following == std::end(day_steps) ? Timestamp{} : pace::at(day, following->at);
      enter(step.phase);
    }
  }
  pass_due(to);
  now_ = to;
}

// What is over by then, one after the other; at one instant the circuit breaker's calls before the auctions. Nothing of
// a halted instrument is sold: its auction waits.
void Model::pass_due(Timestamp to) {
  for (;;) {
    Book* call = nullptr;
    for (auto& [id, book] : books_)
      if (book.breaking && (call == nullptr || book.call_ends < call->call_ends)) call = &book;
    std::size_t next = auctions_.size();
    for (std::size_t i = 0; i < auctions_.size(); ++i)
      if (!auctions_[i].waiting && (next == auctions_.size() || auctions_[i].closes < auctions_[next].closes)) next = i;
    const bool sale = next < auctions_.size() && (call == nullptr || auctions_[next].closes < call->call_ends);
    if (!sale && call == nullptr) return;
    const Timestamp due = sale ? auctions_[next].closes : call->call_ends;
    if (due > to) return;
    now_ = due;
    if (!sale)
      end_break(*call);
    else if (books_.at(auctions_[next].listing.instrument).halted)
      auctions_[next].waiting = true;
    else
      close(next);
  }
}

// Uncrossed, and trading goes on.
void Model::end_break(Book& book) {
  book.traded.clear();
  uncross(book);
  book.breaking = false;
}

void Model::start_day() {
  for (auto& [id, account] : accounts_) account.bought_today.clear();
  for (auto& [id, book] : books_) {
    set_limits(book);
    book.traded.clear();
  }
  sweep([&](const Book& book, const Order& o) -> std::optional<CancelReason> {
    if (o.expiry < day_) return CancelReason::expired;
    if (any_part(o, [&](const Part& part) { return part.mandate && mandates_.at(part.mandate).terms.end < day_; }))
      return CancelReason::entrustment_revoked;
    if (o.price < book.lower || o.price > book.upper) return CancelReason::price_limit;
    return std::nullopt;
  });
}

void Model::set_limits(Book& book) const {
  const std::int64_t down = book.reference * rules_.at("price_limit_permille") / 1000;
  book.lower = book.reference - down;
  book.upper = book.reference + down;
}

void Model::enter(Phase phase) {
  if (is_call(phase_) || is_continuous(phase))
    for (auto& [id, book] : books_)
      if (!book.breaking) uncross(book);
  phase_ = phase;
  for (auto& [id, book] : books_) {
    if (is_call(phase)) book.breaking = false;  // its orders wait in the closing call
    if (phase == Phase::lunch) book.call_ends = Timestamp(book.call_ends.raw() + phase_ends_.raw() - now_.raw());
  }
  if (phase != Phase::closed) return;
  sweep_blocks(CancelReason::end_of_day, [](const Block&) { return true; });
  sweep([&](const Book&, const Order& o) -> std::optional<CancelReason> {
    if (o.time_in_force == TimeInForce::day) return CancelReason::end_of_day;
    return o.expiry <= day_ ? std::optional(CancelReason::expired) : std::nullopt;
  });
}

// --- operator, register, bank ----------------------------------------------------------------------------------------

Reject Model::act(const StampedCommand&, const HaltInstrument& command) {
  for (auto& [id, book] : books_)
    if (!command.instrument || id == command.instrument) book.halted = true, book.breaking = false;
  return !command.instrument || books_.contains(command.instrument) ? Reject::none : Reject::unknown_instrument;
}

// A call may have ended while the instrument was halted.
Reject Model::act(const StampedCommand&, const ResumeInstrument& command) {
  for (auto& [id, book] : books_) {
    if ((command.instrument && id != command.instrument) || !book.halted) continue;
    book.halted = false;
    if (!is_call(phase_) && phase_ != Phase::closed) uncross(book);
  }
  close_waiting();
  return Reject::none;
}

Reject Model::act(const StampedCommand&, const SetAccountStatus& command) {
  accounts_.at(command.account).status = command.status;
  const auto barred = [&](const Part& part) { return check_standing(part.principal) != Reject::none; };
  sweep([&](const Book&, const Order& o) {
    return any_part(o, barred) ? std::optional(CancelReason::operator_action) : std::nullopt;
  });
  sweep_blocks(CancelReason::operator_action, [&](const Block& b) { return any_part(b.side, barred); });
  sweep_auctions(CancelReason::operator_action, barred);
  return Reject::none;
}

Reject Model::act(const StampedCommand&, const ActivateRules& command) {
  for (const RuleValue& rule : command.values) rules_[std::string(rule.rule.view())] = rule.value;
  return Reject::none;
}

Reject Model::act(const StampedCommand&, const DepositCash& command) {
  accounts_.at(command.account).cash += command.amount.raw();
  return Reject::none;
}

Reject Model::act(const StampedCommand&, const WithdrawCash& command) {
  if (accounts_.at(command.account).status == AccountStatus::frozen) return Reject::account_frozen;
  const Balance b = balance(command.account, credit);
  if (command.amount.raw() > b.cash - b.cash_held) return Reject::withdrawal_above_free;
  accounts_.at(command.account).cash -= command.amount.raw();
  return Reject::none;
}

// --- views -----------------------------------------------------------------------------------------------------------

Model::Balance Model::balance(AccountId id, InstrumentId instrument) const {
  const Account& account = accounts_.at(id);
  Balance b{account.cash, 0, account.units.at(instrument), 0, 0};
  for_each_open([&](const Order& order, const Part& part) {
    if (part.principal != id) return;
    if (order.side == Side::buy) b.cash_held += part.open() * order.hold_per_kg(part.commission);
    if (order.side == Side::sell && order.instrument == instrument) b.units_held += part.open();
  });
  b.sellable =
      std::max<std::int64_t>(b.units - b.units_held - bought_today(id, instrument) - unreleased(id, instrument), 0);
  return b;
}

std::int64_t Model::bought_today(AccountId id, InstrumentId instrument) const {
  const auto& bought = accounts_.at(id).bought_today;
  const auto at = bought.find(instrument);
  return at == bought.end() ? 0 : at->second;
}

std::string Model::indicative(InstrumentId instrument) const {
  const Book& book = books_.at(instrument);
  if (!in_call(book)) return {};
  const CallPrice now = call_price(book);
  return std::to_string(now.price) + " " + std::to_string(now.volume) + "kg over " + std::to_string(now.imbalance) +
         "kg";
}

std::vector<std::string> Model::orders() const {
  std::vector<std::string> said;
  for (auto [id, book] : books_)
    for (const Side side : {Side::buy, Side::sell})
      for (const Order* o : sorted(book, side))
        said.push_back(name_of_order(*o) + " " + std::string(name_of(side)) + " " + std::to_string(o->price) + " " +
                       std::to_string(o->open) + "/" + std::to_string(o->shown) + "/" + std::to_string(o->quantity) +
                       " " + std::to_string(o->value));
  return said;
}

std::vector<OrderId> Model::order_ids() const {
  std::vector<OrderId> ids;
  for (const auto& [id, book] : books_)
    for (const Order& o : book.orders) ids.push_back(o.number);
  return ids;
}

}  // namespace pace::test
