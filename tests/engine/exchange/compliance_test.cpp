#include "tests/engine/exchange/register_desk.h"

namespace pace::test {
namespace {

/// The rulebook's worked examples as people, at the end of 2026: ann to eve are its five rows. PCA-2026 traded at 97.49
/// in the month before the surrender day; 2027 is allocated.
class Examples : public Desk {
 public:
  Examples() {
    must(RunAllocation{Year(2026)});
    move(bo, house1, pca26, 200);
    give(bo, pca25, 100);
    give(bo, sun26, 300);
    move(dan, house1, pca26, 1'200);
    give(dan, sun26, 5);
    give(eve, pca25, 50);
    give(eve, sun26, 500);
    on("2027-01-02");
    must(RunAllocation{Year(2027)});
    emit(ann, 2026, 1'000);
    emit(bo, 2026, 1'205);
    emit(cy, 2026, 1'500);
    emit(dan, 2026, 9);
    emit(eve, 2026, 1'999);
    on("2027-05-20");
    registrar.note_trade(pca26, today(), Quantity(100), Price(9'749) * Quantity(100), at(house1), at(house2));
    registrar.note_trade(pca26, today(), Quantity(100), Price(9'749) * Quantity(100), at(house2), at(house1));
  }
  Outcome ask(AccountId id, std::int64_t kg, InstrumentId instrument = sun26, Sender sender = broker1) {
    return send(RequestOffset{id, Year(2026), instrument, Quantity(kg)}, sender);
  }
  void request_and_grant() {
    REQUIRE(ask(bo, 300).accepted());
    REQUIRE(ask(dan, 5).accepted());
    REQUIRE(ask(eve, 500).accepted());
    on("2027-06-11");
    must(GrantOffsets{Year(2026)});
  }
  void surrender() {
    on("2027-06-20");
    must(RunSurrender{Year(2026)});
  }
  void assess() {
    on("2027-07-20");
    must(AssessCompliance{Year(2026)});
  }
  [[nodiscard]] ComplianceAssessed result(AccountId id) const {
    for (const ComplianceAssessed& r : events_of<ComplianceAssessed>())
      if (r.principal == id) return r;
    FAIL("no assessment");
    return {};
  }
};

void check_surrendered(const ComplianceAssessed& r, std::int64_t credits, std::int64_t banked, std::int64_t vintage,
                       std::int64_t shortfall) {
  CHECK(r.from_credits == Quantity(credits));
  CHECK(r.from_banked == Quantity(banked));
  CHECK(r.from_vintage == Quantity(vintage));
  CHECK(r.shortfall == Quantity(shortfall));
}
void check_penalty(const ComplianceAssessed& r, std::int64_t deducted, std::int64_t debt, std::int64_t surcharge) {
  CHECK(r.deducted == Quantity(deducted));
  CHECK(r.debt == Quantity(debt));
  CHECK(r.surcharge == Cash(surcharge));
}

TEST_CASE("compliance: the rulebook's worked examples, from request to assessment") {
  Examples desk;
  desk.request_and_grant();
  CHECK(desk.events_of<ComplianceStepDone>() == std::vector{ComplianceStepDone{Year(2026), 1, 3, Quantity(319)}});
  desk.surrender();
  desk.assess();
  check_surrendered(desk.result(ann), 0, 0, 1'000, 0);
  check_surrendered(desk.result(bo), 120, 100, 985, 0);
  check_surrendered(desk.result(cy), 0, 0, 1'200, 300);
  check_surrendered(desk.result(dan), 0, 0, 0, 9);
  check_surrendered(desk.result(eve), 199, 50, 1'200, 550);
  check_penalty(desk.result(ann), 0, 0, 0);
  check_penalty(desk.result(cy), 582, 18, 2'924'700);
  check_penalty(desk.result(dan), 18, 0, 87'741);
  check_penalty(desk.result(eve), 582, 518, 5'361'950);
  CHECK(desk.result(ann).status == ComplianceStatus::A);
  CHECK(desk.result(cy).status == ComplianceStatus::B);
  CHECK(desk.result(dan).status == ComplianceStatus::B);
  CHECK(desk.result(ann).banked == Quantity(120));  // floor(10% * 1,200)
  CHECK(desk.result(ann).not_banked == Quantity(80));
  CHECK(desk.result(bo).banked == Quantity(15));
  CHECK(desk.units(ann, pca26) == 120);
  CHECK(desk.units(house1, pca26) == 0);  // no allocation, no net sales: nothing to bank
  CHECK(desk.units(cy, pca27) == 1'164 - 582);
  CHECK(desk.units(surrender_account, pca26) == 1'000 + 985 + 1'200 + 1'200);
  CHECK(desk.units(surrender_account, sun26) == 319);
  CHECK(desk.units(cancellation_account, pca27) == 582 + 18 + 582);
  CHECK(desk.units(cancellation_account, pca26) == 80 + 1'400);
}

TEST_CASE("compliance: what is surrendered in the grace counts, and surrendering again takes nothing twice") {
  Examples desk;
  desk.surrender();
  CHECK(desk.events_of<ComplianceStepDone>() ==
        std::vector{ComplianceStepDone{Year(2026), 2, 4, Quantity(1'000 + 1'100 + 1'200 + 1'250)}});
  desk.must(RunSurrender{Year(2026)});
  CHECK(desk.events_of<UnitsSurrendered>().empty());
  desk.move(house1, cy, pca26, 300);  // bought to comply
  desk.assess();
  check_surrendered(desk.result(cy), 0, 0, 1'500, 0);
  CHECK(desk.result(cy).status == ComplianceStatus::A);
}

TEST_CASE("compliance: units held for open sell orders are not taken") {
  Examples desk;
  desk.ledger.hold_units(desk.at(ann), pca26, Quantity(300));
  desk.surrender();
  CHECK(desk.units(ann, pca26) == 300);
  desk.ledger.release_units(desk.at(ann), pca26, Quantity(100));
  desk.assess();
  check_surrendered(desk.result(ann), 0, 0, 1'000, 0);
  CHECK(desk.result(ann).banked == Quantity(200));  // 120 may be banked, but all 200 are on the market
  CHECK(desk.result(ann).not_banked == Quantity(0));
}

TEST_CASE("compliance: a vintage held partly in orders is cancelled as far as it is free") {
  Examples desk;
  desk.ledger.hold_units(desk.at(ann), pca26, Quantity(150));
  desk.assess();  // 200 left, 150 held: 120 may stay, 80 should go, 50 are free
  CHECK(desk.result(ann).banked == Quantity(150));
  CHECK(desk.result(ann).not_banked == Quantity(50));
}

TEST_CASE("banking: net sales of the vintage widen the limit, net purchases do not narrow it") {
  Examples desk;
  desk.registrar.note_trade(pca26, desk.today(), Quantity(33), Cash(33), desk.at(cy), desk.at(ann));
  desk.assess();
  CHECK(desk.result(ann).banked == Quantity(120 + 49));
  CHECK(desk.result(ann).not_banked == Quantity(31));
}

TEST_CASE("banking: the modes unlimited and none") {
  Examples unlimited;
  unlimited.must(ActivateRules{"v", "", {{"banking_mode", 1}}});
  unlimited.assess();
  CHECK(unlimited.result(ann).banked == Quantity(200));
  CHECK(unlimited.units(house1, pca26) == 1'400);
  Examples none;
  none.must(ActivateRules{"v", "", {{"banking_mode", 2}}});
  none.assess();
  CHECK(none.result(ann).not_banked == Quantity(200));
}

TEST_CASE("surcharge: taken from free money now, the rest is owed") {
  Examples desk;
  desk.must(DepositCash{BrokerId(1), cy, Cash(1'000'000), "s"});
  desk.must(DepositCash{BrokerId(1), eve, Cash(9'000'000), "s"});
  desk.ledger.hold_cash(desk.at(cy), Cash(400'000));
  desk.request_and_grant();
  desk.assess();
  const auto collected = desk.events_of<SurchargeCollected>();
  REQUIRE(collected.size() == 3);
  CHECK(collected[0] == SurchargeCollected{cy, Year(2026), Cash(600'000), Cash(2'324'700)});
  CHECK(collected[2] == SurchargeCollected{eve, Year(2026), Cash(5'361'950), Cash(0)});
  CHECK(desk.cash(authority_account) == 600'000 + 5'361'950);
  CHECK(desk.cash(cy) == 400'000);
  CHECK(desk.registrar.debt(desk.at(cy)).surcharge == Cash(2'324'700));
}

TEST_CASE("debt: freezes selling until units bought to comply meet it; the protected half is not touched") {
  Examples desk;
  desk.assess();
  const AccountIndex debtor = desk.at(cy);
  CHECK(desk.registrar.debt(debtor).quantity == Quantity(18));
  CHECK(reached(desk.registrar.check_trading(debtor, Side::sell, desk.today())) ==
        Outcome{Reject::selling_frozen, static_cast<std::int64_t>(cy.raw()), 18});
  CHECK(desk.registrar.check_trading(debtor, Side::buy, desk.today()).accepted());
  desk.must(RunSurrender{Year(2026)});
  CHECK(desk.events_of<UnitsSurrendered>().empty());  // cy holds 582, the half that is left to it
  desk.move(ann, cy, pca27, 10);
  desk.must(RunSurrender{Year(2026)});
  CHECK(desk.events_of<UnitsSurrendered>() == std::vector{UnitsSurrendered{cy, pca27, Quantity(10), Year(2026)}});
  CHECK(desk.registrar.debt(debtor).quantity == Quantity(8));
  desk.move(ann, cy, pca27, 50);
  desk.must(DepositCash{BrokerId(1), cy, Cash(3'000'000), "s"});
  desk.must(RunSurrender{Year(2026)});
  CHECK(desk.units(cy, pca27) == 582 + 42);
  CHECK(desk.registrar.check_trading(debtor, Side::sell, desk.today()).accepted());
  CHECK(desk.registrar.debt(debtor).surcharge == Cash(0));
}

TEST_CASE("debt: is met after the next year's liability, and does not grow") {
  Examples desk;
  desk.assess();
  desk.must(SetCap{Year(2028), Quantity(5'000)});
  desk.must(ListInstrument{InstrumentId(6), "PCA-2028", InstrumentKind::allowance, Year(2028), {}, Price(8'000)});
  desk.on("2028-01-02");
  desk.must(RunAllocation{Year(2028)});
  desk.emit(cy, 2027, 575);  // of 582 left: 7 go to the debt of 18
  desk.on("2028-07-20");
  desk.must(AssessCompliance{Year(2027)});
  check_surrendered(desk.result(cy), 0, 0, 575, 0);
  check_penalty(desk.result(cy), 0, 11, 0);
  CHECK(desk.result(cy).status == ComplianceStatus::B);
  CHECK(desk.result(ann).status == ComplianceStatus::C);  // no figure for 2027
}

TEST_CASE("deduction: takes unreleased units first and shortens the schedule; what is missing becomes debt") {
  Examples desk;
  desk.on("2027-07-01");
  desk.must(ReleaseAllocation{Year(2027)});
  desk.on("2027-07-20");  // part 0 and two of 22: 626 released, 538 not
  CHECK(desk.registrar.unreleased(desk.at(dan), pca27) == Quantity(538));
  desk.move(cy, house2, pca27, 626);  // sold all it could
  desk.assess();
  CHECK(desk.result(cy).deducted == Quantity(538));
  CHECK(desk.result(cy).debt == Quantity(600 - 538));
  CHECK(desk.registrar.unreleased(desk.at(cy), pca27) == Quantity(0));
  CHECK(desk.result(dan).deducted == Quantity(18));
  CHECK(desk.registrar.unreleased(desk.at(dan), pca27) == Quantity(520));
  CHECK(desk.units(dan, pca27) - 520 == 626);
  desk.on("2027-07-22");
  CHECK(desk.registrar.unreleased(desk.at(dan), pca27) == Quantity(498));
}

TEST_CASE("surcharge price: the month's average, else the last day's before it, else the listed reference") {
  Desk desk;
  desk.must(RunAllocation{Year(2026)});
  desk.on("2027-01-02");
  desk.must(RunAllocation{Year(2027)});
  desk.emit(ann, 2026, 1'210);
  const auto surcharge = [](Desk& d) {
    d.on("2027-07-20");
    d.must(AssessCompliance{Year(2026)});
    return d.events_of<ComplianceAssessed>().at(0).surcharge.raw();
  };
  SUBCASE("no trade at all") {
    CHECK(surcharge(desk) == 10 * 8'000);
  }
  SUBCASE("trades outside the month only") {
    for (const auto& [day, price] : {std::pair{"2027-05-18", 7'000}, {"2027-05-19", 7'500}, {"2027-06-20", 9'999}})
      desk.registrar.note_trade(pca26, *parse_date(day), Quantity(10), Price(price) * Quantity(10), desk.at(bo),
                                desk.at(cy));
    CHECK(surcharge(desk) == 10 * 7'500);
  }
}

TEST_CASE("offsets: asked for by the entrusted broker, in the window, with eligible credits that are held") {
  Examples desk;
  CHECK(desk.ask(bo, 10, pca26) == Outcome{Reject::offset_not_credit, 2, 0});
  CHECK(desk.ask(bo, 10, dam26) == Outcome{Reject::project_not_eligible, 2, 0});
  CHECK(desk.ask(bo, 10, InstrumentId(9)).code == Reject::unknown_instrument);
  CHECK(desk.ask(bo, 0).code == Reject::amount_not_positive);
  CHECK(desk.ask(bo, 301) == Outcome{Reject::not_enough_units, 301, 300});
  CHECK(desk.ask(bo, 10, sun26, broker2).code == Reject::no_entrustment);
  CHECK(desk.send(RequestOffset{bo, Year(2030), sun26, Quantity(1)}, broker1) == Outcome{Reject::no_cap, 2030, 0});
  CHECK(desk.ask(account_number(150), 10).code == Reject::unknown_account);
  CHECK(desk.ask(bo, 10).accepted());
  CHECK(desk.ask(bo, 20).accepted());  // in its place
  desk.on("2027-06-10");
  CHECK(desk.send(GrantOffsets{Year(2026)}) ==
        Outcome{Reject::surrender_too_early, 2026, make_date(2027, 6, 11).raw()});
  CHECK(desk.ask(eve, 10).accepted());
  desk.on("2027-06-11");
  CHECK(desk.ask(eve, 20) == Outcome{Reject::offset_window, make_date(2027, 6, 11).raw(), 0});
  desk.must(GrantOffsets{Year(2026)});
  CHECK(desk.events_of<OffsetGranted>() ==
        std::vector{OffsetGranted{bo, Year(2026), sun26, Quantity(20), Quantity(20)},
                    OffsetGranted{eve, Year(2026), sun26, Quantity(10), Quantity(10)}});
  CHECK(desk.send(GrantOffsets{Year(2026)}) == Outcome{Reject::step_done, 2026, 0});
}

TEST_CASE("offsets: above the year's limit everybody gets a share, by largest remainder") {
  Examples desk;
  desk.must(ActivateRules{"v", "", {{"offset_total_kg", 100}}});
  desk.request_and_grant();  // countable 120, 0 and 199
  const auto granted = desk.events_of<OffsetGranted>();
  REQUIRE(granted.size() == 3);
  CHECK(granted[0].granted == Quantity(38));  // 37.6
  CHECK(granted[1].granted == Quantity(0));
  CHECK(granted[2].granted == Quantity(62));  // 62.4
}

TEST_CASE("offsets: credits sold after the grant are not surrendered") {
  Examples desk;
  desk.request_and_grant();
  desk.move(bo, house1, sun26, 250);
  desk.surrender();
  desk.assess();
  check_surrendered(desk.result(bo), 50, 100, 1'000, 55);
}

TEST_CASE("compliance: steps before their day, out of order or twice are refused") {
  Examples desk;
  CHECK(desk.send(RunSurrender{Year(2026)}) ==
        Outcome{Reject::surrender_too_early, 2026, make_date(2027, 6, 20).raw()});
  CHECK(desk.send(AssessCompliance{Year(2026)}) ==
        Outcome{Reject::surrender_too_early, 2026, make_date(2027, 7, 20).raw()});
  CHECK(desk.send(RunSurrender{Year(2031)}) == Outcome{Reject::no_cap, 2031, 0});
  REQUIRE(desk.ask(bo, 10).accepted());
  desk.on("2027-07-20");
  CHECK(desk.send(RunSurrender{Year(2026)}) == Outcome{Reject::no_offsets_granted, 2026, 0});
  CHECK(desk.send(AssessCompliance{Year(2026)}) == Outcome{Reject::no_offsets_granted, 2026, 0});
  CHECK(desk.send(AssessCompliance{Year(2025)}) == Outcome{Reject::no_allocation, 2025, 0});
  desk.must(GrantOffsets{Year(2026)});
  desk.must(AssessCompliance{Year(2026)});
  CHECK(desk.send(AssessCompliance{Year(2026)}) == Outcome{Reject::step_done, 2026, 0});
  desk.on("2028-07-20");
  CHECK(desk.send(AssessCompliance{Year(2027)}) == Outcome{Reject::no_allocation, 2028, 0});
}

TEST_CASE("compliance: a year is assessed after the year before it") {
  Desk desk;
  desk.must(SetCap{Year(2028), Quantity(5'000)});
  desk.must(ListInstrument{InstrumentId(6), "PCA-2028", InstrumentKind::allowance, Year(2028), {}, Price(8'000)});
  for (const std::int32_t year : {2026, 2027, 2028}) desk.must(RunAllocation{Year(year)});
  desk.on("2028-07-20");
  CHECK(desk.send(AssessCompliance{Year(2027)}) == Outcome{Reject::step_order, 2026, 3});
  desk.must(AssessCompliance{Year(2026)});
  CHECK(desk.send(RunSurrender{Year(2026)}) == Outcome{Reject::step_done, 2026, 0});  // nobody owes anything
  desk.must(AssessCompliance{Year(2027)});
}

TEST_CASE("compliance: after the assessment the year's records stand") {
  Examples desk;
  desk.must(record(ann, make_date(2026, 3, 1), make_date(2026, 3, 31), 5, 77), source1);
  desk.assess();
  CHECK(desk.send(record(ann, make_date(2026, 2, 1), make_date(2026, 2, 28), 5, 78), source1) ==
        Outcome{Reject::step_done, 2026, 0});
  CHECK(desk.send(ReverseEmission{EmissionId(1), "late"}, verifier1) == Outcome{Reject::step_done, 2026, 0});
  desk.must(VerifyEmissions{EmissionId(6), EmissionId(6)}, verifier1);
  CHECK(desk.events().empty());
}

TEST_CASE("compliance: a record reversed after the surrender leaves nothing short and gives nothing back") {
  Examples desk;
  desk.surrender();
  desk.must(ReverseEmission{EmissionId(1), "wrong meter"}, verifier1);
  CHECK(desk.registrar.outstanding_liability(desk.at(ann)) == Quantity(0));
  desk.assess();
  CHECK(desk.result(ann).shortfall == Quantity(0));
  CHECK(desk.units(ann, pca26) == 120);
}

}  // namespace
}  // namespace pace::test
