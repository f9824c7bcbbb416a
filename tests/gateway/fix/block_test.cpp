// Block trades over sessions with the real exchange: what the page's conversations do not show.
#include <doctest/doctest.h>

#include "tests/gateway/fix/fix_house.h"
#include "tests/gateway/fix/real_market.h"

namespace pace {
namespace {

struct Deal : HouseOver<RealMarket> {
  Deal() {
    exchange.must(test::authority, ActivateRules{"2", "", {{"block_minimum_kg", 100}}});
    alfa.emplace(port, "ALFA");
    alfa->log_on("ann");
    REQUIRE(alfa->hear()[35] == "A");
  }
  std::string terms(const std::string& kg,
                    const std::string& side = "552=1|54=2|453=2|448=30168|447=D|452=3|448=BETA|447=D|452=17|") {
    return "487=0|828=1|570=N|55=PCA-2026|31=60.00|32=" + kg + "|60=" + fix_now() + "|820=D|" + side;
  }
  std::optional<FixTalk> alfa;
};

}  // namespace

TEST_CASE("fix block: what is no report of one's own side is refused with the reason") {
  Deal deal;
  const auto refused = [&](const std::string& fields, const char* part) {
    deal.alfa->say("AE", fields);
    const FixMessage answer = deal.alfa->hear();
    CHECK(answer[35] == "j");
    CHECK(answer[379] == "k");
    CHECK_MESSAGE(answer[58].find(part) != std::string::npos, answer[58]);
  };
  refused("571=k|" + deal.terms("300", ""), "NoSides (552) is 1");
  refused("571=k|" + deal.terms("300", "552=1|54=2|453=1|448=BETA|447=D|452=17|"), "names its principal");
  refused("571=k|" + deal.terms("300", "552=1|54=2|453=1|448=30168|447=D|452=3|"), "the other member");
  refused("571=k|" + deal.terms("300", "552=1|54=2|453=2|448=30168|447=D|452=3|448=ZZ|447=D|452=17|"),
          "\"ZZ\" is none");
  refused("571=k|" + deal.terms("3.5"), "whole kilograms");
  refused("571=k|487=1|", "SecondaryTradeReportRefID (881)");
  refused("571=k|487=0|55=PCA-2026|31=60.00|32=300|", "TradeLinkID (820)");
}

TEST_CASE("fix block: a report that finds no match ends with the day, and is told; a kill in between changes nothing") {
  Deal deal;
  const std::string terms = deal.terms("300");
  deal.alfa->say("AE", "571=k1|" + terms);
  const FixMessage stands = deal.alfa->hear();
  CHECK(stands[35] == "AR");
  CHECK(stands[939] == "0");
  deal.alfa->say("AE", "571=k1|" + terms);
  const FixMessage repeated = deal.alfa->hear();
  CHECK(repeated[35] == "AR");
  CHECK(repeated[150] == "I");
  CHECK(repeated[939] == "0");
  CHECK(repeated[58].find("repeated") != std::string::npos);
  deal.alfa.reset();
  deal.kill();
  deal.open();
  deal.exchange.until("15:30");
  deal.alfa.emplace(deal.port, "ALFA");
  deal.alfa->number = 4;
  deal.alfa->log_on("ann");
  REQUIRE(deal.alfa->hear()[35] == "A");
  deal.alfa->say("2", "7=4|16=0|");
  const FixMessage gone = deal.alfa->hear_type("AR");
  CHECK(gone[43] == "Y");
  CHECK(gone[487] == "1");
  CHECK(gone[572] == "k1");
  CHECK(gone[818] == stands[818]);
  CHECK(gone[58] == "end_of_day");
}

TEST_CASE("fix block: one that the authority undoes comes as a cancelled trade") {
  Deal deal;
  deal.alfa->say("AE", "571=k1|" + deal.terms("300"));
  CHECK(deal.alfa->hear()[35] == "AR");
  deal.exchange.must(test::broker2, ReportBlock{deal.exchange.account("eve"), test::allowance, Side::buy, Price(6000),
                                                Quantity(300), BrokerId(1), "D"});
  const FixMessage traded = deal.alfa->hear();
  CHECK(traded[35] == "AE");
  CHECK(traded[150] == "F");
  CHECK(traded[448] == "30168");
  deal.exchange.must(test::authority, BreakTrade{TradeId(std::stoull(traded[527])), "error"});
  const FixMessage broken = deal.alfa->hear();
  CHECK(broken[35] == "AE");
  CHECK(broken[150] == "H");
  CHECK(broken[856] == "7");
  CHECK(broken[19] == traded[527]);
  CHECK(broken[54] == "2");
  CHECK(broken[32] == "300");
}

}  // namespace pace
