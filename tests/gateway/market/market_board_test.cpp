#include <doctest/doctest.h>

#include "gateway/market/market_board.h"
#include "gateway/ws/market_messages.h"
#include "gateway/ws/private_messages.h"
#include "tests/gateway/fake_exchange.h"

using namespace pace;

namespace {

const InstrumentId pca(1);

struct Board {
  MarketBoard board;
  std::uint64_t sequence = 0;
  Board() {
    MarketView market;
    market.instruments.push_back(
        {.instrument = pca, .symbol = "PCA-2026", .reference = Price(8000), .last = Price(7900)});
    board.start(market, {});
  }
  Entry entry(std::vector<Event> events) {
    Entry made;
    made.stamped.sequence = Sequence(++sequence);
    made.stamped.time = at(make_date(2026, 9, 15), hms(9, 30));
    made.events = std::move(events);
    return made;
  }
  const BoardChanges& apply(std::vector<Event> events) { return board.apply(entry(std::move(events))); }
  const BoardInstrument& pca_now() { return *board.find(pca); }
  std::string book() { return checksum_text(pca_now()); }
};

}  // namespace

TEST_CASE("market board: levels add up the orders at a price and vanish with the last one") {
  Board b;
  b.apply({rested(1, Side::buy, 7990, 20), rested(2, Side::buy, 7990, 30), rested(3, Side::sell, 8010, 5)});
  CHECK(b.pca_now().bids.at(Price(7990)) == Level{Quantity(50), 2});
  b.apply({OrderCancelled{.order = OrderId(1), .instrument = pca}});
  CHECK(b.pca_now().bids.at(Price(7990)) == Level{Quantity(30), 1});
  b.apply({OrderCancelled{.order = OrderId(2), .instrument = pca}});
  CHECK(b.pca_now().bids.empty());
  CHECK(b.book() == "80105");
}

TEST_CASE("market board: a trade takes from the resting side, an iceberg shows its next part") {
  Board b;
  b.apply({rested(1, Side::sell, 8000, 100, 10)});
  CHECK(b.book() == "800010");
  b.apply({trade(1, 8000, 10, 9, 0, 1, 90), rested(1, Side::sell, 8000, 90, 10)});
  CHECK(b.book() == "800010");
  b.apply({trade(2, 8000, 4, 10, 0, 1, 86)});
  CHECK(b.book() == "80006");
  CHECK(b.pca_now().asks.at(Price(8000)).orders == 1);
}

TEST_CASE("market board: a call auction takes the hidden part of an iceberg first") {
  Board b;
  b.apply({rested(1, Side::sell, 8000, 100, 10)});
  Trade call = trade(1, 8000, 70, 9, 0, 1, 30);
  call.kind = TradeKind::call;
  b.apply({call});
  CHECK(b.book() == "800010");
  call.sell.open = Quantity(4);
  b.apply({call});
  CHECK(b.book() == "80004");
}

TEST_CASE("market board: a replacement that keeps priority shrinks, one that loses it enters again") {
  Board b;
  b.apply({rested(1, Side::buy, 7990, 50)});
  b.apply({OrderReplaced{.order = OrderId(1),
                         .instrument = pca,
                         .price = Price(7990),
                         .quantity = Quantity(20),
                         .open = Quantity(20),
                         .priority_kept = true}});
  CHECK(b.book() == "799020");
  b.apply({OrderReplaced{.order = OrderId(1), .instrument = pca, .price = Price(8000), .open = Quantity(30)},
           rested(1, Side::buy, 8000, 30)});
  CHECK(b.book() == "800030");
}

TEST_CASE("market board: the day's figures start anew with the day, the last price stays") {
  Board b;
  b.apply({trade(1, 8000, 10, 1, 0, 2, 0), trade(2, 8100, 30, 3, 0, 4, 0), trade(3, 7950, 10, 5, 0, 6, 0)});
  const DayFigures& day = b.pca_now().day;
  CHECK(day.last == Price(7950));
  CHECK(day.high == Price(8100));
  CHECK(day.low == Price(7950));
  CHECK(day.volume == Quantity(50));
  CHECK(day.mean() == Price(8050));
  b.apply({TradingDayStarted{make_date(2026, 9, 16)}});
  CHECK(b.pca_now().day.last == Price(7950));
  CHECK(b.pca_now().day.volume == Quantity(0));
  CHECK(b.pca_now().day.mean() == Price(0));
}

