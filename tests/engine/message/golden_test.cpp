#include <doctest/doctest.h>

#include <set>

#include "engine/message/json.h"
#include "tests/engine/message/samples.h"
#include "tests/golden.h"

using namespace pace;
using namespace pace::test;

// These bytes stand in journals and event logs, and these lines in exports. A difference is a new format version with a
// migration; a new message at the end of a list only adds lines.

TEST_CASE("golden: every command as journal payload") {
  std::string out;
  for (const Command& command : every_command())
    out += std::string(name_of(command)) + " " + std::to_string(type_of(command)) + " " +
           to_hex(encoded(sample_request(command))) + "\n";
  check_golden("commands.hex", out);
}

TEST_CASE("golden: every event in its entry") {
  std::string out;
  for (const Event& event : every_event())
    out += std::string(name_of(event)) + " " + std::to_string(type_of(event)) + " " +
           to_hex(encoded(sample_entry(AdvanceTime{}, {event}))) + "\n";
  check_golden("events.hex", out);
}

TEST_CASE("golden: every command as JSON") {
  std::string out;
  for (const Command& command : every_command()) out += to_json(sample_request(command)) + "\n";
  check_golden("commands.json", out);
}

TEST_CASE("golden: every event as JSON") {
  std::string out;
  for (const Event& event : every_event()) out += to_json(event) + "\n";
  check_golden("events.json", out);
}

TEST_CASE("golden: entries as JSON, accepted, rejected and repeated") {
  Entry entry = sample_entry(NewOrder{.principal = AccountId(184)}, every_event());
  std::string out = to_json(entry) + "\n";
  entry.outcome = {};
  entry.repeats = {};
  entry.events.clear();
  check_golden("entries.json", out + to_json(entry) + "\n");
}

TEST_CASE("golden: reject numbers, names, clauses and texts") {
  std::size_t count = 0;
  const RejectEntry* rows = reject_table(count);
  std::string out;
  for (std::size_t i = 0; i < count; ++i)
    out += std::to_string(static_cast<int>(rows[i].code)) + " " + std::string(rows[i].name) + " " +
           std::string(rows[i].clause) + " " + std::string(rows[i].text) + "\n";
  check_golden("rejects.txt", out);
}

TEST_CASE("golden: the names of enumerations, in the order of their values") {
  std::string out;
  const auto list = [&out]<class E>(const char* title, E) {
    out += title;
    for (const std::string_view name : EnumNames<E>::names) out += " " + std::string(name);
    out += "\n";
  };
  list("role", Role{});
  list("side", Side{});
  list("order_type", OrderType{});
  list("time_in_force", TimeInForce{});
  list("self_trade", SelfTrade{});
  list("instrument_kind", InstrumentKind{});
  list("phase", Phase{});
  list("instrument_state", InstrumentState{});
  list("trade_kind", TradeKind{});
  list("auction_kind", AuctionKind{});
  list("auction_state", AuctionState{});
  list("account_kind", AccountKind{});
  list("account_status", AccountStatus{});
  list("entrustment_mode", EntrustmentMode{});
  list("instrument_class", InstrumentClass{});
  list("sides", Sides{});
  list("cancel_reason", CancelReason{});
  list("emission_status", EmissionStatus{});
  list("application_status", ApplicationStatus{});
  list("compliance_status", ComplianceStatus{});
  list("banking", Banking{});
  list("cancellation_reason", CancellationReason{});
  check_golden("enumerations.txt", out);
}

TEST_CASE("messages: no two commands and no two events share a number or a name") {
  std::set<std::uint16_t> numbers;
  std::set<std::string_view> names;
  for (const Command& command : every_command()) {
    CHECK(numbers.insert(type_of(command)).second);
    CHECK(names.insert(name_of(command)).second);
  }
  numbers.clear();
  names.clear();
  for (const Event& event : every_event()) {
    CHECK(numbers.insert(type_of(event)).second);
    CHECK(names.insert(name_of(event)).second);
  }
}

TEST_CASE("rejects: numbers rise within the table, and each can be found by number and name") {
  std::size_t count = 0;
  const RejectEntry* rows = reject_table(count);
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < count; ++i) {
    if (i != 0) CHECK(rows[i - 1].code < rows[i].code);
    CHECK(names.insert(rows[i].name).second);
    CHECK(find_reject(rows[i].code) == &rows[i]);
    CHECK(find_reject(rows[i].name) == &rows[i]);
    const std::string text = to_text(Outcome{rows[i].code, 123456, 654321});
    CHECK(text.find('{') == std::string::npos);
  }
  CHECK(find_reject(Reject::none) == nullptr);
  CHECK(find_reject("no_such_reject") == nullptr);
  CHECK(to_text(Outcome{Reject::quantity_above_maximum, 25000, 20000}) ==
        "quantity 25000 kg is above the maximum of 20000 kg per order (quantity_above_maximum, Rulebook 7)");
}
