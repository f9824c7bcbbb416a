#include "settlement/pg/answer.h"

#include <cctype>
#include <string>

#include "settlement/pg/fault.h"

namespace pace::pg {
namespace {

constexpr std::size_t named_length = 80;

/// The statement's beginning on one line.
std::string first_words(std::string_view statement) {
  std::string words;
  for (const char c : statement) {
    const bool space = std::isspace(static_cast<unsigned char>(c)) != 0;
    if (space && (words.empty() || words.back() == ' ')) continue;
    words += space ? ' ' : c;
    if (words.size() == named_length) return words + "…";
  }
  return words;
}

std::string trimmed(std::string text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.pop_back();
  return text;
}

void add_field(std::string& text, const PGresult* answer, int field, std::string_view label) {
  const char* value = PQresultErrorField(answer, field);
  if (value != nullptr) text.append("; ").append(label).append(value);
}

}  // namespace

void throw_fault(PGconn* connection, const PGresult* answer, std::string_view statement) {
  std::string text = "«" + first_words(statement) + "» failed: ";
  const char* state = answer != nullptr ? PQresultErrorField(answer, PG_DIAG_SQLSTATE) : nullptr;
  if (state == nullptr) throw Fault(text + trimmed(PQerrorMessage(connection)));
  text += PQresultErrorField(answer, PG_DIAG_MESSAGE_PRIMARY);
  add_field(text, answer, PG_DIAG_MESSAGE_DETAIL, "");
  add_field(text, answer, PG_DIAG_MESSAGE_HINT, "");
  add_field(text, answer, PG_DIAG_CONTEXT, "");
  throw Fault(text + " (SQLSTATE " + state + ")", state);
}

RawResult checked(PGconn* connection, PGresult* answer, std::string_view statement) {
  RawResult owned(answer);
  switch (PQresultStatus(answer)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_COPY_IN:
    case PGRES_COPY_OUT:
      return owned;
    case PGRES_EMPTY_QUERY:
      throw Fault("an empty statement was sent");
    default:
      throw_fault(connection, answer, statement);
  }
}

RawResult drain(PGconn* connection, std::string_view statement) {
  RawResult last, failed;
  while (PGresult* answer = PQgetResult(connection)) {
    const auto status = PQresultStatus(answer);
    RawResult& place = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ? last : failed;
    if (&place == &last || failed == nullptr)
      place.reset(answer);
    else
      PQclear(answer);
    if (PQstatus(connection) == CONNECTION_BAD) break;
  }
  if (failed != nullptr || last == nullptr) throw_fault(connection, failed.get(), statement);
  return last;
}

}  // namespace pace::pg
