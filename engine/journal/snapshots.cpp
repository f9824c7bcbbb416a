#include "engine/journal/snapshots.h"

#include <algorithm>

#include "engine/base/sha256.h"

namespace pace {
namespace {

constexpr std::size_t kept = 2;
constexpr std::size_t piece_bytes = 1u << 20;
// Synced as it grows: gigabytes that are written and not on disk make the system hold up every writer, and the journal
// with them.
constexpr std::uint64_t synced_every = 32u << 20;

SnapshotHeader write_file(Disk& disk, const std::string& path, SnapshotHeader header, const Snapshots::Source& state) {
  const auto file = disk.create(path);
  Bytes piece(piece_bytes);
  Sha256 digest;
  std::uint64_t unsynced = 0;
  while (const std::size_t got = state(piece)) {
    const BytesView bytes = BytesView(piece).first(got);
    digest.update(bytes);
    file->write_at(snapshot_header_bytes + header.length, bytes);
    header.length += got;
    unsynced += got;
    if (unsynced < synced_every) continue;
    file->sync();
    unsynced = 0;
  }
  header.digest = digest.finish();
  file->write_at(0, encode(header));
  file->sync();
  return header;
}

}  // namespace

std::array<std::uint8_t, 32> Snapshots::write(Sequence sequence, Timestamp time, const Source& state) {
  const std::string unfinished = path(sequence) + ".new";
  SnapshotHeader header{.version = snapshot_format_version, .sequence = sequence, .time = time};
  try {
    header = write_file(disk_, unfinished, header, state);
  } catch (...) {
    if (disk_.exists(unfinished)) disk_.remove(unfinished);  // gives the space back
    throw;
  }
  disk_.rename(unfinished, path(sequence));
  disk_.sync_directory(directory_);
  const std::vector<Sequence> all = list();
  for (std::size_t i = kept; i < all.size(); ++i) disk_.remove(path(all[i]));
  for (const std::string& name : disk_.names(directory_))  // a crash may have left one
    if (name.ends_with(".snap.new")) disk_.remove(directory_ + "/" + name);
  return header.digest;
}

std::vector<Sequence> Snapshots::list() const {
  std::vector<Sequence> result;
  for (const std::string& name : disk_.names(directory_))
    if (const auto sequence = parse_snapshot_name(name)) result.push_back(*sequence);
  std::reverse(result.begin(), result.end());
  return result;
}

Snapshot Snapshots::load(Sequence sequence) const {
  const std::string file = path(sequence);
  Bytes bytes = read_whole(disk_, file);
  const auto header = decode_snapshot_header(bytes);
  if (!header) throw Damage(file, 0, "not a snapshot header");
  if (header->version > snapshot_format_version)
    throw Refused(file + " is in format " + std::to_string(header->version) +
                  ", written by a newer PACE; this one reads up to format " + std::to_string(snapshot_format_version));
  if (header->sequence != sequence)
    throw Damage(file, 0, "the header says sequence " + std::to_string(header->sequence.raw()));
  if (bytes.size() - snapshot_header_bytes != header->length)
    throw Damage(file, bytes.size(), "the state should be " + std::to_string(header->length) + " bytes long");
  bytes.erase(bytes.begin(), bytes.begin() + snapshot_header_bytes);
  if (sha256(bytes) != header->digest) throw Damage(file, snapshot_header_bytes, "the state does not fit its SHA-256");
  return {*header, std::move(bytes)};
}

}  // namespace pace
