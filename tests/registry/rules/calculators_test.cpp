#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/temporary_directory.h"
#include "tools/pace/commands.h"

namespace pace::tool {
namespace {

struct Ran {
  int status;
  std::string out, err;
};

/// A directory of the test's own; `pace rules` run in it with what it prints caught.
class Desk {
 public:
  [[nodiscard]] std::string file(const std::string& name) const { return directory_.path() / name; }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(file(name), std::ios::binary) << text;
    return file(name);
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(file(name), std::ios::binary).rdbuf();
    return text.str();
  }
  [[nodiscard]] Ran run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "rules");
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    const int saved_out = redirect(stdout, file("out"));
    const int saved_err = redirect(stderr, file("err"));
    const int status = run_rules(static_cast<int>(arguments.size()), argv.data());
    restore(stdout, saved_out);
    restore(stderr, saved_err);
    return {status, read("out"), read("err")};
  }

 private:
  static int redirect(std::FILE* stream, const std::string& to) {
    std::fflush(stream);
    const int saved = dup(fileno(stream));
    const int target = open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(target, fileno(stream));
    close(target);
    return saved;
  }
  static void restore(std::FILE* stream, int saved) {
    std::fflush(stream);
    dup2(saved, fileno(stream));
    close(saved);
  }
  test::TemporaryDirectory directory_;
};

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::vector<std::string> allocate(const std::string& accounts) {
  return {"allocate", "--accounts", accounts, "--cap", "10", "--year", "2026", "--reserve-permille", "0"};
}

TEST_CASE("rules allocate: rows in the order read, totals beside them") {
  const Desk desk;
  const Ran ran = desk.run(allocate(desk.write("a.csv", "account,weight\na,1000\nb,1000\nc,500\n")));
  CHECK(ran.status == 0);
  CHECK(ran.out == "account,weight,quantity\na,1000,4\nb,1000,4\nc,500,2\n");
  CHECK(holds(ran.err, "free_pool: 10\nallocated: 10\naccounts: 3\nweight_sum: 2500\n"));
}

TEST_CASE("rules allocate: columns in any order, quotes and a byte-order mark are taken") {
  const Desk desk;
  const std::string path = desk.write("a.csv", "\xef\xbb\xbfweight,account\n1000,\"x,\"\"1\"\"\"\n500,y\n");
  CHECK(desk.run(allocate(path)).out == "account,weight,quantity\n\"x,\"\"1\"\"\",1000,7\ny,500,3\n");
}

TEST_CASE("rules allocate: --out takes the rows, --json prints the totals") {
  const Desk desk;
  std::vector<std::string> arguments = allocate(desk.write("a.csv", "account,weight\n207,1000\n110,1000\n"));
  arguments.insert(arguments.end(), {"--out", desk.file("rows.csv"), "--json"});
  const Ran ran = desk.run(arguments);
  CHECK(ran.status == 0);
  CHECK(desk.read("rows.csv") == "account,weight,quantity\n207,1000,5\n110,1000,5\n");
  // printf 'pace-allocation/1\nyear=2026\ncap=10\nreserve=0\npaid_pool=0\nfree_pool=10\n110,1000\n207,1000\n' |
  // sha256sum
  CHECK(holds(ran.out, "\"inputs_digest\":\"877e9a9497ce77c41677f4a71e4dfef15a741f62ca724351109882ff428b253b\""));
  CHECK(holds(ran.out, "\"gini_millionths\":0,"));
  CHECK_FALSE(holds(ran.out, "rows"));
}

TEST_CASE("rules allocate: bad rows are refused with file, line, column, value and what is allowed") {
  const Desk desk;
  const std::pair<const char*, const char*> bad[] = {
      {"account,weight\na,-5\n", "a.csv:2: column weight: \"-5\" is not an integer from 0 to 1000000"},
      {"account,weight\na,1.5\n", "a.csv:2: column weight: \"1.5\" is not an integer from 0 to 1000000"},
      {"account,weight\na,\n", "a.csv:2: column weight: an empty field is not an integer"},
      {"account,weight\na,5\nb,5\na,6\n", "a.csv:4: column account: \"a\" stands on line 2 already"},
      {"account,weight\na,5\n\xff,6\n", "a.csv:3: the row is not valid UTF-8"},
      {"account,weight\n\xc0\x80,6\n", "a.csv:2: the row is not valid UTF-8"},
      {"account,weight\n,6\n", "a.csv:2: column account: an account is 1 to 64 bytes long, not 0"},
      {"account,weight\na,5,6\n", "a.csv:2: 3 fields; the header row names 2"},
      {"account,weight\na,5\n\nb,5\n", "a.csv:3: an empty line"},
      {"account,weight\n\"a,5\n", "a.csv:2: a quoted field does not end on its line"},
      {"account,weight\n\"a\"b,5\n", "a.csv:2: text after the closing quote"},
      {"account,wait\na,5\n", "a.csv:1: unknown column \"wait\"; known are: account, weight"},
      {"account\na\n", "a.csv:1: column weight is missing"},
      {"account,account,weight\na,a,5\n", "a.csv:1: column \"account\" stands there twice"},
      {"", "a.csv: the file is empty; a header row is required: account, weight"},
      {"account,weight\na,0\n", "a.csv: no account has a weight above 0"},
  };
  for (const auto& [text, message] : bad) {
    CAPTURE(message);
    const Ran ran = desk.run(allocate(desk.write("a.csv", text)));
    CHECK(ran.status == 1);
    CHECK_MESSAGE(holds(ran.err, message), ran.err);
    CHECK(ran.out.empty());
  }
  CHECK(holds(desk.run(allocate(desk.file("absent.csv"))).err, "absent.csv: cannot be opened: No such file"));
}

