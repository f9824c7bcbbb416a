// A database without books in it. One for all tests, emptied: making a database costs ten times as much.
#pragma once

#include <string>

#include "tests/settlement/pg/private_cluster.h"

namespace pace::test {

inline std::string fresh_books() {
  const std::string conninfo = shared_cluster()->conninfo();
  pg::Connection connection(conninfo, "test", [](std::string_view) {});
  connection.script("DROP SCHEMA IF EXISTS books CASCADE");
  return conninfo;
}

}  // namespace pace::test
