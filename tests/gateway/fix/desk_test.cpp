// What the desk makes of the exchange's entries, without a connection.
#include <doctest/doctest.h>

#include "gateway/fix/order_desk.h"

namespace pace::fix {
namespace {

constexpr BrokerId alfa{1}, beta{2};
constexpr InstrumentId allowance{1};

struct Desk {
  OrderDesk desk;
  std::uint64_t entries = 0;

  std::vector<Report> hears(const Request& request, std::vector<Event> events) {
    std::vector<Report> reports;
    desk.apply({.stamped = {Sequence(++entries), Timestamp(1), request}, .events = std::move(events)},
               [&](const Report& report) { reports.push_back(report); });
    return reports;
  }
};

Trade share(std::uint64_t number, AccountId principal, std::int64_t kg, std::int64_t pool_open, std::int64_t ask_open) {
  return {TradeId(number),
          allowance,
          Price(8000),
          Quantity(kg),
          Side::sell,
          TradeKind::continuous,
          {OrderId(7), principal, alfa, "p1", Quantity(pool_open), Cash(kg), {}},
          {OrderId(8), AccountId(901), beta, "e1", Quantity(ask_open), Cash(kg), {}}};
}

}  // namespace

TEST_CASE("fix desk: each share of a pooled order is a report of that order and names its principal") {
  Desk desk;
  const Request request{{Role::broker, 1}, "p1", NewPooledOrder{.instrument = allowance}};
  const auto accepted = desk.hears(request, {OrderAccepted{OrderId(7),
                                                           alfa,
                                                           "p1",
                                                           {},
                                                           {},
                                                           allowance,
                                                           Side::buy,
                                                           OrderType::limit,
                                                           TimeInForce::day,
                                                           Price(8000),
                                                           Quantity(250),
                                                           {}}});
  REQUIRE(accepted.size() == 1);
  CHECK(accepted[0].kind == ReportKind::accepted);
  CHECK(accepted[0].client_id == "p1");
  CHECK_FALSE(accepted[0].order.principal);

  const Request ask{{Role::broker, 2}, "e1", NewOrder{}};
  const auto reports = desk.hears(ask, {OrderAccepted{OrderId(8),
                                                      beta,
                                                      "e1",
                                                      AccountId(901),
                                                      {},
                                                      allowance,
                                                      Side::sell,
                                                      OrderType::limit,
                                                      TimeInForce::day,
                                                      Price(8000),
                                                      Quantity(7),
                                                      {}},
                                        share(1, AccountId(101), 3, 247, 4), share(2, AccountId(202), 3, 244, 1),
                                        share(3, AccountId(303), 1, 243, 0)});
  std::vector<Report> of_pool;
  for (const Report& report : reports)
    if (report.order.broker == alfa) of_pool.push_back(report);
  REQUIRE(of_pool.size() == 3);
  const AccountId principals[] = {AccountId(101), AccountId(202), AccountId(303)};
  const std::int64_t filled[] = {3, 6, 7}, open[] = {247, 244, 243}, last[] = {3, 3, 1};
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(of_pool[i].kind == ReportKind::trade);
    CHECK(of_pool[i].client_id == "p1");
    CHECK(of_pool[i].order.principal == principals[i]);
    CHECK(of_pool[i].order.filled == Quantity(filled[i]));
    CHECK(of_pool[i].order.open == Quantity(open[i]));
    CHECK(of_pool[i].last_quantity == Quantity(last[i]));
    CHECK(of_pool[i].trade == TradeId(i + 1));
  }
  CHECK(reports.back().order.broker == alfa);
  CHECK(reports[reports.size() - 2].order.open == Quantity(0));
  CHECK(reports[reports.size() - 2].order.filled == Quantity(7));

  const auto gone = desk.hears(
      {{Role::broker, 1}, "c1", CancelOrder{{}, "p1"}},
      {OrderCancelled{
          OrderId(7), alfa, "p1", {}, allowance, Side::buy, Price(8000), Quantity(243), CancelReason::requested}});
  REQUIRE(gone.size() == 1);
  CHECK_FALSE(gone[0].order.principal);
  CHECK(gone[0].original == "p1");
  CHECK(gone[0].order.filled == Quantity(7));
}

}  // namespace pace::fix
