// Every reject that the market side gives, with its value and limit. Each row begins in the continuous market of
// world.h with ann's bid "open" (20 kg at 79.00) and ask "offer" (20 kg at 81.00) in the book.
#include <doctest/doctest.h>

#include <functional>
#include <set>

#include "engine/base/account_number.h"
#include "engine/book/order.h"
#include "tests/engine/exchange/world.h"

using namespace pace;
using namespace pace::test;

namespace {

struct Row {
  Outcome expected;
  Sender sender;
  std::function<Command(const World&)> command;
  std::function<void(World&)> before = [](World&) {};
};

std::int64_t number(AccountId id) {
  return static_cast<std::int64_t>(id.raw());
}

std::function<Command(const World&)> entered(
    const char* who, Side side, std::int64_t kilograms, std::int64_t fen,
    std::function<void(NewOrder&)> change = [](NewOrder&) {}) {
  return [=](const World& world) {
    NewOrder o = order(world, who, side, Quantity(kilograms), Price(fen));
    change(o);
    return Command(o);
  };
}

std::function<Command(const World&)> just(const Command& command) {
  return [=](const World&) { return command; };
}

std::function<void(World&)> rule(const char* name, std::int64_t value) {
  return [=](World& world) { world.must(authority, ActivateRules{"2", "", {{name, value}}}); };
}

void mandate(World& world, GrantEntrustment terms) {
  terms.entrustment = EntrustmentId(90);
  terms.principal = world.account("fay");
  terms.broker = BrokerId(2);
  terms.instruments = InstrumentClass::both;
  if (terms.start == Date{}) terms.start = local_date(world.now());
  terms.end = make_date(2027, 1, 1);
  world.must(registry, terms);
}
std::function<void(World&)> mandated(const GrantEntrustment& terms) {
  return [=](World& world) { mandate(world, terms); };
}
std::function<void(World&)> status(AccountStatus status) {
  return [=](World& world) { world.must(registry, SetAccountStatus{world.account("bo"), status, "court 7", {}}); };
}
std::function<void(World&)> at_time(const char* local_time) {
  return [=](World& world) { world.until(local_time); };
}

std::int64_t open_id(const World& world) {
  return static_cast<std::int64_t>(world.orders().front().order.raw());
}

const AccountId nobody = account_number(999);

std::vector<Row> envelope_rows() {
  return {
      {{Reject::role_not_permitted, 7, 1}, broker1, just(HaltInstrument{credit, "no"})},
      {{Reject::role_not_permitted, 1, 7}, operators, just(CancelOrder{OrderId(1), {}})},
      {{Reject::unknown_broker, 9, 0}, {Role::broker, 9}, just(CancelOrder{OrderId(1), {}})},
      {{Reject::role_not_permitted, 7, 1}, broker1, just(SetKillSwitch{BrokerId(2), true, "no"})},
      {{Reject::unknown_broker, 9, 0}, operators, just(SetKillSwitch{BrokerId(9), true, "no"})},
      {{Reject::broker_suspended, 1, 0},
       broker1,
       just(BidAuction{AuctionId(1), {}, Price(8000), Quantity(1000)}),
       [](World& w) {
         w.must(operators, SetKillSwitch{BrokerId(1), true, "loop"});
       }},
      {{Reject::time_goes_back, 1, at(make_date(2026, 9, 7), hms(9, 30)).raw()},
       operators,
       just(AdvanceTime{Timestamp(1)})},
      {{Reject::rule_out_of_range, 101, 100}, authority, just(ActivateRules{"2", "", {{"fee_permille", 101}}})},
      {{Reject::value_out_of_range, make_date(2027, 1, 1).raw(), 2026},
       authority,
       just(SetHolidays{Year(2026), {make_date(2027, 1, 1)}})},
      {{Reject::value_out_of_range, book_max_price.raw() + 1, book_max_price.raw()},
       operators,
       just(ListInstrument{
           InstrumentId(3), "PCA-2027", InstrumentKind::allowance, Year(2027), {}, book_max_price + Price(1)})},
  };
}

std::vector<Row> door_rows() {
  const auto of = [](InstrumentId id) { return [=](NewOrder& o) { o.instrument = id; }; };
  const auto in_force = [](TimeInForce t) { return [=](NewOrder& o) { o.time_in_force = t; }; };
  return {
      {{Reject::unknown_instrument, 3, 0}, broker1, entered("bo", Side::buy, 20, 8000, of(InstrumentId(3)))},
      {{Reject::unknown_instrument, 0, 0}, broker1, entered("bo", Side::buy, 20, 8000, of(InstrumentId(0)))},
      {{Reject::instrument_halted, 2, 0},
       broker1,
       entered("bo", Side::buy, 20, 8000),
       [](World& w) {
         w.must(operators, HaltInstrument{{}, "all"});
       }},
      {{Reject::market_closed, 0, 0}, broker1, entered("bo", Side::buy, 20, 8000), at_time("15:00")},
      {{Reject::market_closed, 4, 0}, broker1, entered("bo", Side::buy, 20, 8000), at_time("11:30")},
      {{Reject::order_type_not_in_call, 6, 0},
       broker1,
       entered("bo", Side::buy, 20, 8000, in_force(TimeInForce::ioc)),
       at_time("14:57")},
      {{Reject::unknown_account, number(nobody), 0},
       broker1,
       entered("bo", Side::buy, 20, 8000, [](NewOrder& o) { o.principal = nobody; })},
      {{Reject::account_number_malformed, 12345, 0},
       broker1,
       entered("bo", Side::buy, 20, 8000, [](NewOrder& o) { o.principal = AccountId(12345); })},
      {{Reject::quantity_below_minimum, 9, 10}, broker1, entered("bo", Side::buy, 9, 8000)},
      {{Reject::quantity_below_minimum, -1, 10}, broker1, entered("bo", Side::buy, -1, 8000)},
      {{Reject::quantity_above_maximum, 20'001, 20'000}, broker1, entered("bo", Side::buy, 20'001, 8000)},
      {{Reject::quantity_above_maximum, 100'000'000, 99'999'999},
       broker1,
       entered("house1", Side::buy, 100'000'000, 8000)},
      {{Reject::price_not_positive, 0, 1}, broker1, entered("bo", Side::buy, 20, 0)},
      {{Reject::price_not_positive, -1, 1}, broker1, entered("bo", Side::buy, 20, -1)},
      {{Reject::value_out_of_range, book_max_price.raw() + 1, book_max_price.raw()},
       broker1,
       entered("bo", Side::buy, 20, book_max_price.raw() + 1)},
      {{Reject::price_above_limit, 8801, 8800}, broker1, entered("bo", Side::buy, 20, 8801)},
      {{Reject::price_below_limit, 7199, 7200}, broker1, entered("bo", Side::buy, 20, 7199)},
      {{Reject::display_quantity, 5, 10},
       broker1,
       entered("bo", Side::buy, 20, 8000, [](NewOrder& o) { o.display = Quantity(5); })},
      {{Reject::display_quantity, 10, 11},
       broker1,
       entered("bo", Side::buy, 1'001, 8000, [](NewOrder& o) { o.display = Quantity(10); })},
      {{Reject::display_quantity, 21, 20},
       broker1,
       entered("bo", Side::buy, 20, 8000, [](NewOrder& o) { o.display = Quantity(21); })},
      {{Reject::no_opposite_price, 1, 0},
       broker1,
       entered("bo", Side::buy, 20, 0,
               [](NewOrder& o) { o.order_type = OrderType::market, o.instrument = allowance; })},
      {{Reject::expiry_out_of_range, 31, 30},
       broker1,
       entered("bo", Side::buy, 20, 8000,
               [](NewOrder& o) { o.time_in_force = TimeInForce::gtc, o.expiry = make_date(2026, 10, 8); })},
      {{Reject::post_only_would_trade, 8100, 8100},
       broker1,
       entered("bo", Side::buy, 20, 8100, [](NewOrder& o) { o.post_only = true; })},
  };
}

std::vector<Row> principal_rows() {
  const std::int64_t bo = number(account_number(302)), fay = number(account_number(306));
  const auto fay_sells = entered("fay", Side::sell, 20, 8000), fay_buys = entered("fay", Side::buy, 20, 8000);
  return {
      {{Reject::account_frozen, bo, 0}, broker1, entered("bo", Side::sell, 20, 8000), status(AccountStatus::frozen)},
      {{Reject::account_surrender_only, bo, 0},
       broker1,
       entered("bo", Side::buy, 20, 8000),
       status(AccountStatus::surrender_only)},
      {{Reject::wrong_account_kind, number(account_number(4)), 0},
       broker1,
       entered("bo", Side::buy, 20, 8000, [](NewOrder& o) { o.principal = account_number(4); })},
      {{Reject::no_entrustment, fay, 0}, broker1, fay_sells},
      {{Reject::no_entrustment, bo, 0}, broker2, entered("bo", Side::buy, 20, 8000)},
      {{Reject::no_entrustment, number(account_number(202)), 0}, broker1, entered("house2", Side::buy, 20, 8000)},
      {{Reject::other_entrustment, 7, 90},
       broker2,
       entered("fay", Side::sell, 20, 8000, [](NewOrder& o) { o.entrustment = EntrustmentId(7); }),
       mandated({.sides = Sides::both})},
      {{Reject::other_entrustment, 7, 0},
       broker1,
       entered("house1", Side::buy, 20, 8000, [](NewOrder& o) { o.entrustment = EntrustmentId(7); })},
      {{Reject::entrustment_not_active, 90, 0},
       broker2,
       fay_sells,
       mandated({.sides = Sides::both, .start = make_date(2026, 9, 8)})},
      {{Reject::entrustment_side, 90, 0}, broker2, fay_sells, mandated({.sides = Sides::buy})},
      {{Reject::entrustment_price, 8000, 8001},
       broker2,
       fay_sells,
       mandated({.sides = Sides::both, .floor = Price(8001)})},
      {{Reject::entrustment_price, 8000, 7999},
       broker2,
       fay_buys,
       mandated({.sides = Sides::both, .ceiling = Price(7999)})},
      {{Reject::entrustment_order_quantity, 20, 19},
       broker2,
       fay_sells,
       mandated({.sides = Sides::both, .order_limit = Quantity(19)})},
      {{Reject::entrustment_total_quantity, 20, 19},
       broker2,
       fay_sells,
       mandated({.sides = Sides::both, .total_limit = Quantity(19)})},
      {{Reject::not_enough_units, 1001, 1000}, broker1, entered("bo", Side::sell, 1001, 8000)},
      {{Reject::not_enough_units, 981, 980}, broker1, entered("ann", Side::sell, 981, 8000)},
      {{Reject::units_bought_today, 1001, 1000},
       broker1,
       entered("bo", Side::sell, 1001, 8200),
       [](World& w) { w.must(broker1, order(w, "bo", Side::buy, Quantity(20), Price(8100))); }},
      {{Reject::units_not_released, 808, 807},
       broker1,
       entered("bo", Side::sell, 808, 8000, [](NewOrder& o) { o.instrument = allowance; })},
      {{Reject::not_enough_cash, 160'800, 0}, broker1, entered("guy", Side::buy, 20, 8000)},
      {{Reject::position_limit, 2'401, 2'400}, broker1, entered("bo", Side::buy, 1'401, 8000)},
      {{Reject::position_limit, 2'401, 2'400}, broker1, entered("ann", Side::buy, 1'381, 8000)},
  };
}

std::function<Command(const World&)> pooled(
    Side side, std::int64_t fen, const std::vector<std::pair<const char*, std::int64_t>>& split,
    std::function<void(NewPooledOrder&)> change = [](NewPooledOrder&) {}) {
  return [=](const World& world) {
    NewPooledOrder o{.instrument = credit, .side = side, .price = Price(fen)};
    for (const auto& [who, kilograms] : split) o.split.push_back({world.account(who), Quantity(kilograms)});
    change(o);
    return Command(o);
  };
}

std::vector<Row> pool_rows() {
  const std::int64_t ann = number(account_number(301)), bo = number(account_number(302)),
                     guy = number(account_number(305)), fay = number(account_number(306));
  const auto fay_also = [](Side side) { return pooled(side, 8000, {{"eve", 20}, {"fay", 20}}); };
  const auto buys = [](std::int64_t bo_kg, std::int64_t cy_kg) {
    return pooled(Side::buy, 8000, {{"bo", bo_kg}, {"cy", cy_kg}});
  };
  return {
      {{Reject::unknown_instrument, 3, 0},
       broker1,
       pooled(Side::buy, 8000, {{"bo", 20}}, [](NewPooledOrder& o) { o.instrument = InstrumentId(3); })},
      {{Reject::market_closed, 4, 0}, broker1, buys(20, 20), at_time("11:30")},
      {{Reject::pool_size, 0, 10'000}, broker1, pooled(Side::buy, 8000, {})},
      {{Reject::pool_size, 2, 1}, broker1, buys(20, 20), rule("pool_principals", 1)},
      {{Reject::pool_principal_twice, bo, 0}, broker1, pooled(Side::buy, 8000, {{"bo", 20}, {"cy", 20}, {"bo", 20}})},
      {{Reject::unknown_account, number(nobody), 0},
       broker1,
       pooled(Side::buy, 8000, {{"bo", 20}},
              [](NewPooledOrder& o) {
                o.split.push_back({nobody, Quantity(20)});
              })},
      {{Reject::wrong_account_kind, number(account_number(201)), 0},
       broker1,
       pooled(Side::buy, 8000, {{"bo", 20}, {"house1", 20}})},
      {{Reject::pool_share_quantity, bo, 1}, broker1, buys(0, 20)},
      {{Reject::pool_share_quantity, bo, 20'000}, broker1, buys(20'001, 20)},
      {{Reject::quantity_below_minimum, 9, 10}, broker1, buys(8, 1)},
      {{Reject::quantity_above_maximum, 121, 120}, broker1, buys(100, 21), rule("member_maximum_order_kg", 120)},
      {{Reject::price_above_limit, 8801, 8800}, broker1, pooled(Side::buy, 8801, {{"bo", 20}})},
      {{Reject::post_only_would_trade, 8100, 8100},
       broker1,
       pooled(Side::buy, 8100, {{"bo", 20}}, [](NewPooledOrder& o) { o.post_only = true; })},
      {{Reject::display_quantity, 10, 11},
       broker1,
       [](const World&) {
         NewPooledOrder o{.instrument = credit, .side = Side::sell, .price = Price(8000), .display = Quantity(10)};
         for (std::uint64_t i = 0; i < 11; ++i)
           o.split.push_back({i < 4 ? account_number(301 + i) : account_number(401 + i), Quantity(20)});
         return Command(o);
       },
       [](World& world) {
         for (std::uint64_t i = 4; i < 11; ++i)
           world.must(
               registry,
               OpenAccount{account_number(401 + i), AccountKind::person, RegionId(1), make_date(1980, 5, 1), {}, {}});
       }},
      {{Reject::account_frozen, bo, 0},
       broker1,
       pooled(Side::sell, 8000, {{"ann", 20}, {"bo", 20}}),
       status(AccountStatus::frozen)},
      {{Reject::no_entrustment, fay, 0}, broker1, pooled(Side::sell, 8000, {{"bo", 20}, {"fay", 20}})},
      {{Reject::entrustment_side, 90, 0}, broker2, fay_also(Side::sell), mandated({.sides = Sides::buy})},
      {{Reject::pool_entrustment_price, fay, 8001},
       broker2,
       fay_also(Side::sell),
       mandated({.sides = Sides::both, .floor = Price(8001)})},
      {{Reject::pool_entrustment_price, fay, 7999},
       broker2,
       fay_also(Side::buy),
       mandated({.sides = Sides::both, .ceiling = Price(7999)})},
      {{Reject::pool_entrustment_quantity, fay, 19},
       broker2,
       fay_also(Side::sell),
       mandated({.sides = Sides::both, .order_limit = Quantity(19)})},
      {{Reject::pool_entrustment_quantity, fay, 18},
       broker2,
       fay_also(Side::sell),
       mandated({.sides = Sides::both, .total_limit = Quantity(18)})},
      {{Reject::pool_units, ann, 980}, broker1, pooled(Side::sell, 8000, {{"bo", 1'000}, {"ann", 981}})},
      {{Reject::pool_units, bo, 1'000},
       broker1,
       pooled(Side::sell, 8200, {{"bo", 1'001}}),
       [](World& w) { w.must(broker1, order(w, "bo", Side::buy, Quantity(20), Price(8100))); }},
      {{Reject::pool_units, bo, 807},
       broker1,
       pooled(Side::sell, 8000, {{"bo", 808}}, [](NewPooledOrder& o) { o.instrument = allowance; })},
      {{Reject::pool_cash, guy, 0}, broker1, pooled(Side::buy, 8000, {{"bo", 20}, {"guy", 1}})},
      {{Reject::pool_position, bo, 2'400}, broker1, buys(1'401, 20)},
      {{Reject::pool_settlements, 3, 2},
       broker1,
       pooled(Side::buy, 8200, {{"bo", 20}, {"cy", 20}}),
       [](World& w) {
         rule("pool_principals", 2)(w);
         rule("pool_settlements", 2)(w);
       }},
  };
}

std::vector<Row> reference_rows() {
  const auto replaced = [](std::int64_t kilograms, std::int64_t fen) {
    return just(ReplaceOrder{{}, "open", Price(fen), Quantity(kilograms)});
  };
  const auto sweep = [](MassCancel command) {
    command.side = Sides::both;
    if (command.reason == CancelReason::requested) command.reason = CancelReason::mass_cancel;
    return just(command);
  };
  return {
      {{Reject::unknown_order, 77, 0}, broker1, just(CancelOrder{OrderId(77), {}})},
      {{Reject::unknown_order, 0, 0}, broker1, just(CancelOrder{{}, "never"})},
      {{Reject::unknown_order, 0, 0}, broker2, just(CancelOrder{{}, "open"})},
      {{Reject::not_your_order, -1, 0},
       broker2,
       [](const World& w) {
         return CancelOrder{w.orders().front().order, {}};
       }},
      {{Reject::not_your_order, -1, 0},
       broker2,
       [](const World& w) {
         return ReplaceOrder{w.orders().front().order, {}, Price(1), Quantity(1)};
       }},
      {{Reject::call_auction_no_cancel, 0, 60}, broker1, just(CancelOrder{{}, "open"}), at_time("14:59")},
      {{Reject::call_auction_no_cancel, 0, 60}, broker1, sweep({}), at_time("14:59")},
      {{Reject::replace_changes_nothing, 0, 0}, broker1, replaced(20, 7900)},
      {{Reject::quantity_below_minimum, 5, 10}, broker1, replaced(5, 7900)},
      {{Reject::quantity_above_maximum, 20'001, 20'000}, broker1, replaced(20'001, 7900)},
      {{Reject::price_above_limit, 8801, 8800}, broker1, replaced(20, 8801)},
      {{Reject::replace_below_filled, 10, 10},
       broker1,
       replaced(10, 7900),
       [](World& w) { w.must(broker1, order(w, "bo", Side::sell, Quantity(10), Price(7900))); }},
      {{Reject::instrument_halted, 2, 0},
       broker1,
       replaced(30, 7900),
       [](World& w) {
         w.must(operators, HaltInstrument{credit, "news"});
       }},
      {{Reject::position_limit, 2'401, 2'400}, broker1, replaced(1'401, 7900)},
      {{Reject::not_enough_cash, 79'400, 200},
       broker1,
       replaced(30, 7900),
       [](World& w) {
         const Cash free = w.holdings("ann").cash - w.holdings("ann").cash_held;
         const Cash whole_fen(free.raw() / 1000 * 1000);
         w.must(bank, WithdrawCash{BrokerId(1), w.account("ann"), whole_fen, "all"});
       }},
      {{Reject::not_enough_units, 981, 980}, broker1, just(ReplaceOrder{{}, "offer", Price(8100), Quantity(1'001)})},
      {{Reject::not_your_order, 0, 0}, broker1, sweep({.broker = BrokerId(2)})},
      {{Reject::value_out_of_range, 10, 0}, broker1, sweep({.reason = CancelReason::operator_action})},
      {{Reject::unknown_broker, 9, 0}, operators, sweep({.broker = BrokerId(9)})},
      {{Reject::unknown_instrument, 3, 0}, operators, sweep({.instrument = InstrumentId(3)})},
      {{Reject::unknown_account, number(nobody), 0}, operators, sweep({.principal = nobody})},
      {{Reject::unknown_instrument, 3, 0}, operators, just(HaltInstrument{InstrumentId(3), "no"})},
      {{Reject::unknown_instrument, 3, 0}, operators, just(ResumeInstrument{InstrumentId(3)})},
  };
}

void check_row(const Row& row) {
  World world;
  world.until("09:30");
  REQUIRE(world.send(broker1, "open", order(world, "ann", Side::buy, Quantity(20), Price(7900))).outcome.accepted());
  REQUIRE(world.send(broker1, "offer", order(world, "ann", Side::sell, Quantity(20), Price(8100))).outcome.accepted());
  row.before(world);
  const auto book = world.orders();
  const Command command = row.command(world);
  Outcome expected = row.expected;
  if (expected.value == -1 && expected.code == Reject::not_your_order) expected.value = open_id(world);
  const Answered answered = world.send(row.sender, "row", command);
  INFO("expected ", to_text(expected), ", was ", to_text(answered.outcome));
  CHECK(answered.outcome == expected);
  CHECK(answered.events.empty());
  CHECK(world.orders() == book);
}

}  // namespace

TEST_CASE("rejects: the envelope") {
  for (const Row& row : envelope_rows()) check_row(row);
  World world;
  CHECK(world.send(broker1, "", CancelOrder{OrderId(1), {}}).outcome == Outcome{Reject::request_id_missing, 0, 0});
  CHECK(world.send(sequencer, "", AdvanceTime{}).outcome.accepted());
}

TEST_CASE("rejects: an order's own terms") {
  for (const Row& row : door_rows()) check_row(row);
}

TEST_CASE("rejects: the principal, its mandate, its units and money") {
  for (const Row& row : principal_rows()) check_row(row);
}

TEST_CASE("rejects: a pooled order and each of its principals") {
  for (const Row& row : pool_rows()) check_row(row);
}

TEST_CASE("rejects: cancel, replace and mass cancel") {
  for (const Row& row : reference_rows()) check_row(row);
}

TEST_CASE("rejects: the book is full") {
  Capacity capacity = small_capacity();
  capacity.open_orders = 2;
  World world(capacity);
  world.until("09:30");
  world.must(broker1, order(world, "ann", Side::buy, Quantity(20), Price(7900)));
  world.must(broker1, order(world, "ann", Side::buy, Quantity(20), Price(7900)));
  CHECK(world.send(broker1, order(world, "ann", Side::buy, Quantity(20), Price(7900))).outcome ==
        Outcome{Reject::book_full, 2, 2});
}

TEST_CASE("rejects: an iceberg cannot be raised beyond the refills it may have") {
  World world;
  world.until("09:30");
  NewOrder iceberg = order(world, "bo", Side::buy, Quantity(1'000), Price(7900));
  iceberg.display = Quantity(10);
  CHECK(world.send(broker1, "iceberg", iceberg).outcome.accepted());
  CHECK(world.send(broker1, ReplaceOrder{{}, "iceberg", Price(7900), Quantity(1'001)}).outcome ==
        Outcome{Reject::display_quantity, 10, 11});
  CHECK(world.send(broker1, ReplaceOrder{{}, "iceberg", Price(7900), Quantity(900)}).outcome.accepted());
}

TEST_CASE("rejects: the store of pooled orders is full") {
  Capacity capacity = small_capacity();
  capacity.pool_parts = 3;
  World world(capacity);
  world.until("09:30");
  const auto pair = pooled(Side::buy, 7900, {{"bo", 10}, {"cy", 10}});
  world.must(broker1, pair(world));
  CHECK(world.send(broker1, pair(world)).outcome == Outcome{Reject::pools_full, 2, 3});
  world.must(broker1, pooled(Side::buy, 7900, {{"bo", 10}})(world));
}

TEST_CASE("rejects: a replacement is held to a rule that changed since") {
  World world;
  world.until("09:30");
  CHECK(world.send(broker1, "open", order(world, "ann", Side::buy, Quantity(20), Price(7900))).outcome.accepted());
  rule("minimum_order_kg", 15)(world);
  CHECK(world.send(broker1, ReplaceOrder{{}, "open", Price(7900), Quantity(14)}).outcome ==
        Outcome{Reject::quantity_below_minimum, 14, 15});
}
