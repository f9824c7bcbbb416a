// Everything that can be checked about a stopped exchange's files without trusting any of them: the journal is replayed
// from its first record; event log and snapshots must equal what that gives. Thread rule: one thread; nothing is
// written.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/exchange/exchange.h"
#include "engine/journal/data_directory.h"

namespace pace {

struct Verified {
  Sequence sequence;
  std::array<std::uint8_t, 32> digest{};
  std::uint64_t entries = 0;    ///< compared
  std::uint64_t snapshots = 0;  ///< compared
  /// What is not damage, and mended by the next start: a torn tail, an event log that a crash left behind, a snapshot
  /// of another version.
  std::vector<std::string> notes;
};

/// Throws Damage for the first that is wrong, and what the readers throw. `progress` hears the sequence now and then.
Verified verify(Disk& disk, const DataDirectory& directory, const std::function<void(Sequence)>& progress);

/// The capacity that a replay of this directory needs.
Capacity capacity_of(const DataSettings& settings);

/// SHA-256 over Exchange::save.
std::array<std::uint8_t, 32> state_digest(const Exchange& exchange);

}  // namespace pace
