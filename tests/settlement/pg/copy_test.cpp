#include "settlement/pg/copy.h"

#include <doctest/doctest.h>

#include <vector>

#include "engine/base/ids.h"
#include "engine/base/units.h"
#include "tests/settlement/pg/private_cluster.h"

using namespace pace;
using namespace pace::pg;
using pace::test::shared_cluster;

namespace {

constexpr auto table =
    "CREATE TEMP TABLE t (a bigint, b integer, c smallint, d boolean, e text, f date, g bytea, h bigint, i integer)";

void one_of_each(CopyFormat format) {
  Connection c(shared_cluster()->conninfo());
  c.script(table);
  const Bytes bytes{0, 9, 10, 13, 92, 255};
  const std::string text = "tab\there\nnext\r\\N \\. €";
  CopyIn copy(c, "t", format);
  copy.row(INT64_MIN, INT32_MAX, std::int16_t{-7}, true, text, make_date(1999, 12, 31), BytesView(bytes), Cash(-1),
           std::optional<std::int32_t>());
  copy.row(AccountId(188), BrokerId(4), std::uint16_t{9}, false, "", make_date(2026, 6, 20), BytesView(), Cash(5),
           std::optional<std::int32_t>(6));
  CHECK(copy.finish() == 2);
  const Result r = c.exec("SELECT * FROM t ORDER BY a");
  CHECK(r.int64(0, 0) == INT64_MIN);
  CHECK(r.int32(0, 1) == INT32_MAX);
  CHECK(r.int32(0, 2) == -7);
  CHECK(r.boolean(0, 3));
  CHECK(r.text(0, 4) == text);
  CHECK(r.date(0, 5) == make_date(1999, 12, 31));
  CHECK(r.bytes(0, 6) == bytes);
  CHECK(r.get<Cash>(0, 7) == Cash(-1));
  CHECK(r.null(0, 8));
  CHECK(r.int64(1, 0) == 188);
  CHECK_FALSE(r.boolean(1, 3));
  CHECK(r.text(1, 4).empty());
  CHECK(r.date(1, 5) == make_date(2026, 6, 20));
  CHECK(r.bytes(1, 6).empty());
  CHECK(r.int32(1, 8) == 6);
}

}  // namespace

TEST_CASE("copy: binary rows arrive as they were") {
  one_of_each(CopyFormat::binary);
}
TEST_CASE("copy: text rows arrive as they were") {
  one_of_each(CopyFormat::text);
}

TEST_CASE("copy: a refused row is a fault, and the connection goes on") {
  Connection c(shared_cluster()->conninfo());
  c.script("CREATE TEMP TABLE t (a bigint PRIMARY KEY)");
  CopyIn copy(c, "t");
  for (std::int64_t i = 0; i < 100'000; ++i) copy.row(i % 99'999);
  try {
    copy.finish();
    FAIL("taken");
  } catch (const Fault& fault) {
    CHECK(fault.sqlstate() == "23505");
  }
  CHECK(c.exec("SELECT * FROM t").empty());
}

TEST_CASE("copy: given up without finish, nothing arrived") {
  Connection c(shared_cluster()->conninfo());
  c.script("CREATE TEMP TABLE t (a bigint)");
  { CopyIn(c, "t").row(std::int64_t{1}); }
  CHECK(c.exec("SELECT * FROM t").empty());
}

TEST_CASE("copy: an id too large for its column is a fault before it is sent") {
  Connection c(shared_cluster()->conninfo());
  c.script("CREATE TEMP TABLE t (a bigint)");
  CopyIn copy(c, "t");
  CHECK_THROWS_WITH_AS(copy.row(AccountId(UINT64_MAX)), doctest::Contains("18446744073709551615"), Fault);
}

TEST_CASE("copy: rows come out as the server prints them") {
  Connection c(shared_cluster()->conninfo());
  std::vector<std::string> rows;
  const auto keep = [&](std::string_view row) { rows.emplace_back(row); };
  CHECK(copy_out(c, "COPY (SELECT i, 'a,b' FROM generate_series(1, 3) i) TO STDOUT (FORMAT csv, HEADER)", keep) == 4);
  CHECK(rows == std::vector<std::string>{"i,?column?\n", "1,\"a,b\"\n", "2,\"a,b\"\n", "3,\"a,b\"\n"});
  CHECK_THROWS_AS(copy_out(c, "COPY (SELECT 1 / 0) TO STDOUT", keep), Fault);
  CHECK_THROWS_AS(copy_out(c, "SELECT 1", keep), Fault);
}
