// Sealed-bid auctions where a story cannot tell: figures in rejects, bounds, the saved state, what the view shows.
#include <doctest/doctest.h>

#include "engine/base/account_number.h"
#include "engine/book/order.h"
#include "engine/message/special_accounts.h"
#include "tests/engine/exchange/world.h"

using namespace pace;
using namespace pace::test;

namespace {

constexpr InstrumentId next_allowance{3};

Capacity roomy() {
  return small_capacity();
}

/// PCA-2027 with 2,000 kg in the authority's pool, a least bid of 100 kg, and continuous trading.
struct Desk : World {
  explicit Desk(const Capacity& capacity = roomy()) : World(capacity) {
    must(authority, ActivateRules{"2", "", {{"auction_minimum_bid_kg", 100}, {"paid_pool_permille", 250}}});
    must(operators, ListInstrument{next_allowance, "PCA-2027", InstrumentKind::allowance, Year(2027), {}, Price(8000)});
    must(authority, SetCap{Year(2027), Quantity(8'000)});
    must(authority, RunAllocation{Year(2027)});
    until("09:30");
  }
  [[nodiscard]] Timestamp today_at(std::int64_t hour) const { return at(local_date(now()), hms(hour, 0)); }
  [[nodiscard]] AnnounceAuction listing(const char* who, std::int64_t kilograms) const {
    return {AuctionKind::one_sided, account(who), credit, Quantity(kilograms), Price(7000), {}, today_at(14)};
  }
  [[nodiscard]] AnnounceAuction sale(std::int64_t kilograms) const {
    return {AuctionKind::authority, {}, next_allowance, Quantity(kilograms), Price(7000), {}, today_at(14)};
  }
  [[nodiscard]] BidAuction bid(std::uint32_t auction, const char* who, std::int64_t kilograms, std::int64_t fen) const {
    return {AuctionId(auction), account(who), Price(fen), Quantity(kilograms)};
  }
  [[nodiscard]] AuctionsView auctions() { return std::get<AuctionsView>(exchange().answer(AskAuctions{})); }
};

template <class C>
C with(C command, void (*change)(C&)) {
  change(command);
  return command;
}

std::int64_t number(AccountId id) {
  return static_cast<std::int64_t>(id.raw());
}

}  // namespace

TEST_CASE("auctions: one closes on time when orders alone came before it") {
  Desk desk;
  desk.must(broker1, desk.listing("ann", 300));
  desk.until("13:50");
  desk.must(broker1, order(desk, "bo", Side::buy, Quantity(20), Price(8000)));
  const Answered closed = desk.until("14:00");
  CHECK(std::any_of(closed.events.begin(), closed.events.end(),
                    [](const Event& event) { return std::holds_alternative<AuctionClosed>(event); }));
}

TEST_CASE("auctions: rejects of an announcement name what was sent and what is allowed") {
  Desk desk;
  const auto refused = [&](const Sender& sender, const AnnounceAuction& c) { return desk.send(sender, c).outcome; };
  using A = AnnounceAuction;
  const A own = desk.listing("ann", 300), sale = desk.sale(1'000);
  const std::int64_t now = desk.now().raw();
  CHECK(refused(authority, own) == Outcome{Reject::role_not_permitted, 3, 7});
  CHECK(refused(broker1, sale) == Outcome{Reject::role_not_permitted, 7, 3});
  CHECK(refused(operators, sale) == Outcome{Reject::role_not_permitted, 1, 3});
  CHECK(refused(broker1, with(
                             own, +[](A& c) { c.instrument = InstrumentId(9); })) ==
        Outcome{Reject::unknown_instrument, 9, 0});
  CHECK(refused(broker1, with(
                             own, +[](A& c) { c.seller = AccountId(12345); })) ==
        Outcome{Reject::account_number_malformed, 12345, 0});
  CHECK(refused(broker1, with(
                             own, +[](A& c) { c.quantity = Quantity(9); })) ==
        Outcome{Reject::quantity_below_minimum, 9, 10});
  CHECK(refused(broker1, with(
                             own, +[](A& c) { c.quantity = Quantity::max(); })) ==
        Outcome{Reject::value_out_of_range, Quantity::max().raw(), 6'000});
  CHECK(refused(broker1, with(
                             own, +[](A& c) { c.opens = Timestamp(1); })) == Outcome{Reject::auction_times, 1, now});
  CHECK(refused(broker1, with(
                             own, +[](A& c) { c.closes = Timestamp(1); })) == Outcome{Reject::auction_times, 1, now});
  CHECK(refused(broker1, with(
                             own, +[](A& c) { c.reserve_price = Price::max(); })) ==
        Outcome{Reject::value_out_of_range, Price::max().raw(), book_max_price.raw()});
  CHECK(refused(authority, with(
                               sale, +[](A& c) { c.seller = reserve_account; })) ==
        Outcome{Reject::wrong_account_kind, number(reserve_account), 0});
  CHECK(refused(authority, with(
                               sale, +[](A& c) { c.kind = AuctionKind::reserve; })) ==
        Outcome{Reject::stability_not_triggered, 0, 0});
  CHECK(refused(authority, with(
                               sale, +[](A& c) { c.quantity = Quantity(2'001); })) ==
        Outcome{Reject::auction_quantity, 2'001, 2'000});
  CHECK(refused(authority, with(
                               sale, +[](A& c) { c.quantity = Quantity(99); })) ==
        Outcome{Reject::quantity_below_minimum, 99, 100});
  CHECK(refused(authority, with(
                               sale, +[](A& c) { c.reserve_price = Price(-1); })) ==
        Outcome{Reject::price_not_positive, -1, 1});
  CHECK(refused(authority, with(
                               sale, +[](A& c) { c.reserve_price = Price::max(); })) ==
        Outcome{Reject::value_out_of_range, Price::max().raw(), book_max_price.raw()});
  CHECK(desk.send(operators, CancelAuction{AuctionId(1), "none"}).outcome == Outcome{Reject::unknown_auction, 1, 0});
  CHECK(desk.auctions().auctions.empty());
}

TEST_CASE("auctions: rejects of a bid name what was sent and what is allowed") {
  Desk desk;
  desk.must(authority, desk.sale(1'000));
  desk.must(broker1, desk.listing("ann", 300));
  const auto refused = [&](const BidAuction& c) { return desk.send(broker1, c).outcome; };
  CHECK(refused(desk.bid(3, "bo", 100, 8000)) == Outcome{Reject::unknown_auction, 3, 0});
  CHECK(refused(desk.bid(1, "bo", 99, 8000)) == Outcome{Reject::bid_below_minimum, 99, 100});
  CHECK(refused(desk.bid(2, "bo", 9, 8000)) == Outcome{Reject::bid_below_minimum, 9, 10});
  CHECK(refused(desk.bid(1, "bo", 100, 6'999)) == Outcome{Reject::bid_below_reserve, 6'999, 7'000});
  CHECK(refused(desk.bid(1, "bo", 251, 8000)) == Outcome{Reject::bidder_maximum, 251, 250});
  CHECK(refused(desk.bid(2, "bo", 301, 8000)) == Outcome{Reject::bidder_maximum, 301, 300});
  desk.must(broker1, desk.bid(1, "bo", 150, 8000));
  CHECK(refused(desk.bid(1, "bo", 101, 8000)) == Outcome{Reject::bidder_maximum, 251, 250});
  CHECK(refused(desk.bid(1, "bo", Quantity::max().raw(), 8000)) ==
        Outcome{Reject::bidder_maximum, Quantity::max().raw(), 250});
  CHECK(refused(desk.bid(2, "ann", 100, 8000)) == Outcome{Reject::bidder_is_seller, number(desk.account("ann")), 0});
  CHECK(refused(desk.bid(1, "cy", 100, Price::max().raw())) ==
        Outcome{Reject::value_out_of_range, Price::max().raw(), book_max_price.raw()});
  CHECK(refused({AuctionId(1), AccountId(12345), Price(8000), Quantity(100)}) ==
        Outcome{Reject::account_number_malformed, 12345, 0});
  CHECK(desk.send(broker1, WithdrawBid{BidId(2)}).outcome == Outcome{Reject::unknown_bid, 2, 0});
  CHECK(desk.send(broker2, WithdrawBid{BidId(1)}).outcome == Outcome{Reject::unknown_bid, 1, 0});
}

TEST_CASE("auctions: so many at a time, so many bids in one, so many of one bidder") {
  Capacity capacity = roomy();
  capacity.auctions = 1;
  capacity.bids_per_auction = 2;
  Desk desk(capacity);
  desk.must(authority, ActivateRules{"3", "", {{"auction_bidder_bids", 1}}});
  desk.must(broker1, desk.listing("ann", 300));
  CHECK(desk.send(broker1, desk.listing("bo", 300)).outcome == Outcome{Reject::too_many_auctions, 1, 1});
  desk.must(broker1, desk.bid(1, "bo", 10, 8000));
  CHECK(desk.send(broker1, desk.bid(1, "bo", 10, 8000)).outcome == Outcome{Reject::too_many_own_bids, 1, 1});
  desk.must(broker1, desk.bid(1, "cy", 10, 8000));
  CHECK(desk.send(broker1, desk.bid(1, "dan", 10, 8000)).outcome == Outcome{Reject::too_many_bids, 2, 2});
  desk.must(operators, CancelAuction{AuctionId(1), "again"});
  desk.must(broker1, desk.listing("bo", 300));
}

TEST_CASE("auctions: the authority sells free of fee, the buyer pays its own, and the closing adds up") {
  Desk desk;
  desk.must(authority, desk.sale(1'000));
  CHECK(desk.send(broker2, "e1", desk.bid(1, "eve", 250, 9000)).outcome.accepted());
  desk.must(broker1, desk.bid(1, "bo", 100, 8000));
  const Answered closed = desk.until("14:00");
  std::vector<Trade> trades;
  for (const Event& event : closed.events)
    if (const auto* trade = std::get_if<Trade>(&event)) trades.push_back(*trade);
  REQUIRE(trades.size() == 2);
  CHECK(trades[0].kind == TradeKind::auction);
  CHECK(trades[0].price == Price(8000));
  CHECK(trades[0].aggressor == Side::buy);
  CHECK(trades[0].buy == TradeSide{{}, desk.account("eve"), BrokerId(2), "e1", {}, Cash(10'000), {}});
  CHECK(trades[0].sell.account == auction_account);
  CHECK(trades[0].sell.broker == BrokerId(0));
  CHECK(trades[0].sell.fee == Cash(0));
  CHECK(trades[1].sell.open == Quantity(650));
  CHECK(std::get<AuctionClosed>(closed.events.back()) == AuctionClosed{AuctionId(1), AuctionKind::authority,
                                                                       next_allowance, Price(8000), Quantity(350),
                                                                       Quantity(650), false});
}

TEST_CASE("auctions: the view shows what stands and the last results, and never a bid") {
  Desk desk;
  AnnounceAuction later = desk.listing("ann", 300);
  later.opens = desk.today_at(13);
  desk.must(broker1, later);
  desk.must(authority, desk.sale(1'000));
  desk.must(broker1, desk.bid(2, "bo", 100, 8000));
  desk.must(operators, CancelAuction{AuctionId(1), "off"});
  const AuctionsView before = desk.auctions();
  CHECK_FALSE(before.reserve_for_sale);
  REQUIRE(before.auctions.size() == 2);
  CHECK(before.auctions[0].state == AuctionState::cancelled);
  CHECK(before.auctions[0].unsold == Quantity(300));
  CHECK(before.auctions[1] == AuctionView{AuctionId(2),
                                          AuctionKind::authority,
                                          next_allowance,
                                          AuctionState::open,
                                          Quantity(1'000),
                                          {},
                                          Price(7000),
                                          desk.now(),
                                          desk.today_at(14),
                                          {},
                                          {},
                                          {}});
  desk.until("14:00");
  const AuctionView after = desk.auctions().auctions.at(1);
  CHECK(after.state == AuctionState::closed);
  CHECK(after.quantity == Quantity(1'000));
  CHECK(after.price == Price(8000));
  CHECK(after.volume == Quantity(100));
  CHECK(after.unsold == Quantity(900));

  for (int i = 0; i < 70; ++i) {
    desk.must(broker1, with(
                           desk.listing("ann", 300), +[](AnnounceAuction& c) { c.closes = c.closes + seconds(3600); }));
    desk.must(operators, CancelAuction{AuctionId(static_cast<std::uint32_t>(3 + i)), "again"});
  }
  CHECK(desk.auctions().auctions.size() == 64);
  CHECK(desk.auctions().auctions.front().auction == AuctionId(9));
}

TEST_CASE("auctions: the sequencer is told when the next one closes") {
  Desk desk;
  desk.must(broker1, desk.listing("ann", 300));
  AnnounceAuction sooner = desk.listing("bo", 300);
  sooner.closes = desk.now() + seconds(60);
  desk.must(broker1, sooner);
  CHECK(desk.exchange().next_due() == sooner.closes);
  desk.must(operators, CancelAuction{AuctionId(2), "off"});
  CHECK(desk.exchange().next_due() == at(local_date(desk.now()), hms(11, 30)));
}

TEST_CASE("auctions: a state saved in the midst of an auction goes on to the same bytes") {
  Desk desk;
  desk.must(authority, desk.sale(400));
  desk.until("14:00");  // unsold: rolls over
  AnnounceAuction sale = desk.sale(800);
  sale.closes = desk.today_at(20);
  desk.must(authority, sale);
  AnnounceAuction own = desk.listing("ann", 300);
  own.closes = desk.today_at(20);
  desk.must(broker1, own);
  desk.must(broker1, desk.bid(2, "bo", 150, 9000));
  desk.must(broker1, desk.bid(3, "bo", 50, 9000));
  desk.must(broker2, desk.bid(2, "eve", 200, 8500));
  desk.must(operators, HaltInstrument{credit, "drill"});
  desk.until("20:00");  // one closed, one waits
  CHECK(desk.auctions().auctions.back().state == AuctionState::waiting);
  Desk copy;
  REQUIRE(copy.restore(desk.state(), desk));
  REQUIRE(copy.state() == desk.state());
  CHECK(copy.exchange().next_due() == desk.exchange().next_due());
  for (const Command& command : {Command(ResumeInstrument{credit}), Command(HaltInstrument{next_allowance, "drill"})})
    CHECK(desk.send(operators, command).events == copy.send(operators, command).events);
  CHECK(desk.until("2026-11-02T10:00").events == copy.until("2026-11-02T10:00").events);
  CHECK(copy.state() == desk.state());
}
