// The state as a whole: the same commands give the same bytes, what is saved goes on as if never saved, and after every
// random step the sums hold.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "engine/base/hex.h"
#include "engine/base/sha256.h"
#include "tests/engine/exchange/world.h"

using namespace pace;
using namespace pace::test;

namespace {

// A stream of plausible and implausible commands of brokers, operator, register and clock; a function of its seed.
class Traffic {
 public:
  explicit Traffic(std::uint64_t seed) : random_(seed) {}

  Answered step(World& world) {
    const std::int64_t kind = pick(1, 1000);
    if (kind <= 650) return enter(world);
    if (kind <= 770) return on_order(world, [&](OrderId id) { return CancelOrder{id, {}}; });
    if (kind <= 930)
      return on_order(world, [&](OrderId id) { return ReplaceOrder{id, {}, price(), Quantity(pick(5, 300))}; });
    if (kind <= 932)
      return world.send(broker1,
                        MassCancel{.side = static_cast<Sides>(pick(0, 2)), .reason = CancelReason::mass_cancel});
    if (kind <= 934) return world.send(operators, HaltInstrument{InstrumentId(pick_id(0, 2)), "drill"});
    if (kind <= 950) return world.send(operators, ResumeInstrument{});
    if (kind <= 953) return world.send(registry, SetAccountStatus{world.account(who()), some_status(), "drill", {}});
    if (kind <= 956) return world.send(authority, ActivateRules{"2", "", {{"fee_permille", pick(0, 100)}}});
    return advance(world);
  }

 private:
  std::int64_t pick(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(high - low + 1));
  }
  std::uint32_t pick_id(std::int64_t low, std::int64_t high) { return static_cast<std::uint32_t>(pick(low, high)); }
  const char* who() {
    static constexpr const char* names[] = {"ann", "bo", "cy", "dan", "eve", "fay", "guy", "house1", "house2"};
    return names[pick(0, 8)];
  }
  // Mostly the right broker.
  Sender broker(const Sender& right) { return pick(0, 19) != 0 ? right : right == broker1 ? broker2 : broker1; }
  Price price() { return Price(pick(0, 9) == 0 ? pick(7000, 9000) : pick(7990, 8010)); }
  // Mostly open, or soon nobody would trade.
  AccountStatus some_status() { return pick(0, 3) == 0 ? AccountStatus::frozen : AccountStatus::open; }

  Answered enter(World& world) {
    const char* name = who();
    return world.send(broker(world.broker_of(name)), new_order(world, name));
  }

  template <class MakeCommand>
  Answered on_order(World& world, MakeCommand&& command) {
    const auto orders = world.orders();
    if (orders.empty() || pick(0, 19) == 0)
      return world.send(broker1, command(OrderId(static_cast<std::uint64_t>(pick(0, 1 << 26)))));
    const OrderView& o = orders[static_cast<std::size_t>(pick(0, static_cast<std::int64_t>(orders.size()) - 1))];
    return world.send(broker({Role::broker, o.broker.raw()}), command(o.order));
  }

  NewOrder new_order(const World& world, const char* name) {
    NewOrder o = order(world, name, static_cast<Side>(pick(0, 1)), Quantity(pick(5, 200)), price());
    o.instrument = pick(0, 2) == 0 ? allowance : credit;
    o.time_in_force = static_cast<TimeInForce>(std::max<std::int64_t>(pick(-8, 3), 0));
    o.order_type = pick(0, 9) == 0 ? OrderType::market : OrderType::limit;
    o.self_trade = static_cast<SelfTrade>(pick(0, 3));
    o.post_only = pick(0, 19) == 0;
    if (pick(0, 5) == 0) o.display = Quantity(pick(10, 50));
    return o;
  }

  // Little time is spent where nothing trades: nights, weekends and most of lunch are jumped over.
  Answered advance(World& world) {
    Date day = local_date(world.now());
    std::int64_t second = (world.now().raw() - at(day, 0).raw()) / 1'000'000'000 + pick(1, 900);
    if (second > hms(11, 40) && second < hms(12, 50)) second = hms(12, 50);
    if (second > hms(15, 10) || weekday(day) >= 5) {
      day = add_days(day, 1);
      second = hms(9, 16);
    }
    return world.until(to_text(at(day, second)).substr(0, 19));
  }

  std::mt19937_64 random_;
};

std::string digest_of(const Bytes& bytes) {
  return to_hex(sha256(bytes));
}

}  // namespace

