#include <doctest/doctest.h>

#include <chrono>

#include "engine/message/json.h"
#include "gateway/http/command_json.h"

using namespace pace;

namespace {

const Sender sender{Role::broker, 7};

std::string fault_of(std::string_view line) {
  CommandReader reader;
  const auto read = reader.read(line, sender);
  REQUIRE_FALSE(read.request);
  return read.fault.text;
}

void check_round_trip(const Command& command) {
  CommandReader reader;
  const Request request{sender, "r1", command};
  const auto read = reader.read(to_json(request), sender);
  INFO(to_json(request), " ", read.fault.text);
  REQUIRE(read.request);
  CHECK(*read.request == request);
}

template <std::size_t... I>
void check_every_default(std::index_sequence<I...>) {
  (check_round_trip(Command(std::in_place_index<I>)), ...);
}

}  // namespace

TEST_CASE("command json: every command comes back from its own JSON") {
  check_every_default(std::make_index_sequence<std::variant_size_v<Command>>{});
  check_round_trip(NewOrder{AccountId(123456), InstrumentId(2), Side::sell, OrderType::limit, TimeInForce::gtc,
                            SelfTrade::cancel_both, true, Price(8000), Quantity(20), Quantity(10),
                            make_date(2026, 9, 15)});
  check_round_trip(ActivateRules{"v1", "Order \"12\"\n粤", {{"max_order", -5}, {"lot", 1}}});
  check_round_trip(SetHolidays{Year(2026), {make_date(2026, 10, 1), make_date(2026, 10, 2)}});
  SubmitEmission emission{.principal = AccountId(197), .nonce = ~std::uint64_t{0}};
  emission.signature.fill(0xab);
  check_round_trip(emission);
  check_round_trip(
      ApplyCredits{ApplicationId(1), InstrumentId(2), Quantity(9), {{AccountId(197), 2}, {AccountId(294), 1}}});
}

TEST_CASE("command json: instants also as exchange local time") {
  CommandReader reader;
  const auto read = reader.read(R"({"command":"advance_time","body":{"to":"2026-09-15T09:30"}})", sender);
  REQUIRE(read.request);
  CHECK(std::get<AdvanceTime>(read.request->command).to == at(make_date(2026, 9, 15), hms(9, 30)));
}

TEST_CASE("command json: faults name the field, the value and what it takes") {
  CHECK(fault_of(R"({"command":"new_order","body":{"side":"bye"}})") ==
        R"(body.side: "bye" does not fit; it takes one of buy, sell)");
  CHECK(fault_of(R"({"command":"new_order","body":{"sidd":"buy"}})") ==
        R"(body.sidd: there is no such field (did you mean "side"?))");
  CHECK(fault_of(R"({"command":"new_ordr"})") ==
        R"(command: there is no command "new_ordr" (did you mean "new_order"?))");
  CHECK(fault_of(R"({"command":"set_cap","bdy":{}})") == R"(bdy: there is no such field (did you mean "body"?))");
  CHECK(fault_of(R"({"command":"new_order","body":{"instrument":-1}})") ==
        "body.instrument: -1 does not fit; it takes a whole number from 0 to 4294967295");
  CHECK(fault_of(R"({"command":"new_order","body":{"price":80.5}})").starts_with("body.price: 8.05E1 does not fit"));
  CHECK(fault_of(R"({"command":"new_order","body":{"price":"80"}})").starts_with("body.price: \"80\" does not fit"));
  CHECK(fault_of(R"({"command":"new_order","body":{"post_only":1}})") ==
        "body.post_only: 1 does not fit; it takes true or false");
  CHECK(fault_of(R"({"command":"new_order","body":{"expiry":"2026-02-30"}})").starts_with("body.expiry"));
  CHECK(fault_of(R"({"command":"new_order","request_id":"123456789012345678901"})").starts_with("request_id"));
  CHECK(fault_of(R"({"command":"apply_credits","body":{"split":[{"account":1},{"acount":2}]}})") ==
        R"(body.split[1].acount: there is no such field (did you mean "account"?))");
  CHECK(
      fault_of(R"({"command":"set_holidays","body":{"days":"2026-01-01"}})").starts_with("body.days: expected a list"));
  CHECK(fault_of(R"({"command":"set_cap","body":[]})") == "body: expected an object");
  CHECK(fault_of("{\"body\":{}}") == "command: the name of a command is required");
  CHECK(fault_of("nonsense").starts_with("this is not JSON"));
  CHECK(fault_of("{\"command\":\"set_cap\"} x").starts_with("this is not JSON"));
  CHECK(fault_of("{\"command\":\"\xff\"}").starts_with("this is not JSON"));
  CHECK(fault_of("[1]").starts_with("expected an object"));
  CHECK(fault_of("[[[[[1]]]]]") == "nested deeper than 4 levels");
}

TEST_CASE("command json: a reader goes on after a fault, and keeps the request id it could read") {
  CommandReader reader;
  CHECK_FALSE(reader.read("{", sender).request);
  const auto bad = reader.read(R"({"request_id":"r9","command":"set_cap","body":{"cap":true}})", sender);
  CHECK_FALSE(bad.request);
  CHECK(bad.request_id.view() == "r9");
  CHECK(bad.fault.field == "body.cap");
  CHECK(reader.read(R"({"command":"set_cap","request_id":"r1","body":{"year":2026,"cap":5}})", sender).request);
}

TEST_CASE("command json: a long name in an error is cut between characters") {
  std::string name;
  for (int i = 0; i < 40; ++i) name += "碳";
  const std::string cut = shorten(name);
  CHECK(cut.size() == 63 + 3);
  CHECK(name.starts_with(cut.substr(0, 63)));
}
