// The bytes of segment files and snapshots, shared by writer and reader. FORMAT.md says the same in prose; change both,
// and raise the version.
// Thread rule: pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/bytes.h"
#include "engine/base/ids.h"
#include "engine/base/units.h"

namespace pace {

/// The two logs of an exchange. Same bytes, other magic.
enum class LogKind : std::uint8_t {
  journal,  ///< commands: the truth. Synced before anything is answered
  events,   ///< entries: follow from the journal. Synced before each snapshot
};

inline constexpr std::uint32_t segment_format_version = 1;
inline constexpr std::uint32_t snapshot_format_version = 1;

// --- segment ---------------------------------------------------------------------------------------------------------

/// First bytes of a segment. Records begin at `records_offset`, so that no later write touches the header's page.
struct SegmentHeader {
  LogKind kind{};
  std::uint32_t version = segment_format_version;
  std::uint32_t epoch = 0;     ///< of the writer that made the file
  Sequence first;              ///< sequence of the first record
  std::uint32_t previous = 0;  ///< checksum of the record before it; 0 for the first of all
  std::uint64_t bytes = 0;     ///< size the file may reach
};
inline constexpr std::size_t segment_header_bytes = 40;
inline constexpr std::uint64_t records_offset = 4096;
using SegmentHeaderBytes = std::array<std::uint8_t, segment_header_bytes>;

[[nodiscard]] SegmentHeaderBytes encode(const SegmentHeader& header);
/// Nothing when magic or checksum do not fit. Of a newer version only the kind and the version are told: the caller
/// refuses it by name.
[[nodiscard]] std::optional<SegmentHeader> decode_segment_header(BytesView bytes);
/// "00000000000000000001.seg"
[[nodiscard]] std::string segment_name(Sequence first);
/// Nothing when it is not the name of a segment.
[[nodiscard]] std::optional<Sequence> parse_segment_name(std::string_view name);

// --- record ----------------------------------------------------------------------------------------------------------

/// Stands before each payload. The payload is followed by zeros up to the next multiple of 4.
struct RecordHeader {
  std::uint32_t checksum = 0;  ///< CRC-32C of all that follows it: rest of the header, payload, padding
  std::uint32_t length = 0;    ///< of the payload
  Sequence sequence;
  Timestamp time;
  std::uint32_t previous = 0;  ///< checksum of the record before
  std::uint32_t epoch = 0;     ///< of the writer
  std::uint32_t place = 0;     ///< records of the same batch (one write, one sync) before this one
};
inline constexpr std::size_t record_header_bytes = 36;
inline constexpr std::size_t record_alignment = 4;
/// A record beyond this is damage, not data.
inline constexpr std::uint32_t max_payload_bytes = 0xf0000000;

[[nodiscard]] constexpr std::uint64_t record_bytes(std::uint32_t length) {
  return (record_header_bytes + std::uint64_t{length} + record_alignment - 1) / record_alignment * record_alignment;
}
void encode(const RecordHeader& header, std::uint8_t* to);
/// Fills in what is known only when the batch is whole; the rest of the record stands. Returns its checksum, which is
/// filled in too. REQUIRES: `record` is record_bytes(length) long.
std::uint32_t seal_record(std::span<std::uint8_t> record, std::uint32_t previous, std::uint32_t epoch,
                          std::uint32_t place);
/// One field. REQUIRES: as decode_record_header.
[[nodiscard]] std::uint32_t record_length(BytesView bytes);
[[nodiscard]] Timestamp record_time(BytesView bytes);
/// REQUIRES: bytes.size() >= record_header_bytes.
[[nodiscard]] RecordHeader decode_record_header(BytesView bytes);
/// Checksum of a whole record. REQUIRES: `record` is record_bytes(length) long.
[[nodiscard]] std::uint32_t record_checksum(BytesView record);

// --- snapshot --------------------------------------------------------------------------------------------------------

struct SnapshotHeader {
  std::uint32_t version = snapshot_format_version;
  Sequence sequence;  ///< last command in the state
  Timestamp time;     ///< its time
  std::uint64_t length = 0;
  std::array<std::uint8_t, 32> digest{};  ///< SHA-256 of the state: the state digest
};
inline constexpr std::size_t snapshot_header_bytes = 72;
using SnapshotHeaderBytes = std::array<std::uint8_t, snapshot_header_bytes>;
[[nodiscard]] SnapshotHeaderBytes encode(const SnapshotHeader& header);
/// As decode_segment_header.
[[nodiscard]] std::optional<SnapshotHeader> decode_snapshot_header(BytesView bytes);
/// "00000000000000001000.snap"
[[nodiscard]] std::string snapshot_name(Sequence sequence);
[[nodiscard]] std::optional<Sequence> parse_snapshot_name(std::string_view name);

}  // namespace pace
