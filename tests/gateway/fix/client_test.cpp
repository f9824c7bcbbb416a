#include <doctest/doctest.h>

#include <fstream>
#include <iostream>
#include <set>
#include <sstream>

#include "tests/gateway/fix/fix_house.h"
#include "tools/pace/client_fix_session.h"
#include "tools/pace/commands.h"
#include "tools/pace/csv.h"

namespace pace {
namespace {

using std::chrono::milliseconds;

std::vector<tool::OrderRow> many_orders(std::size_t n) {
  std::vector<tool::OrderRow> rows(n);
  for (std::size_t i = 0; i < n; ++i)
    rows[i] = {.cl_ord_id = "c" + std::to_string(i),
               .principal = "101",
               .symbol = "PCA-2026",
               .side = i % 2 == 0 ? '1' : '2',
               .price_fen = 8000,
               .quantity = i % 10 == 7 ? 13 : 20};
  return rows;
}

/// ExecIDs of a report file; fails on one that stands there twice.
std::set<std::string> exec_ids(const std::filesystem::path& path) {
  std::set<std::string> ids;
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    std::istringstream fields(line);
    std::string field;
    for (int i = 0; i < 5; ++i) std::getline(fields, field, ',');
    CHECK_MESSAGE(ids.insert(field).second, line);
  }
  return ids;
}

struct Client {
  Client(FixHouse& house, const std::vector<tool::OrderRow>& rows)
      : folder(house.directory.string() + "-client"),
        reports(prepare(folder)),
        fix(settings(house, folder), rows, reports) {
    fix.start();
  }
  ~Client() {
    fix.stop();
    std::filesystem::remove_all(folder);
  }
  static std::string prepare(const std::filesystem::path& folder) {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    return folder / "report.csv";
  }
  static tool::FixClientSettings settings(const FixHouse& house, const std::filesystem::path& folder) {
    return {.port = house.port,
            .sender = "ANN",
            .user = "ann",
            .password = "secret",
            .store = folder / "store",
            .dictionary = "config/fix/PACE44.xml"};
  }
  std::filesystem::path folder;
  tool::ReportFile reports;
  tool::FixClient fix;
};

/// `pace client …` in this process, with `input` on its standard input.
struct Ran {
  int status = 0;
  std::vector<std::string> lines;
};
Ran run(std::vector<std::string> words, const std::string& input = "") {
  std::istringstream in(input);
  std::ostringstream out;
  auto* const old_in = std::cin.rdbuf(in.rdbuf());
  auto* const old_out = std::cout.rdbuf(out.rdbuf());
  auto* const old_err = std::cerr.rdbuf(out.rdbuf());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  Ran ran;
  ran.status = tool::run_client(static_cast<int>(argv.size()), argv.data());
  std::cin.rdbuf(old_in);
  std::cout.rdbuf(old_out);
  std::cerr.rdbuf(old_err);
  std::istringstream text(out.str());
  for (std::string line; std::getline(text, line);) ran.lines.push_back(line);
  return ran;
}

/// A folder with a password and ten orders, and the words that name them.
struct Errand {
  std::filesystem::path folder = std::filesystem::temp_directory_path() / ("pace-errand-" + std::to_string(::getpid()));
  Errand() {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "key") << "secret\n";
    std::ofstream orders(folder / "orders.csv");
    orders << "action,cl_ord_id,orig_cl_ord_id,principal,symbol,side,type,tif,price_fen,quantity,display,post_only\n";
    for (int i = 0; i < 10; ++i) orders << "new,e" << i << ",,,PCA-2026,buy,limit,day,9749," << 20 + i << ",,\n";
  }
  ~Errand() { std::filesystem::remove_all(folder); }
  std::vector<std::string> words(std::uint16_t port, std::vector<std::string> more) {
    std::vector<std::string> all = {"client",
                                    "fix",
                                    "--port",
                                    std::to_string(port),
                                    "--sender",
                                    "ANN",
                                    "--user",
                                    "ann",
                                    "--password-file",
                                    folder / "key",
                                    "--orders",
                                    folder / "orders.csv",
                                    "--report",
                                    folder / "report.csv",
                                    "--quiet",
                                    "--patience",
                                    "5"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
};

}  // namespace

TEST_CASE("fix client: driven line by line, it answers each line with one of JSON") {
  FixHouse house;
  Errand errand;
  const Ran ran = run(errand.words(house.port, {"--interactive"}),
                      "logon\nsend 0 4\nwait\nsend 4 99\nsend 4 10\nwait\nfly\nstats\nquit\n");
  CHECK(ran.status == 0);
  REQUIRE(ran.lines.size() == 9);
  const auto holds = [&](std::size_t line, const std::string& text) {
    CHECK_MESSAGE(ran.lines[line].find(text) != std::string::npos, ran.lines[line]);
  };
  holds(0, "{\"command\":\"logon\",\"ok\":true");
  holds(1, "\"sent\":4,");
  holds(2, "\"answered\":4,\"accepted\":4,");
  holds(3, "\"ok\":false,\"error\":\"send FROM TO");
  holds(5, "\"answered\":10,");
  holds(6, "unknown command");
  holds(7, "\"logged_on\":true");
  holds(8, "{\"command\":\"quit\",\"ok\":true");
  CHECK(exec_ids(errand.folder / "report.csv").size() == 10);
}

TEST_CASE("fix client: at one go, and again behind what it wrote before") {
  FixHouse house;
  Errand errand;
  CHECK(run(errand.words(house.port, {"--to", "5", "--wait-all", "--rate", "500"})).status == 0);
  const Ran ran = run(errand.words(house.port, {"--from", "5"}));
  CHECK(ran.status == 0);
  REQUIRE(ran.lines.size() == 1);
  CHECK(ran.lines[0].find("{\"ok\":true,\"sent\":5,\"answered\":5,") == 0);
  CHECK(exec_ids(errand.folder / "report.csv").size() == 10);
}

TEST_CASE("fix client: wrong usage is status 2") {
  CHECK(run({"client", "fix", "--port", "1"}).status == 2);
  CHECK(run({"client"}).status == 2);
  CHECK(run({"client", "fix", "--help"}).status == 0);
}

TEST_CASE("fix client: plays a file of orders, and every order gets one first answer") {
  FixHouse house;
  const auto rows = many_orders(2000);
  Client client(house, rows);
  REQUIRE(client.fix.wait_logged_on(std::chrono::seconds(5)));
  for (std::size_t i = 0; i < rows.size(); ++i) REQUIRE(client.fix.send(i, std::chrono::seconds(5)));
  REQUIRE(client.fix.wait_answered(std::chrono::seconds(20)));
  REQUIRE(client.fix.wait_idle(milliseconds(300), std::chrono::seconds(10)));
  const tool::FixClientStats stats = client.fix.stats();
  CHECK(stats.answered == 2000);
  CHECK(stats.rejected == 200);
  CHECK(stats.accepted == 1800);
  CHECK(stats.bought_kg == stats.sold_kg);
  CHECK(stats.bought_kg > 0);
  CHECK(stats.duplicates == 0);
  CHECK(exec_ids(client.folder / "report.csv").size() == stats.reports);
}

TEST_CASE("fix client: the exchange is killed in the middle, and nothing is lost or doubled") {
  std::uint16_t port = 0;
  FixHouse house([&](FixOptions& options) {
    options.port = port;
    options.snapshot_every = 500;
  });
  port = house.port;
  const auto rows = many_orders(3000);
  Client client(house, rows);
  REQUIRE(client.fix.wait_logged_on(std::chrono::seconds(5)));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i == 1500) REQUIRE(client.fix.wait_answered(std::chrono::seconds(20)));
    if (i == 1000 || i == 2000) {
      house.exchange.durable = false;  // the last orders before the kill are taken and lost
      std::this_thread::sleep_for(milliseconds(i == 1000 ? 0 : 20));
      house.kill();
      house.exchange.durable = true;
      house.open();
    }
    REQUIRE(client.fix.send(i, std::chrono::seconds(20)));
  }
  REQUIRE(client.fix.wait_answered(std::chrono::seconds(30)));
  REQUIRE(client.fix.wait_idle(milliseconds(500), std::chrono::seconds(10)));
  const tool::FixClientStats stats = client.fix.stats();
  CHECK(stats.logons == 3);
  CHECK(stats.accepted == 2700);
  CHECK(stats.rejected == 300);
  CHECK(stats.bought_kg == stats.sold_kg);
  CHECK(stats.duplicates == 0);
  CHECK(stats.fills == house.exchange.fills());
  CHECK(exec_ids(client.folder / "report.csv").size() == stats.reports);
}

