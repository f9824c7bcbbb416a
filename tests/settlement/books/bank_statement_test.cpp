#include "settlement/books/bank/statement.h"

#include <doctest/doctest.h>

#include <string>

#include "engine/base/account_number.h"

using namespace pace;

namespace {
const std::string header = "value_date,bank_reference,broker,account,amount_fen\n";
const std::string account = std::to_string(account_number(201).raw());

std::string refused(const std::string& text, std::size_t line) {
  const auto result = parse_bank_statement(text);
  const auto* error = std::get_if<StatementError>(&result);
  REQUIRE(error != nullptr);
  CHECK(error->line == line);
  return error->text;
}
}  // namespace

TEST_CASE("bank statement: each line is a deposit of whole fen, LF or CRLF") {
  for (const std::string end : {"\n", "\r\n"}) {
    const auto result =
        parse_bank_statement("value_date,bank_reference,broker,account,amount_fen" + end + "2026-09-14,ICBC 0001,1," +
                             account + ",123456" + end + "2026-09-15,ICBC 0002,2," + account + ",1");
    const auto* credits = std::get_if<std::vector<BankCredit>>(&result);
    REQUIRE(credits != nullptr);
    REQUIRE(credits->size() == 2);
    CHECK((*credits)[0] == BankCredit{make_date(2026, 9, 14),
                                      DepositCash{BrokerId(1), account_number(201), Cash(123'456'000), "ICBC 0001"}});
    CHECK((*credits)[1].deposit.amount == Cash(1000));
  }
  CHECK(std::get<std::vector<BankCredit>>(parse_bank_statement(header)).empty());
}

TEST_CASE("bank statement: a broken line refuses the file and is named") {
  const std::string good = "2026-09-14,r1,1," + account + ",100\n";
  CHECK(refused("", 1).find("header") != std::string::npos);
  CHECK(refused("a,b\n" + good, 1).find("header") != std::string::npos);
  CHECK(refused(header + good + "\n" + good, 3).find("5 fields") != std::string::npos);
  CHECK(refused(header + "2026-02-30,r1,1," + account + ",100\n", 2).find("value_date") != std::string::npos);
  CHECK(refused(header + "2026-09-14,,1," + account + ",100\n", 2).find("bank_reference") != std::string::npos);
  CHECK(refused(header + "2026-09-14,\xff,1," + account + ",100\n", 2).find("bank_reference") != std::string::npos);
  CHECK(refused(header + "2026-09-14,r1,0," + account + ",100\n", 2).find("broker") != std::string::npos);
  CHECK(refused(header + "2026-09-14,r1,1,20101,100\n", 2).find("check digits") != std::string::npos);
  for (const std::string amount : {"0", "-5", "1.5", "", "9223372036854776", "99999999999999999999"})
    CHECK(refused(header + "2026-09-14,r1,1," + account + "," + amount + "\n", 2).find("amount_fen") !=
          std::string::npos);
  CHECK(refused(header + good + good, 3).find("already") != std::string::npos);
}

TEST_CASE("bank statement: the same bank line has the same request id, another has another") {
  CHECK(deposit_request_id("ICBC 0001") == deposit_request_id("ICBC 0001"));
  CHECK(deposit_request_id("ICBC 0001") != deposit_request_id("ICBC 0002"));
}
