#include "settlement/books/stretch.h"

#include <algorithm>

#include "settlement/books/projector.h"
#include "settlement/books/writer.h"

namespace pace {
namespace {

bool ends_day(const Entry& entry) {
  return std::any_of(entry.events.begin(), entry.events.end(),
                     [](const Event& event) { return std::holds_alternative<TradingDayEnded>(event); });
}

std::vector<Entry> decode(const EntryBatch& batch, Sequence after, Sequence limit, std::size_t most) {
  std::vector<Entry> entries;
  const std::uint64_t last = std::min(batch.last().raw(), limit.raw());
  for (std::uint64_t sequence = after.raw() + 1; sequence <= last && entries.size() < most; ++sequence) {
    auto entry = decode_entry(batch.entry(sequence - batch.first().raw()));
    if (!entry || entry->sequence() != Sequence(sequence))
      throw pg::Fault("entry " + std::to_string(sequence) + " of the event feed cannot be decoded");
    entries.push_back(std::move(*entry));
    if (ends_day(entries.back())) break;
  }
  return entries;
}

}  // namespace

StretchApplied apply_stretch(pg::Connection& connection, const EntryBatch& batch, Sequence limit, std::size_t most) {
  pg::Transaction transaction(connection);
  BooksPosition position = lock_position(connection);
  if (batch.first() > next(position.sequence)) return {position.sequence, 0};
  const std::vector<Entry> entries = decode(batch, position.sequence, limit, most);
  if (entries.empty()) return {position.sequence, 0};

  std::unordered_set<AccountId> accounts;
  Members members = load_members(connection);
  for (const Entry& entry : entries) collect_money_accounts(entry, members, accounts);
  Purses purses = load_purses(connection, accounts);
  Rows rows;
  Projector projector(position, members, purses, rows);
  for (const Entry& entry : entries) projector.take(entry);
  write_rows(connection, rows, purses, position);
  transaction.commit();
  return {position.sequence, rows.day_ends.size()};
}

}  // namespace pace
