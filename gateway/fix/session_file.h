// One session's memory on disk: outgoing messages, both sequence numbers, and how far the event feed has been turned
// into messages. Append-only segments DATA/fix/<broker>/NNNNNNNN.log; the oldest go when the message cap is passed.
// A segment is records of {u32 length, u32 CRC-32C, payload}, little endian; payload = u8 kind and
//   1 head      u32 format, u32 next sender, u32 expected, u64 cause sequence, u32 cause index, u32 session day
//   2 sent      u32 number, u64 cause sequence, u32 cause index, message bytes
//   3 expected  u32 next number the counterparty must send
//   4 sender    u32 our next number
// A head comes first in a segment; within one it is a reset. Cause 0: the message is not from the feed.
// Appends gather in memory; flush() makes them one write. The owner flushes before anything of it leaves for the
// socket, so what a counterparty has seen is always here, also after kill -9 (and after a power cut with `sync`). A
// record cut short at the very end is the trace of a kill: it is dropped. Damage before the end stops the start.
// Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <string>
#include <string_view>

#include "engine/base/ids.h"

namespace pace {

/// Which report of the feed a message carries: the entry, and the report's place among that entry's reports.
struct Cause {
  Sequence sequence;
  std::uint32_t index = 0;
  auto operator<=>(const Cause&) const = default;
};

class SessionFile {
 public:
  /// Opens or creates. Throws std::runtime_error naming file and offset when a segment is damaged or of a newer format,
  /// std::system_error when the disk refuses.
  SessionFile(std::filesystem::path directory, std::size_t max_messages, bool sync);
  ~SessionFile();
  SessionFile(const SessionFile&) = delete;
  SessionFile& operator=(const SessionFile&) = delete;

  [[nodiscard]] int next_sender() const { return static_cast<int>(next_sender_); }
  [[nodiscard]] int expected() const { return static_cast<int>(expected_); }
  /// The newest report stored.
  [[nodiscard]] Cause cause() const { return cause_; }
  [[nodiscard]] std::uint64_t bytes_cut() const { return bytes_cut_; }

  // These and reset() touch memory alone; only flush() meets the disk.
  /// Stores a message under its number; the next sender number becomes number + 1.
  void append(int number, std::string_view message, Cause cause);
  void set_next_sender(int number);
  void set_expected(int number);
  /// Both numbers to 1, no messages; the cause stays, so no report is made twice.
  void reset();
  /// As reset(), for a session day (session_day.h).
  void begin_day(std::uint32_t day);
  [[nodiscard]] std::uint32_t day() const { return day_; }
  /// Reports up to the cause are none of this session's. REQUIRES: nothing was stored or numbered.
  void skip_to(Cause cause);
  /// The message of a number; false when it is not stored (any more).
  [[nodiscard]] bool read(int number, std::string& message) const;
  /// The smallest stored number from `number` on; next_sender() when there is none.
  [[nodiscard]] int next_stored(int number) const;
  /// One write of everything appended. Throws std::system_error; nothing is lost then, a later flush tries again.
  void flush();

 private:
  struct Segment {
    std::uint64_t serial = 0;
    int descriptor = -1;
    std::uint64_t size = 0;
    std::uint32_t messages = 0;
  };
  struct Place {
    std::uint32_t number = 0;
    std::uint32_t length = 0;
    std::uint64_t segment = 0;
    std::uint64_t offset = 0;
  };
  void recover();
  void recover_segment(std::uint64_t serial, bool last);
  bool take_record(std::string_view payload, Segment& segment, std::uint64_t offset);
  void open_segment();
  void put_head();
  void put_number(std::uint8_t kind, std::uint32_t number);
  [[nodiscard]] std::size_t begin_record();
  void end_record(std::size_t begun);
  void drop_old();
  [[nodiscard]] std::filesystem::path path_of(std::uint64_t serial) const;

  std::filesystem::path directory_;
  std::size_t max_messages_;
  bool sync_;
  std::uint32_t next_sender_ = 1, expected_ = 1;
  bool sender_unsaid_ = false;  // next_sender_ moved without a message: written once, at the next flush
  Cause cause_;
  std::uint32_t day_ = 0;
  std::uint64_t bytes_cut_ = 0;
  std::deque<Segment> segments_;  // oldest first; the last is written to
  std::deque<Place> places_;      // by number, ascending
  std::string buffer_;            // appended, not written yet; belongs at the end of the last segment
};

}  // namespace pace
