#include "engine/journal/format.h"

#include <algorithm>
#include <charconv>

#include "engine/journal/crc32c.h"

namespace pace {
namespace {

constexpr std::string_view journal_magic = "PACEJRNL";
constexpr std::string_view events_magic = "PACEEVTS";
constexpr std::string_view snapshot_magic = "PACESNAP";
constexpr std::size_t magic_bytes = 8;
constexpr std::size_t checksum_at = 12;  // behind magic and version
constexpr std::size_t body_at = 16;
constexpr std::size_t name_digits = 20;

std::uint32_t header_checksum(BytesView header) {
  return crc32c(header.subspan(body_at), crc32c(header.first(checksum_at)));
}

template <std::size_t N>
std::array<std::uint8_t, N> with_checksum(Bytes bytes) {
  ByteWriter(bytes).patch(checksum_at, header_checksum(bytes));
  std::array<std::uint8_t, N> result{};
  std::copy_n(bytes.begin(), N, result.begin());
  return result;
}

std::string_view magic_of(BytesView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), magic_bytes};
}

std::string numbered(Sequence sequence, std::string_view ending) {
  const std::string digits = std::to_string(sequence.raw());
  return std::string(name_digits - digits.size(), '0') + digits + std::string(ending);
}

std::optional<Sequence> parse_numbered(std::string_view name, std::string_view ending) {
  if (name.size() != name_digits + ending.size() || !name.ends_with(ending)) return std::nullopt;
  std::uint64_t value = 0;
  const char* last = name.data() + name_digits;
  const auto [end, error] = std::from_chars(name.data(), last, value);
  if (error != std::errc{} || end != last) return std::nullopt;
  return Sequence(value);
}

}  // namespace

SegmentHeaderBytes encode(const SegmentHeader& header) {
  Bytes bytes;
  ByteWriter out(bytes);
  const std::string_view magic = header.kind == LogKind::journal ? journal_magic : events_magic;
  out.put_bytes(magic.data(), magic.size());
  out.put(header.version);
  out.put(std::uint32_t{0});  // the checksum's place
  out.put(header.first.raw());
  out.put(header.epoch);
  out.put(header.previous);
  out.put(header.bytes);
  return with_checksum<segment_header_bytes>(std::move(bytes));
}

std::optional<SegmentHeader> decode_segment_header(BytesView bytes) {
  if (bytes.size() < segment_header_bytes) return std::nullopt;
  const std::string_view magic = magic_of(bytes);
  if (magic != journal_magic && magic != events_magic) return std::nullopt;
  ByteReader in(bytes.subspan(magic_bytes));
  SegmentHeader header;
  header.kind = magic == journal_magic ? LogKind::journal : LogKind::events;
  header.version = in.get<std::uint32_t>();
  if (header.version > segment_format_version) return header;
  if (in.get<std::uint32_t>() != header_checksum(bytes.first(segment_header_bytes))) return std::nullopt;
  header.first = Sequence(in.get<std::uint64_t>());
  header.epoch = in.get<std::uint32_t>();
  header.previous = in.get<std::uint32_t>();
  header.bytes = in.get<std::uint64_t>();
  return header;
}

std::string segment_name(Sequence first) {
  return numbered(first, ".seg");
}
std::optional<Sequence> parse_segment_name(std::string_view name) {
  const auto first = parse_numbered(name, ".seg");
  return first && *first ? first : std::nullopt;  // the first sequence of all is 1
}
std::string snapshot_name(Sequence sequence) {
  return numbered(sequence, ".snap");
}
std::optional<Sequence> parse_snapshot_name(std::string_view name) {
  return parse_numbered(name, ".snap");
}

void encode(const RecordHeader& header, std::uint8_t* to) {
  const auto put = [&to](auto value) {
    std::memcpy(to, &value, sizeof value);
    to += sizeof value;
  };
  put(header.checksum);
  put(header.length);
  put(header.sequence.raw());
  put(header.time.raw());
  put(header.previous);
  put(header.epoch);
  put(header.place);
}

RecordHeader decode_record_header(BytesView bytes) {
  ByteReader in(bytes);
  RecordHeader header;
  header.checksum = in.get<std::uint32_t>();
  header.length = in.get<std::uint32_t>();
  header.sequence = Sequence(in.get<std::uint64_t>());
  header.time = Timestamp(in.get<std::int64_t>());
  header.previous = in.get<std::uint32_t>();
  header.epoch = in.get<std::uint32_t>();
  header.place = in.get<std::uint32_t>();
  return header;
}

namespace {
constexpr std::size_t length_at = 4, time_at = 16, previous_at = 24, epoch_at = 28, place_at = 32;
template <class T>
T field(BytesView bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}
}  // namespace

std::uint32_t seal_record(std::span<std::uint8_t> record, std::uint32_t previous, std::uint32_t epoch,
                          std::uint32_t place) {
  std::memcpy(record.data() + previous_at, &previous, sizeof previous);
  std::memcpy(record.data() + epoch_at, &epoch, sizeof epoch);
  std::memcpy(record.data() + place_at, &place, sizeof place);
  const std::uint32_t checksum = record_checksum(record);
  std::memcpy(record.data(), &checksum, sizeof checksum);
  return checksum;
}

std::uint32_t record_length(BytesView bytes) {
  return field<std::uint32_t>(bytes, length_at);
}
Timestamp record_time(BytesView bytes) {
  return Timestamp(field<std::int64_t>(bytes, time_at));
}

std::uint32_t record_checksum(BytesView record) {
  return crc32c(record.subspan(sizeof(std::uint32_t)));
}

SnapshotHeaderBytes encode(const SnapshotHeader& header) {
  Bytes bytes;
  ByteWriter out(bytes);
  out.put_bytes(snapshot_magic.data(), snapshot_magic.size());
  out.put(header.version);
  out.put(std::uint32_t{0});  // the checksum's place
  out.put(header.sequence.raw());
  out.put(header.time.raw());
  out.put(header.length);
  out.put_bytes(header.digest.data(), header.digest.size());
  return with_checksum<snapshot_header_bytes>(std::move(bytes));
}

std::optional<SnapshotHeader> decode_snapshot_header(BytesView bytes) {
  if (bytes.size() < snapshot_header_bytes || magic_of(bytes) != snapshot_magic) return std::nullopt;
  ByteReader in(bytes.subspan(magic_bytes));
  SnapshotHeader header;
  header.version = in.get<std::uint32_t>();
  if (header.version > snapshot_format_version) return header;
  if (in.get<std::uint32_t>() != header_checksum(bytes.first(snapshot_header_bytes))) return std::nullopt;
  header.sequence = Sequence(in.get<std::uint64_t>());
  header.time = Timestamp(in.get<std::int64_t>());
  header.length = in.get<std::uint64_t>();
  in.get_bytes(header.digest.data(), header.digest.size());
  return header;
}

}  // namespace pace
