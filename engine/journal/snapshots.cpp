#include "engine/journal/snapshots.h"

#include <algorithm>

#include "engine/base/sha256.h"
#include "engine/journal/block_buffer.h"

namespace pace {
namespace {

constexpr std::size_t kept = 2;
constexpr std::size_t piece_bytes = 1u << 20;
// Synced as it grows: gigabytes that are written and not on disk make the system hold up every writer, and the journal
// with them.
constexpr std::uint64_t synced_every = 32u << 20;

// Bytes given: fewer than asked only behind the last.
std::size_t fill(std::span<std::uint8_t> into, const Snapshots::Source& state) {
  std::size_t done = 0;
  while (done < into.size()) {
    const std::size_t got = state(into.subspan(done));
    if (got == 0) break;
    done += got;
  }
  return done;
}

// In whole blocks, past the cache. The first is written last: only then is the header known.
SnapshotHeader write_file(Disk& disk, const std::string& path, SnapshotHeader header, const Snapshots::Source& state) {
  const auto file = disk.create_direct(path);
  BlockBuffer piece, first_block;
  Sha256 digest;
  std::uint64_t at = 0, unsynced = 0;
  for (std::size_t begin = snapshot_header_bytes;; begin = 0) {
    piece.resize(piece_bytes);
    const std::size_t got = fill({piece.data() + begin, piece_bytes - begin}, state);
    piece.resize(begin + got);
    digest.update({piece.data() + begin, got});
    if (at == 0) first_block.append({piece.data(), std::min(piece.size(), File::block_bytes)});
    if (piece.size() != 0) file->write_at(at, piece.whole_blocks());
    header.length += got;
    at += piece.size();
    if (piece.size() < piece_bytes) break;
    if ((unsynced += piece_bytes) < synced_every) continue;
    file->sync();
    unsynced = 0;
  }
  header.digest = digest.finish();
  const SnapshotHeaderBytes head = encode(header);
  std::copy(head.begin(), head.end(), first_block.data());
  file->write_at(0, first_block.whole_blocks());
  file->truncate(at);
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
  const auto from = disk_.open(file, Disk::Open::read);
  const std::uint64_t size = from->size();
  Bytes bytes(snapshot_header_bytes);
  bytes.resize(from->read_at(0, bytes));
  const auto header = decode_snapshot_header(bytes);
  if (!header) throw Damage(file, 0, "not a snapshot header");
  if (header->version > snapshot_format_version)
    throw Refused(file + " is in format " + std::to_string(header->version) +
                  ", written by a newer PACE; this one reads up to format " + std::to_string(snapshot_format_version));
  if (header->sequence != sequence)
    throw Damage(file, 0, "the header says sequence " + std::to_string(header->sequence.raw()));
  if (size - snapshot_header_bytes != header->length)
    throw Damage(file, size, "the state should be " + std::to_string(header->length) + " bytes long");
  bytes.resize(static_cast<std::size_t>(header->length));
  bytes.resize(from->read_at(snapshot_header_bytes, bytes));
  if (sha256(bytes) != header->digest) throw Damage(file, snapshot_header_bytes, "the state does not fit its SHA-256");
  return {*header, std::move(bytes)};
}

}  // namespace pace