TEST_CASE("rules: wrong usage ends with status 2") {
  const Desk desk;
  const std::string path = desk.write("a.csv", "account,weight\na,5\n");
  CHECK(desk.run({}).status == 2);
  CHECK(desk.run({"allocate", "--accounts", path}).status == 2);
  CHECK(desk.run({"allocate", "--accounts", path, "--cap", "-1", "--year", "2026"}).status == 2);
  CHECK(desk.run({"allocate", "--accounts", path, "--cap", "9", "--year", "2026", "--reserve-permille", "600",
                  "--paid-permille", "600"})
            .status == 2);
  CHECK(desk.run({"assess", "--accounts", path, "--banking", "all"}).status == 2);
  CHECK(desk.run({"allocate", "--help"}).status == 0);
}

constexpr const char* examples =
    "account,emissions,vintage,banked,credits_requested,allocation,next_allocation,net_sales\n"
    "a,1000,1200,0,0,1200,1164,0\n"
    "b,1205,1000,100,300,1200,1164,10\n"
    "c,1500,1200,0,0,1200,1164,0\n"
    "d,9,0,0,5,0,0,0\n"
    "e,1999,1200,50,500,1200,1164,-7\n"
    "f,6000,0,0,0,0,0,0\n";

TEST_CASE("rules assess: the rulebook's worked examples") {
  const Desk desk;
  const Ran ran = desk.run({"assess", "--accounts", desk.write("a.csv", examples), "--price", "9749"});
  CHECK(ran.status == 0);
  CHECK(ran.out ==
        "account,surrendered_credits,surrendered_banked,surrendered_vintage,shortfall,deduct,debt,surcharge,banked,"
        "cancelled\n"
        "a,0,0,1000,0,0,0,0,120,80\n"
        "b,120,100,985,0,0,0,0,15,0\n"
        "c,0,0,1200,300,582,18,2924700,0,0\n"
        "d,0,0,0,9,0,18,87741,0,0\n"
        "e,199,50,1200,550,582,518,5361950,0,0\n"
        "f,0,0,0,6000,0,12000,50000000,0,0\n");
  CHECK(holds(ran.err, "short_accounts: 4\n"));
}

TEST_CASE("rules assess: the year's limit, k and the banking mode are options") {
  const Desk desk;
  const std::string path = desk.write("a.csv", examples);
  const Ran ran = desk.run({"assess", "--accounts", path, "--price", "9749", "--offset-total", "100", "--k", "0",
                            "--banking", "none", "--json"});
  CHECK(ran.status == 0);
  CHECK(holds(ran.out, "\"credits_granted\":100,\"offset_total\":100,"));
  CHECK(holds(ran.out,
              "{\"account\":\"a\",\"surrendered_credits\":0,\"surrendered_banked\":0,\"surrendered_vintage\":1000,"
              "\"shortfall\":0,\"deduct\":0,\"debt\":0,\"surcharge\":0,\"banked\":0,\"cancelled\":200}"));
  CHECK(holds(ran.out, "{\"account\":\"b\",\"surrendered_credits\":38,"));  // 120 * 100 / 319 = 37.6
  CHECK(holds(ran.out, "{\"account\":\"e\",\"surrendered_credits\":62,"));  // 199 * 100 / 319 = 62.4
  CHECK(holds(ran.out, "\"surcharge\":0,"));
}

TEST_CASE("rules assess: a shortfall without a price is wrong usage, a negative quantity bad data") {
  const Desk desk;
  const Ran ran = desk.run({"assess", "--accounts", desk.write("a.csv", examples)});
  CHECK(ran.status == 2);
  CHECK(holds(ran.err, "account c is short of 300 kg: its surcharge needs --price"));
  const Ran fine = desk.run({"assess", "--accounts", desk.write("b.csv", "account,emissions,vintage\na,5,7\n")});
  CHECK(fine.status == 0);
  CHECK(holds(fine.out, "a,0,0,5,0,0,0,0,0,2\n"));
  const Ran bad = desk.run({"assess", "--accounts", desk.write("c.csv", "account,emissions,vintage\na,-5,7\n")});
  CHECK(bad.status == 1);
  CHECK(holds(bad.err, "c.csv:2: column emissions: \"-5\" is not an integer from 0 to 100000000000"));
}

}  // namespace
}  // namespace pace::tool
