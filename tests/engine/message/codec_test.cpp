#include <doctest/doctest.h>

#include "engine/message/json.h"
#include "engine/message/text.h"
#include "tests/engine/message/samples.h"

using namespace pace;
using namespace pace::test;

namespace {

// Bytes from outside: what decodes must be the one encoding of what was decoded, or nothing.
template <class Decode>
bool nothing_or_canonical(const Bytes& bytes, Decode decode) {
  const auto decoded = decode(BytesView(bytes));
  return !decoded || encoded(*decoded) == bytes;
}

template <class Decode>
void torture(const Bytes& good, Decode decode) {
  for (std::size_t n = 0; n < good.size(); ++n) {
    // A copy of exactly that size, so that a sanitizer sees a read behind it.
    const Bytes cut(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(n));
    REQUIRE(!decode(BytesView(cut)));
  }
  Bytes longer = good;
  longer.push_back(0);
  REQUIRE(!decode(BytesView(longer)));
  for (std::size_t at = 0; at < good.size(); ++at)
    for (const int change : {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff, 0x7f}) {
      Bytes bad = good;
      bad[at] ^= static_cast<std::uint8_t>(change);
      REQUIRE(nothing_or_canonical(bad, decode));
    }
}

}  // namespace

TEST_CASE("codec: every command comes back equal, with every field told apart") {
  for (const Command& command : every_command()) {
    const Request request = sample_request(command);
    const auto decoded = decode_request(encoded(request));
    REQUIRE(decoded);
    CHECK(*decoded == request);
  }
}

TEST_CASE("codec: every event comes back equal in an entry") {
  const Entry entry = sample_entry(RunAllocation{Year(2030)}, every_event());
  const auto decoded = decode_entry(encoded(entry));
  REQUIRE(decoded);
  CHECK(*decoded == entry);
}

TEST_CASE("codec: an entry from its parts is the entry") {
  const Entry entry = sample_entry(RunAllocation{Year(2030)}, every_event());
  EventBuffer events;
  for (const Event& event : entry.events) std::visit([&](const auto& body) { events.emit(body); }, event);
  CHECK(events.count() == entry.events.size());
  CHECK(events.decode() == entry.events);
  Bytes stamped, whole;
  ByteWriter stamped_out(stamped), out(whole);
  encode_stamped(stamped_out, entry.stamped);
  encode_entry(out, stamped, entry.outcome, entry.repeats, events.count(), events.bytes());
  CHECK(whole == encoded(entry));
}

template <Message T>
bool declared_in_wire_order(const T& message) {
  std::uintptr_t last = 0;
  bool ordered = true;
  for_each_field(message, [&]<class Field>(std::string_view, const Field& field) {
    const auto here = reinterpret_cast<std::uintptr_t>(&field);
    ordered = ordered && last < here;
    if constexpr (Message<Field>) ordered = ordered && declared_in_wire_order(field);
    last = here;
  });
  return ordered;
}

// EventBuffer::emit_fields takes the fields in the order of their declaration.
TEST_CASE("codec: every event declares its fields in the order in which they are written") {
  for (const Event& event : every_event())
    CHECK(std::visit([](const auto& body) { return declared_in_wire_order(body); }, event));
}

TEST_CASE("codec: an event written from its fields is the event, and a full buffer keeps what stands in it") {
  const TradeSide buy{OrderId(1), AccountId(2), BrokerId(3), "buyer", Quantity(4), Cash(5), Cash(6)};
  const TradeSide sell{OrderId(7), AccountId(8), BrokerId(9), "seller", Quantity(10), Cash(11), Cash(12)};
  const Trade trade{TradeId(13), InstrumentId(14), Price(15), Quantity(16), Side::sell, TradeKind::call, buy, sell,
                    true};
  const OrderRested rested{OrderId(1), InstrumentId(2), Side::sell, Price(3), Quantity(4), Quantity(5)};
  EventBuffer events;
  for (std::uint64_t i = 0; i < 200; ++i) {
    events.emit_fields<Trade>(trade.trade, trade.instrument, trade.price, trade.quantity, trade.aggressor, trade.kind,
                              buy.order, buy.account, buy.broker, buy.client_id, buy.open, buy.fee, buy.commission,
                              sell.order, sell.account, sell.broker, sell.client_id, sell.open, sell.fee,
                              sell.commission, trade.own_against_principal);
    events.emit_fields<OrderRested>(OrderId(i), rested.instrument, rested.side, rested.price, rested.open,
                                    rested.shown);
  }
  REQUIRE(events.count() == 400);
  const std::vector<Event> decoded = events.decode();
  for (std::uint64_t i = 0; i < 200; ++i) {
    OrderRested numbered = rested;
    numbered.order = OrderId(i);
    CHECK(decoded[2 * i] == Event(trade));
    CHECK(decoded[2 * i + 1] == Event(numbered));
  }
  events.clear();
  CHECK(events.bytes().empty());
  CHECK(events.decode().empty());
}