TEST_CASE("state: after every one of 20,000 random steps holds equal open orders and all sums are zero") {
  World world;
  Traffic traffic(1);
  std::uint64_t trades = 0, accepted = 0;
  for (int i = 0; i < 20'000; ++i) {
    const Answered answered = traffic.step(world);
    accepted += answered.outcome.accepted();
    for (const Event& event : answered.events) trades += std::holds_alternative<Trade>(event);
  }
  MESSAGE(accepted, " accepted, ", trades, " trades");
  CHECK(accepted > 5'000);
  CHECK(trades > 2000);
}

TEST_CASE("state: the same commands give the same bytes and the same events") {
  World one, other;
  Traffic traffic(2), again(2);
  for (int i = 0; i < 3'000; ++i) {
    const Answered a = traffic.step(one), b = again.step(other);
    REQUIRE(a.outcome == b.outcome);
    REQUIRE(a.events == b.events);
  }
  CHECK(digest_of(one.state()) == digest_of(other.state()));
  CHECK(std::get<DigestView>(one.exchange().answer(AskDigest{})).digest == sha256(one.state()));
}

// Held in every build type: an optimiser, a sanitizer or another machine must not change a byte of the state. A change
// of the rules or of the state's form changes it on purpose: then this line comes with that change.
TEST_CASE("state: the same commands give this very digest in every build") {
  World world;
  Traffic traffic(3);
  for (int i = 0; i < 3'000; ++i) traffic.step(world);
  CHECK(digest_of(world.state()) == "489c0b4b87dad21d3a936e56bee06443495eb48db2cbd2ae43dbc4e84dddf584");
}

TEST_CASE("state: what is saved and loaded goes on as if it had never been saved") {
  World world;
  Traffic traffic(3);
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 150; ++i) traffic.step(world);
    World copy;
    const Bytes bytes = world.state();
    REQUIRE(copy.restore(bytes, world));
    REQUIRE(copy.state() == bytes);
    Traffic on(static_cast<std::uint64_t>(round)), on_too(static_cast<std::uint64_t>(round));
    World& original = world;
    for (int i = 0; i < 100; ++i) {
      const Answered a = on.step(original), b = on_too.step(copy);
      REQUIRE(a.outcome == b.outcome);
      REQUIRE(a.events == b.events);
    }
    REQUIRE(digest_of(copy.state()) == digest_of(world.state()));
  }
}

TEST_CASE("state: a reject changes nothing but the log's place and the remembered request") {
  World world;
  world.until("09:30");
  world.must(broker1, order(world, "ann", Side::buy, Quantity(20), Price(7900)));
  const auto balances = std::get<BalancesView>(world.exchange().answer(AskBalances{})).balances;
  const auto book = world.orders();
  CHECK_FALSE(world.send(broker1, order(world, "guy", Side::buy, Quantity(20), Price(7900))).outcome.accepted());
  CHECK(std::get<BalancesView>(world.exchange().answer(AskBalances{})).balances == balances);
  CHECK(world.orders() == book);
}

TEST_CASE("state: bytes cut short, of another version, or altered in a checked place are refused and change nothing") {
  World world;
  Traffic traffic(4);
  for (int i = 0; i < 300; ++i) traffic.step(world);
  Bytes bytes = world.state();
  Exchange other(small_capacity());
  Bytes fresh;
  ByteWriter out(fresh);
  other.save(out);
  for (std::size_t cut = 0; cut < bytes.size(); cut += 1 + cut / 64)
    CHECK_FALSE(other.load(BytesView(bytes).first(cut)));
  bytes[4] ^= 1;
  CHECK_FALSE(other.load(bytes));
  bytes[4] ^= 1;
  bytes.push_back(0);
  CHECK_FALSE(other.load(bytes));
  Bytes after;
  ByteWriter out_again(after);
  other.save(out_again);
  CHECK(after == fresh);
}

TEST_CASE("queries: market, account, balances and orders, as of the last command") {
  World world;
  world.until("09:30");
  NewOrder bid = order(world, "ann", Side::buy, Quantity(100), Price(8000));
  bid.display = Quantity(30);
  CHECK(world.send(broker1, "a1", bid).outcome.accepted());
  world.must(broker2, order(world, "eve", Side::sell, Quantity(40), Price(8000)));

  const MarketView market = world.market();
  CHECK(market.as_of == world.exchange().last_sequence());
  REQUIRE(market.instruments.size() == 2);
  CHECK(market.instruments[1].last == Price(8000));
  CHECK(market.instruments[1].upper == Price(8800));
  CHECK(market.instruments[0].issued == Quantity(8842));
  CHECK(market.brokers[1].own_account == world.account("house2"));
  CHECK(market.parties[0].code == Code("VERIFY"));

  const auto orders = world.orders(BrokerId(1));
  REQUIRE(orders.size() == 1);
  CHECK(orders[0].quantity == Quantity(100));
  CHECK(orders[0].open == Quantity(60));
  CHECK(orders[0].shown == Quantity(20));
  CHECK(orders[0].filled_value == Price(8000) * Quantity(40));
  CHECK(world.orders(BrokerId(2)).empty());
  CHECK(std::holds_alternative<std::monostate>(world.exchange().answer(AskOrders{BrokerId(9)})));

  CHECK(world.holding("ann", credit) == HoldingView{credit, Quantity(1040), {}, Quantity(40), {}, Quantity(1000)});
  CHECK(world.holding("ann", allowance).unreleased == Quantity(393));  // 600 and nine weekly parts of 600 / 26 are out
  CHECK(world.holdings("ann").cash_held == Price(8040) * Quantity(60));
  CHECK(world.holdings("ann").brokers == std::vector{BrokerId(1)});
  CHECK(world.holdings("house2").brokers == std::vector{BrokerId(2)});
  CHECK(world.holdings("fay").brokers.empty());
  CHECK(std::holds_alternative<std::monostate>(world.exchange().answer(AskAccount{AccountId(1)})));

  const auto balances = std::get<BalancesView>(world.exchange().answer(AskBalances{}));
  Cash cash;
  std::int64_t credits = 0;
  for (const Balance& b : balances.balances) {
    if (!b.instrument) cash += Cash(b.amount);
    if (b.instrument == credit) credits += b.amount;
  }
  CHECK(cash == balances.at_bank);
  CHECK(credits == 6'000);
}
