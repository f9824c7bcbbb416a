// The tables of the market, from logs that the exchange itself wrote.
#include <doctest/doctest.h>

#include <algorithm>

#include "registry/audit/bundle.h"
#include "registry/audit/derivation.h"
#include "tests/engine/exchange/world.h"
#include "tests/fuzz/stories.h"
#include "tests/registry/audit/small_log.h"

namespace pace::audit {
namespace {

using namespace pace::test;

/// What the exchange makes of the commands, as its event log would hold it.
std::vector<Entry> entries_of(const std::vector<StampedCommand>& log) {
  Exchange exchange(small_capacity());
  EventBuffer events;
  std::vector<Entry> entries;
  for (const StampedCommand& stamped : log) {
    events.clear();
    const Applied applied = exchange.apply(stamped.sequence, stamped.time, stamped.request, events);
    entries.push_back({stamped, applied.outcome, applied.repeats, events.decode()});
  }
  return entries;
}

struct Rows final : RowSink {
  std::map<Table, std::vector<std::string>> of;
  void row(Table table, std::string_view line) override { of[table].emplace_back(line.substr(0, line.size() - 1)); }
};

/// The rows of a table without the sequence and the time they begin with.
std::string told(Rows& rows, Table table) {
  std::string told;
  for (const std::string& row : rows.of[table]) told += row.substr(row.find(',', row.find(',') + 1) + 1) + "\n";
  return told;
}
std::string lines(const std::vector<std::string>& rows) {
  std::string text;
  for (const std::string& row : rows) text += row + "\n";
  return text;
}

std::string account(const World& world, const char* name) {
  return std::to_string(world.account(name).raw());
}

struct Log {
  std::vector<StampedCommand> log;
};
struct Day : Log, World {
  Day() : World(small_capacity(), &log) { must(authority, ActivateRules{"2", "", {{"block_minimum_kg", 100}}}); }

