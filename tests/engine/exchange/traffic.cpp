#include "tests/engine/exchange/traffic.h"

#include <algorithm>

#include "tests/reached_rejects.h"

namespace pace::test {

Answered Traffic::step(World& world) {
  const Unnoted unnoted;
  const std::int64_t kind = pick(1, 1000);
  if (kind <= 650) return enter(world);
  if (kind <= 930) return on_order(world, kind > 770);
  if (kind <= 932) return sweep(world);
  if (kind <= 956) return operate(world, kind);
  return advance(world);
}

Answered Traffic::member_step(World& world) {
  const Unnoted unnoted;
  const std::int64_t kind = pick(1, 1000);
  if (kind <= 650) return enter(world);
  if (kind <= 930) return on_order(world, kind > 770);
  return kind <= 935 ? sweep(world) : advance(world);
}

std::int64_t Traffic::pick(std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(high - low + 1));
}

const char* Traffic::who() {
  static constexpr const char* names[] = {"ann", "bo", "cy", "dan", "eve", "fay", "guy", "house1", "house2"};
  return names[pick(0, 8)];
}

// Mostly the right broker.
Sender Traffic::broker(const Sender& right) {
  return pick(0, 19) != 0 ? right : right == broker1 ? broker2 : broker1;
}

Price Traffic::price() {
  return Price(pick(0, 9) == 0 ? pick(7000, 9000) : pick(7990, 8010));
}

Answered Traffic::enter(World& world) {
  if (pick(0, 14) == 0) return enter_pool(world);
  const char* name = who();
  return world.send(broker(world.broker_of(name)), new_order(world, name));
}

NewOrder Traffic::new_order(const World& world, const char* name) {
  // One after the other: compilers differ in the order of arguments.
  const auto side = static_cast<Side>(pick(0, 1));
  const Quantity quantity(pick(5, 200));
  NewOrder o = order(world, name, side, quantity, price());
  o.instrument = pick(0, 2) == 0 ? allowance : credit;
  o.time_in_force = static_cast<TimeInForce>(std::max<std::int64_t>(pick(-8, 3), 0));
  o.order_type = pick(0, 9) == 0 ? OrderType::market : OrderType::limit;
  o.self_trade = static_cast<SelfTrade>(pick(0, 3));
  o.post_only = pick(0, 19) == 0;
  if (pick(0, 5) == 0) o.display = Quantity(pick(10, 50));
  return o;
}

// Of two to five principals, now and then one that does not fit in.
Answered Traffic::enter_pool(World& world) {
  const NewOrder o = new_order(world, "ann");
  NewPooledOrder pool{.instrument = o.instrument,
                      .side = o.side,
                      .order_type = o.order_type,
                      .time_in_force = o.time_in_force,
                      .self_trade = o.self_trade,
                      .post_only = o.post_only,
                      .price = o.price,
                      .display = o.display};
  for (const char* name : {"bo", "ann", "dan", "cy", pick(0, 9) == 0 ? "guy" : "ann"})
    if (pick(0, 2) != 0) pool.split.push_back({world.account(name), Quantity(pick(1, 60))});
  return world.send(broker(broker1), pool);
}

Answered Traffic::on_order(World& world, bool replaces) {
  const auto orders = world.orders();
  OrderId id(static_cast<std::uint64_t>(pick(0, 1 << 26)));
  Sender sender = broker1;
  if (!orders.empty() && pick(0, 19) != 0) {
    const OrderView& o = orders[static_cast<std::size_t>(pick(0, static_cast<std::int64_t>(orders.size()) - 1))];
    id = o.order;
    sender = broker({Role::broker, o.broker.raw()});
  }
  if (replaces) return world.send(sender, ReplaceOrder{id, {}, price(), Quantity(pick(5, 300))});
  return world.send(sender, CancelOrder{id, {}});
}

Answered Traffic::sweep(World& world) {
  return world.send(broker1, MassCancel{.side = static_cast<Sides>(pick(0, 2)), .reason = CancelReason::mass_cancel});
}

// Mostly open, or soon nobody would trade.
Answered Traffic::operate(World& world, std::int64_t kind) {
  if (kind <= 934)
    return world.send(operators, HaltInstrument{InstrumentId(static_cast<std::uint32_t>(pick(0, 2))), "drill"});
  if (kind <= 950) return world.send(operators, ResumeInstrument{});
  if (kind <= 953) {
    const AccountStatus status = pick(0, 3) == 0 ? AccountStatus::frozen : AccountStatus::open;
    return world.send(registry, SetAccountStatus{world.account(who()), status, "drill", {}});
  }
  return world.send(authority, ActivateRules{"2", "", {{"fee_permille", pick(0, 100)}}});
}

// Little time is spent where nothing trades: nights, weekends and most of lunch are jumped over.
Answered Traffic::advance(World& world) {
  Date day = local_date(world.now());
  std::int64_t second = (world.now().raw() - at(day, 0).raw()) / 1'000'000'000 + pick(1, 900);
  if (second > hms(11, 40) && second < hms(12, 50)) second = hms(12, 50);
  if (second > hms(15, 10) || weekday(day) >= 5) {
    day = add_days(day, 1);
    second = hms(9, 16);
  }
  return world.until(to_text(at(day, second)).substr(0, 19));
}

}  // namespace pace::test
