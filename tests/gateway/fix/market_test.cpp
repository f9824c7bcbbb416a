// Market data over a session with the real exchange: what the page's conversations do not show.
#include <doctest/doctest.h>

#include <map>

#include "tests/gateway/fix/fix_house.h"
#include "tests/gateway/fix/real_market.h"

namespace pace {
namespace {

struct Floor : HouseOver<RealMarket> {
  Floor() : alfa(port, "ALFA") {
    alfa.log_on("ann");
    REQUIRE(alfa.hear()[35] == "A");
  }
  void enter(const std::string& id, const std::string& who, Side side, std::int64_t kg, std::int64_t fen) {
    const Sender sender = who == "eve" ? test::broker2 : test::broker1;
    (void)exchange.submit({sender, ClientId(id.c_str()),
                           NewOrder{.principal = exchange.account(who),
                                    .instrument = test::allowance,
                                    .side = side,
                                    .price = Price(fen),
                                    .quantity = Quantity(kg)}});
  }
  void ask(const std::string& id, char wanted, const std::string& depth,
           const std::string& kinds = "267=2|269=0|269=1|", const std::string& symbols = "146=1|55=PCA-2026|") {
    alfa.say("V", "262=" + id + "|263=" + wanted + "|264=" + depth + "|265=1|" + kinds + symbols);
  }
  FixTalk alfa;
};

}  // namespace

TEST_CASE("fix market data: each fault of a request is named") {
  Floor floor;
  const auto rejected = [&](const char* reason) {
    const FixMessage answer = floor.alfa.hear();
    CHECK(answer[35] == "Y");
    CHECK(answer[281] == reason);
    CHECK_FALSE(answer[58].empty());
  };
  floor.ask("a", '1', "51");
  rejected("5");
  floor.ask("a", '1', "1", "267=1|269=3|");
  rejected("8");
  floor.ask("a", '1', "1", "267=1|269=0|", "146=2|55=PCA-2026|55=NONE|");
  rejected("0");
  floor.alfa.say("V", "262=a|263=1|264=1|265=0|267=1|269=0|146=1|55=PCA-2026|");
  rejected("6");
  floor.alfa.say("V", "262=a|263=1|264=1|265=1|266=N|267=1|269=0|146=1|55=PCA-2026|");
  rejected("7");
  floor.ask("a", '2', "1");
  rejected("");
  floor.ask("a", '1', "1");
  CHECK(floor.alfa.hear()[35] == "W");
  floor.ask("a", '1', "1");
  rejected("1");
  for (int i = 1; i < 64; ++i) {
    floor.ask("b" + std::to_string(i), '1', "1");
    CHECK(floor.alfa.hear()[35] == "W");
  }
  floor.ask("one-too-many", '1', "1");
  rejected("2");
  floor.alfa.say("V", "262=" + std::string(65, 'x') + "|263=0|264=1|267=1|269=0|146=1|55=PCA-2026|");
  CHECK(floor.alfa.hear()[35] == "j");
}

TEST_CASE("fix market data: requests end with the connection") {
  Floor floor;
  floor.ask("a", '1', "0");
  CHECK(floor.alfa.hear()[35] == "W");
  {
    FixTalk beta(floor.port, "BETA");
    beta.log_on("bob");
    REQUIRE(beta.hear()[35] == "A");
    beta.say("V", "262=a|263=1|264=0|265=1|267=1|269=0|146=1|55=PCA-2026|");
    CHECK(beta.hear()[35] == "W");
  }
  REQUIRE(floor.logged("(BETA) left"));
  floor.enter("e1", "bo", Side::buy, 20, 7900);
  CHECK(floor.alfa.hear()[150] == "0");
  CHECK(floor.alfa.hear()[35] == "X");
  FixTalk beta(floor.port, "BETA");
  beta.number = 3;
  beta.log_on("bob");
  REQUIRE(beta.hear()[35] == "A");
  floor.enter("e2", "bo", Side::buy, 20, 7901);
  CHECK(floor.alfa.hear()[150] == "0");
  CHECK(floor.alfa.hear()[35] == "X");
  CHECK(beta.quiet(100));
}

TEST_CASE("fix market data: who does not read is passed over, and told anew when it reads again") {
  Floor floor;
  int orders = 0;
  for (const char* who : {"ann", "bo", "cy", "dan", "fay"})
    for (int i = 0; i < 100; ++i, ++orders)
      floor.enter("o" + std::to_string(orders), who, Side::buy, 10, 7300 + orders);
  FixTalk slow(floor.port, "BETA");
  slow.log_on("bob");
  REQUIRE(slow.hear()[35] == "A");
  slow.say("V", "262=stay|263=1|264=0|265=1|267=2|269=0|269=1|146=1|55=PCA-2026|");
  REQUIRE(slow.hear()[35] == "W");
  // Turn by turn, so that more is said than the two systems' buffers hold, however fast the gateway is.
  constexpr int asked = 1500, at_once = 100;
  std::uint64_t said = 3;  // two Logons and a request
  for (int i = 0; i < asked; ++i, ++said) {
    slow.say("V", "262=q" + std::to_string(i) + "|263=0|264=0|267=1|269=0|146=1|55=PCA-2026|");
    if (i % at_once == at_once - 1) floor.heard(said + 1);
  }
  floor.alfa.say("1", "112=there|");  // turns go on for others meanwhile
  CHECK(floor.alfa.hear_type("0")[112] == "there");
  floor.enter("late", "ann", Side::buy, 10, 7999);
  std::map<std::string, int> heard;
  FixMessage anew;
  for (FixMessage message = slow.hear(); message; message = slow.hear(1000)) {
    ++heard[message[35]];
    if (message[262] == "stay") anew = message;
  }
  CHECK(heard["W"] + heard["Y"] == asked + 1);
  CHECK(heard["Y"] > 0);
  CHECK(heard["X"] == 0);
  REQUIRE(anew);
  CHECK(anew[58].find("left out") != std::string::npos);
  floor.enter("later", "ann", Side::buy, 10, 8000);
  CHECK(slow.hear()[35] == "X");
}

TEST_CASE("fix questions: a list of many orders is whole, and numbered to its end") {
  Floor floor;
  constexpr int orders = 300;
  const char* const who[] = {"ann", "bo", "ann", "cy"};
  for (int i = 0; i < orders; ++i)
    floor.enter("o" + std::to_string(i), who[i % 4], i % 4 == 2 ? Side::sell : Side::buy, 10,
                i % 4 == 2 ? 8700 : 7300 + i);
  for (int i = 0; i < orders; ++i) REQUIRE(floor.alfa.hear()[150] == "0");
  floor.alfa.say("AF", "584=all|585=8|453=1|448=30168|447=D|452=3|");
  for (int i = 1; i <= orders / 2; ++i) {
    const FixMessage report = floor.alfa.hear();
    REQUIRE(report[150] == "I");
    CHECK(report[584] == "all");
    CHECK(report[911] == std::to_string(orders / 2));
    CHECK(report[912] == (i == orders / 2 ? "Y" : "N"));
    CHECK(report[448] == "30168");
  }
  CHECK(floor.alfa.quiet(50));
}

TEST_CASE("fix questions: none of them is a command, and hostile ones change nothing") {
  Floor floor;
  const Sequence before = floor.exchange.released();
  floor.alfa.say("AN", "710=" + std::string(65, 'n') + "|724=0|");
  CHECK(floor.alfa.hear()[35] == "j");
  floor.alfa.say("AN", "710=n|724=0|453=1|448=99999999999999999999999|447=D|452=3|");
  CHECK(floor.alfa.hear()[35] == "j");
  floor.alfa.say("BB", "909=n|453=1|448=12345|447=D|452=3|");
  CHECK(floor.alfa.hear()[35] == "BG");
  floor.alfa.say("AF", "584=n|585=1|55=NONE|");
  CHECK(floor.alfa.hear()[35] == "j");
  floor.alfa.say("AF", "584=n|585=7|55=PCA-2026|");
  CHECK(floor.alfa.hear()[35] == "j");
  floor.alfa.say("e", "324=|55=PCA-2026|263=1|");
  CHECK(floor.alfa.hear()[35] == "3");
  floor.alfa.say("E", "66=list|394=1|68=1|");
  const FixMessage unknown = floor.alfa.hear();
  CHECK(unknown[35] == "3");
  CHECK(unknown[373] == "11");
  CHECK(floor.exchange.released() == before);
}

}  // namespace pace
