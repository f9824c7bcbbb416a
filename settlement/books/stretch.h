// One transaction of the projection: a stretch of entries, applied whole or not at all.
// Thread rule: as the connection's.
#pragma once

#include "engine/sequencer/port.h"
#include "settlement/books/rows.h"
#include "settlement/pg/connection.h"

namespace pace {

struct StretchApplied {
  Sequence position;       ///< of the books, durable
  std::size_t days_ended;  ///< in this stretch
};

/// Applies the entries of the batch that follow the books' position: at most `most` of them, none beyond `limit`, and
/// none behind an entry in which a day ended. Entries the books have already are passed over. Throws pg::Fault when
/// PostgreSQL fails or an entry cannot be decoded; then nothing was applied. A batch that starts beyond the position
/// applies nothing: ask the feed again from the position returned.
StretchApplied apply_stretch(pg::Connection& connection, const EntryBatch& batch, Sequence limit, std::size_t most);

}  // namespace pace
