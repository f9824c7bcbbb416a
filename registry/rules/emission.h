// Emission records: what a data source signs, and how activity becomes kilograms. Rulebook 4. Pure.
//
// A data source signs (Ed25519) the bytes of this text, every line ended by a line feed, numbers decimal, dates ISO
// 8601:
//   pace-emission/1
//   principal=<account number>
//   source=<number of the data source>
//   device=<code>
//   period_from=2026-01-01
//   period_to=2026-01-31
//   activity_milli=<thousandths of the factor's unit>
//   factor=<factor id>
//   factor_version=<version>
//   computed=<kg>
//   nonce=<number>
// Thread rule: functions of their arguments.
#pragma once

#include <optional>
#include <string>

#include "engine/message/commands.h"

namespace pace {

/// The text above; the signature itself is not part of it.
std::string signing_bytes(const SubmitEmission& record);

/// The most one record may say: 1 Mt. Keeps every sum of records in range.
inline constexpr Quantity largest_record{1'000'000'000};

/// round_half_up(activity * factor), exact; nothing when an argument is negative or the result above largest_record.
std::optional<Quantity> emission_of(std::int64_t activity_milli, std::int64_t micro_kg_per_unit);

}  // namespace pace
