// Numbered SQL scripts, each applied once, in a transaction of its own, in order, with its SHA-256 recorded in
// SCHEMA.migrations. A recorded script that has changed since, a gap, or a database newer than this code is refused.
// Scripts are .sql files in the room's migrations/ folder; pace_embed_migrations (CMakeLists.txt) builds them in.
// Thread rule: as the connection's; two processes at once wait for each other (advisory lock).
#pragma once

#include <span>
#include <string_view>

#include "settlement/pg/connection.h"

namespace pace::pg {

struct Migration {
  int number;             ///< 1, 2, 3 …
  std::string_view name;  ///< "0001_books"
  std::string_view sql;
};

/// Makes the schema where it is missing. Returns how many scripts were applied now. Throws Fault; the scripts before
/// the failed one stay applied.
int migrate(Connection& connection, std::string_view schema, std::span<const Migration> migrations);

/// Number of the newest script applied; 0 when there is none.
int schema_version(Connection& connection, std::string_view schema);

}  // namespace pace::pg
