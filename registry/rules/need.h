// What a person will have emitted by the end of a year, from what is on record. Rulebook 6: the automatic modes of a
// mandate trade by it. Pure. docs/decisions/0013 says why so.
// Thread rule: functions of their arguments.
#pragma once

#include <optional>

#include "engine/message/types.h"

namespace pace {

/// A person's emission records of one year that stand, provisional and verified.
struct RecordedEmissions {
  Quantity kg;
  Date to;  ///< the last day that one covers; 0: there is none
};

/// The year's emissions if they go on as they are on record: kg / days on record * days of the year, rounded up.
/// Without a record of the year, what is on record of the year before; nothing without that. REQUIRES: kg >= 0;
/// `so_far.to` is 0 or lies in `year`.
std::optional<Quantity> projected_emissions(Year year, const RecordedEmissions& so_far,
                                            const RecordedEmissions& year_before);

}  // namespace pace
