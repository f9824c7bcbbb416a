// libpq behind RAII: one connection, statements with parameters, transactions. libpq itself stays in the .cpp files.
// Every failure is a Fault with SQLSTATE and the statement's first words; nothing retries by itself (backoff.h).
// Thread rule: one thread at a time per Connection.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "settlement/pg/fault.h"
#include "settlement/pg/param.h"
#include "settlement/pg/result.h"

struct pg_conn;

namespace pace::pg {

struct CloseConnection {
  void operator()(pg_conn* connection) const;
};

/// Receives the server's notices and warnings, one line each.
using NoticeSink = std::function<void(std::string_view)>;

class Connection {
 public:
  /// Connects at once, for at most 5 s unless `conninfo` says otherwise. Session: UTC, ISO dates, UTF-8,
  /// standard_conforming_strings. `application` shows in pg_stat_activity. Throws Fault; passwords never stand in it.
  explicit Connection(const std::string& conninfo, std::string_view application = "pace", NoticeSink notices = {});
  ~Connection();
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;

  /// One statement with $1, $2 …
  Result exec(const std::string& sql, std::span<const Param> params);
  Result exec(const std::string& sql, std::initializer_list<Param> params = {}) {
    return exec(sql, std::span<const Param>(params.begin(), params.size()));
  }
  /// Several statements without parameters, e.g. a migration. Outside a Transaction they are one transaction.
  void script(const std::string& sql);

  /// The statement lives as long as the connection. Preparing a name twice is a Fault.
  void prepare(const std::string& name, const std::string& sql);
  Result run(const std::string& name, std::span<const Param> params);
  Result run(const std::string& name, std::initializer_list<Param> params = {}) {
    return run(name, std::span<const Param>(params.begin(), params.size()));
  }

  /// The connection was alive when last used. False: make a new one.
  [[nodiscard]] bool alive() const;
  [[nodiscard]] bool in_transaction() const;
  /// For identifiers that come from configuration: quoted, safe to paste.
  [[nodiscard]] std::string quote_identifier(std::string_view name) const;
  [[nodiscard]] pg_conn* raw() const { return raw_.get(); }

 private:
  std::unique_ptr<pg_conn, CloseConnection> raw_;
  std::unique_ptr<NoticeSink> notices_;
};

/// BEGIN … COMMIT; destroyed without commit() it rolls back.
class Transaction {
 public:
  explicit Transaction(Connection& connection, std::string_view isolation = "READ COMMITTED");
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  /// Durable when it returns (synchronous_commit on). Throws Fault; then nothing of the transaction happened, except
  /// when the connection broke: then read back what is there.
  void commit();

 private:
  Connection& connection_;
  bool open_ = true;
};

}  // namespace pace::pg
