#include "engine/exchange/idempotency.h"

#include <doctest/doctest.h>

#include "engine/exchange/content_digest.h"
#include "tests/engine/exchange/world.h"

using namespace pace;
using namespace pace::test;

TEST_CASE("idempotency: a repeat gets the first answer and changes nothing") {
  World world;
  world.until("09:30");
  const NewOrder bid = order(world, "ann", Side::buy, Quantity(20), Price(8000));
  const Answered first = world.send(broker1, "a1", bid);
  const Sequence at = world.exchange().last_sequence();
  const Answered again = world.send(broker1, "a1", bid);
  CHECK(first.repeats == Sequence{});
  CHECK(again.outcome.accepted());
  CHECK(again.repeats == at);
  CHECK(again.events.empty());
  CHECK(world.orders().size() == 1);
}

TEST_CASE("idempotency: the first answer stays, also when it was a reject that would be none today") {
  World world;
  const NewOrder bid = order(world, "ann", Side::buy, Quantity(20), Price(8000));
  CHECK(world.send(broker1, "a1", bid).outcome.code == Reject::market_closed);
  world.until("09:30");
  const Answered again = world.send(broker1, "a1", bid);
  CHECK(again.outcome.code == Reject::market_closed);
  CHECK(again.repeats != Sequence{});
}

TEST_CASE("idempotency: the kill switch changes no answer given before it, and its own answers stay") {
  World world;
  world.until("09:30");
  const NewOrder bid = order(world, "ann", Side::buy, Quantity(20), Price(8000));
  CHECK(world.send(broker1, "a1", bid).outcome.accepted());
  world.must(operators, SetKillSwitch{BrokerId(1), true, "loop"});
  CHECK(world.send(broker1, "a1", bid).outcome.accepted());
  CHECK(world.send(broker1, "a2", bid).outcome == Outcome{Reject::broker_suspended, 1, 0});
  world.must(operators, SetKillSwitch{BrokerId(1), false, "mended"});
  CHECK(world.send(broker1, "a2", bid).outcome == Outcome{Reject::broker_suspended, 1, 0});
  CHECK(world.send(broker1, "a3", bid).outcome.accepted());
}

TEST_CASE("idempotency: the same id with other content is refused, under another sender it is another request") {
  World world;
  world.until("09:30");
  CHECK(world.send(broker1, "a1", order(world, "ann", Side::buy, Quantity(20), Price(8000))).outcome.accepted());
  const auto at = static_cast<std::int64_t>(world.exchange().last_sequence().raw());
  CHECK(world.send(broker1, "a1", order(world, "ann", Side::buy, Quantity(20), Price(8001))).outcome ==
        Outcome{Reject::request_id_reused, 0, at});
  CHECK(world.send(broker1, "a1", CancelOrder{{}, "a1"}).outcome.code == Reject::request_id_reused);
  CHECK(world.send(broker2, "a1", order(world, "eve", Side::buy, Quantity(20), Price(7999))).outcome.accepted());
}

TEST_CASE("idempotency: kept for the present and the previous trading day, longer while the order is open") {
  World world;
  world.until("09:30");
  const NewOrder day = order(world, "ann", Side::buy, Quantity(20), Price(8000));
  NewOrder gtc = order(world, "bo", Side::buy, Quantity(20), Price(8000));
  gtc.time_in_force = TimeInForce::gtc;
  CHECK(world.send(broker1, "day", day).outcome.accepted());
  CHECK(world.send(broker1, "gtc", gtc).outcome.accepted());
  world.until("2026-09-08T09:30");
  CHECK(world.send(broker1, "day", day).repeats != Sequence{});
  world.until("2026-09-09T09:30");
  CHECK(world.send(broker1, "day", day).repeats == Sequence{});
  CHECK(world.orders().size() == 2);
  world.until("2026-09-18T09:30");
  CHECK(world.send(broker1, "gtc", gtc).repeats != Sequence{});
  REQUIRE(world.orders().size() == 1);  // its order finds the request that was carried over
  CHECK(world.orders()[0].client_id == ClientId("gtc"));
  CHECK(world.orders()[0].broker == BrokerId(1));
  CHECK(world.send(broker1, CancelOrder{{}, "gtc"}).outcome.accepted());
  CHECK(world.orders().empty());
}

TEST_CASE("idempotency: a member's requests end at the day's capacity, the operator's do not") {
  Capacity capacity = small_capacity();
  capacity.requests_per_day = 160;
  World world(capacity);
  world.until("2026-09-08T09:30");  // a fresh day
  for (int i = 0; i < 150; ++i)
    CHECK(world.send(broker1, CancelOrder{OrderId(1), {}}).outcome.code == Reject::unknown_order);
  CHECK(world.send(broker1, CancelOrder{OrderId(1), {}}).outcome == Outcome{Reject::too_many_requests_today, 150, 160});
  for (int i = 0; i < 10; ++i) CHECK(world.send(operators, HaltInstrument{credit, "full"}).outcome.accepted());
  CHECK(world.send(operators, ResumeInstrument{credit}).outcome.code == Reject::too_many_requests_today);
  world.until("2026-09-09T09:30");
  CHECK(world.send(operators, ResumeInstrument{credit}).outcome.accepted());
}

TEST_CASE("idempotency: every field of every kind makes another digest") {
  const NewOrder base{.principal = AccountId(1), .quantity = Quantity(10)};
  NewOrder other = base;
  other.post_only = true;
  CHECK(content_digest(base) == content_digest(NewOrder(base)));
  CHECK(content_digest(base) != content_digest(other));
  CHECK(content_digest(CancelOrder{OrderId(1), {}}) != content_digest(CancelOrder{{}, "1"}));
  CHECK(content_digest(HaltInstrument{credit, "a"}) != content_digest(HaltInstrument{credit, "b"}));
  CHECK(content_digest(SetHolidays{Year(2026), {Date(1)}}) !=
        content_digest(SetHolidays{Year(2026), {Date(1), Date(0)}}));
  RegisterParty party{verifier, "A", "title", {}};
  const std::uint64_t before = content_digest(party);
  party.public_key[31] = 1;
  CHECK(content_digest(party) != before);
  CHECK(content_digest(RegisterParty{verifier, "A", "title!", {}}) != before);
}

TEST_CASE("idempotency: ids of every length and alphabet are told apart, and found again when the index is crowded") {
  Idempotency requests(4'096);
  std::vector<ClientId> ids;
  for (const char* prefix : {"", "A", "order-", "0123456789abcdef", "0123456789abcdefg"})
    for (int i = 0; i < 700; ++i) ids.push_back(*ClientId::from(prefix + std::to_string(i)));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    Idempotency::Place place;
    REQUIRE(requests.find(broker1, ids[i]).entry == nullptr);
    REQUIRE(requests.is_new(broker1, ids[i], place));
    requests.remember(place) = {.sender = broker1, .request_id = ids[i], .digest = i};
  }
  for (std::size_t i = 0; i < ids.size(); ++i) {
    REQUIRE(requests.find(broker1, ids[i]).entry != nullptr);
    CHECK(requests.find(broker1, ids[i]).entry->digest == i);
    CHECK(requests.find(broker2, ids[i]).entry == nullptr);
    Idempotency::Place place;
    CHECK(!requests.is_new(broker1, ids[i], place));
  }
}
