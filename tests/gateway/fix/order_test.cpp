#include <doctest/doctest.h>

#include "tests/gateway/fix/fix_house.h"

namespace pace {
namespace {

const std::string client = "453=1|448=101|447=D|452=3|";

std::string order(const std::string& id, const std::string& side, const std::string& quantity,
                  const std::string& price) {
  return "11=" + id + "|" + client + "55=PCA-2026|54=" + side + "|60=" + fix_now() + "|38=" + quantity +
         "|40=2|44=" + price + "|";
}

struct Desk : FixHouse {
  explicit Desk(std::function<void(FixOptions&)> adjust = {}) : FixHouse(std::move(adjust)), ann(port, "ANN") {
    ann.log_on();
    REQUIRE(ann.hear()[35] == "A");
  }
  FixTalk ann;
};

}  // namespace

TEST_CASE("fix order: accepted, filled in two parts, and reported exactly") {
  Desk desk;
  desk.ann.say("D", order("a1", "1", "300", "97.49"));
  const FixMessage accepted = desk.ann.hear();
  CHECK(accepted[35] == "8");
  CHECK(accepted[150] == "0");
  CHECK(accepted[39] == "0");
  CHECK(accepted[11] == "a1");
  CHECK(accepted[44] == "97.49");
  CHECK(accepted[38] == "300");
  CHECK(accepted[151] == "300");
  CHECK(accepted[14] == "0");
  CHECK(accepted[448] == "101");
  CHECK(accepted[528] == "A");
  CHECK(accepted[17] == "4-1");
  CHECK(accepted[60] == "20260915-01:30:00.004");

  FixTalk bob(desk.port, "BOB");
  bob.log_on("bob");
  REQUIRE(bob.hear()[35] == "A");
  bob.say("D", order("b1", "2", "100", "97.49"));
  CHECK(bob.hear()[150] == "0");
  const FixMessage sold = bob.hear();
  CHECK(sold[150] == "F");
  CHECK(sold[39] == "2");
  const FixMessage bought = desk.ann.hear();
  CHECK(bought[150] == "F");
  CHECK(bought[39] == "1");
  CHECK(bought[31] == "97.49");
  CHECK(bought[32] == "100");
  CHECK(bought[14] == "100");
  CHECK(bought[151] == "200");
  CHECK(bought[6] == "97.49");
  CHECK(bought[137] == "0.00125");
  CHECK(bought[527] == sold[527]);
  CHECK(bought[17] != sold[17]);
}

TEST_CASE("fix order: own account, iceberg, post only, time in force come through") {
  Desk desk;
  desk.ann.say("D",
               "11=own|528=P|18=6|111=20|55=PCA-2026|54=2|60=" + fix_now() + "|38=50|40=2|44=80.00|59=1|432=20261231|");
  const FixMessage report = desk.ann.hear();
  CHECK(report[150] == "0");
  CHECK(report[528] == "P");
  CHECK(report[448] == "999");
  CHECK(report[111] == "20");
  CHECK(report[59] == "1");
}

TEST_CASE("fix order: the trader is reported with the order until another replaces it") {
  Desk desk;
  const auto parties = [](const std::string& trader) {
    return "453=2|448=101|447=D|452=3|448=" + trader + "|447=D|452=11|";
  };
  const std::string terms = "55=PCA-2026|54=2|60=" + fix_now() + "|";
  const auto trader = [&] {
    const FixMessage report = desk.ann.hear();
    const auto& fields = report.fields();
    const auto role = std::find(fields.begin(), fields.end(), std::pair<int, std::string>{452, "11"});
    return role == fields.end() ? std::string() : (role - 2)->second;
  };
  desk.ann.say("D", "11=t1|" + parties("T17") + terms + "38=10|40=2|44=80.00|");
  CHECK(trader() == "T17");
  desk.ann.say("G", "41=t1|11=t2|" + client + terms + "38=12|40=2|44=80.00|");
  CHECK(trader() == "T17");
  desk.ann.say("G", "41=t2|11=t3|" + parties("T18") + terms + "38=11|40=2|44=80.00|");
  CHECK(trader() == "T18");
  desk.ann.say("D", "11=t4|" + parties("T19") + terms + "38=13|40=2|44=80.00|");
  CHECK(trader() == "T19");  // of a refused order, too
  desk.ann.say("F", "41=t3|11=t5|" + parties("T20") + terms);
  CHECK(trader() == "T18");
  desk.ann.say("D", "11=t6|453=1|448=T21|447=D|452=11|55=PCA-2026|54=2|60=" + fix_now() +
                        "|38=10|40=2|44=80.00|78=2|79=101|80=6|79=202|80=4|");
  CHECK(trader() == "T21");
}

TEST_CASE("fix order: a reject names rule, value and limit") {
  Desk desk;
  desk.ann.say("D", order("bad", "1", "13", "80.00"));
  const FixMessage report = desk.ann.hear();
  CHECK(report[35] == "8");
  CHECK(report[150] == "8");
  CHECK(report[39] == "8");
  CHECK(report[37] == "NONE");
  CHECK(report[103] == "3");
  CHECK(report[58] == "quantity 13 kg is above the maximum of 12 kg per order (quantity_above_maximum, Rulebook 7)");
  desk.ann.say("D", "11=none|528=P|55=PCA-1999|54=1|60=" + fix_now() + "|38=20|40=2|44=80.00|");
  const FixMessage unknown = desk.ann.hear();
  CHECK(unknown[103] == "1");
  CHECK(unknown[55] == "[N/A]");
}

TEST_CASE("fix order: what cannot become a command is answered with a reason") {
  Desk desk;
  const auto refused = [&](const std::string& fields) {
    desk.ann.say("D", fields);
    const FixMessage answer = desk.ann.hear();
    CHECK(answer[35] == "j");
    CHECK(answer[45] == std::to_string(desk.ann.number - 1));
    return answer[58];
  };
  CHECK(refused(order("p1", "1", "20", "80")).find("exactly two decimals") != std::string::npos);
  CHECK(refused(order("p2", "1", "20", "80.001")).find("exactly two decimals") != std::string::npos);
  CHECK(refused(order("q1", "1", "20.5", "80.00")).find("whole kilograms") != std::string::npos);
  CHECK(refused(order("an-id-longer-than-20-x", "1", "20", "80.00")).find("1 to 20 printable") != std::string::npos);
  CHECK(refused("11=c|55=PCA-2026|54=1|60=" + fix_now() + "|38=20|40=2|44=80.00|").find("names its principal") !=
        std::string::npos);
  CHECK(refused("11=l|" + client + "55=PCA-2026|54=1|60=" + fix_now() + "|38=20|40=2|").find("needs Price") !=
        std::string::npos);
  const auto said = [](const std::string& text, const char* part) {
    CHECK_MESSAGE(text.find(part) != std::string::npos, text);
  };
  const std::string terms = "55=PCA-2026|54=1|60=" + fix_now() + "|40=2|44=80.00|";
  const std::string split = "78=2|79=101|80=30|79=202|80=20|";
  said(refused("11=t|453=1|448=7|447=D|452=12|38=20|" + terms), "PartyRole (452) \"12\" is not kept");
  said(refused("11=tt|453=1|448=T17|447=D|452=11|38=20|" + terms), "names its principal");
  said(refused("11=tu|453=2|448=101|447=D|452=3|448=JANE DOE 2|447=D|452=11|38=20|" + terms), "1 to 8 printable");
  said(refused("11=tv|453=3|448=101|447=D|452=3|448=A|447=D|452=11|448=B|447=D|452=11|38=20|" + terms),
       "only one party");
  said(refused("11=tw|" + client + "8001=ann|38=20|" + terms), "EntrustmentID (8001) must be a number");
  said(refused("11=u|453=2|448=101|447=D|452=3|448=102|447=D|452=3|38=20|" + terms), "only one party");
  said(refused("11=m|" + client + "38=20|55=PCA-2026|54=1|60=" + fix_now() + "|40=1|44=80.00|"), "no Price (44)");
  said(refused("11=v|" + split + "38=51|" + terms), "the sum of the shares, 50 kg");
  said(refused("11=w|" + client + split + "38=50|" + terms), "in NoAllocs (78) alone");
  said(refused("11=x|528=P|" + split + "38=50|" + terms), "never the member's own");
  said(refused("11=y|78=1|79=ann|80=50|38=50|" + terms), "AllocAccount (79) must be a number");
  said(refused("11=z|78=10|" +
               [] {
                 std::string shares;
                 for (int i = 0; i < 10; ++i) shares += "79=101|80=999999999999999|";
                 return shares;
               }() +
               "38=20|" + terms),
       "OrderQty (38) must be the sum");
  CHECK(desk.exchange.submitted == 3);  // the commands of the set-up alone
  desk.ann.say("D", "11=s|" + client + "54=1|60=" + fix_now() + "|38=20|40=2|44=80.00|");
  const FixMessage missing = desk.ann.hear();
  CHECK(missing[35] == "3");
  CHECK(missing[371] == "55");
}

TEST_CASE("fix order: a pool of ten thousand principals is one message") {
  Desk desk;
  std::string split = "78=10000|";
  for (int i = 0; i < 10'000; ++i) split += "79=" + std::to_string(30'000'000 + i) + "|80=1000|";
  desk.ann.say("D", "11=pool|" + split + "55=PCA-2026|54=1|60=" + fix_now() + "|38=10000000|40=2|44=80.00|");
  const FixMessage refused = desk.ann.hear();
  CHECK(refused[150] == "8");
  CHECK(refused[38] == "10000000");
  CHECK(refused[591] == "0");
  CHECK(refused[58].find("names 10000") != std::string::npos);
}

TEST_CASE("fix order: a full queue says so, and the same ClOrdID can be sent again") {
  Desk desk;
  desk.exchange.busy = true;
  desk.ann.say("D", order("a1", "1", "20", "80.00"));
  const FixMessage busy = desk.ann.hear();
  CHECK(busy[35] == "j");
  CHECK(busy[380] == "4");
  CHECK(busy[379] == "a1");
  CHECK(busy[58].find("send again") != std::string::npos);
  desk.exchange.busy = false;
  desk.ann.say("D", order("a1", "1", "20", "80.00"));
  CHECK(desk.ann.hear()[150] == "0");
}

TEST_CASE("fix order: cancel, replace, and their refusals") {
  Desk desk;
  desk.ann.say("D", order("a1", "1", "100", "80.00"));
  const std::string id = desk.ann.hear()[37];
  desk.ann.say("G", "41=a1|11=a2|55=PCA-2026|54=1|60=" + fix_now() + "|38=60|40=2|44=81.00|");
  const FixMessage replaced = desk.ann.hear();
  CHECK(replaced[150] == "5");
  CHECK(replaced[39] == "0");
  CHECK(replaced[11] == "a2");
  CHECK(replaced[41] == "a1");
  CHECK(replaced[37] == id);
  CHECK(replaced[38] == "60");
  CHECK(replaced[44] == "81.00");
  desk.ann.say("F", "41=a2|11=a3|55=PCA-2026|54=1|60=" + fix_now() + "|");
  const FixMessage cancelled = desk.ann.hear();
  CHECK(cancelled[150] == "4");
  CHECK(cancelled[39] == "4");
  CHECK(cancelled[11] == "a3");
  CHECK(cancelled[41] == "a2");
  CHECK(cancelled[151] == "0");
  desk.ann.say("F", "41=a2|11=a4|55=PCA-2026|54=1|60=" + fix_now() + "|");
  const FixMessage late = desk.ann.hear();
  CHECK(late[35] == "9");
  CHECK(late[434] == "1");
  CHECK(late[102] == "1");
  CHECK(late[39] == "4");
  CHECK(late[37] == id);
  desk.ann.say("G", "41=zzz|11=a5|55=PCA-2026|54=1|60=" + fix_now() + "|38=60|40=2|44=81.00|");
  const FixMessage unknown = desk.ann.hear();
  CHECK(unknown[434] == "2");
  CHECK(unknown[37] == "NONE");
  CHECK(unknown[39] == "8");
}

TEST_CASE("fix order: mass cancel reports each order and then the count") {
  Desk desk;
  desk.ann.say("D", order("a1", "1", "100", "80.00"));
  desk.ann.say("D", order("a2", "1", "100", "79.00"));
  desk.ann.hear();
  desk.ann.hear();
  desk.ann.say("q", "11=m0|530=7|55=PCA-2026|60=" + fix_now() + "|");
  CHECK(desk.ann.hear()[58].find("7 is for all symbols") != std::string::npos);
  desk.ann.say("q", "11=m1|530=7|60=" + fix_now() + "|");
  CHECK(desk.ann.hear()[58] == "mass_cancel");
  CHECK(desk.ann.hear()[150] == "4");
  const FixMessage summary = desk.ann.hear();
  CHECK(summary[35] == "r");
  CHECK(summary[531] == "7");
  CHECK(summary[533] == "2");
  CHECK(summary[11] == "m1");
}

TEST_CASE("fix order: status of an open, an ended and an unknown order") {
  Desk desk;
  desk.ann.say("D", order("a1", "1", "100", "80.00"));
  desk.ann.hear();
  const auto status = [&](const std::string& id) {
    desk.ann.say("H", "11=" + id + "|790=ask|55=PCA-2026|54=1|");
    return desk.ann.hear();
  };
  const FixMessage open = status("a1");
  CHECK(open[150] == "I");
  CHECK(open[39] == "0");
  CHECK(open[790] == "ask");
  CHECK(open[151] == "100");
  CHECK(status("nope")[39] == "8");
  desk.ann.say("F", "41=a1|11=a2|55=PCA-2026|54=1|60=" + fix_now() + "|");
  desk.ann.hear();
  CHECK(status("a1")[39] == "4");
}

TEST_CASE("fix order: sent again with PossResend or by mistake, it is answered with its state and not entered twice") {
  Desk desk;
  const std::string fields = order("a1", "1", "100", "80.00");
  desk.ann.say("D", fields);
  desk.ann.hear();
  desk.ann.say("D", fields, "97=Y|");
  const FixMessage resent = desk.ann.hear();
  CHECK(resent[150] == "I");
  CHECK(resent[11] == "a1");
  desk.ann.say("D", fields);
  const FixMessage repeated = desk.ann.hear();
  CHECK(repeated[150] == "I");
  CHECK(repeated[58].find("repeated") != std::string::npos);
}

}  // namespace pace
