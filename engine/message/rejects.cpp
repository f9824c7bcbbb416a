#include "engine/message/rejects.h"

#include <array>

namespace pace {
namespace {

#define PACE_REJECT_ROW(number, name, clause, text) RejectEntry{Reject::name, #name, clause, text},
constexpr auto table = std::to_array<RejectEntry>({PACE_REJECTS(PACE_REJECT_ROW)});
#undef PACE_REJECT_ROW

void replace_all(std::string& text, std::string_view what, const std::string& with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
}

}  // namespace

const RejectEntry* reject_table(std::size_t& count) {
  count = table.size();
  return table.data();
}

const RejectEntry* find_reject(Reject code) {
  for (const RejectEntry& row : table)
    if (row.code == code) return &row;
  return nullptr;
}

const RejectEntry* find_reject(std::string_view name) {
  for (const RejectEntry& row : table)
    if (row.name == name) return &row;
  return nullptr;
}

std::string to_text(const Outcome& outcome) {
  if (outcome.accepted()) return "accepted";
  const RejectEntry* row = find_reject(outcome.code);
  if (row == nullptr) return "reject " + std::to_string(static_cast<int>(outcome.code));
  std::string text(row->text);
  replace_all(text, "{value}", std::to_string(outcome.value));
  replace_all(text, "{limit}", std::to_string(outcome.limit));
  return text + " (" + std::string(row->name) + ", Rulebook " + std::string(row->clause) + ")";
}

}  // namespace pace
