// The exchange against the plain model of model.h: random streams of orders of all kinds, pooled ones among them, block
// reports, broken trades, halts, the circuit breaker's calls, standing, rules, mandates and money over many days. After
// every command both must say the same: outcome, trades with their fees, cancels, every open order in its place, what
// every account has and holds. PACE_MODEL_STEPS=5000000 for a longer run, PACE_MODEL_SEED for another.
#include "tests/engine/exchange/model.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <random>

#include "engine/base/account_number.h"
#include "engine/message/json.h"
#include "engine/message/special_accounts.h"
#include "tests/reached_rejects.h"

using namespace pace;
using namespace pace::test;

namespace {

constexpr const char* names[] = {"ann", "bo", "cy", "dan", "eve", "fay", "guy", "house1", "house2"};

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
}

std::string text(const ClientId& id) {
  return std::string(id.view());
}

std::string lines(const std::vector<std::string>& all) {
  std::string text;
  for (const std::string& one : all) text += one + "\n";
  return text;
}

class Twins {
 public:
  explicit Twins(std::uint64_t seed) : random_(seed), model_(prepared()) {
    world_.record(&log_);
    constexpr std::int64_t moves[] = {1000, 3, 1};
    rule("breaker_move_permille", moves[seed % 3]);
    rule("breaker_call_s", 120);
    rule("block_minimum_kg", 50);
  }

  void step() {
    log_.clear();
    const Answered answered = next();
    REQUIRE(log_.size() == 1);
    const StampedCommand& command = log_.front();
    const Reject expected = model_.apply(command);
    tell(command, answered);
    const auto* about = std::get_if<NewOrder>(&command.request.command);
    ++steps_;
    INFO("step ", steps_, ", ", text(command.request.request_id), ", ", to_text(command.time), ", ",
         std::string(name_of(command.request.command)),
         about != nullptr ? " " + to_json(command.request) : std::string());
    ++outcomes_[answered.outcome.code];
    if (!std::holds_alternative<GrantEntrustment>(command.request.command) &&
        !std::holds_alternative<RevokeEntrustment>(command.request.command))
      REQUIRE(find_name(answered.outcome.code) == find_name(expected));
    compare(answered);
  }

  [[nodiscard]] std::uint64_t trades() const { return trades_; }
  [[nodiscard]] const std::map<Reject, std::uint64_t>& outcomes() const { return outcomes_; }
  /// What happened: trades by kind, pooled ones, states of instruments.
  [[nodiscard]] const std::map<std::string, std::uint64_t>& kinds() const { return kinds_; }

 private:
  static std::string find_name(Reject code) {
    const RejectEntry* row = find_reject(code);
    return row == nullptr ? "accepted" : std::string(row->name);
  }

  void rule(const char* name, std::int64_t value) {
    log_.clear();
    world_.must(authority, ActivateRules{"2", "", {{name, value}}});
    (void)model_.apply(log_.front());
  }

  // Little money, so that it runs short.
  const World& prepared() {
    for (const char* name : names)
      if (world_.holdings(name).cash > Cash{})
        world_.must(bank, WithdrawCash{BrokerId(world_.broker_of(name).number), world_.account(name), Cash(994'000'000),
                                       "model"});
    return world_;
  }

  void tell(const StampedCommand& command, const Answered& answered) {
    if (const auto* grant = std::get_if<GrantEntrustment>(&command.request.command))
      if (answered.outcome.accepted()) model_.told_mandate(*grant);
    if (const auto* revoke = std::get_if<RevokeEntrustment>(&command.request.command))
      if (answered.outcome.accepted()) model_.told_revoked(revoke->entrustment);
    for (const Event& event : answered.events)
      if (const auto* accepted = std::get_if<OrderAccepted>(&event))
        model_.told_order(accepted->client_id, accepted->order);
  }