  void say(const char* who, const ClientId& id, const Command& command) {
    REQUIRE(send(broker_of(who), id, command).outcome.accepted());
  }
  void trade(const char* seller, const char* buyer, std::int64_t price, std::int64_t kilograms) {
    must(broker_of(seller), order(*this, seller, Side::sell, Quantity(kilograms), Price(price)));
    must(broker_of(buyer), order(*this, buyer, Side::buy, Quantity(kilograms), Price(price)));
  }
  void block(const char* who, const ClientId& id, Side side, std::int64_t kilograms, std::uint32_t with) {
    say(who, id, ReportBlock{account(who), credit, side, Price(8000), Quantity(kilograms), BrokerId(with), "deal"});
  }
  void break_trade(std::uint64_t number) { must(authority, BreakTrade{TradeId(number), "error"}); }
  [[nodiscard]] Rows rows() {
    Rows rows;
    Derivation derivation(rows);
    for (const Entry& entry : entries_of(log)) derivation.add(entry);
    derivation.finish();
    for (const Breach& breach : derivation.state().breaches()) FAIL_CHECK(breach.text);
    return rows;
  }
};

}  // namespace

TEST_CASE("tables: both sides of a block, what became of them, and what was published") {
  Day day;
  day.until("09:30");
  day.block("ann", "a1", Side::sell, 300, 2);
  day.block("bo", "b1", Side::sell, 100, 2);
  day.must(broker1, WithdrawBlock{BlockId(2)});
  day.block("eve", "e1", Side::buy, 300, 1);
  day.block("eve", "e2", Side::buy, 200, 1);
  day.until("15:00");
  Rows rows = day.rows();
  const std::string ann = account(day, "ann"), bo = account(day, "bo"), eve = account(day, "eve");
  CHECK(told(rows, Table::blocks) ==
        lines({"reported,1,1,a1," + ann + ",2,sell,8000,300,2,deal,,",
               "reported,2,1,b1," + bo + ",2,sell,8000,100,2,deal,,",
               "withdrawn,2,1,b1," + bo + ",2,sell,8000,100,2,deal,,requested",
               "reported,3,2,e1," + eve + ",2,buy,8000,300,1,deal,,",
               "traded,3,2,e1," + eve + ",2,buy,8000,300,1,deal,1,",
               "traded,1,1,a1," + ann + ",2,sell,8000,300,2,deal,1,",
               "reported,4,2,e2," + eve + ",2,buy,8000,200,1,deal,,",
               "withdrawn,4,2,e2," + eve + ",2,buy,8000,200,1,deal,,end_of_day", "published,,,,,2,,8000,300,,,1,"}));
}

TEST_CASE("tables: auctions with every bid, what it won and what it lost") {
  Day day;
  day.until("09:30");
  const Timestamp opens = day.now(), closes = at(local_date(opens), hms(14, 0));
  day.say("ann", "s1",
          AnnounceAuction{.kind = AuctionKind::one_sided,
                          .seller = day.account("ann"),
                          .instrument = credit,
                          .quantity = Quantity(150),
                          .reserve_price = Price(7000),
                          .closes = closes});
  day.say("bo", "b1", BidAuction{AuctionId(1), day.account("bo"), Price(9000), Quantity(100)});
  day.say("eve", "e1", BidAuction{AuctionId(1), day.account("eve"), Price(8500), Quantity(100)});
  day.say("cy", "c1", BidAuction{AuctionId(1), day.account("cy"), Price(8000), Quantity(50)});
  day.say("cy", "c2", BidAuction{AuctionId(1), day.account("cy"), Price(9500), Quantity(20)});
  day.must(broker1, WithdrawBid{BidId(4)});
  day.until("14:00");
  day.say("dan", "s2",
          AnnounceAuction{.kind = AuctionKind::one_sided,
                          .seller = day.account("dan"),
                          .instrument = credit,
                          .quantity = Quantity(10),
                          .reserve_price = Price(7000),
                          .closes = at(local_date(opens), hms(16, 0))});
  day.must(operators, CancelAuction{AuctionId(2), "error"});
  Rows rows = day.rows();
  const std::string ann = account(day, "ann"), bo = account(day, "bo"), cy = account(day, "cy"),
                    dan = account(day, "dan"), eve = account(day, "eve"), today = "2026-09-07T";
  const std::string late = ".000000000+08:00";
  CHECK(told(rows, Table::auctions) == lines({"announced,1,one_sided,2," + ann + ",1,s1,150,0,7000," + today +
                                                  "09:30:00" + late + "," + today + "14:00:00" + late + ",,,",
                                              "closed,1,one_sided,2,,,,,,,,,8500,150,0",
                                              "announced,2,one_sided,2," + dan + ",1,s2,10,0,7000," + today +
                                                  "14:00:00" + late + "," + today + "16:00:00" + late + ",,,",
                                              "cancelled,2,one_sided,2,,,,,,,,,0,0,10"}));
  CHECK(told(rows, Table::bids) ==
        lines({"accepted,1,1,1,b1," + bo + ",9000,100,,", "accepted,1,2,2,e1," + eve + ",8500,100,,",
               "accepted,1,3,1,c1," + cy + ",8000,50,,", "accepted,1,4,1,c2," + cy + ",9500,20,,",
               "withdrawn,1,4,1,c2," + cy + ",9500,20,,requested", "won,1,1,1,b1," + bo + ",8500,100,1,",
               "won,1,2,2,e1," + eve + ",8500,50,2,", "withdrawn,1,2,2,e1," + eve + ",8500,50,,outbid",
               "withdrawn,1,3,1,c1," + cy + ",8000,50,,outbid"}));
}

TEST_CASE("tables: a pooled order's split, in declared order") {
  Day day;
  day.until("09:30");
  day.say("ann", "p1",
          NewPooledOrder{.instrument = credit,
                         .side = Side::sell,
                         .price = Price(8000),
                         .split = {{day.account("bo"), Quantity(30)}, {day.account("ann"), Quantity(20)}}});
  Rows rows = day.rows();
  const std::string order = std::to_string(day.orders().at(0).order.raw());
  CHECK(told(rows, Table::pool_shares) ==
        lines({order + ",1,p1,1," + account(day, "bo") + ",30", order + ",1,p1,2," + account(day, "ann") + ",20"}));
}

TEST_CASE("tables: alerts name their rule and their figures") {
  Day day;
  day.must(authority, ActivateRules{"3", "", {{"breaker_move_permille", 20}}});
  day.until("09:30");
  day.trade("ann", "house1", 8000, 20);  // flagged
  day.trade("ann", "house2", 8000, 20);  // another member's own account: not
  day.trade("bo", "cy", 8000, 300);      // 1,300 kg of 2,400
  day.must(broker1, order(day, "bo", Side::sell, Quantity(20), Price(8200)));
  day.must(broker1, order(day, "cy", Side::buy, Quantity(20), Price(8200)));
  day.must(operators, HaltInstrument{credit, "fault"});
  day.must(operators, ResumeInstrument{credit});
  day.must(operators, SetKillSwitch{BrokerId(2), true, "runaway"});
  day.must(operators, SetKillSwitch{BrokerId(2), false, "mended"});
  Rows rows = day.rows();
  CHECK(told(rows, Table::alerts) ==
        lines({"own_against_principal,7 self-trade,2," + account(day, "ann") + ",1,1,,,,",
               "large_holder,7 large holder,2," + account(day, "cy") + ",,,1300,2400,,",
               "volatility_call,7 circuit breaker,2,,,,,,,circuit breaker", "halted,7 operator,2,,,,,,,fault",
               "trading,7,2,,,,,,,", "suspended,7 operator,,,2,,,,,runaway", "readmitted,7 operator,,,2,,,,,mended"}));
  const auto flags = [&](const char* end) {
    return std::count_if(rows.of[Table::trades].begin(), rows.of[Table::trades].end(),
                         [&](const std::string& row) { return row.ends_with(end); });
  };
  CHECK(flags(",true") == 1);
  CHECK(flags(",false") == 3);
}

TEST_CASE("tables: a trade broken on its own day leaves the day's figures, one broken later has made them") {
  Day day;
  day.until("09:30");
  day.trade("ann", "bo", 8000, 100);
  day.trade("ann", "bo", 8100, 50);
  day.trade("ann", "bo", 7900, 10);
  const auto figures = [&](const std::string& of) {
    Rows rows = day.rows();
    for (const std::string& row : rows.of[Table::market_days])
      if (row.starts_with(of + ",2,")) return row.substr(row.find("SUN-2026,") + 9);
    return std::string("none");
  };
  const std::string monday = "2026-09-07", tuesday = "2026-09-08";
  const std::string before = "8000,7200,8800,";
  CHECK(figures(monday) == before + "3,160,1284000,8000,8100,7900,7900");
  SUBCASE("the same day") {
    day.break_trade(2);
    CHECK(figures(monday) == before + "2,110,879000,8000,8000,7900,7900");
  }
  SUBCASE("the same day, all of them") {
    for (const std::uint64_t number : {1, 2, 3}) day.break_trade(number);
    CHECK(figures(monday) == before + "0,0,0,8000,0,0,7900");
  }
  SUBCASE("the day after") {
    day.until("2026-09-08T09:30");
    day.break_trade(2);
    CHECK(figures(monday) == before + "3,160,1284000,8000,8100,7900,7900");
    CHECK(figures(tuesday).starts_with("8000,7200,8800,0,0,0,0,0,0,0"));
  }
}

TEST_CASE("tables: a bundle of such a day verifies, and a changed row of each of its tables is named") {
  Day day;
  day.until("09:30");
  day.trade("ann", "house1", 8000, 20);
  day.break_trade(1);
  day.block("ann", "a1", Side::sell, 300, 2);
  day.block("eve", "e1", Side::buy, 300, 1);
  day.say("ann", "p1",
          NewPooledOrder{.instrument = credit,
                         .side = Side::sell,
                         .price = Price(8000),
                         .split = {{day.account("bo"), Quantity(30)}}});
  day.say("ann", "s1",
          AnnounceAuction{.kind = AuctionKind::one_sided,
                          .seller = day.account("ann"),
                          .instrument = credit,
                          .quantity = Quantity(150),
                          .reserve_price = Price(7000),
                          .closes = at(local_date(day.now()), hms(14, 0))});
  day.say("bo", "b1", BidAuction{AuctionId(1), day.account("bo"), Price(9000), Quantity(100)});
  day.until("15:00");
  const TemporaryDirectory directory;
  const std::vector<Entry> log = entries_of(day.log);
  VectorSource source(log);
  const auto bundle = directory.path() / "bundle";
  CHECK(export_bundle(source, test_keys(), {}, bundle).breaches.empty());
  CHECK(verify_bundle(bundle, test_keys().public_keys()).findings.empty());
  const ShellResult python = shell("/usr/bin/python3 " + (bundle / "verify.py").string());
  INFO(python.output);
  CHECK(python.status == 0);
  for (const char* name : {"blocks.csv", "auctions.csv", "bids.csv", "alerts.csv", "pool_shares.csv"}) {
    const std::string whole = read_file(bundle / name);
    std::string damaged = whole;
    damaged[whole.find('\n') + 1] ^= 1;
    write_file(bundle / name, damaged);
    const VerifyResult result = verify_bundle(bundle, {});
    CHECK(std::any_of(result.findings.begin(), result.findings.end(), [&](const Finding& finding) {
      return to_text(finding).find(std::string(name) + ", row 1") != std::string::npos;
    }));
    write_file(bundle / name, whole);
  }
}

TEST_CASE("tables: the log of every market story adds up") {
  std::vector<StampedCommand> founding;
  const World world(small_capacity(), &founding);
  std::size_t stories = 0;
  for (const fuzz::ToldStory& story : fuzz::told_stories()) {
    std::vector<StampedCommand> log = founding;
    log.insert(log.end(), story.commands.begin(), story.commands.end());
    Rows rows;
    Derivation derivation(rows);
    for (const Entry& entry : entries_of(log)) derivation.add(entry);
    derivation.finish();
    INFO(story.name);
    for (const Breach& breach : derivation.state().breaches()) FAIL_CHECK(breach.text);
    ++stories;
  }
  CHECK(stories > 100);
}

}  // namespace pace::audit
