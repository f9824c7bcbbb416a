// Snapshots of the exchange's state: DATA/snapshots/<sequence>.snap, each there whole or not at all. They only save
// replay time: the journal alone gives the state.
// Thread rule: one thread writes; others may read.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "engine/journal/disk.h"
#include "engine/journal/format.h"

namespace pace {

struct Snapshot {
  SnapshotHeader header;
  Bytes state;
};

class Snapshots {
 public:
  Snapshots(Disk& disk, std::string directory) : disk_(disk), directory_(std::move(directory)) {}
  /// Gives the next bytes of a state, 0 behind the last.
  using Source = std::function<std::size_t(std::span<std::uint8_t>)>;
  /// Writes one, durable when this returns, and removes all but the newest two: should the newest turn out to be
  /// damaged, the one before serves. Returns the state's SHA-256. What `state` throws comes through, and nothing is
  /// left.
  std::array<std::uint8_t, 32> write(Sequence sequence, Timestamp time, const Source& state);
  /// What is there, newest first; not looked into.
  [[nodiscard]] std::vector<Sequence> list() const;
  /// Throws Damage, or Refused for a newer format.
  [[nodiscard]] Snapshot load(Sequence sequence) const;
  [[nodiscard]] std::string path(Sequence sequence) const { return directory_ + "/" + snapshot_name(sequence); }

 private:
  Disk& disk_;
  std::string directory_;
};

}  // namespace pace
