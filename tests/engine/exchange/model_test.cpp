// The exchange against the plain model of model.h: random streams of orders of all kinds, pooled ones among them, block
// reports, sealed-bid auctions, broken trades, halts, the circuit breaker's calls, standing, rules, mandates and money
// over many days. After every command both must say the same: outcome, trades with their fees, cancels, a call's
// indicative price, announced and closed auctions, every open order in its place, what every account has and holds.
// PACE_MODEL_STEPS=5000000 for a longer run, PACE_MODEL_SEED for another.
#include "tests/engine/exchange/model.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>

#include "engine/message/json.h"
#include "engine/message/special_accounts.h"
#include "tests/engine/exchange/model_stream.h"
#include "tests/reached_rejects.h"

using namespace pace;
using namespace pace::test;

namespace {

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
  explicit Twins(std::uint64_t seed) : stream_(world_, seed), model_(world_) {
    world_.record(&log_);
    constexpr std::int64_t moves[] = {1000, 3, 1};
    rule("breaker_move_permille", moves[seed % 3]);
    rule("breaker_call_s", 120);
    rule("block_minimum_kg", 50);
    rule("auction_minimum_bid_kg", 10);
    rule("auction_bidder_bids", 2);
    rule("auction_bidder_permille", 500);
  }

  void step() {
    log_.clear();
    const Answered answered = stream_.next();
    REQUIRE(log_.size() == 1);
    const StampedCommand& command = log_.front();
    const Reject expected = model_.apply(command);
    tell(command, answered);
    ++steps_;
    INFO("step ", steps_, ", ", text(command.request.request_id), ", ", to_text(command.time), ", ",
         to_json(command.request));
    ++outcomes_[answered.outcome.code];
    if (!std::holds_alternative<GrantEntrustment>(command.request.command) &&
        !std::holds_alternative<RevokeEntrustment>(command.request.command))
      REQUIRE(find_name(answered.outcome.code) == find_name(expected));
    compare(answered);
    if (std::get_if<AdvanceTime>(&command.request.command) == nullptr) compare_indicative(answered);
    count(answered);
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
    std::vector<std::string> deals, cancels, orders, auctions;
    for (const Event& event : answered.events) {
      if (const auto* t = std::get_if<Trade>(&event))
        deals.push_back(text(t->buy.client_id) + " " + text(t->sell.client_id) + " " +
                        std::to_string(t->quantity.raw()) + "kg@" + std::to_string(t->price.raw()) + " fees " +
                        std::to_string(t->buy.fee.raw()) + " " + std::to_string(t->sell.fee.raw()) + " commissions " +
                        std::to_string(t->buy.commission.raw()) + " " + std::to_string(t->sell.commission.raw()) +
                        (t->own_against_principal ? " flagged" : ""));
      if (const auto* a = std::get_if<AuctionAnnounced>(&event)) auctions.push_back(said(*a));
      if (const auto* a = std::get_if<AuctionClosed>(&event)) auctions.push_back(said(*a));
      if (const auto* b = std::get_if<BidWithdrawn>(&event))
        cancels.push_back(text(b->client_id) + " bid " + std::to_string(b->open.raw()) + "kg " +
                          std::string(name_of(b->reason)));
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
    REQUIRE(lines(deals) == lines(model_.deals()));
    REQUIRE(lines(cancels) == lines(model_.cancels()));
    REQUIRE(lines(orders) == lines(model_.orders()));
    REQUIRE(lines(auctions) == lines(model_.auctions()));
    for (const char* name : names) compare_account(name, world_.account(name));
    compare_account("the authority's pool", auction_account);
    const auto fees = std::get<AccountView>(world_.exchange().answer(AskAccount{fee_account}));
    REQUIRE(fees.cash.raw() == model_.fees());
  }

  static std::string said(const AuctionAnnounced& a) {
    return "announced " + std::to_string(a.auction.raw()) + " " + std::to_string(a.quantity.raw()) + "kg with " +
           std::to_string(a.rolled_over.raw()) + "kg @ " + std::to_string(a.reserve_price.raw());
  }
  static std::string said(const AuctionClosed& a) {
    return (a.cancelled ? "called off " : "closed ") + std::to_string(a.auction.raw()) + " " +
           std::to_string(a.volume.raw()) + "kg @ " + std::to_string(a.price.raw()) + " unsold " +
           std::to_string(a.unsold.raw()) + "kg";
  }

  // The last that was said of each instrument is what the call would give now; an order in a call is always followed by
  // it.
  void compare_indicative(const Answered& answered) {
    std::map<InstrumentId, std::string> last;
    for (const Event& event : answered.events) {
      if (const auto* accepted = std::get_if<OrderAccepted>(&event)) last[accepted->instrument];
      if (const auto* a = std::get_if<AuctionIndicative>(&event))
        last[a->instrument] = std::to_string(a->price.raw()) + " " + std::to_string(a->volume.raw()) + "kg over " +
                              std::to_string(a->imbalance.raw()) + "kg";
    }
    for (const auto& [instrument, indicative] : last) REQUIRE(indicative == model_.indicative(instrument));
  }

  // What the stream tries: trades by kind, what was special about them, states of instruments, ends of auctions.
  void count(const Answered& answered) {
    for (const Event& event : answered.events) {
      if (const auto* t = std::get_if<Trade>(&event)) {
        ++kinds_[std::string(name_of(t->kind))];
        if (t->own_against_principal) ++kinds_["flagged"];
        if (t->buy.commission + t->sell.commission > Cash{}) ++kinds_["with a commission"];
        if (stream_.pooled()) ++kinds_["pooled"];
        last_correction_ = *t;
      }
      if (const auto* b = std::get_if<TradeBroken>(&event); b && !b->same_day)
        if (model_.bought_today(last_correction_.sell.account, last_correction_.instrument) > 0)
          ++kinds_["broken later, others bought today"];
      if (const auto* s = std::get_if<InstrumentStateChanged>(&event)) ++kinds_[std::string(name_of(s->state))];
      if (const auto* a = std::get_if<AuctionAnnounced>(&event); a && a->rolled_over > Quantity{})
        ++kinds_["rolled over"];
      if (const auto* a = std::get_if<AuctionClosed>(&event))
        ++kinds_[(a->kind == AuctionKind::one_sided ? "one-sided auction " : "authority's auction ") +
                 std::string(a->cancelled              ? "called off"
                             : a->unsold == Quantity{} ? "sold"
                                                       : "not all sold")];
    }
  }

  void compare_account(const char* name, AccountId id) {
    const auto account = std::get<AccountView>(world_.exchange().answer(AskAccount{id}));
    for (const InstrumentId instrument : {allowance, credit, next_allowance}) {
      HoldingView holding;
      for (const HoldingView& h : account.holdings)
        if (h.instrument == instrument) holding = h;
      const Model::Balance is{account.cash.raw(), account.cash_held.raw(), holding.total.raw(), holding.held.raw(),
                              holding.sellable.raw()};
      const Model::Balance expected = model_.balance(id, instrument);
      INFO(name, " ", instrument.raw(), ": cash ", is.cash, " ", expected.cash, ", held ", is.cash_held, " ",
           expected.cash_held, ", units ", is.units, " ", expected.units, ", held ", is.units_held, " ",
           expected.units_held, ", sellable ", is.sellable, " ", expected.sellable);
      REQUIRE(is == expected);
    }
  }

  World world_;
  Stream stream_;
  Model model_;
  std::vector<StampedCommand> log_;
  std::uint64_t steps_ = 0, trades_ = 0;
  Trade last_correction_;
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
                            Reject::unknown_block,
                            Reject::auction_quantity,
                            Reject::auction_not_open,
                            Reject::bidder_maximum,
                            Reject::bidder_is_seller,
                            Reject::too_many_own_bids,
                            Reject::bid_below_minimum,
                            Reject::bid_below_reserve,
                            Reject::unknown_bid}) {
    INFO(find_reject(code)->name);
    CHECK(outcomes[code] > 0);
  }
  for (const char* kind :
       {"continuous", "call", "block", "correction", "pooled", "flagged", "with a commission", "volatility_call",
        "halted", "auction", "rolled over", "one-sided auction sold", "one-sided auction not all sold",
        "one-sided auction called off", "authority's auction sold", "authority's auction not all sold",
        "authority's auction called off", "broken later, others bought today"}) {
    INFO(std::string(kind));
    CHECK(kinds[kind] > 0);
  }
}
