#include "settlement/pg/migrations.h"

#include <string>

#include "engine/base/hex.h"
#include "engine/base/sha256.h"

namespace pace::pg {
namespace {

/// One number for all of PACE's schemas: migrations are rare, waiting for each other costs nothing.
constexpr std::int64_t migration_lock = 0x50414345;

std::string checksum(std::string_view sql) {
  return to_hex(sha256(sql));
}

void make_table(Connection& connection, const std::string& schema) {
  connection.exec("CREATE SCHEMA IF NOT EXISTS " + schema);
  connection.exec("CREATE TABLE IF NOT EXISTS " + schema +
                  ".migrations (number integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL,"
                  " applied_at timestamptz NOT NULL DEFAULT now())");
}

/// The scripts that stand in the database already are the first ones of ours, unchanged.
int check_applied(Connection& connection, const std::string& schema, std::span<const Migration> migrations) {
  const Result applied =
      connection.exec("SELECT number, name, checksum FROM " + schema + ".migrations ORDER BY number");
  for (int row = 0; row < applied.rows(); ++row) {
    const int number = applied.int32(row, 0);
    const std::string named =
        "schema " + schema + ", script " + std::to_string(number) + " " + std::string(applied.text(row, 1));
    if (number != row + 1) throw Fault(named + ": script " + std::to_string(row + 1) + " is missing from the database");
    if (static_cast<std::size_t>(number) > migrations.size())
      throw Fault(named + " was applied by a newer version of pace than this one; use that version");
    if (applied.text(row, 2) != checksum(migrations[static_cast<std::size_t>(row)].sql))
      throw Fault(named + " was applied with other content than this version of pace has");
  }
  return applied.rows();
}

}  // namespace

int migrate(Connection& connection, std::string_view schema, std::span<const Migration> migrations) {
  const std::string quoted = connection.quote_identifier(schema);
  int count = 0;
  for (bool done = false; !done;) {
    Transaction transaction(connection);
    connection.exec("SELECT pg_advisory_xact_lock($1)", {migration_lock});
    connection.script("SET LOCAL client_min_messages = warning");
    make_table(connection, quoted);
    const auto next = static_cast<std::size_t>(check_applied(connection, quoted, migrations));
    done = next == migrations.size();
    if (!done) {
      const Migration& script = migrations[next];
      if (script.number != static_cast<int>(next) + 1)
        throw Fault("schema " + quoted + ": script " + std::string(script.name) + " is out of order");
      connection.script(std::string(script.sql));
      connection.exec("INSERT INTO " + quoted + ".migrations (number, name, checksum) VALUES ($1, $2, $3)",
                      {script.number, script.name, checksum(script.sql)});
      ++count;
    }
    transaction.commit();
  }
  return count;
}

int schema_version(Connection& connection, std::string_view schema) {
  const std::string table = connection.quote_identifier(schema) + ".migrations";
  if (connection.exec("SELECT to_regclass($1)", {table}).null(0, 0)) return 0;
  return connection.exec("SELECT coalesce(max(number), 0) FROM " + table).int32(0, 0);
}

}  // namespace pace::pg
