#include <doctest/doctest.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>

#include "tests/gateway/fix/fix_house.h"

namespace pace {
namespace {

std::string order(const std::string& id, const std::string& side = "1", const std::string& quantity = "100") {
  return "11=" + id + "|453=1|448=101|447=D|452=3|55=PCA-2026|54=" + side + "|60=" + fix_now() + "|38=" + quantity +
         "|40=2|44=80.00|";
}

}  // namespace

TEST_CASE("fix resend: reports come again with PossDup, session messages as a gap fill") {
  FixHouse house;
  FixTalk ann(house.port, "ANN");
  ann.log_on();
  ann.hear();
  ann.say("D", order("a1"));
  ann.hear();
  ann.say("1", "112=x|");
  ann.hear();
  ann.say("D", order("a2"));
  ann.hear();
  ann.say("2", "7=1|16=0|");
  const FixMessage first = ann.hear();
  CHECK(first[35] == "4");
  CHECK(first[123] == "Y");
  CHECK(first[34] == "1");
  CHECK(first[36] == "2");
  const FixMessage a1 = ann.hear();
  CHECK(a1[35] == "8");
  CHECK(a1[34] == "2");
  CHECK(a1[43] == "Y");
  CHECK(a1[11] == "a1");
  CHECK(a1[448] == "101");
  CHECK(ann.hear()[36] == "4");
  CHECK(ann.hear()[11] == "a2");
  CHECK(ann.quiet());
}

TEST_CASE("fix gap: a number too high is asked for again, then everything is taken in order") {
  FixHouse house;
  FixTalk ann(house.port, "ANN");
  ann.log_on();
  ann.hear();
  const std::string missed = order("a1");
  ann.number = 3;
  ann.say("D", order("a2"));
  const FixMessage ask = ann.hear();
  CHECK(ask[35] == "2");
  CHECK(ask[7] == "2");
  ann.raw(ann.text("D", missed, 2, "43=Y|122=" + fix_now() + "|"));
  CHECK(ann.hear()[11] == "a1");
  CHECK(ann.hear()[11] == "a2");
}

TEST_CASE("fix gap: who never fills a gap cannot make the gateway keep messages without end") {
  FixHouse house;
  FixTalk ann(house.port, "ANN");
  ann.log_on();
  ann.hear();
  ann.number = 3;
  ann.say("D", order("ahead"));
  CHECK(ann.hear()[35] == "2");
  ann.number = 20'000;
  ann.say("D", order("far"));
  CHECK(ann.hung_up());
}

TEST_CASE("fix kill: numbers go on, no report is lost or doubled, and the order's sums are right") {
  FixHouse house([](FixOptions& options) { options.snapshot_every = 2; });
  {
    FixTalk ann(house.port, "ANN");
    ann.log_on();
    ann.hear();
    ann.say("D", order("a1", "1", "300"));
    REQUIRE(ann.hear()[34] == "2");
    FixTalk bob(house.port, "BOB");
    bob.log_on("bob");
    bob.hear();
    bob.say("D", order("b1", "2", "100"));
    REQUIRE(ann.hear()[150] == "F");
    house.kill();
  }
  // While the gateway is down, the exchange goes on: bob trades with ann again.
  house.exchange.put({{Role::broker, 2},
                      "b2",
                      NewOrder{.principal = AccountId(101),
                               .instrument = InstrumentId(1),
                               .side = Side::sell,
                               .price = Price(8000),
                               .quantity = Quantity(50)}});
  house.open();
  FixTalk ann(house.port, "ANN");
  ann.number = 3;
  ann.log_on();
  const FixMessage logon = ann.hear();
  CHECK(logon[35] == "A");
  CHECK(logon[34] == "5");  // 1 logon, 2 new, 3 fill, 4 the fill of the night
  ann.say("2", "7=4|16=0|");
  const FixMessage fill = ann.hear();
  CHECK(fill[35] == "8");
  CHECK(fill[34] == "4");
  CHECK(fill[43] == "Y");
  CHECK(fill[150] == "F");
  CHECK(fill[32] == "50");
  CHECK(fill[14] == "150");
  CHECK(fill[151] == "150");
  CHECK(fill[6] == "80.00");
  CHECK(ann.hear()[35] == "4");
  CHECK(ann.quiet());
}

TEST_CASE("fix kill: an order that was not durable is asked for again; one that was is not entered twice") {
  FixHouse house;
  std::string first, second;
  {
    FixTalk ann(house.port, "ANN");
    ann.log_on();
    ann.hear();
    first = order("a1");
    second = order("a2");
    ann.say("D", first);
    REQUIRE(ann.hear()[11] == "a1");
    house.exchange.durable = false;
    ann.say("D", second);
    for (int i = 0; i < 100 && house.exchange.submitted < 5; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    REQUIRE(house.exchange.submitted == 5);
    house.kill();
    house.exchange.durable = true;
  }
  house.open();
  FixTalk ann(house.port, "ANN");
  ann.number = 4;
  ann.log_on();
  const FixMessage logon = ann.hear();
  CHECK(logon[35] == "A");
  CHECK(logon[34] == "3");
  const FixMessage ask = ann.hear();
  CHECK(ask[35] == "2");
  CHECK(ask[7] == "3");
  ann.raw(ann.text("D", second, 3, "43=Y|122=" + fix_now() + "|"));
  ann.raw(ann.text("4", "123=Y|36=5|", 4, "43=Y|122=" + fix_now() + "|"));
  const FixMessage report = ann.hear();
  CHECK(report[11] == "a2");
  CHECK(report[150] == "0");
  ann.number = 5;
  ann.say("1", "112=end|");
  CHECK(ann.hear()[112] == "end");
  CHECK(ann.quiet());
}

TEST_CASE("fix kill: an order durable before its number was written comes again and is met with silence") {
  FixHouse house;
  std::string first;
  {
    FixTalk ann(house.port, "ANN");
    ann.log_on();
    ann.hear();
    first = order("a1");
    ann.say("D", first);
    REQUIRE(ann.hear()[11] == "a1");
    house.kill();
  }
  // Wind the expected number back by hand: the last record of the session's file says 3.
  const auto file = house.directory / "1" / "00000001.log";
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 13);
  house.open();
  FixTalk ann(house.port, "ANN");
  ann.number = 3;
  ann.log_on();
  CHECK(ann.hear()[35] == "A");
  const FixMessage ask = ann.hear();
  REQUIRE(ask[35] == "2");
  CHECK(ask[7] == "2");
  ann.raw(ann.text("D", first, 2, "43=Y|122=" + fix_now() + "|"));
  ann.raw(ann.text("4", "123=Y|36=4|", 3, "43=Y|122=" + fix_now() + "|"));
  ann.number = 4;
  ann.say("1", "112=end|");
  CHECK(ann.hear()[112] == "end");
  CHECK(ann.quiet());
}

TEST_CASE("fix kill: without the snapshot the state comes from the whole feed, and reports are still made once") {
  FixHouse house([](FixOptions& options) { options.snapshot_every = 1; });
  {
    FixTalk ann(house.port, "ANN");
    ann.log_on();
    ann.hear();
    ann.say("D", order("a1"));
    ann.hear();
    house.kill();
  }
  std::ofstream(house.directory / "orders.snapshot") << "not a snapshot";
  house.open();
  CHECK(house.logged("snapshot cannot be used"));
  FixTalk ann(house.port, "ANN");
  ann.number = 3;
  ann.log_on();
  CHECK(ann.hear()[34] == "3");
  ann.say("H", "11=a1|55=PCA-2026|54=1|");
  CHECK(ann.hear()[151] == "100");
}

TEST_CASE("fix disk: when the store takes no more, brokers are cut off; with room again, nothing is missing") {
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit limit{};
  getrlimit(RLIMIT_FSIZE, &limit);
  const rlimit before = limit;
  FixHouse house;
  FixTalk ann(house.port, "ANN");
  ann.log_on();
  REQUIRE(ann.hear()[35] == "A");
  limit.rlim_cur = 2048;
  setrlimit(RLIMIT_FSIZE, &limit);
  int heard = 0;
  for (; heard < 50; ++heard) {
    ann.say("D", order("a" + std::to_string(heard)));
    if (!ann.hear()) break;
  }
  setrlimit(RLIMIT_FSIZE, &before);
  CHECK(heard > 0);
  CHECK(heard < 50);
  CHECK(ann.hung_up());
  REQUIRE(house.logged("can be written again"));
  FixTalk again(house.port, "ANN");
  again.number = ann.number;
  again.log_on();
  const FixMessage logon = again.hear();
  REQUIRE(logon[35] == "A");
  CHECK(logon[34] == std::to_string(heard + 3));  // the first logon, what was heard, the one that was not
  again.say("2", "7=" + std::to_string(heard + 2) + "|16=" + std::to_string(heard + 2) + "|");
  const FixMessage missed = again.hear();
  CHECK(missed[11] == "a" + std::to_string(heard));
  CHECK(missed[43] == "Y");
}

TEST_CASE("fix reset: ResetSeqNumFlag starts both numbers at one and brings no report twice") {
  FixHouse house;
  {
    FixTalk ann(house.port, "ANN");
    ann.log_on();
    ann.hear();
    ann.say("D", order("a1"));
    ann.hear();
    ann.say("5", "");
    CHECK(ann.hung_up());
  }
  {
    FixTalk ann(house.port, "ANN");
    ann.log_on("ann", "secret", "141=Y|");
    const FixMessage answer = ann.hear();
    CHECK(answer[34] == "1");
    CHECK(answer[141] == "Y");
    ann.say("D", order("a2"));
    const FixMessage report = ann.hear();
    CHECK(report[34] == "2");
    CHECK(report[11] == "a2");
  }
  house.kill();
  house.open();
  FixTalk ann(house.port, "ANN");
  ann.number = 3;
  ann.log_on();
  CHECK(ann.hear()[34] == "3");
}

}  // namespace pace