  void compare(const Answered& answered) {
    std::vector<std::string> deals, cancels, orders;
    for (const Event& event : answered.events) {
      if (const auto* t = std::get_if<Trade>(&event))
        deals.push_back(text(t->buy.client_id) + " " + text(t->sell.client_id) + " " +
                        std::to_string(t->quantity.raw()) + "kg@" + std::to_string(t->price.raw()) + " fees " +
                        std::to_string(t->buy.fee.raw()) + " " + std::to_string(t->sell.fee.raw()) + " commissions " +
                        std::to_string(t->buy.commission.raw()) + " " + std::to_string(t->sell.commission.raw()) +
                        (t->own_against_principal ? " flagged" : ""));
      if (const auto* t = std::get_if<Trade>(&event)) ++kinds_[std::string(name_of(t->kind))];
      if (const auto* t = std::get_if<Trade>(&event); t && t->own_against_principal) ++kinds_["flagged"];
      if (const auto* t = std::get_if<Trade>(&event); t && t->buy.commission + t->sell.commission > Cash{})
        ++kinds_["with a commission"];
      if (const auto* s = std::get_if<InstrumentStateChanged>(&event)) ++kinds_[std::string(name_of(s->state))];
      if (const auto* w = std::get_if<BlockWithdrawn>(&event))
        cancels.push_back(text(w->client_id) + " block " + std::string(name_of(w->reason)));
      if (const auto* c = std::get_if<OrderCancelled>(&event))
        cancels.push_back(text(c->client_id) + " " + std::to_string(c->open.raw()) + "kg " +
                          std::string(name_of(c->reason)));
    }
    std::sort(cancels.begin(), cancels.end());
    for (const OrderView& o : world_.orders())
      orders.push_back(text(o.client_id) + " " + std::string(name_of(o.side)) + " " + std::to_string(o.price.raw()) +
                       " " + std::to_string(o.open.raw()) + "/" + std::to_string(o.shown.raw()) + "/" +
                       std::to_string(o.quantity.raw()) + " " + std::to_string(o.filled_value.raw()));
    trades_ += deals.size();
    if (pooled_ && !deals.empty()) ++kinds_["pooled"];
    REQUIRE(lines(deals) == lines(model_.deals()));
    REQUIRE(lines(cancels) == lines(model_.cancels()));
    REQUIRE(lines(orders) == lines(model_.orders()));
    for (const char* name : names) compare_account(name);
    const auto fees = std::get<AccountView>(world_.exchange().answer(AskAccount{fee_account}));
    REQUIRE(fees.cash.raw() == model_.fees());
  }

  void compare_account(const char* name) {
    const AccountView account = world_.holdings(name);
    for (const InstrumentId instrument : {allowance, credit}) {
      HoldingView holding;
      for (const HoldingView& h : account.holdings)
        if (h.instrument == instrument) holding = h;
      const Model::Balance is{account.cash.raw(), account.cash_held.raw(), holding.total.raw(), holding.held.raw(),
                              holding.sellable.raw()};
      const Model::Balance expected = model_.balance(world_.account(name), instrument);
      INFO(name, " ", instrument.raw(), ": cash ", is.cash, " ", expected.cash, ", held ", is.cash_held, " ",
           expected.cash_held, ", units ", is.units, " ", expected.units, ", held ", is.units_held, " ",
           expected.units_held, ", sellable ", is.sellable, " ", expected.sellable);
      REQUIRE(is == expected);
    }
  }

  // --- the stream ---------------------------------------------------------------------------------------------------