TEST_CASE("fix client: an order refused as busy is sent again") {
  FixHouse house;
  const auto rows = many_orders(1);
  Client client(house, rows);
  REQUIRE(client.fix.wait_logged_on(std::chrono::seconds(5)));
  house.exchange.busy = true;
  REQUIRE(client.fix.send(0, std::chrono::seconds(5)));
  CHECK_FALSE(client.fix.wait_answered(milliseconds(200)));
  house.exchange.busy = false;
  CHECK(client.fix.wait_answered(std::chrono::seconds(5)));
  CHECK(client.fix.stats().busy > 0);
  CHECK(client.fix.stats().accepted == 1);
}

TEST_CASE("fix client: an order file is read whole or refused with the line") {
  const auto path = std::filesystem::temp_directory_path() / ("pace-orders-" + std::to_string(::getpid()) + ".csv");
  const std::string header =
      "action,cl_ord_id,orig_cl_ord_id,principal,symbol,side,type,tif,price_fen,quantity,display,post_only\n";
  const auto load = [&](const std::string& text) {
    std::ofstream(path) << header << text;
    return tool::load_orders(path.string());
  };
  const auto rows = load("new,a,,101,PCA-2026,sell,limit,ioc,9749,20,10,1\ncancel,b,a,,PCA-2026,sell,,,,,,\n");
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].side == '2');
  CHECK(rows[0].time_in_force == '3');
  CHECK(rows[0].post_only);
  CHECK(rows[1].action == tool::OrderAction::cancel);
  CHECK(rows[1].orig_cl_ord_id == "a");
  CHECK_THROWS_WITH_AS(load("new,a,,101,X,hold,limit,day,1,1,,\n"), doctest::Contains(":2: column side"),
                       tool::CsvError);
  CHECK_THROWS_WITH_AS(load("new,a,,1,X,buy,limit,day,1,1,,\nnew,a,,1,X,buy,limit,day,1,1,,\n"),
                       doctest::Contains("used above"), tool::CsvError);
  CHECK_THROWS_AS(load("cancel,a,,1,X,buy,,,,,,\n"), tool::CsvError);
  CHECK_THROWS_AS(load("new,a,,1,X,buy,limit,day,-5,1,,\n"), tool::CsvError);
  std::filesystem::remove(path);
  CHECK(tool::reject_name("no (really, no) way (no_entrustment, Rulebook 6)") == "no_entrustment");
  CHECK(tool::reject_name("nothing").empty());
}

}  // namespace pace
