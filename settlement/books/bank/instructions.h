// Payment instructions to the settlement bank: a withdrawal by a principal or member, or a day's net between the bank
// accounts. Made once by the projection, each under an id of its own; written to one file and never to a second.
// Thread rule: as the connection's.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "settlement/pg/connection.h"

namespace pace {

struct InstructionFile {
  std::filesystem::path path;
  std::int64_t number{};
  std::int64_t instructions{};
  std::int64_t total_fen{};
};

/// Writes every instruction not yet in a file to `directory`/payments-NNNNNN.csv (header, one line each, by id; synced,
/// then renamed) and marks them. The mark comes first: after a crash in between, the next call writes the same file
/// again, byte for byte. Nothing when there is nothing to write. Throws pg::Fault.
std::optional<InstructionFile> write_payment_instructions(pg::Connection& connection,
                                                          const std::filesystem::path& directory);

}  // namespace pace