  std::int64_t pick(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(high - low + 1));
  }
  bool one_in(std::int64_t n) { return pick(1, n) == 1; }
  const char* who() { return names[pick(0, 8)]; }
  Price price() { return Price(one_in(12) ? pick(7'100, 8'900) : pick(7'995, 8'005)); }
  Quantity quantity() { return Quantity(one_in(25) ? pick(1, 25'000) : pick(5, 250)); }
  Sender broker(const Sender& right) { return !one_in(20) ? right : right == broker1 ? broker2 : broker1; }

  Answered next() {
    const std::int64_t kind = pick(1, 1000);
    pooled_ = kind <= 40;
    if (kind <= 40) return enter_pool();
    if (kind <= 530) return enter();
    if (kind <= 660) return leave();
    if (kind <= 815) return replace();
    if (kind <= 821) return world_.send(broker(broker1), sweep());
    if (kind <= 846) return report_block();
    if (kind <= 850) return world_.send(broker(one_in(2) ? broker1 : broker2), WithdrawBlock{BlockId(some_block())});
    if (kind <= 864) return world_.send(authority, BreakTrade{TradeId(some_trade()), "model"});
    if (kind <= 905) return operate();
    return advance();
  }

  std::uint64_t some_block() {
    return blocks_ - std::min<std::uint64_t>(blocks_, static_cast<std::uint64_t>(pick(0, 3)));
  }
  std::uint64_t some_trade() {
    return trades_ + 1 - std::min<std::uint64_t>(trades_ + 1, static_cast<std::uint64_t>(pick(0, one_in(4) ? 80 : 6)));
  }

  // Now and then somebody who does not fit in.
  Answered enter_pool() {
    const bool first = !one_in(4);
    NewPooledOrder pool{.instrument = one_in(3) ? allowance : credit,
                        .side = static_cast<Side>(pick(0, 1)),
                        .order_type = one_in(12) ? OrderType::market : OrderType::limit,
                        .time_in_force = static_cast<TimeInForce>(std::max<std::int64_t>(pick(-6, 3), 0)),
                        .self_trade = static_cast<SelfTrade>(pick(0, 3)),
                        .post_only = one_in(20),
                        .price = price()};
    std::vector<const char*> who{"ann", "bo", "cy", "dan"};
    if (one_in(6)) who.push_back("guy");
    if (!first) who = {"eve", "fay"};
    if (one_in(30)) who.push_back(one_in(2) ? "house1" : "ann");
    std::shuffle(who.begin(), who.end(), random_);
    for (const char* name : who)
      if (!one_in(3)) pool.split.push_back({world_.account(name), Quantity(one_in(40) ? 0 : pick(1, 90))});
    if (one_in(5)) pool.display = Quantity(pick(3, 60));
    return world_.send(broker(first ? broker1 : broker2), pool);
  }

  // Mostly the answer to the report before.
  Answered report_block() {
    const char* name = who();
    const BrokerId own(world_.broker_of(name).number);
    ReportBlock block{world_.account(name),
                      credit,
                      static_cast<Side>(pick(0, 1)),
                      Price(one_in(15) ? pick(5'500, 10'500) : pick(7'000, 9'000)),
                      Quantity(pick(45, 160)),
                      BrokerId(static_cast<std::uint32_t>(one_in(20) ? 3 : pick(1, 2))),
                      "deal"};
    if (last_block_.quantity > Quantity{} && !one_in(3)) {
      block.instrument = last_block_.instrument;
      block.side = opposite(last_block_.side);
      block.price = last_block_.price;
      block.quantity = last_block_.quantity;
      block.counter_broker = last_reporter_;
      if (one_in(20)) block.agreement = "another";
    }
    const Answered answered = world_.send(broker(Sender{Role::broker, own.raw()}), block);
    if (answered.outcome.accepted()) {
      ++blocks_;
      last_block_ = block;
      last_reporter_ = own;
    }
    return answered;
  }

  Answered enter() {
    const char* name = who();
    const auto side = static_cast<Side>(pick(0, 1));
    const Quantity kilograms = quantity();
    NewOrder o = order(world_, name, side, kilograms, price());
    o.instrument = one_in(40) ? InstrumentId(9) : one_in(3) ? allowance : credit;
    o.time_in_force = static_cast<TimeInForce>(std::max<std::int64_t>(pick(-6, 3), 0));
    if (one_in(4)) o.time_in_force = TimeInForce::gtc;
    if (o.time_in_force == TimeInForce::gtc && one_in(2))
      o.expiry = add_days(local_date(world_.now()), static_cast<std::int32_t>(pick(-1, 31)));
    o.order_type = one_in(12) ? OrderType::market : OrderType::limit;
    o.self_trade = static_cast<SelfTrade>(pick(0, 3));
    o.post_only = one_in(20);
    if (one_in(5)) o.display = Quantity(pick(5, 60));
    if (one_in(100)) o.principal = account_number(999);  // nobody's
    const bool fay = std::string(name) == "fay";
    return world_.send(broker(fay ? broker2 : world_.broker_of(name)), o);
  }

  // An open order of the model and its broker, mostly.
  std::pair<OrderView, bool> some_order() {
    const auto orders = world_.orders();
    if (orders.empty() || one_in(30)) return {{}, false};
    return {orders[static_cast<std::size_t>(pick(0, static_cast<std::int64_t>(orders.size()) - 1))], true};
  }

  Answered leave() {
    const auto [o, there] = some_order();
    if (!there) return world_.send(broker1, CancelOrder{OrderId(77), {}});
    const Sender sender = broker({Role::broker, o.broker.raw()});
    if (one_in(2)) return world_.send(sender, CancelOrder{{}, o.client_id});
    return world_.send(sender, CancelOrder{o.order, {}});
  }

  Answered replace() {
    const auto [o, there] = some_order();
    ReplaceOrder r{there ? o.order : OrderId(77), {}, o.price, o.quantity};
    if (!one_in(3)) r.price = price();
    if (!one_in(4)) r.quantity = one_in(2) ? Quantity(pick(5, o.quantity.raw() + 5)) : quantity();
    const Sender sender = broker({Role::broker, there ? o.broker.raw() : 1});
    if (there && one_in(2)) r.order = {}, r.original = o.client_id;
    return world_.send(sender, r);
  }

  MassCancel sweep() {
    return {.principal = one_in(2) ? world_.account(who()) : AccountId{},
            .instrument = one_in(3) ? credit : InstrumentId{},
            .side = static_cast<Sides>(pick(0, 2)),
            .reason = CancelReason::mass_cancel};
  }

  Answered operate() {
    const char* name = who();
    const BrokerId of(world_.broker_of(name).number);
    switch (pick(0, 9)) {
      case 0:
        return world_.send(operators, HaltInstrument{InstrumentId(static_cast<std::uint32_t>(pick(0, 2))), "model"});
      case 1:
      case 2:
        return world_.send(operators, ResumeInstrument{});
      case 3:
      case 4: {
        const AccountStatus status = one_in(8)    ? AccountStatus::frozen
                                     : one_in(10) ? AccountStatus::surrender_only
                                                  : AccountStatus::open;
        return world_.send(registry, SetAccountStatus{world_.account(name), status, "model", {}});
      }
      case 5:
        return world_.send(authority, some_rule());
      case 6:
        return world_.send(bank, DepositCash{of, world_.account(name), Cash(pick(1, 9'000) * 1'000), "model"});
      case 7:
        return world_.send(bank, WithdrawCash{of, world_.account(name), Cash(pick(1, 4'000) * 1'000), "model"});
      case 8:
        return world_.send(registry, RevokeEntrustment{EntrustmentId(last_mandate_)});
      default:
        return world_.send(registry, some_mandate());
    }
  }

  ActivateRules some_rule() {
    switch (pick(0, 4)) {
      case 0:
        return {"3", "", {{"fee_permille", one_in(4) ? pick(0, 100) : 5}}};
      case 1:
        return {"3", "", {{"minimum_order_kg", pick(5, 20)}}};
      case 2:
        return {"3", "", {{"principal_maximum_order_kg", pick(240, 20'000)}}};
      case 3:
        return {"3", "", {{"price_limit_permille", pick(20, 150)}}};
      default:
        return {"3", "", {{"market_order_levels", pick(1, 6)}}};
    }
  }

  GrantEntrustment some_mandate() {
    GrantEntrustment m{.entrustment = EntrustmentId(++last_mandate_),
                       .principal = world_.account("fay"),
                       .broker = BrokerId(2),
                       .instruments = InstrumentClass::both,
                       .sides = Sides::both,
                       .start = add_days(local_date(world_.now()), static_cast<std::int32_t>(pick(0, 1)))};
    m.end = add_days(m.start, static_cast<std::int32_t>(pick(0, 20)));
    m.fee = PerMille(one_in(2) ? 0 : pick(1, 20));
    if (one_in(5)) m.sides = static_cast<Sides>(pick(0, 1));
    if (one_in(3)) m.floor = Price(pick(7'900, 8'005));
    if (one_in(3)) m.ceiling = Price(pick(8'005, 8'100));
    if (one_in(3)) m.order_limit = Quantity(pick(50, 200));
    if (one_in(2)) m.total_limit = Quantity(pick(200, 3'000));
    return m;
  }

  // Little time is spent where nothing trades.
  Answered advance() {
    Date day = local_date(world_.now());
    std::int64_t second = (world_.now().raw() - at(day, 0).raw()) / 1'000'000'000 + pick(1, one_in(3) ? 3'600 : 300);
    if (second > hms(11, 35) && second < hms(12, 55)) second = hms(12, 55);
    if (second > hms(15, 10) || weekday(day) >= 5) {
      day = add_days(day, 1);
      second = hms(9, 14) + pick(0, 120);
    }
    return world_.until(to_text(at(day, second)).substr(0, 19));
  }

  std::mt19937_64 random_;
  World world_;
  Model model_;
  std::vector<StampedCommand> log_;
  std::uint64_t steps_ = 0, trades_ = 0, blocks_ = 0, last_mandate_ = 100;
  bool pooled_ = false;
  ReportBlock last_block_;
  BrokerId last_reporter_;
  std::map<Reject, std::uint64_t> outcomes_;
  std::map<std::string, std::uint64_t> kinds_;
};

}  // namespace

TEST_CASE("model: the exchange and the plain model agree after every command") {
  const Unnoted unnoted;
  const std::uint64_t steps = setting("PACE_MODEL_STEPS", 600'000), first = setting("PACE_MODEL_SEED", 1);
  constexpr std::uint64_t at_once = 30'000;  // longer, and money and units run dry
  std::map<Reject, std::uint64_t> outcomes;
  std::map<std::string, std::uint64_t> kinds;
  std::uint64_t trades = 0;
  for (std::uint64_t seed = first; seed < first + (steps + at_once - 1) / at_once; ++seed) {
    INFO("PACE_MODEL_SEED=", seed);
    Twins twins(seed);
    for (std::uint64_t i = 0; i < at_once; ++i) twins.step();
    for (const auto& [code, count] : twins.outcomes()) outcomes[code] += count;
    for (const auto& [kind, count] : twins.kinds()) kinds[kind] += count;
    trades += twins.trades();
  }
  for (const auto& [kind, count] : kinds) MESSAGE(kind, ": ", count);
  MESSAGE(steps, " steps, ", trades, " trades, ", outcomes[Reject::none], " accepted, ", outcomes.size() - 1,
          " kinds of rejects");
  CHECK(trades > steps / 30);
  CHECK(outcomes[Reject::none] > steps / 4);
  // Each of these the streams must try, or they try too little.
  for (const Reject code : {Reject::not_enough_units,
                            Reject::units_bought_today,
                            Reject::units_not_released,
                            Reject::not_enough_cash,
                            Reject::position_limit,
                            Reject::entrustment_total_quantity,
                            Reject::entrustment_price,
                            Reject::post_only_would_trade,
                            Reject::price_above_limit,
                            Reject::display_quantity,
                            Reject::instrument_halted,
                            Reject::account_frozen,
                            Reject::call_auction_no_cancel,
                            Reject::order_type_not_in_call,
                            Reject::not_your_order,
                            Reject::pool_units,
                            Reject::pool_cash,
                            Reject::pool_principal_twice,
                            Reject::unknown_trade,
                            Reject::trade_broken_already,
                            Reject::block_price,
                            Reject::block_same_principal,
                            Reject::unknown_block}) {
    INFO(find_reject(code)->name);
    CHECK(outcomes[code] > 0);
  }
  for (const char* kind : {"continuous", "call", "block", "correction", "pooled", "flagged", "with a commission",
                           "volatility_call", "halted"}) {
    INFO(kind);
    CHECK(kinds[kind] > 0);
  }
}
