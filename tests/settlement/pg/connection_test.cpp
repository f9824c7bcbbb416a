#include "settlement/pg/connection.h"

#include <doctest/doctest.h>

#include <vector>

#include "engine/base/ids.h"
#include "tests/settlement/pg/private_cluster.h"

using namespace pace;
using namespace pace::pg;
using pace::test::shared_cluster;

TEST_CASE("connection: values go out and come back as they were") {
  Connection c(shared_cluster()->conninfo());
  const Bytes bytes{0, 1, 0xff, '\\', '\''};
  const std::string text = "O'Brien \\ \"quoted\"\nline\t€";
  const Result r = c.exec("SELECT $1::bigint a, $2::text, $3::boolean, $4::date, $5::bytea, $6::integer, $7::bigint",
                          {INT64_MIN, text, true, make_date(2026, 2, 28), bytes, std::nullopt, AccountId(188)});
  CHECK(r.rows() == 1);
  CHECK(r.int64(0, r.column("a")) == INT64_MIN);
  CHECK(r.text(0, 1) == text);
  CHECK(r.boolean(0, 2));
  CHECK(r.date(0, 3) == make_date(2026, 2, 28));
  CHECK(r.bytes(0, 4) == bytes);
  CHECK(r.null(0, 5));
  CHECK(r.get<AccountId>(0, 6) == AccountId(188));
}

TEST_CASE("connection: a getter of the wrong type, row or column is a fault that says which") {
  Connection c(shared_cluster()->conninfo());
  const Result r = c.exec("SELECT 'x'::text AS word, 5000000000::bigint AS big, NULL::text AS none");
  CHECK_THROWS_WITH_AS((void)r.int64(0, 0), doctest::Contains("column word"), Fault);
  CHECK_THROWS_WITH_AS((void)r.int32(0, 1), doctest::Contains("5000000000"), Fault);
  CHECK_THROWS_WITH_AS((void)r.text(0, 2), doctest::Contains("NULL"), Fault);
  CHECK_THROWS_AS((void)r.text(1, 0), Fault);
  CHECK_THROWS_AS((void)r.text(0, 3), Fault);
  CHECK_THROWS_AS((void)r.column("absent"), Fault);
}

TEST_CASE("connection: a failed statement names SQLSTATE and its first words") {
  Connection c(shared_cluster()->conninfo());
  try {
    c.exec("SELECT 1 / 0 AS\n   nothing");
    FAIL("no fault");
  } catch (const Fault& fault) {
    CHECK(fault.sqlstate() == "22012");
    CHECK_FALSE(fault.disconnected());
    CHECK(std::string(fault.what()).find("SELECT 1 / 0 AS nothing") != std::string::npos);
  }
  CHECK(c.exec("SELECT 1").int32(0, 0) == 1);
}

TEST_CASE("connection: no server is a fault without SQLSTATE") {
  try {
    Connection c("host=/nowhere user=pace password=geheim");
    FAIL("connected");
  } catch (const Fault& fault) {
    CHECK(fault.disconnected());
    CHECK(std::string(fault.what()).find("geheim") == std::string::npos);
  }
}

TEST_CASE("connection: prepared statements run again and again") {
  Connection c(shared_cluster()->conninfo());
  c.prepare("sum", "SELECT $1::bigint + $2::bigint");
  CHECK(c.run("sum", {2, 3}).int64(0, 0) == 5);
  CHECK(c.run("sum", {Sequence(40), 2}).int64(0, 0) == 42);
  CHECK_THROWS_AS(c.prepare("sum", "SELECT 1"), Fault);
}

TEST_CASE("connection: arrays of ids go in as one parameter") {
  Connection c(shared_cluster()->conninfo());
  const std::vector<AccountId> accounts{AccountId(188), AccountId(285)};
  const Result r = c.exec("SELECT count(*), sum(a) FROM unnest($1::bigint[]) a",
                          {integer_array(std::span<const AccountId>(accounts))});
  CHECK(r.int64(0, 0) == 2);
  CHECK(r.int64(0, 1) == 473);
}

TEST_CASE("connection: notices reach the sink, one line each") {
  std::vector<std::string> lines;
  Connection c(shared_cluster()->conninfo(), "test", [&](std::string_view line) { lines.emplace_back(line); });
  c.script("DO $$ BEGIN RAISE NOTICE 'mind the gap'; END $$");
  REQUIRE(lines.size() == 1);
  CHECK(lines.front() == "NOTICE:  mind the gap");
}

TEST_CASE("transaction: without commit nothing happened; a failed one cannot be committed") {
  Connection c(shared_cluster()->conninfo());
  c.script("CREATE TEMP TABLE t (a integer PRIMARY KEY)");
  {
    const Transaction gone(c);
    c.exec("INSERT INTO t VALUES (1)");
    CHECK(c.in_transaction());
  }
  CHECK_FALSE(c.in_transaction());
  CHECK(c.exec("SELECT * FROM t").empty());
  {
    Transaction kept(c);
    CHECK(c.exec("INSERT INTO t VALUES (2), (3)").affected() == 2);
    kept.commit();
  }
  {
    Transaction failed(c);
    CHECK_THROWS_AS(c.exec("INSERT INTO t VALUES (2)"), Fault);
    CHECK_THROWS_WITH_AS(failed.commit(), doctest::Contains("rolled back"), Fault);
  }
  CHECK(c.exec("SELECT * FROM t").rows() == 2);
}
