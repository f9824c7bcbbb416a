#include <doctest/doctest.h>

#include "tests/gateway/fix/fix_house.h"

namespace pace {

TEST_CASE("fix logon: a right password opens the session and counts from one") {
  FixHouse house;
  FixTalk ann(house.port, "ANN");
  ann.log_on();
  const FixMessage answer = ann.hear();
  CHECK(answer[35] == "A");
  CHECK(answer[34] == "1");
  CHECK(answer[49] == "PACE");
  CHECK(answer[56] == "ANN");
}

TEST_CASE("fix logon: a wrong password closes without a word and moves no number, also with ResetSeqNumFlag") {
  FixHouse house;
  {
    FixTalk ann(house.port, "ANN");
    ann.log_on();
    REQUIRE(ann.hear()[35] == "A");
    ann.say("5", "");
    REQUIRE(ann.hear()[35] == "5");
    CHECK(ann.hung_up());
  }
  for (const std::string more : {"", "141=Y|"}) {
    FixTalk thief(house.port, "ANN");
    thief.log_on("ann", "guess", more);
    CHECK_FALSE(thief.hear());
    CHECK(thief.hung_up());
  }
  FixTalk ann(house.port, "ANN");
  ann.number = 3;
  ann.log_on();
  const FixMessage answer = ann.hear();
  CHECK(answer[35] == "A");
  CHECK(answer[34] == "3");  // logon and logout of before, nothing since
  CHECK(house.log().find("guess") == std::string::npos);
}

TEST_CASE("fix logon: another member's name, a missing logon, a second logon are refused") {
  FixHouse house;
  FixTalk bob(house.port, "ANN");
  bob.log_on("bob");
  CHECK(bob.hung_up());
  FixTalk rude(house.port, "ANN");
  rude.say("D", "11=x|");
  CHECK(rude.hung_up());
  FixTalk ann(house.port, "ANN");
  ann.log_on();
  REQUIRE(ann.hear()[35] == "A");
  FixTalk twin(house.port, "ANN");
  twin.log_on();
  CHECK(twin.hung_up());
  ann.say("1", "112=still here|");
  CHECK(ann.hear()[112] == "still here");
}

TEST_CASE("fix logon: who does not log on in time is dropped") {
  FixHouse house([](FixOptions& options) { options.logon_timeout = std::chrono::milliseconds(200); });
  FixTalk idle(house.port, "ANN");
  CHECK(idle.hung_up());
  CHECK(house.logged("no Logon in time"));
}

TEST_CASE("fix logon: a member registered while the gateway runs can log on") {
  FixHouse house;
  house.exchange.put(
      {{Role::exchange_operator, 0}, "late", RegisterBroker{.broker = BrokerId(3), .code = "ZOE", .title = "Zoe"}});
  FixMessage answer;
  for (int i = 0; i < 50 && !answer; ++i) {
    FixTalk zoe(house.port, "ZOE");
    zoe.log_on("zoe");
    answer = zoe.hear(200);
  }
  CHECK(answer[35] == "A");
}

TEST_CASE("fix framing: a giant BodyLength closes at once, a bad checksum is skipped") {
  FixHouse house;
  FixTalk giant(house.port, "ANN");
  giant.raw("8=FIX.4.4\0019=200000000\00135=A\001");
  CHECK(giant.hung_up(1000));
  CHECK(house.logged("BodyLength (9) is above the limit"));
  FixTalk other(house.port, "ANN");
  other.raw("GET / HTTP/1.1\r\n\r\n");
  CHECK(other.hung_up(1000));

  FixTalk ann(house.port, "ANN");
  ann.log_on();
  REQUIRE(ann.hear()[35] == "A");
  std::string garbled = ann.text("1", "112=garbled|", ann.number);
  garbled[garbled.size() - 2] = garbled[garbled.size() - 2] == '0' ? '1' : '0';
  ann.raw(garbled);
  ann.say("1", "112=whole|");
  const FixMessage answer = ann.hear();
  CHECK(answer[35] == "0");
  CHECK(answer[112] == "whole");
}

TEST_CASE("fix stop: sessions are logged out in good order") {
  FixHouse house;
  FixTalk ann(house.port, "ANN");
  ann.log_on();
  REQUIRE(ann.hear()[35] == "A");
  std::thread stopper([&] { house.close(); });
  CHECK(ann.hear()[35] == "5");
  ann.say("5", "");
  CHECK(ann.hung_up());
  stopper.join();
  house.open();
  FixTalk again(house.port, "ANN");
  again.number = 3;
  again.log_on();
  CHECK(again.hear()[34] == "3");
}

TEST_CASE("fix reader: one that stops reading is dropped at the byte limit") {
  FixHouse house([](FixOptions& options) { options.max_unsent_bytes = 64 * 1024; });
  FixTalk ann(house.port, "ANN");
  ann.log_on();
  REQUIRE(ann.hear()[35] == "A");
  for (int i = 0; i < 40'000 && house.gateway->status().readers_dropped == 0; ++i)
    ann.say("1", "112=" + std::string(400, 'x') + "|");
  for (int i = 0; i < 30 && house.gateway->status().readers_dropped == 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  CHECK(house.gateway->status().readers_dropped == 1);
}

}  // namespace pace
