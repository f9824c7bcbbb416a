// A broken trade on the brokers' side: the order desk's reports, and their FIX form.
#include <doctest/doctest.h>

#include "gateway/fix/order_desk.h"
#include "gateway/fix/translate.h"

namespace pace::fix {
namespace {

constexpr BrokerId ann{1}, bob{2};

struct Desk {
  OrderDesk desk;
  std::uint64_t sequence = 0;

  std::vector<Report> apply(const Command& command, std::vector<Event> events) {
    Entry entry;
    entry.stamped = {Sequence(++sequence), Timestamp(1'000'000'000), Request{Sender{Role::authority, 1}, "x", command}};
    entry.events = std::move(events);
    std::vector<Report> reports;
    desk.apply(entry, [&](const Report& report) { reports.push_back(report); });
    return reports;
  }
  void accept(std::uint64_t order, BrokerId broker, const char* id, Side side, std::int64_t kg) {
    OrderAccepted accepted{.order = OrderId(order), .broker = broker, .client_id = id, .side = side};
    accepted.instrument = InstrumentId(1);
    accepted.price = Price(8000);
    accepted.quantity = Quantity(kg);
    apply(NewOrder{}, {accepted});
  }
};

TradeSide leg(std::uint64_t order, BrokerId broker, std::int64_t open, std::int64_t fee) {
  return {OrderId(order), AccountId(10), broker, {}, Quantity(open), Cash(fee), Cash(2 * fee)};
}

Trade trade(std::uint64_t number, TradeKind kind, const TradeSide& buy, const TradeSide& sell) {
  return {TradeId(number), InstrumentId(1), Price(8000), Quantity(100), Side::sell, kind, buy, sell};
}

}  // namespace

TEST_CASE("fix trade: a member's own account against its principal is reported so to it") {
  Desk d;
  d.accept(1, ann, "a1", Side::buy, 100);
  d.accept(2, ann, "a2", Side::sell, 100);
  Trade crossed = trade(1, TradeKind::continuous, leg(1, ann, 0, 4000), leg(2, ann, 0, 4000));
  for (const bool own : {true, false}) {
    crossed.own_against_principal = own;
    const auto reports = d.apply(NewOrder{}, {crossed});
    REQUIRE(reports.size() == 2);
    for (const Report& report : reports) CHECK(report.own_against_principal == own);
  }
}

TEST_CASE("fix trade cancel: both brokers hear which trade is undone, their orders count it no more") {
  Desk d;
  d.accept(1, ann, "a1", Side::buy, 300);
  d.accept(2, bob, "b1", Side::sell, 100);
  d.apply(NewOrder{}, {trade(1, TradeKind::continuous, leg(1, ann, 200, 4000), leg(2, bob, 0, 4000))});
  const auto reports = d.apply(BreakTrade{TradeId(1), "error"},
                               {trade(2, TradeKind::correction, leg(2, bob, 0, -4000), leg(1, ann, 0, -4000))});
  REQUIRE(reports.size() == 2);
  for (const Report& report : reports) {
    CHECK(report.kind == ReportKind::trade_cancelled);
    CHECK(report.trade == TradeId(2));
    CHECK(report.broken == TradeId(1));
    CHECK(report.order.filled == Quantity{});
    CHECK(report.order.value == Cash{});
    CHECK(report.fee == Cash(-4000));
    CHECK(report.commission == Cash(-8000));
  }
  const Report& bought = reports[0].order.broker == ann ? reports[0] : reports[1];
  const Report& sold = reports[0].order.broker == ann ? reports[1] : reports[0];
  CHECK(bought.order.side == Side::buy);
  CHECK(bought.order.open == Quantity(200));
  CHECK(bought.order.state() == OrderEnd::live);
  CHECK(sold.order.side == Side::sell);
  CHECK(sold.order.state() == OrderEnd::cancelled);
}

TEST_CASE("fix trade cancel: an order of an earlier day is reported by its number") {
  Desk d;
  const auto reports = d.apply(BreakTrade{TradeId(1), "error"},
                               {trade(2, TradeKind::correction, leg(2, bob, 0, -4000), leg(1, ann, 0, -4000))});
  REQUIRE(reports.size() == 2);
  CHECK(reports[0].order.filled == Quantity{});
  CHECK(reports[0].order.open == Quantity{});
  CHECK(reports[0].order.order != reports[1].order.order);
}

}  // namespace pace::fix
