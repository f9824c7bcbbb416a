// What the tests of logs share: records with content that follows from their sequence, written in batches.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/journal/log_reader.h"
#include "engine/journal/log_writer.h"

namespace pace::test {

inline const std::string log_directory = "/data/log/journal";

inline LogOptions small_log(std::uint64_t segment_bytes = 8192, bool zero_ahead = true) {
  return {log_directory, LogKind::journal, segment_bytes, zero_ahead};
}

inline Bytes payload_of(Sequence sequence) {
  const std::uint64_t n = sequence.raw();
  Bytes bytes(static_cast<std::size_t>(n * 37 % 251));
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(n * 131 + i * 7 + 1);
  return bytes;
}
inline Timestamp time_of(Sequence sequence) {
  return Timestamp(static_cast<std::int64_t>(sequence.raw()) * 1000);
}

inline LogBatch batch_behind(Sequence last, std::uint64_t records) {
  LogBatch batch;
  for (std::uint64_t i = 1; i <= records; ++i) {
    const Sequence sequence(last.raw() + i);
    batch.add(sequence, time_of(sequence), payload_of(sequence));
  }
  return batch;
}

struct ReadBack {
  std::vector<LogRecord> records;  ///< payloads compared and dropped
  bool all_as_written = true;
  LogEnd end;
};
/// Reads everything from `from` on.
inline ReadBack read_back(Disk& disk, Sequence from = Sequence(1), LogKind kind = LogKind::journal) {
  LogReader reader(disk, log_directory, kind, from);
  ReadBack result;
  while (const LogRecord* record = reader.next()) {
    const Bytes expected = payload_of(record->sequence);
    result.all_as_written = result.all_as_written && record->sequence.raw() == from.raw() + result.records.size() &&
                            record->time == time_of(record->sequence) &&
                            Bytes(record->payload.begin(), record->payload.end()) == expected;
    result.records.push_back({record->sequence, record->time, {}, record->offset});
  }
  result.end = reader.end();
  return result;
}

inline LogEnd end_of(Disk& disk) {
  return read_back(disk).end;
}

/// Appends and syncs one batch. Returns the new last sequence.
inline Sequence write_batch(LogWriter& writer, std::uint64_t records) {
  LogBatch batch = batch_behind(writer.last(), records);
  writer.append(batch);
  writer.sync();
  return writer.last();
}

}  // namespace pace::test
