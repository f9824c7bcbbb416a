#include "settlement/pg/migrations.h"

#include <doctest/doctest.h>

#include <array>

#include "tests/settlement/pg/private_cluster.h"

using namespace pace;
using namespace pace::pg;
using pace::test::shared_cluster;

namespace {
constexpr Migration first{1, "0001_things", "CREATE TABLE m.things (a integer); INSERT INTO m.things VALUES (1);"};
constexpr Migration second{2, "0002_more", "INSERT INTO m.things VALUES (2);"};
constexpr Migration broken{2, "0002_broken", "INSERT INTO m.things VALUES (3); INSERT INTO m.absent VALUES (1);"};

std::int64_t things(Connection& c) {
  return c.exec("SELECT count(*) FROM m.things").int64(0, 0);
}
}  // namespace

TEST_CASE("migrations: each is applied once, later ones follow") {
  Connection c(shared_cluster().fresh_database("migrations_once"));
  CHECK(schema_version(c, "m") == 0);
  CHECK(migrate(c, "m", std::array{first}) == 1);
  CHECK(migrate(c, "m", std::array{first}) == 0);
  CHECK(things(c) == 1);
  CHECK(migrate(c, "m", std::array{first, second}) == 1);
  CHECK(migrate(c, "m", std::array{first, second}) == 0);
  CHECK(things(c) == 2);
  CHECK(schema_version(c, "m") == 2);
}

TEST_CASE("migrations: a database newer than the code is refused") {
  Connection c(shared_cluster().fresh_database("migrations_newer"));
  migrate(c, "m", std::array{first, second});
  CHECK_THROWS_WITH_AS(migrate(c, "m", std::array{first}), doctest::Contains("newer version"), Fault);
}

TEST_CASE("migrations: an applied script that changed since is refused") {
  Connection c(shared_cluster().fresh_database("migrations_changed"));
  migrate(c, "m", std::array{first});
  const Migration edited{1, "0001_things", "CREATE TABLE m.things (a bigint);"};
  CHECK_THROWS_WITH_AS(migrate(c, "m", std::array{edited}), doctest::Contains("other content"), Fault);
}

TEST_CASE("migrations: a script that fails leaves nothing of itself, and what stood before it") {
  Connection c(shared_cluster().fresh_database("migrations_broken"));
  CHECK_THROWS_WITH_AS(migrate(c, "m", std::array{first, broken}), doctest::Contains("m.absent"), Fault);
  CHECK(things(c) == 1);
  CHECK(schema_version(c, "m") == 1);
}
