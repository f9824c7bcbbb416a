// A member's own account that trades with one of its principals is flagged to it (docs/decisions/0020): LastCapacity
// (29) on the wire, with the real exchange behind it.
#include <doctest/doctest.h>

#include "tests/gateway/fix/fix_house.h"
#include "tests/gateway/fix/real_market.h"

namespace pace {
namespace {

struct Session : HouseOver<RealMarket> {
  Session() : alfa(port, "ALFA") {
    alfa.log_on("ann");
    REQUIRE(alfa.hear()[35] == "A");
  }
  std::string order(const std::string& id, const std::string& whose, const std::string& side) {
    return "11=" + id + "|" + whose + "55=PHCER-SUN-2026|54=" + side + "|60=" + fix_now() + "|38=20|40=2|44=80.00|";
  }
  std::string principal(const char* who) {
    return "453=1|448=" + std::to_string(exchange.account(who).raw()) + "|447=D|452=3|";
  }
  void accepted(const std::string& fields) {
    alfa.say("D", fields);
    CHECK(alfa.hear()[150] == "0");
  }
  void heard(const char* exec_type, const std::string& capacity) {
    const FixMessage report = alfa.hear();
    CHECK(report[35] == "8");
    CHECK(report[150] == exec_type);
    CHECK(report[29] == capacity);
  }
  FixTalk alfa;
};

}  // namespace

TEST_CASE("fix order: a member's own account against its principal is a cross as principal, also when it is undone") {
  Session session;
  session.accepted(session.order("s1", session.principal("ann"), "2"));
  session.accepted(session.order("b1", "528=P|", "1"));
  session.heard("F", "3");
  session.heard("F", "3");
  session.exchange.must(test::authority, BreakTrade{TradeId(1), "error"});
  session.heard("H", "3");
  session.heard("H", "3");
}

TEST_CASE("fix order: neither two principals of a member nor its principal and another member's are a cross") {
  Session session;
  session.accepted(session.order("s1", session.principal("ann"), "2"));
  session.accepted(session.order("b1", session.principal("bo"), "1"));
  session.heard("F", "");
  session.heard("F", "");
  session.accepted(session.order("s2", session.principal("ann"), "2"));
  session.exchange.must(test::broker2, NewOrder{.principal = session.exchange.account("house2"),
                                                .instrument = test::credit,
                                                .side = Side::buy,
                                                .price = Price(8000),
                                                .quantity = Quantity(20)});
  session.heard("F", "");
}

}  // namespace pace
