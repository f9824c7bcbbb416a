#include "settlement/pg/connection.h"

#include <libpq-fe.h>

#include <array>
#include <vector>

#include "settlement/pg/answer.h"

namespace pace::pg {
namespace {

void on_notice(void* sink, const char* text) {
  std::string_view line(text);
  while (line.ends_with('\n')) line.remove_suffix(1);
  if (const auto& call = *static_cast<NoticeSink*>(sink)) call(line);
}

/// Parameters as libpq wants them; points into `params`.
struct WireParams {
  explicit WireParams(std::span<const Param> params) {
    for (const Param& param : params) {
      values.push_back(param.null() ? nullptr : param.text().c_str());
      lengths.push_back(static_cast<int>(param.text().size()));
      formats.push_back(param.binary() ? 1 : 0);
    }
  }
  [[nodiscard]] int count() const { return static_cast<int>(values.size()); }

  std::vector<const char*> values;
  std::vector<int> lengths, formats;
};

}  // namespace

void CloseConnection::operator()(pg_conn* connection) const {
  PQfinish(connection);
}

Connection::Connection(const std::string& conninfo, std::string_view application, NoticeSink notices)
    : notices_(std::make_unique<NoticeSink>(std::move(notices))) {
  const std::string name(application);
  // Before dbname: conninfo may set it. After: it may not.
  const std::array<const char*, 5> keys{"connect_timeout", "dbname", "fallback_application_name", "client_encoding",
                                        nullptr};
  const std::array<const char*, 5> values{"5", conninfo.c_str(), name.c_str(), "UTF8", nullptr};
  raw_.reset(PQconnectdbParams(keys.data(), values.data(), 1));
  if (raw_ == nullptr) throw Fault("no memory for a database connection");
  if (PQstatus(raw_.get()) != CONNECTION_OK) throw_fault(raw_.get(), nullptr, "connect");
  PQsetNoticeProcessor(raw_.get(), on_notice, notices_.get());
  script(
      "SET timezone = 'UTC'; SET datestyle = 'ISO, YMD'; SET standard_conforming_strings = on; SET bytea_output = hex");
}

Connection::~Connection() = default;
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;

Result Connection::exec(const std::string& sql, std::span<const Param> params) {
  const WireParams wire(params);
  return Result(checked(raw_.get(),
                        PQexecParams(raw_.get(), sql.c_str(), wire.count(), nullptr, wire.values.data(),
                                     wire.lengths.data(), wire.formats.data(), 0),
                        sql));
}

void Connection::script(const std::string& sql) {
  checked(raw_.get(), PQexec(raw_.get(), sql.c_str()), sql);
}

void Connection::prepare(const std::string& name, const std::string& sql) {
  checked(raw_.get(), PQprepare(raw_.get(), name.c_str(), sql.c_str(), 0, nullptr), sql);
}

Result Connection::run(const std::string& name, std::span<const Param> params) {
  const WireParams wire(params);
  return Result(checked(raw_.get(),
                        PQexecPrepared(raw_.get(), name.c_str(), wire.count(), wire.values.data(), wire.lengths.data(),
                                       wire.formats.data(), 0),
                        name));
}

bool Connection::alive() const {
  return raw_ != nullptr && PQstatus(raw_.get()) == CONNECTION_OK;
}

bool Connection::in_transaction() const {
  const auto status = PQtransactionStatus(raw_.get());
  return status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
}

std::string Connection::quote_identifier(std::string_view name) const {
  char* quoted = PQescapeIdentifier(raw_.get(), name.data(), name.size());
  if (quoted == nullptr) throw_fault(raw_.get(), nullptr, "quote identifier");
  std::string text(quoted);
  PQfreemem(quoted);
  return text;
}

Transaction::Transaction(Connection& connection, std::string_view isolation) : connection_(connection) {
  connection_.exec("BEGIN ISOLATION LEVEL " + std::string(isolation));
}

Transaction::~Transaction() {
  if (!open_ || !connection_.alive()) return;
  // A failed rollback means a broken connection, and then the server rolls back itself.
  PQclear(PQexec(connection_.raw(), "ROLLBACK"));
}

void Transaction::commit() {
  open_ = false;
  const RawResult answer = checked(connection_.raw(), PQexec(connection_.raw(), "COMMIT"), "COMMIT");
  // COMMIT of a failed transaction answers ROLLBACK, and that is no error to the server.
  if (std::string_view(PQcmdStatus(answer.get())) != "COMMIT")
    throw Fault("the transaction had failed and was rolled back", "25P02");
}

}  // namespace pace::pg
