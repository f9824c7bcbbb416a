#include <doctest/doctest.h>
#include <sodium.h>

#include "engine/base/hex.h"
#include "gateway/fix/logon.h"
#include "gateway/fix/session_day.h"
#include "tests/gateway/fix/fix_house.h"

namespace pace {
namespace {

std::string limit_order(const std::string& id) {
  return "11=" + id + "|453=1|448=101|447=D|452=3|55=PCA-2026|54=1|60=" + fix_now() + "|38=10|40=2|44=97.49|";
}

constexpr std::int64_t second_ns = 1'000'000'000;

}  // namespace

TEST_CASE("fix access: a login from an address that is none of its own, or without its certificate, is refused") {
  FixHouse house;
  for (const char* user : {"ann-abroad", "ann-tls"}) {
    FixTalk ann(house.port, "ANN");
    ann.log_on(user);
    CHECK_FALSE(ann.hear());
    CHECK(ann.hung_up());
  }
  CHECK(house.logged("the address is none of this login's"));
  CHECK(house.logged("the TLS client certificate is not this login's"));
}

TEST_CASE("fix access: a login that is disabled is logged out with the reason, and heard no more") {
  FixHouse house;
  FixTalk ann(house.port, "ANN");
  ann.log_on();
  REQUIRE(ann.hear()[35] == "A");
  house.disabled = true;
  const FixMessage goodbye = ann.hear_type("5");
  CHECK(goodbye[58] == "this login was disabled");
  const std::size_t before = house.exchange.submitted;
  ann.say("D", limit_order("late"));
  ann.say("5", "");
  CHECK(ann.hung_up());
  CHECK(house.exchange.submitted == before);
}

TEST_CASE("fix throttle: above the rate nothing is taken, and the reject says when to send again") {
  FixHouse house([](FixOptions& options) {
    options.messages_per_second = 2;
    options.messages_burst = 3;
  });
  FixTalk ann(house.port, "ANN");
  ann.log_on();
  REQUIRE(ann.hear()[35] == "A");
  for (int i = 0; i < 4; ++i) ann.say("D", limit_order("o" + std::to_string(i)));
  const FixMessage refused = ann.hear_type("j");
  CHECK(refused[380] == "4");
  CHECK(refused[379] == "o3");
  CHECK(refused[372] == "D");
  CHECK(refused[58].find("send again in ") != std::string::npos);
  CHECK(house.exchange.submitted == 3 + 3);  // the house's own and three orders
  std::this_thread::sleep_for(std::chrono::milliseconds(600));
  ann.say("D", limit_order("o3"));
  CHECK(ann.hear_type("8")[11] != "");
}

TEST_CASE("fix disconnect: orders are cancelled when the login or the Logon asks for it, and only then") {
  const auto orders_after = [](const std::string& user, const std::string& more) {
    FixHouse house;
    {
      FixTalk ann(house.port, "ANN");
      ann.log_on(user, "secret", more);
      REQUIRE(ann.hear()[35] == "A");
      ann.say("D", limit_order("o1"));
      REQUIRE(ann.hear_type("8")[39] == "0");
    }
    house.logged("left:");
    FixTalk ann(house.port, "ANN");
    ann.number = 3;
    ann.log_on("ann", "secret");
    ann.say("H", "11=o1|55=PCA-2026|54=1|");
    for (FixMessage message = ann.hear(); message; message = ann.hear())
      if (message[150] == "I") return message[39];
    return std::string();
  };
  CHECK(orders_after("ann", "") == "0");
  CHECK(orders_after("ann", "8013=Y|") == "4");
  CHECK(orders_after("ann-cautious", "") == "4");
  CHECK(orders_after("ann-cautious", "8013=N|") == "0");
}

TEST_CASE("fix drop copy: it hears its broker's execution reports from its first logon on, and may say nothing") {
  FixHouse house;
  FixTalk ann(house.port, "ANN");
  ann.log_on();
  REQUIRE(ann.hear()[35] == "A");
  ann.say("D", limit_order("before"));
  REQUIRE(ann.hear_type("8")[11] == "before");
  {
    FixTalk copy(house.port, "ANN-DC");
    copy.log_on("ann-copy");
    REQUIRE(copy.hear()[35] == "A");
    ann.say("D", limit_order("o1"));
    const FixMessage report = copy.hear_type("8");
    CHECK(report[11] == "o1");
    CHECK(report[797] == "Y");
    CHECK(report[34] == "2");
    copy.say("D", limit_order("mine"));
    const FixMessage refused = copy.hear_type("j");
    CHECK(refused[380] == "6");
    CHECK(refused[379] == "mine");
  }
  const FixMessage own = ann.hear_type("8");
  CHECK(own[11] == "o1");
  CHECK(own[797] == "");
  ann.say("D", limit_order("away"));
  REQUIRE(ann.hear_type("8")[11] == "away");
  house.kill();
  house.open();
  FixTalk copy(house.port, "ANN-DC");
  copy.number = 3;
  copy.log_on("ann-copy");
  REQUIRE(copy.hear()[34] == "5");
  copy.say("2", "7=4|16=0|");
  const FixMessage missed = copy.hear_type("8");
  CHECK(missed[11] == "away");
  CHECK(missed[43] == "Y");
  FixTalk thief(house.port, "ANN-DC");
  thief.log_on("ann");  // trades, but may not listen in
  CHECK(thief.hung_up());
}

TEST_CASE("fix logon: a signature opens a session once, while it is fresh, and only the text it signed") {
  REQUIRE(sodium_init() >= 0);
  std::array<unsigned char, crypto_sign_PUBLICKEYBYTES> public_key{};
  std::array<unsigned char, crypto_sign_SECRETKEYBYTES> secret_key{};
  crypto_sign_keypair(public_key.data(), secret_key.data());
  const auto directory = std::filesystem::temp_directory_path() / ("pace-fix-sign-" + std::to_string(::getpid()));
  std::filesystem::remove_all(directory);
  Credentials credentials(directory);
  credentials.add_user({"ann", {Role::broker, 1}, {.read = true, .trade = true}, {}});
  credentials.add_key({"ann-bot", "ann", {.trade = true}, {}, public_key});
  const Timestamp now = at(make_date(2026, 9, 15), hms(9, 30));
  fix::LogonDesk desk(logon_by(credentials), Timestamp(now.raw() - 60 * second_ns));
  const auto signed_at = [&](const std::string& time, const std::string& more = "") {
    const std::string fields = "35=A|49=ANN|56=PACE|34=1|52=" + time + "|98=0|108=30|" + more + "553=ann-bot|";
    const std::string text = fix::signed_logon(fix_frame(fields));
    std::array<unsigned char, crypto_sign_BYTES> signature{};
    crypto_sign_detached(signature.data(), nullptr, reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                         secret_key.data());
    return fields + "95=128|96=" + to_hex(signature) + "|";
  };
  const auto check = [&](const std::string& fields) { return desk.check(fix_frame(fields), {"127.0.0.1", ""}, now); };
  CHECK(fix::signed_logon(fix_frame("35=A|49=ANN|56=PACE|34=1|52=x|108=30|")) ==
        "PACE FIX logon\nANN\nPACE\n1\nx\n30\nN");

  const std::string good = signed_at("20260915-01:30:00.000");
  const auto first = check(good);
  REQUIRE(first.identity);
  CHECK(first.identity->user == "ann");
  CHECK(first.identity->sender.number == 1);
  CHECK(check(good).problem.find("not after the last one") != std::string::npos);
  CHECK(check(signed_at("20260915-01:31:00.000")).problem.find("more than 30 s") != std::string::npos);
  CHECK(check(signed_at("20260915-01:29:20.000")).problem.find("more than 30 s") != std::string::npos);
  CHECK(check(signed_at("20260915-01:30:01.000")).identity);
  std::string reset = signed_at("20260915-01:30:02.000");
  reset.replace(reset.find("553="), 0, "141=Y|");
  CHECK_FALSE(check(reset).identity);
  CHECK(check(signed_at("20260915-01:30:02.000", "141=Y|")).identity);
  credentials.revoke_key("ann-bot");
  CHECK(desk.revoked(*first.identity) == "this login was revoked");
  CHECK_FALSE(check(signed_at("20260915-01:30:03.000")).identity);
  std::filesystem::remove_all(directory);
}

TEST_CASE("fix session day: open between its times, and numbered by the ends that have passed") {
  const auto day = fix::SessionDay::from("22:00:00-21:30:00");
  REQUIRE(day);
  const auto utc = [](int date, int hour, int minute) {
    return Timestamp(((std::int64_t{20'000} + date) * 86'400 + hour * 3'600 + minute * 60) * second_ns);
  };
  CHECK(day->open(utc(0, 23, 0)));
  CHECK(day->open(utc(1, 21, 29)));
  CHECK_FALSE(day->open(utc(1, 21, 30)));
  CHECK_FALSE(day->open(utc(1, 21, 59)));
  CHECK(day->open(utc(1, 22, 0)));
  CHECK(day->number(utc(0, 23, 0)) == day->number(utc(1, 21, 29)));
  CHECK(day->number(utc(1, 21, 30)) == day->number(utc(0, 23, 0)) + 1);
  CHECK(day->number(utc(1, 21, 45)) == day->number(utc(1, 22, 0)));
  for (const char* wrong : {"x", "22:00-21:00", "24:00:00-01:00:00", "10:00:00-10:00:00", "10:60:00-11:00:00"})
    CHECK_MESSAGE(!fix::SessionDay::from(wrong), wrong);
  CHECK(fix::SessionDay::from("")->number(utc(0, 0, 0)) == 0);
  CHECK(fix::SessionDay::from("")->open(utc(0, 0, 0)));
}

TEST_CASE("fix session day: at its end sessions are logged out, and the next day counts from one") {
  const auto clock_text = [](std::int64_t from_now) {
    const std::time_t moment = std::time(nullptr) + from_now;
    std::tm utc{};
    gmtime_r(&moment, &utc);
    char text[16];
    std::strftime(text, sizeof text, "%H:%M:%S", &utc);
    return std::string(text);
  };
  const std::string until_soon = clock_text(-60) + "-" + clock_text(3), new_day = clock_text(-1) + "-" + clock_text(-2);
  bool second = false;
  FixHouse house([&](FixOptions& options) { options.session_day = second ? new_day : until_soon; });
  FixTalk ann(house.port, "ANN");
  ann.log_on();
  REQUIRE(ann.hear()[34] == "1");
  const FixMessage goodbye = ann.hear_type("5");
  CHECK(goodbye[58].find("the session day has ended") == 0);
  ann.say("5", "");
  CHECK(ann.hung_up());
  FixTalk late(house.port, "ANN");
  late.log_on();
  CHECK(late.hung_up());
  CHECK(house.logged("sessions are open"));
  house.close();
  second = true;
  house.open();
  FixTalk again(house.port, "ANN");
  again.log_on();
  CHECK(again.hear()[34] == "1");
}

}  // namespace pace
