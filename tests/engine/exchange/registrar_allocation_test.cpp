#include "registry/rules/allocation.h"
#include "tests/engine/exchange/register_desk.h"

namespace pace::test {
namespace {

std::int64_t unreleased(const Desk& desk, AccountId id, InstrumentId instrument = pca26) {
  return desk.registrar.unreleased(desk.at(id), instrument).raw();
}

TEST_CASE("cap: once per year, not above the announced path, within the announced years") {
  Desk desk;
  CHECK(desk.send(SetCap{Year(2026), Quantity(5)}) == Outcome{Reject::cap_exists, 2026, 6'000});
  CHECK(desk.send(SetCap{Year(2028), Quantity(5'659)}) ==
        Outcome{Reject::cap_above_path, 5'659, 5'658});  // 6200 * .97^3
  CHECK(desk.send(SetCap{Year(2028), Quantity(5'658)}).accepted());
  CHECK(desk.send(SetCap{Year(2024), Quantity(5)}) == Outcome{Reject::value_out_of_range, 2024, 2025});
  CHECK(desk.send(SetCap{Year(2046), Quantity(5)}) == Outcome{Reject::value_out_of_range, 2046, 2045});
  CHECK(desk.send(SetCap{Year(2029), Quantity(0)}) == Outcome{Reject::amount_not_positive, 0, 1});
  CHECK(desk.send(SetCap{Year(99), Quantity(5)}).code == Reject::value_out_of_range);
}

TEST_CASE("allocation: issues the whole cap: reserve, paid pool, and A_i to everybody") {
  Desk desk;
  desk.must(ActivateRules{"v", "", {{"reserve_permille", 50}, {"paid_pool_permille", 100}}});
  desk.must(RunAllocation{Year(2026)});
  const auto computed = desk.events_of<AllocationComputed>();
  REQUIRE(computed.size() == 1);
  CHECK(computed[0].cap == Quantity(6'000));
  CHECK(computed[0].reserve == Quantity(300));
  CHECK(computed[0].paid_pool == Quantity(600));
  CHECK(computed[0].free_pool == Quantity(5'100));
  CHECK(computed[0].accounts == 5);
  CHECK(computed[0].weight_sum == 5'000);
  std::string text = "pace-allocation/1\nyear=2026\ncap=6000\nreserve=300\npaid_pool=600\nfree_pool=5100\n";
  for (const AccountId id : {ann, bo, cy, dan, eve}) text += std::to_string(id.raw()) + ",1000\n";
  CHECK(computed[0].inputs_digest == sha256(text));
  CHECK(desk.units(reserve_account, pca26) == 300);
  CHECK(desk.units(auction_account, pca26) == 600);
  CHECK(desk.units(eve, pca26) == 1'020);
  CHECK(desk.ledger.issued(pca26) == Quantity(6'000));
  CHECK(desk.events_of<AllowanceAllocated>().size() == 5);
  CHECK(desk.events_of<UnitsIssued>().size() == 7);
}

TEST_CASE("allocation: a minor's share goes to the guardian, a closed or leaving account gets none") {
  Desk desk;
  OpenAccount child{account_number(140), AccountKind::minor, RegionId(1), make_date(2020, 1, 1), PerMille(0), ann};
  desk.must(child);
  desk.must(SetAccountStatus{eve, AccountStatus::closed, "r", {}});
  desk.must(SetAccountStatus{dan, AccountStatus::surrender_only, "r", {}});
  desk.must(SetAccountStatus{cy, AccountStatus::frozen, "r", {}});
  desk.must(RunAllocation{Year(2026)});  // weights 1000 (ann, bo, cy) and 500
  CHECK(desk.units(child.account, pca26) == 0);
  CHECK(desk.units(bo, pca26) + desk.units(cy, pca26) + desk.units(ann, pca26) == 6'000);
  CHECK(desk.units(cy, pca26) >= 1'714);  // 1,714.28
  CHECK(desk.units(ann, pca26) >= 1'714 + 857);
  CHECK(desk.units(dan, pca26) + desk.units(eve, pca26) == 0);
  const auto allocated = desk.events_of<AllowanceAllocated>();
  REQUIRE(allocated.size() == 4);
  CHECK(allocated[3].account == child.account);
  CHECK(allocated[3].holder == ann);
  CHECK(desk.registrar.allocated(desk.at(ann), Year(2026)) == Quantity(desk.units(ann, pca26)));
}

TEST_CASE("allocation: needs a cap, a listed vintage and somebody with a weight, and runs once") {
  Desk desk;
  CHECK(desk.send(RunAllocation{Year(2028)}) == Outcome{Reject::no_cap, 2028, 0});
  desk.must(SetCap{Year(2028), Quantity(5'000)});
  CHECK(desk.send(RunAllocation{Year(2028)}) == Outcome{Reject::vintage_not_listed, 2028, 0});
  CHECK(desk.send(ReleaseAllocation{Year(2026)}) == Outcome{Reject::no_allocation, 2026, 0});
  desk.must(RunAllocation{Year(2026)});
  CHECK(desk.send(RunAllocation{Year(2026)}) == Outcome{Reject::allocation_exists, 2026, 0});
  for (const AccountId id : {ann, bo, cy, dan, eve})
    desk.must(SetAccountStatus{id, AccountStatus::surrender_only, "r", {}});
  CHECK(desk.send(RunAllocation{Year(2027)}) == Outcome{Reject::no_weight, 2027, 0});
}

TEST_CASE("release: half on 1 July, then weekly, the rest with the last part") {
  Desk desk;
  desk.must(RunAllocation{Year(2026)});  // 1,200 each
  CHECK(unreleased(desk, ann) == 1'200);
  CHECK(desk.registrar.next_due() == Timestamp::max());
  desk.must(ReleaseAllocation{Year(2026)});
  CHECK(desk.events().empty());
  CHECK(desk.registrar.next_due() == *parse_local_time("2026-07-01"));
  CHECK(desk.send(ReleaseAllocation{Year(2026)}) == Outcome{Reject::release_exists, 2026, 0});
  desk.on("2026-06-30");
  CHECK(unreleased(desk, ann) == 1'200);
  desk.on("2026-07-01");
  CHECK(unreleased(desk, ann) == 600);
  CHECK(desk.events_of<AllowancesReleased>() == std::vector{AllowancesReleased{Year(2026), 0, Quantity(3'000)}});
  desk.on("2026-07-15");  // two parts of floor(600 / 26) = 23
  CHECK(desk.events_of<AllowancesReleased>() == std::vector{AllowancesReleased{Year(2026), 1, Quantity(3'115)},
                                                            AllowancesReleased{Year(2026), 2, Quantity(3'230)}});
  CHECK(unreleased(desk, ann) == 554);
  desk.on("2026-12-29");
  CHECK(unreleased(desk, ann) == 600 - 25 * 23);
  desk.on("2026-12-30");
  CHECK(unreleased(desk, ann) == 0);
  CHECK(desk.registrar.next_due() == Timestamp::max());
}

TEST_CASE("release: parts due already come at once, by the schedule of the allocation's day") {
  Desk desk;
  desk.must(RunAllocation{Year(2026)});
  desk.must(ActivateRules{"v", "", {{"release_first_permille", 0}, {"release_parts", 1}}});
  desk.on("2026-07-09");
  desk.must(ReleaseAllocation{Year(2026)});
  CHECK(desk.events_of<AllowancesReleased>().size() == 2);
  CHECK(unreleased(desk, ann) == 577);
  CHECK(unreleased(desk, house1) == 0);
  CHECK(desk.registrar.unreleased(desk.at(ann), sun26) == Quantity(0));
}

TEST_CASE("position limit: twice the allocation or the outstanding liability, members by California's form") {
  Desk desk;
  const auto limit = [&](AccountId id, InstrumentId instrument) {
    return desk.registrar.position_limit(desk.at(id), instrument);
  };
  CHECK(limit(ann, pca26) == Quantity::max());
  desk.must(RunAllocation{Year(2026)});
  CHECK(limit(ann, pca26) == Quantity(2'400));
  CHECK(limit(ann, sun26) == Quantity(2'400));
  CHECK(limit(ann, pca27) == Quantity::max());
  CHECK(limit(house1, pca26) == Quantity(120 + 120));  // B = 1,200: 10% of B and 2.5% of 4,800
  CHECK(limit(reserve_account, pca26) == Quantity::max());
  desk.on("2027-01-02");
  desk.emit(ann, 2026, 3'000);
  CHECK(limit(ann, pca26) == Quantity(3'000));
  CHECK(desk.registrar.outstanding_liability(desk.at(ann)) == Quantity(3'000));
}

TEST_CASE("prices: volume-weighted over the days asked for, half up") {
  Desk desk;
  const auto trade = [&](const char* day, std::int64_t kg, std::int64_t price) {
    desk.registrar.note_trade(pca26, *parse_date(day), Quantity(kg), Price(price) * Quantity(kg), desk.at(ann),
                              desk.at(bo));
  };
  trade("2026-05-19", 100, 1);
  trade("2026-05-20", 10, 8'000);
  trade("2026-05-20", 10, 8'001);
  trade("2026-06-19", 20, 9'000);
  trade("2026-06-20", 100, 1);
  const auto price = [&](const char* from, const char* to) {
    return desk.registrar.average_price(pca26, *parse_date(from), *parse_date(to));
  };
  CHECK(price("2026-05-20", "2026-05-21") == Price(8'001));  // 8,000.5
  CHECK(price("2026-05-20", "2026-06-20") == Price(8'500));  // 8,500.25
  CHECK_FALSE(price("2026-05-21", "2026-06-19").has_value());
  desk.check();
}

}  // namespace
}  // namespace pace::test
