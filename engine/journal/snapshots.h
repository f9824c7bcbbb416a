// Snapshots of the exchange's state: DATA/snapshots/<sequence>.snap, each there whole or not at all. They only save
// replay time: the journal alone gives the state.
// Thread rule: one thread writes; others may read.
#pragma once

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
  /// Writes one, durable when this returns, and removes all but the newest two: should the newest turn out to be
  /// damaged, the one before serves.
  void write(Sequence sequence, Timestamp time, BytesView state);
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
