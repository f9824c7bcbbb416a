#include "tests/engine/exchange/model_stream.h"

#include <algorithm>

#include "engine/base/account_number.h"
#include "engine/message/special_accounts.h"

namespace pace::test {

Stream::Stream(World& world, std::uint64_t seed) : world_(world), random_(seed) {
  world_.must(authority, ActivateRules{"2", "", {{"paid_pool_permille", 250}}});
  world_.must(operators,
              ListInstrument{next_allowance, "PCA-2027", InstrumentKind::allowance, Year(2027), {}, Price(8000)});
  world_.must(authority, SetCap{Year(2027), Quantity(8'000)});
  world_.must(authority, RunAllocation{Year(2027)});
  for (const char* name : names)
    if (world_.holdings(name).cash > Cash{})
      world_.must(bank, WithdrawCash{BrokerId(world_.broker_of(name).number), world_.account(name), Cash(994'000'000),
                                     "model"});
}

Answered Stream::next() {
  const Answered answered = choose();
  for (const Event& event : answered.events) trades_ += std::holds_alternative<Trade>(event);
  return answered;
}

Answered Stream::choose() {
  pooled_ = false;
  if (one_in(8)) return auction();
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

Answered Stream::auction() {
  const std::int64_t kind = pick(1, 100);
  if (kind <= 14) return announce();
  if (kind <= 90) return bid();
  if (kind <= 98) {
    const std::uint64_t back = std::min(bids_, static_cast<std::uint64_t>(pick(0, 12)));
    return world_.send(one_in(2) ? broker1 : broker2, WithdrawBid{BidId(bids_ - back)});
  }
  return world_.send(one_in(2) ? authority : operators, CancelAuction{some_auction(), "model"});
}

// Mostly one that is not over.
AuctionId Stream::some_auction() {
  const auto all = std::get<AuctionsView>(world_.exchange().answer(AskAuctions{})).auctions;
  std::vector<AuctionId> standing;
  for (const AuctionView& a : all)
    if (a.state < AuctionState::closed) standing.push_back(a.auction);
  if (standing.empty() || one_in(30)) return AuctionId(static_cast<std::uint32_t>(all.size()) / 2);
  return standing[static_cast<std::size_t>(pick(0, static_cast<std::int64_t>(standing.size()) - 1))];
}

Answered Stream::announce() {
  const auto later = [&](std::int64_t from, std::int64_t to) {
    return Timestamp(world_.now().raw() + pick(from, to) * 60'000'000'000);
  };
  const bool own = one_in(2);
  const char* name = who();
  AnnounceAuction a{.kind = own          ? AuctionKind::one_sided
                            : one_in(20) ? AuctionKind::reserve
                                         : AuctionKind::authority,
                    .seller = own ? world_.account(name) : AccountId{},
                    .instrument = own          ? instrument()
                                  : one_in(20) ? credit
                                               : next_allowance,
                    .quantity = Quantity(own          ? pick(5, 300)
                                         : one_in(10) ? pick(5, 2'500)
                                                      : pick(8, 70)),
                    .reserve_price = Price(own || one_in(2) ? pick(7'950, 8'030) : 0)};
  if (one_in(30)) a.reserve_price = Price(pick(-1, 1));
  if (one_in(4)) a.opens = later(-1, 60);
  a.closes = Timestamp(std::max(world_.now(), a.opens).raw() + pick(one_in(20) ? -1 : 5, 900) * 60'000'000'000);
  if (!own) {
    if (one_in(10)) a.seller = one_in(2) ? auction_account : reserve_account;
    return world_.send(one_in(30) ? broker1 : authority, a);
  }
  return world_.send(one_in(30) ? authority : broker(world_.broker_of(name)), a);
}

Answered Stream::bid() {
  const char* name = who();
  const bool fay = std::string(name) == "fay";
  const Answered answered =
      world_.send(broker(fay ? broker2 : world_.broker_of(name)),
                  BidAuction{some_auction(), world_.account(name), Price(pick(7'940, 8'060)), Quantity(pick(5, 60))});
  bids_ += answered.outcome.accepted();
  return answered;
}

std::uint64_t Stream::some_block() {
  return blocks_ - std::min<std::uint64_t>(blocks_, static_cast<std::uint64_t>(pick(0, 3)));
}

std::uint64_t Stream::some_trade() {
  return trades_ + 1 - std::min<std::uint64_t>(trades_ + 1, static_cast<std::uint64_t>(pick(0, one_in(4) ? 80 : 6)));
}

// Now and then somebody who does not fit in.
Answered Stream::enter_pool() {
  const bool first = !one_in(4);
  NewPooledOrder pool{.instrument = instrument(),
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
Answered Stream::report_block() {
  const char* name = who();
  const BrokerId own(world_.broker_of(name).number);
  ReportBlock block{world_.account(name),
                    credit,
                    static_cast<Side>(pick(0, 1)),
                    Price(one_in(15) ? pick(5'000, 11'000) : pick(7'000, 9'000)),
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

Answered Stream::enter() {
  const char* name = who();
  const auto side = static_cast<Side>(pick(0, 1));
  const Quantity kilograms = quantity();
  NewOrder o = order(world_, name, side, kilograms, price());
  o.instrument = one_in(40) ? InstrumentId(9) : instrument();
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
std::pair<OrderView, bool> Stream::some_order() {
  const auto orders = world_.orders();
  if (orders.empty() || one_in(30)) return {{}, false};
  return {orders[static_cast<std::size_t>(pick(0, static_cast<std::int64_t>(orders.size()) - 1))], true};
}

Answered Stream::leave() {
  const auto [o, there] = some_order();
  if (!there) return world_.send(broker1, CancelOrder{OrderId(77), {}});
  const Sender sender = broker({Role::broker, o.broker.raw()});
  if (one_in(2)) return world_.send(sender, CancelOrder{{}, o.client_id});
  return world_.send(sender, CancelOrder{o.order, {}});
}

Answered Stream::replace() {
  const auto [o, there] = some_order();
  ReplaceOrder r{there ? o.order : OrderId(77), {}, o.price, o.quantity};
  if (!one_in(3)) r.price = price();
  if (!one_in(4)) r.quantity = one_in(2) ? Quantity(pick(5, o.quantity.raw() + 5)) : quantity();
  const Sender sender = broker({Role::broker, there ? o.broker.raw() : 1});
  if (there && one_in(2)) r.order = {}, r.original = o.client_id;
  return world_.send(sender, r);
}

MassCancel Stream::sweep() {
  return {.principal = one_in(2) ? world_.account(who()) : AccountId{},
          .instrument = one_in(3) ? credit : InstrumentId{},
          .side = static_cast<Sides>(pick(0, 2)),
          .reason = CancelReason::mass_cancel};
}

Answered Stream::operate() {
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

ActivateRules Stream::some_rule() {
  switch (pick(0, 6)) {
    case 0:
      return {"3", "", {{"fee_permille", one_in(4) ? pick(0, 100) : 5}}};
    case 1:
      return {"3", "", {{"minimum_order_kg", pick(5, 20)}}};
    case 2:
      return {"3", "", {{"principal_maximum_order_kg", pick(240, 20'000)}}};
    case 3:
      return {"3", "", {{"price_limit_permille", pick(20, 150)}}};
    case 4:
      return {"3", "", {{"auction_rollovers", pick(0, 5)}}};
    case 5:
      return {"3", "", {{"auction_bidder_permille", pick(200, 1'000)}}};
    default:
      return {"3", "", {{"market_order_levels", pick(1, 6)}}};
  }
}

GrantEntrustment Stream::some_mandate() {
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
Answered Stream::advance() {
  Date day = local_date(world_.now());
  std::int64_t second = (world_.now().raw() - at(day, 0).raw()) / 1'000'000'000 + pick(1, one_in(3) ? 3'600 : 300);
  if (second > hms(11, 35) && second < hms(12, 55)) second = hms(12, 55);
  if (second > hms(15, 10) || weekday(day) >= 5) {
    day = add_days(day, 1);
    second = hms(9, 14) + pick(0, 120);
  }
  return world_.until(to_text(at(day, second)).substr(0, 19));
}

}  // namespace pace::test
