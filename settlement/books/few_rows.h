// The planner's trap: joining a few thousand rows to a table of millions it reads the whole table into a hash. While
// one of these lives, joins probe the key instead. Thread rule: as the connection's.
#pragma once

#include "settlement/pg/connection.h"

namespace pace {

class FewRows {
 public:
  /// REQUIRES: a transaction; its end ends the setting as well.
  explicit FewRows(pg::Connection& connection) : connection_(connection) {
    connection_.script("SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off");
  }
  ~FewRows() = default;
  FewRows(const FewRows&) = delete;
  FewRows& operator=(const FewRows&) = delete;
  /// Back to the planner's own choice. Not left to the destructor: a fault ends the transaction, and the setting with
  /// it.
  void end() { connection_.script("SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on"); }

 private:
  pg::Connection& connection_;
};

}  // namespace pace
