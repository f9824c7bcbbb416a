// The log's reader over segment files of any bytes: it ends, or names damage, and never gives a record that does not
// follow the one before. What it gives it gives again; and where it ends cleanly, a writer goes on.
#include <algorithm>

#include "engine/base/check.h"
#include "engine/journal/log_reader.h"
#include "engine/journal/log_writer.h"
#include "engine/message/codec.h"
#include "tests/engine/journal/simulated_disk.h"
#include "tests/fuzz/stories.h"
#include "tests/fuzz/target.h"

namespace pace::fuzz {
namespace {

const std::string directory = "/data/log/journal";
constexpr std::uint64_t segment_bytes = 16 * 1024;

LogOptions options() {
  return {directory, LogKind::journal, segment_bytes, true};
}

// An input: how many segments and what to mend, then for each its first sequence and size, its header, its records. The
// zeros between header and records are left out.
struct Segment {
  Sequence first;
  Bytes bytes;
};

// Checksums that fit let a changed header or record through to what reads it.
void mend(Bytes& segment, bool chain, std::uint32_t& previous) {
  if (segment.size() < records_offset) return;
  auto header = decode_segment_header(segment);
  if (!header) {
    header = SegmentHeader{.first = Sequence(1)};
    ByteReader in(BytesView(segment).subspan(16, 24));
    header->first = Sequence(in.get<std::uint64_t>());
    header->epoch = in.get<std::uint32_t>();
    header->previous = in.get<std::uint32_t>();
    header->bytes = in.get<std::uint64_t>();
  }
  if (chain) header->previous = previous;
  const SegmentHeaderBytes written = encode(*header);
  std::copy(written.begin(), written.end(), segment.begin());
  previous = header->previous;
  for (std::uint64_t at = records_offset; at + record_header_bytes <= segment.size();) {
    RecordHeader record = decode_record_header(BytesView(segment).subspan(at));
    const std::uint64_t size = record_bytes(record.length);
    if (record.length > max_payload_bytes || at + size > segment.size()) return;
    if (chain) record.previous = previous;
    encode(record, segment.data() + at);
    previous = record.checksum = record_checksum(BytesView(segment).subspan(at, size));
    encode(record, segment.data() + at);
    at += size;
  }
}

std::vector<Segment> read_segments(BytesView bytes) {
  Input in(bytes);
  const std::uint8_t mode = in.byte();
  std::vector<Segment> segments(1 + mode % 3);
  std::uint32_t previous = 0;
  for (Segment& segment : segments) {
    segment.first = Sequence(in.word());
    const std::size_t size = in.word();
    const BytesView header = in.bytes(segment_header_bytes), records = in.bytes(size);
    segment.bytes.assign(header.begin(), header.end());
    if (!records.empty()) {
      segment.bytes.resize(records_offset);
      segment.bytes.insert(segment.bytes.end(), records.begin(), records.end());
    }
    if ((mode & 0x40) != 0) mend(segment.bytes, (mode & 0x80) != 0, previous);
  }
  return segments;
}

struct ReadBack {
  std::vector<Bytes> payloads;
  LogEnd end;
  bool whole = false;
};

ReadBack read(Disk& disk, Sequence from) {
  ReadBack result;
  try {
    LogReader reader(disk, directory, LogKind::journal, from);
    Timestamp time;
    while (const LogRecord* record = reader.next()) {
      PACE_CHECK(record->sequence.raw() == from.raw() + result.payloads.size());
      PACE_CHECK(result.payloads.empty() || record->time >= time);
      time = record->time;
      result.payloads.emplace_back(record->payload.begin(), record->payload.end());
      (void)decode_request(record->payload);
    }
    result.end = reader.end();
    result.whole = true;
  } catch (const Damage&) {
  } catch (const Refused&) {
  }
  return result;
}

void write_on(Disk& disk, const ReadBack& before) {
  if (before.end.epoch == UINT32_MAX) return;  // the writer refuses
  LogBatch batch;
  const Bytes payload{1, 2, 3};
  batch.add(next(before.end.last), before.end.time, payload);
  LogWriter writer(disk, options(), before.end);
  writer.append(batch);
  writer.sync();
  const ReadBack after = read(disk, Sequence(1));
  PACE_CHECK(after.whole && after.payloads.size() == before.payloads.size() + 1 && after.payloads.back() == payload);
  PACE_CHECK(std::equal(before.payloads.begin(), before.payloads.end(), after.payloads.begin()));
}

}  // namespace

void run_input(BytesView bytes) {
  test::SimulatedDisk disk;
  disk.make_directory(directory);
  for (const Segment& segment : read_segments(bytes))
    disk.put(directory + "/" + segment_name(segment.first), segment.bytes);
  const ReadBack first = read(disk, Sequence(1)), again = read(disk, Sequence(1));
  PACE_CHECK(first.whole == again.whole && first.payloads == again.payloads);
  const ReadBack later = read(disk, Sequence(3));
  if (first.whole && later.whole && first.payloads.size() > 2)
    PACE_CHECK(
        std::equal(first.payloads.begin() + 2, first.payloads.end(), later.payloads.begin(), later.payloads.end()));
  if (first.whole) write_on(disk, first);
}

std::vector<Bytes> seeds() {
  std::vector<Bytes> seeds;
  for (const ToldStory& story : told_stories()) {
    test::SimulatedDisk disk;
    disk.make_directory(directory);
    LogWriter writer(disk, options(), {});
    Sequence sequence;
    for (const StampedCommand& command : story.commands) {
      Bytes request;
      ByteWriter out(request);
      encode_request(out, command.request);
      LogBatch batch;
      batch.add(sequence = next(sequence), command.time, request);
      writer.append(batch);
      writer.sync();
    }
    for (const std::size_t mode : {0x00u, 0xc0u}) {
      Bytes seed;
      ByteWriter out(seed);
      const std::vector<std::string> names = disk.names(directory);
      const std::size_t count = std::min<std::size_t>(names.size(), 3);
      out.put(static_cast<std::uint8_t>(mode + count - 1));
      for (const std::string& name : names) {
        Bytes content = disk.content(directory + "/" + name);
        while (!content.empty() && content.back() == 0) content.pop_back();
        content.resize(std::max<std::size_t>(content.size() + 3, records_offset));
        out.put(static_cast<std::uint16_t>(parse_segment_name(name)->raw()));
        out.put(static_cast<std::uint16_t>(content.size() - records_offset));
        out.put_bytes(content.data(), segment_header_bytes);
        out.put_bytes(content.data() + records_offset, content.size() - records_offset);
      }
      seeds.push_back(seed);
    }
  }
  return seeds;
}

}  // namespace pace::fuzz