TEST_CASE("market board: an entry applied twice changes nothing") {
  Board b;
  const Entry entry = b.entry({rested(1, Side::buy, 7990, 20)});
  CHECK(b.board.apply(entry).touched.size() == 1);
  CHECK(b.board.apply(entry).touched.empty());
  CHECK(b.book() == "799020");
}

TEST_CASE("market board: the state at the start and the recalled trades make one picture") {
  MarketView market;
  market.as_of = Sequence(7);
  market.day = make_date(2026, 9, 15);
  market.instruments.push_back({.instrument = pca, .symbol = "PCA-2026", .last = Price(8000)});
  OrdersView orders{Sequence(5),
                    {{.order = OrderId(1),
                      .instrument = pca,
                      .side = Side::sell,
                      .price = Price(8010),
                      .open = Quantity(50),
                      .shown = Quantity(10)}}};
  MarketBoard board;
  board.start(market, orders);
  CHECK(board.applied() == Sequence(5));
  Board b;
  board.recall(b.entry({trade(1, 8100, 7, 1, 0, 2, 0)}));
  board.recall(b.entry({TradingDayStarted{make_date(2026, 9, 15)}, trade(2, 8000, 10, 3, 0, 4, 0)}));
  CHECK(board.find(pca)->trades.size() == 2);
  CHECK(board.find(pca)->day.volume == Quantity(10));
  CHECK(checksum_text(*board.find(pca)) == "801010");
  b.sequence = 5;
  board.apply(b.entry({OrderCancelled{.order = OrderId(1), .instrument = pca}}));
  CHECK(checksum_text(*board.find(pca)).empty());
}

TEST_CASE("market messages: the checksum is the CRC-32 of the best ten of each side") {
  Board b;
  b.apply({rested(1, Side::buy, 7990, 20), rested(2, Side::sell, 8010, 5), rested(3, Side::sell, 8000, 7)});
  CHECK(b.book() == "8000780105799020");
  CHECK(book_checksum(b.pca_now()) == 86030532u);
  for (std::uint64_t i = 0; i < 20; ++i) b.apply({rested(100 + i, Side::sell, 9000 + static_cast<std::int64_t>(i), 1)});
  CHECK(b.book() ==
        "80007"
        "80105"
        "90001"
        "90011"
        "90021"
        "90031"
        "90041"
        "90051"
        "90061"
        "90071"
        "799020");
}

TEST_CASE("market messages: a delta carries what it follows, and removed levels with 0") {
  Board b;
  b.apply({rested(1, Side::buy, 7990, 20)});
  b.apply({PhaseChanged{.phase = Phase::lunch}});
  const BoardChanges& changes =
      b.apply({OrderCancelled{.order = OrderId(1), .instrument = pca}, rested(2, Side::sell, 8010, 5)});
  CHECK(book_delta(b.pca_now(), changes.touched.at(0)) ==
        R"({"channel":"book","type":"delta","symbol":"PCA-2026","sequence":3,"previous":1,"bids":[[7990,0,0]],)"
        R"("asks":[[8010,5,1]],"checksum":)" +
            std::to_string(book_checksum(b.pca_now())) + "}");
  CHECK(
      book_snapshot(b.pca_now())
          .starts_with(
              R"({"channel":"book","type":"snapshot","symbol":"PCA-2026","sequence":3,"bids":[],"asks":[[8010,5,1]])"));
}

TEST_CASE("market messages: many trades of one entry are cut into messages, all but the last marked more") {
  Board b;
  std::vector<Event> events;
  for (std::uint64_t i = 1; i <= 1001; ++i) events.push_back(trade(i, 8000, 1, 2 * i, 0, 2 * i + 1, 0));
  const auto texts = trades_updates(b.entry(events), pca, "PCA-2026");
  REQUIRE(texts.size() == 3);
  CHECK(texts[0].ends_with("],\"more\":true}"));
  CHECK(texts[1].ends_with("],\"more\":true}"));
  CHECK(texts[2].ends_with("}]}"));
  CHECK(texts[2].find("\"trade\":1001") != std::string::npos);
  CHECK(trades_updates(b.entry(events), InstrumentId(2), "X").empty());
}