TEST_CASE("decoder: every truncation and corruption of every command is nothing or a valid command") {
  for (const Command& command : every_command())
    torture(encoded(sample_request(command)), [](BytesView part) { return decode_request(part); });
}

TEST_CASE("decoder: every truncation and corruption of every event's entry is nothing or a valid entry") {
  for (const Event& event : every_event()) torture(encoded(sample_entry(AdvanceTime{}, {event})), decode_entry);
}

TEST_CASE("decoder: counts and lengths beyond the message make nothing grow") {
  ActivateRules rules;
  rules.values.resize(1);
  Bytes bytes = encoded(sample_request(rules));
  const std::size_t count_at = bytes.size() - sizeof(std::int64_t) - RuleName::capacity - sizeof(std::uint32_t);
  for (const std::uint32_t count : {2u, 100'000u, 100'001u, 0xffffffffu}) {
    ByteWriter(bytes).patch(count_at, count);
    CHECK(!decode_request(bytes));
  }
  ActivateRules worded;
  worded.legal_basis = std::string(max_text_bytes, 'x');
  CHECK(decode_request(encoded(sample_request(worded))));
  worded.legal_basis += 'x';
  CHECK(!decode_request(encoded(sample_request(worded))));
}

TEST_CASE("decoder: text of fixed length is printable ASCII, then zeros") {
  const Request request = sample_request(RunAllocation{});
  const Bytes good = encoded(request);
  const std::size_t id_at = 5;  // behind role and number
  Bytes bad = good;
  bad[id_at + 3] = 0;  // a zero, then text
  CHECK(!decode_request(bad));
  bad = good;
  bad[id_at] = 0x80;
  CHECK(!decode_request(bad));
  bad = good;
  bad[id_at] = '\n';
  CHECK(!decode_request(bad));
}

TEST_CASE("json: text is escaped, control characters too") {
  std::string out;
  json_escape(out, std::string_view("a\"b\\c\n\x01 碳", 11));
  CHECK(out == "\"a\\\"b\\\\c\\u000a\\u0001 碳\"");
}

// Found by codec_fuzz: the text of a text was JSON's, with its escapes.
TEST_CASE("text: a text is its own text, quotes and backslashes too") {
  for (const char* words : {"", "the \"free\" pool", "a\\b", "line\nline"}) {
    std::string read;
    CHECK(text_of(std::string(words)) == words);
    CHECK(parse_text(text_of(std::string(words)), read));
    CHECK(read == words);
  }
  CHECK(text_of(Reference("court \"7\"")) == "court \"7\"");
}

// Found by codec_fuzz: an empty part at either end lost its separator, written or read.
TEST_CASE("text: parts of lists and of messages may be empty, and none is lost") {
  RuleValue rule;
  CHECK(text_of(RuleValue{"", 19}) == ":19");
  CHECK(parse_text(":19", rule));
  CHECK(rule == RuleValue{"", 19});
  CHECK_FALSE(parse_text(":19:", rule));
  CHECK_FALSE(parse_text("19", rule));
  std::vector<Date> days;
  for (const std::vector<Date>& list : {std::vector<Date>{}, {Date(1), Date{}}, {Date{}, Date(1)}, {Date{}, Date{}}}) {
    CHECK(parse_text(text_of(list), days));
    CHECK(days == list);
  }
}

TEST_CASE("permissions: every command belongs to somebody, and trading to brokers alone") {
  for (const Command& command : every_command()) {
    const Permission permission = permitted(command);
    CHECK(name_of(permission.role) != "?");
    CHECK(name_of(permission.also) != "?");
  }
  CHECK(permitted(NewOrder{}).role == Role::broker);
  CHECK(permitted(NewOrder{}).also == Role::broker);
  CHECK(permitted(DepositCash{}).role == Role::bank);
  CHECK(permitted(RunAllocation{}).role == Role::authority);
}
