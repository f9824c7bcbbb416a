// Rows into tables, and what the projector has to know out of them. Set-based: COPY per table, balances kept by the
// postings' trigger, a handful of round trips per transaction however many entries it holds.
// Thread rule: as the connection's. REQUIRES everywhere: inside a transaction; throws pg::Fault.
#pragma once

#include <span>
#include <unordered_set>

#include "settlement/books/rows.h"
#include "settlement/pg/connection.h"

namespace pace {

/// Makes or upgrades schema `books`. Runs transactions of its own.
void migrate_books(pg::Connection& connection);

/// The books' position. Locks it: of two writers the second waits, then sees what the first did.
BooksPosition lock_position(pg::Connection& connection);

Members load_members(pg::Connection& connection);
Purses load_purses(pg::Connection& connection, const std::unordered_set<AccountId>& accounts);

/// Writes the rows, moves the position there, and closes the days that ended in the stretch (day_end.h).
void write_rows(pg::Connection& connection, const Rows& rows, const Purses& purses, const BooksPosition& position);

}  // namespace pace
