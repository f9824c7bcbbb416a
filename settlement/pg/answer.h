// Inside settlement/pg: turns libpq's answers into results and faults.
// Thread rule: as the connection's.
#pragma once

#include <libpq-fe.h>

#include <string_view>

#include "settlement/pg/result.h"

namespace pace::pg {

/// Throws the Fault of a failed answer; `statement` is named by its first words.
[[noreturn]] void throw_fault(PGconn* connection, const PGresult* answer, std::string_view statement);

/// The answer, when it is a success (or the start of a COPY); else throws.
RawResult checked(PGconn* connection, PGresult* answer, std::string_view statement);

/// Reads what is left of a command's answers; the first failure is thrown. The last success is returned.
RawResult drain(PGconn* connection, std::string_view statement);

}  // namespace pace::pg
