// The largest commands there are: what bounds them, that they do what smaller ones do, and how long they take here.
// Times are printed and decide nothing. PACE_LARGEST=10 makes calls and auctions ten times as large.
#include <doctest/doctest.h>

#include <chrono>
#include <cstdlib>
#include <string>

#include "engine/base/account_number.h"
#include "engine/exchange/exchange.h"

using namespace pace;

namespace {

constexpr InstrumentId pca{1};
constexpr std::uint32_t people = 10'000;
constexpr Sender authority{Role::authority, 1}, registry{Role::registry_operator, 1},
    operators{Role::exchange_operator, 1}, bank{Role::bank, 1}, broker{Role::broker, 1}, sequencer{Role::system, 0};

std::uint64_t times_larger() {
  const char* value = std::getenv("PACE_LARGEST");
  return value == nullptr ? 1 : std::strtoull(value, nullptr, 10);
}

AccountId person(std::uint32_t i) {
  return account_number(1'000 + i);
}

// Ten thousand people of one broker with 1,200 kg each, half of it released, and money.
class Province {
 public:
  Province()
      : exchange_({.accounts = 20'000,
                   .open_orders = 1 << 20,
                   .instruments = 2,
                   .pool_parts = 1 << 18,
                   .bids_per_auction = 1 << 16,
                   .requests_per_day = 2'000'000}) {
    now_ = at(make_date(2026, 9, 7), hms(8, 0));
    must(operators, RegisterBroker{BrokerId(1), "ALFA", "Alfa", account_number(500)});
    must(authority, ActivateRules{"1", "", {{"reserve_permille", 0}, {"minimum_order_kg", 1}}});
    must(operators, ListInstrument{pca, "PCA-2026", InstrumentKind::allowance, Year(2026), {}, Price(8000)});
    for (std::uint32_t i = 0; i < people; ++i) {
      must(registry, OpenAccount{person(i), AccountKind::person, RegionId(1), make_date(1980, 1, 1), {}, {}});
      must(registry, GrantEntrustment{.entrustment = EntrustmentId(i + 1),
                                      .principal = person(i),
                                      .broker = BrokerId(1),
                                      .instruments = InstrumentClass::both,
                                      .sides = Sides::both,
                                      .start = make_date(2026, 9, 7),
                                      .end = make_date(2027, 12, 31)});
      must(bank, DepositCash{BrokerId(1), person(i), Cash(1'000'000'000), "opening"});
    }
    must(authority, SetCap{Year(2026), Quantity(std::int64_t{people} * 1'200)});
    must(authority, RunAllocation{Year(2026)});
    must(authority, ReleaseAllocation{Year(2026)});
  }

  /// Its events are in events() until the next.
  Outcome send(const Sender& sender, const Command& command) {
    events_.clear();
    const ClientId id = sender.role == Role::system ? ClientId{} : ClientId(("r" + std::to_string(++sent_)).c_str());
    return exchange_.apply(next(exchange_.last_sequence()), now_, {sender, id, command}, events_).outcome;
  }
  void must(const Sender& sender, const Command& command) {
    const Outcome outcome = send(sender, command);
    INFO(to_text(outcome));
    REQUIRE(outcome.accepted());
  }
  /// The same, timed.
  void time(const char* what, const Sender& sender, const Command& command) {
    const auto begin = std::chrono::steady_clock::now();
    must(sender, command);
    const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - begin;
    MESSAGE(std::string(what), ": ", taken.count(), " ms, ", events_.count(), " events");
  }
  void until(Timestamp when) { now_ = when; }
  [[nodiscard]] std::uint64_t trades() const {
    std::uint64_t trades = 0;
    for (const Event& event : events_.decode()) trades += std::holds_alternative<Trade>(event);
    return trades;
  }
  void check() const { exchange_.check(); }

  /// For so many people from `first` on.
  static NewPooledOrder pool(Side side, std::uint32_t first, std::uint32_t size, std::int64_t kilograms) {
    NewPooledOrder pool{.instrument = pca, .side = side, .price = Price(8000)};
    for (std::uint32_t i = 0; i < size; ++i) pool.split.push_back({person(first + i), Quantity(kilograms)});
    return pool;
  }
  static NewOrder order(std::uint32_t who, Side side, std::int64_t kilograms, Price price) {
    return {.principal = person(who), .instrument = pca, .side = side, .price = price, .quantity = Quantity(kilograms)};
  }

 private:
  Exchange exchange_;
  EventBuffer events_;
  Timestamp now_;
  std::uint64_t sent_ = 0;
};

}  // namespace

TEST_CASE("largest: as many settlements of pooled shares in one command as the rulebook allows, and no more") {
  Province province;
  province.until(at(make_date(2026, 9, 7), hms(9, 30)));
  province.must(sequencer, AdvanceTime{});
  constexpr std::uint32_t half = people / 2;
  province.time("a pool of 10,000 enters", broker, Province::pool(Side::sell, 0, people, 1));
  province.time("one of them is frozen, and it goes", registry,
                SetAccountStatus{person(people - 1), AccountStatus::frozen, "drill", {}});
  for (int i = 0; i < 20; ++i) province.must(broker, Province::pool(Side::sell, 0, half, 1));
  CHECK(province.send(broker, Province::pool(Side::buy, half, half - 1, 20)).code == Reject::pool_settlements);
  province.time("a pool of 5,000 meets eighteen of its like", broker, Province::pool(Side::buy, half, half - 1, 18));
  CHECK(province.trades() >= 18 * (half - 1));
  CHECK(province.trades() <= 100'000);
  province.check();
}

TEST_CASE("largest: a call with many orders of everybody on both sides") {
  Province province;
  const auto each = static_cast<std::uint32_t>(std::min<std::uint64_t>(5 * times_larger(), 50));
  province.until(at(make_date(2026, 9, 7), hms(9, 15)));
  province.must(sequencer, AdvanceTime{});
  for (std::uint32_t n = 0; n < each; ++n)
    for (std::uint32_t i = 0; i < people; ++i) {
      const Price aside(i % 10);
      province.must(broker, Province::order(i, Side::sell, 10, Price(7990) + aside));
      province.must(broker, Province::order((i + people / 2) % people, Side::buy, 10, Price(8010) - aside));
    }
  province.until(at(make_date(2026, 9, 7), hms(9, 25)));
  province.time("a call of that many orders is uncrossed", sequencer, AdvanceTime{});
  CHECK(province.trades() == std::uint64_t{each} * people);
  province.check();
}

TEST_CASE("largest: a call in which nearly every bid takes a hundred offers before it meets its own") {
  Province province;
  province.until(at(make_date(2026, 9, 7), hms(9, 15)));
  province.must(sequencer, AdvanceTime{});
  for (std::uint32_t i = 0; i < people; ++i) province.must(broker, Province::order(i, Side::sell, 10, Price(8000)));
  for (std::uint32_t i = 0; i < people; ++i) {
    NewOrder bid = Province::order(i / 100 * 100 + 99 - i % 100, Side::buy, 1'200, Price(8000));
    bid.self_trade = i % 2 == 0 ? SelfTrade::cancel_newest : SelfTrade::cancel_both;
    province.must(broker, bid);
  }
  province.until(at(make_date(2026, 9, 7), hms(9, 25)));
  province.time("such a call of 20,000 orders is uncrossed", sequencer, AdvanceTime{});
  province.check();
}

TEST_CASE("largest: a sealed-bid auction with as many bids as there is room for") {
  Province province;
  const std::uint64_t bids = std::min<std::uint64_t>(6'500 * times_larger(), 1 << 16);
  province.must(broker, AnnounceAuction{.kind = AuctionKind::one_sided,
                                        .seller = person(0),
                                        .instrument = pca,
                                        .quantity = Quantity(600),
                                        .reserve_price = Price(1),
                                        .closes = at(make_date(2026, 9, 7), hms(14, 0))});
  for (std::uint64_t i = 0; i < bids; ++i)
    province.must(broker, BidAuction{AuctionId(1), person(static_cast<std::uint32_t>(1 + i % (people - 1))),
                                     Price(7'000 + static_cast<std::int64_t>(i % 1'000)), Quantity(1)});
  province.until(at(make_date(2026, 9, 7), hms(14, 0)));
  province.time("an auction of that many bids closes", sequencer, AdvanceTime{});
  CHECK(province.trades() == 600);
  province.check();
}
