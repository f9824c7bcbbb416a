// What a trading day came to: statements per account and asset, net cash per account at the bank, fee invoices per
// member, the bank's instructions for the nets. Written in the transaction that applies the day's end, once.
// Thread rule: as the connection's.
#pragma once

#include "settlement/books/rows.h"
#include "settlement/pg/connection.h"

namespace pace {

/// REQUIRES: a transaction in which all of the day's rows are written (later rows may be, too).
void close_day(pg::Connection& connection, const DayEndRow& day);

}  // namespace pace