TEST_CASE("private messages: a broker sees its own side of a trade and nothing of the other") {
  Board b;
  const Entry entry = b.entry({accepted(1, Side::buy, 8000, 20), accepted(2, Side::sell, 8000, 20, "s", 2),
                               trade(1, 8000, 20, 1, 0, 2, 0), UnitsIssued{AccountId(197), pca, Quantity(5)},
                               PhaseChanged{.phase = Phase::lunch}});
  const auto fills = fills_updates(entry, BrokerId(1));
  REQUIRE(fills.size() == 1);
  CHECK(fills[0].find("\"account\":197") != std::string::npos);
  for (const char* foreign : {"294", "seller"}) CHECK(fills[0].find(foreign) == std::string::npos);
  CHECK(orders_updates(entry, BrokerId(1)).size() == 1);
  CHECK(orders_updates(entry, BrokerId(3)).empty());
  CHECK(orders_updates(entry, BrokerId(0)).empty());

  const std::string broker = visible_events(entry, {Role::broker, 1});
  CHECK(broker.find("294") == std::string::npos);
  CHECK(broker.find("\"event\":\"fill\"") != std::string::npos);
  CHECK(broker.find("units_issued") == std::string::npos);
  CHECK(broker.find("phase_changed") != std::string::npos);
  CHECK(visible_events(entry, {Role::broker, 0}).find("order_accepted") == std::string::npos);
  const std::string authority = visible_events(entry, {Role::authority, 0});
  CHECK(authority.find("294") != std::string::npos);
  const std::string bank = visible_events(entry, {Role::bank, 0});
  CHECK(bank.find("trade") == std::string::npos);
  CHECK(bank.find("units_issued") != std::string::npos);
}

TEST_CASE("market board: a block is not public before its day ends, and then not in the day's figures") {
  Board b;
  Trade made = trade(7, 9000, 1'000'000, 0, 0, 0, 0);
  made.kind = TradeKind::block;
  Trade sealed = made;
  sealed.kind = TradeKind::auction;
  const Entry traded = b.entry({made, sealed});
  CHECK(b.board.apply(traded).touched.empty());
  CHECK(b.pca_now().trades.empty());
  CHECK(b.pca_now().day.last == Price(7900));
  CHECK(trades_updates(traded, pca, "PCA-2026").empty());
  CHECK(fills_updates(traded, BrokerId(1)).size() == 1);

  const Timestamp then = at(make_date(2026, 9, 15), hms(9, 29));
  const Entry ended =
      b.entry({BlockPublished{TradeId(7), pca, Price(9000), Quantity(1'000'000), then}, TradingDayEnded{}});
  const BoardChanges& changes = b.board.apply(ended);
  CHECK(changes.touched.at(0).trades);
  CHECK_FALSE(changes.touched.at(0).ticker);
  CHECK(b.pca_now().day.volume == Quantity{});
  CHECK(b.pca_now().day.last == Price(7900));
  const std::string published =
      R"({"trade":7,"time":"2026-09-15T09:29:00.000000000+08:00","price":9000,"quantity":1000000,"kind":"block"})";
  CHECK(trades_updates(ended, pca, "PCA-2026").at(0).find(published) != std::string::npos);
  CHECK(trades_snapshot(b.board, b.pca_now(), 10).find(published) != std::string::npos);

  Board later;
  later.board.recall(ended);
  CHECK(later.pca_now().trades.size() == 1);
}

TEST_CASE("private messages: block reports, bids and listings are told to their own broker alone") {
  Board b;
  Entry entry = b.entry({BlockReported{.block = BlockId(5), .broker = BrokerId(1)},
                         BidAccepted{.auction = AuctionId(3), .bid = BidId(6), .broker = BrokerId(1)},
                         AuctionAnnounced{.auction = AuctionId(4), .seller = AccountId(197)},
                         AuctionClosed{.auction = AuctionId(3)}});
  entry.stamped.request.sender = {Role::broker, 1};
  const std::string own = orders_updates(entry, BrokerId(1)).at(0);
  for (const char* event : {"block_reported", "bid_accepted", "auction_announced"})
    CHECK(own.find(event) != std::string::npos);
  CHECK(orders_updates(entry, BrokerId(2)).empty());
  for (const Sender viewer : {Sender{Role::broker, 2}, Sender{Role::bank, 0}}) {
    const std::string seen = visible_events(entry, viewer);
    for (const char* sealed : {"block_reported", "bid_accepted", "auction_announced"})
      CHECK(seen.find(sealed) == std::string::npos);
    CHECK(seen.find("auction_closed") != std::string::npos);
  }
}

TEST_CASE("private messages: a broker's rejected order is told on its stream, a repeat is not") {
  Board b;
  Entry entry = b.entry({});
  entry.stamped.request = {{Role::broker, 1}, "c1", NewOrder{}};
  entry.outcome = {Reject::market_closed, 0, 0};
  REQUIRE(orders_updates(entry, BrokerId(1)).size() == 1);
  CHECK(orders_updates(entry, BrokerId(1))[0].find("market_closed") != std::string::npos);
  CHECK(orders_updates(entry, BrokerId(2)).empty());
  entry.repeats = Sequence(1);
  CHECK(orders_updates(entry, BrokerId(1)).empty());
}

TEST_CASE(
    "market board: a correction is on the tape, moves no order, and takes a trade of the day out of its figures") {
  Board b;
  b.apply({rested(1, Side::sell, 8000, 100)});
  b.apply({trade(1, 8000, 40, 9, 0, 1, 60), trade(2, 8100, 10, 9, 0, 3, 0)});
  const std::string before = b.book();
  const auto correction = [](TradeKind kind, bool same_day) {
    Trade opposite = trade(3, 8100, 10, 3, 0, 9, 0);
    opposite.kind = TradeKind::correction;
    return std::vector<Event>{opposite, TradeBroken{TradeId(2), TradeId(3), "error", kind, same_day}};
  };
  SUBCASE("of the same day") {
    b.apply(correction(TradeKind::continuous, true));
    CHECK(b.pca_now().trades.back().corrects == TradeId(2));
    CHECK(b.pca_now().day.volume == Quantity(40));
    CHECK(b.pca_now().day.mean() == Price(8000));
    CHECK(b.pca_now().day.high == Price(8000));
    CHECK(b.pca_now().day.last == Price(8100));
    CHECK(b.pca_now().trades.size() == 3);
  }
  SUBCASE("of an earlier day") {
    b.apply(correction(TradeKind::call, false));
    CHECK(b.pca_now().day.volume == Quantity(50));
    CHECK(b.pca_now().day.high == Price(8100));
    CHECK(b.pca_now().trades.size() == 3);
  }
  SUBCASE("of a block that was published") {
    b.apply(correction(TradeKind::block, false));
    CHECK(b.pca_now().day.volume == Quantity(50));
    CHECK(b.pca_now().trades.size() == 3);
  }
  SUBCASE("of a block that was not") {
    b.apply(correction(TradeKind::block, true));
    CHECK(b.pca_now().trades.size() == 2);
  }
  SUBCASE("of a sealed bid") {
    b.apply(correction(TradeKind::auction, false));
    CHECK(b.pca_now().trades.size() == 2);
  }
  CHECK(b.book() == before);
}

TEST_CASE("market board: the day's extremes and mean follow what stands after each break") {
  DayFigures day;
  day.add(Price(8000), Quantity(10));
  day.add(Price(8100), Quantity(10));
  day.add(Price(8100), Quantity(20));
  day.take_back(Price(8100), Quantity(20));
  CHECK(day.high == Price(8100));
  CHECK(day.mean() == Price(8050));
  day.take_back(Price(8100), Quantity(10));
  CHECK(day.high == Price(8000));
  day.take_back(Price(8100), Quantity(10));  // not known: without effect
  day.take_back(Price(8000), Quantity(11));
  CHECK(day.volume == Quantity(10));
  day.take_back(Price(8000), Quantity(10));
  CHECK(day.high == Price{});
  CHECK(day.low == Price{});
  CHECK(day.mean() == Price{});
}
