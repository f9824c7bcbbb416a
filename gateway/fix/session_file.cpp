#include "gateway/fix/session_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/check.h"
#include "gateway/fix/checksum.h"

namespace pace {
namespace {

using fix::crc32c;

constexpr std::uint32_t format_version = 2;
constexpr std::size_t frame_bytes = 8;
constexpr std::size_t sent_head_bytes = 1 + 4 + 8 + 4;
constexpr std::uint64_t max_segment_bytes = 32 * 1024 * 1024;
constexpr std::uint32_t max_record_bytes = 16 * 1024 * 1024;
enum class Kind : std::uint8_t { head = 1, sent, expected, sender };

template <class T>
void put_integer(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

BytesView view_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

[[noreturn]] void fail(const char* what, const std::filesystem::path& path) {
  throw std::system_error(errno, std::generic_category(), std::string(what) + " " + path.string());
}

std::string read_whole(int descriptor, const std::filesystem::path& path) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) fail("cannot inspect", path);
  std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
  for (std::size_t at = 0; at < bytes.size();) {
    const ssize_t n = ::pread(descriptor, bytes.data() + at, bytes.size() - at, static_cast<off_t>(at));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) fail("cannot read", path);
    at += static_cast<std::size_t>(n);
  }
  return bytes;
}

void sync_directory(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) fail("cannot open", path);
  const int result = ::fsync(descriptor);
  ::close(descriptor);
  if (result != 0) fail("cannot sync", path);
}

}  // namespace

SessionFile::SessionFile(std::filesystem::path directory, std::size_t max_messages, bool sync)
    : directory_(std::move(directory)), max_messages_(std::max<std::size_t>(max_messages, 8)), sync_(sync) {
  std::filesystem::create_directories(directory_);
  try {
    recover();
    if (segments_.empty()) open_segment();
  } catch (...) {
    for (const Segment& segment : segments_) ::close(segment.descriptor);
    throw;
  }
}

SessionFile::~SessionFile() {
  for (const Segment& segment : segments_) ::close(segment.descriptor);
}

std::filesystem::path SessionFile::path_of(std::uint64_t serial) const {
  std::string name = std::to_string(serial);
  name.insert(0, 8 - std::min<std::size_t>(8, name.size()), '0');
  return directory_ / (name + ".log");
}

void SessionFile::recover() {
  std::vector<std::uint64_t> serials;
  for (const auto& file : std::filesystem::directory_iterator(directory_)) {
    const std::string stem = file.path().stem().string();
    std::uint64_t serial = 0;
    const auto end = std::from_chars(stem.data(), stem.data() + stem.size(), serial);
    if (file.path().extension() == ".log" && end.ec == std::errc{}) serials.push_back(serial);
  }
  std::sort(serials.begin(), serials.end());
  for (const std::uint64_t serial : serials) recover_segment(serial, serial == serials.back());
}

void SessionFile::recover_segment(std::uint64_t serial, bool last) {
  const std::filesystem::path path = path_of(serial);
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor < 0) fail("cannot open", path);
  segments_.push_back(Segment{.serial = serial, .descriptor = descriptor});
  Segment& segment = segments_.back();
  const std::string bytes = read_whole(descriptor, path);
  std::size_t at = 0;
  while (bytes.size() - at >= frame_bytes) {
    ByteReader frame(view_of(std::string_view(bytes).substr(at, frame_bytes)));
    const auto length = frame.get<std::uint32_t>();
    const auto crc = frame.get<std::uint32_t>();
    if (length > bytes.size() - at - frame_bytes) break;
    const std::string_view payload = std::string_view(bytes).substr(at + frame_bytes, length);
    if (length == 0 || crc32c(payload) != crc || !take_record(payload, segment, at + frame_bytes)) {
      const bool nothing_after =
          at + frame_bytes + length == bytes.size() || bytes.find_first_not_of('\0', at) == std::string::npos;
      if (nothing_after && length <= max_record_bytes) break;
      throw std::runtime_error(path.string() + ": damaged at byte " + std::to_string(at) +
                               "; restore the file from a copy, or ask the broker to log on with ResetSeqNumFlag and "
                               "remove the folder");
    }
    at += frame_bytes + length;
  }
  if (at != bytes.size() && !last)
    throw std::runtime_error(path.string() + ": ends in the middle of a record at byte " + std::to_string(at));
  bytes_cut_ += bytes.size() - at;
  if (at != bytes.size() && ::ftruncate(descriptor, static_cast<off_t>(at)) != 0) fail("cannot cut", path);
  segment.size = at;
  if (at == 0) put_head();  // a kill between making the file and its head
}

bool SessionFile::take_record(std::string_view payload, Segment& segment, std::uint64_t offset) {
  ByteReader in(view_of(payload));
  switch (static_cast<Kind>(in.get<std::uint8_t>())) {
    case Kind::head: {
      const auto version = in.get<std::uint32_t>();
      if (version > format_version)
        throw std::runtime_error(path_of(segment.serial).string() + ": written by a newer version (format " +
                                 std::to_string(version) + ")");
      next_sender_ = in.get<std::uint32_t>();
      expected_ = in.get<std::uint32_t>();
      const auto sequence = in.get<std::uint64_t>();
      cause_ = Cause{Sequence(sequence), in.get<std::uint32_t>()};
      if (version >= 2) day_ = in.get<std::uint32_t>();
      if (!places_.empty() && next_sender_ <= places_.back().number) places_.clear();  // a reset
      return in.done();
    }
    case Kind::sent: {
      const auto number = in.get<std::uint32_t>();
      const auto sequence = in.get<std::uint64_t>();
      const auto index = in.get<std::uint32_t>();
      if (!in.ok()) return false;
      if (sequence != 0) cause_ = Cause{Sequence(sequence), index};
      while (!places_.empty() && places_.back().number >= number) places_.pop_back();
      places_.push_back(Place{number, static_cast<std::uint32_t>(payload.size() - sent_head_bytes), segment.serial,
                              offset + sent_head_bytes});
      ++segment.messages;
      next_sender_ = number + 1;
      return true;
    }
    case Kind::expected:
      expected_ = in.get<std::uint32_t>();
      return in.done();
    case Kind::sender:
      next_sender_ = in.get<std::uint32_t>();
      return in.done();
  }
  return false;
}

void SessionFile::open_segment() {
  const std::uint64_t serial = segments_.empty() ? 1 : segments_.back().serial + 1;
  const std::filesystem::path path = path_of(serial);
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0) fail("cannot make", path);
  segments_.push_back(Segment{.serial = serial, .descriptor = descriptor});
  put_head();
  if (sync_) sync_directory(directory_);
}

// A record grows in the buffer, behind room for its frame.
std::size_t SessionFile::begin_record() {
  const std::size_t begun = buffer_.size();
  buffer_.append(frame_bytes, '\0');
  return begun;
}

void SessionFile::end_record(std::size_t begun) {
  const std::string_view payload = std::string_view(buffer_).substr(begun + frame_bytes);
  const auto length = static_cast<std::uint32_t>(payload.size());
  const std::uint32_t crc = crc32c(payload);
  std::memcpy(buffer_.data() + begun, &length, sizeof length);
  std::memcpy(buffer_.data() + begun + sizeof length, &crc, sizeof crc);
}

void SessionFile::put_head() {
  const std::size_t begun = begin_record();
  put_integer(buffer_, static_cast<std::uint8_t>(Kind::head));
  put_integer(buffer_, format_version);
  put_integer(buffer_, next_sender_);
  put_integer(buffer_, expected_);
  put_integer(buffer_, cause_.sequence.raw());
  put_integer(buffer_, cause_.index);
  put_integer(buffer_, day_);
  end_record(begun);
}

void SessionFile::append(int number, std::string_view message, Cause cause) {
  PACE_CHECK(number > 0);
  Segment& segment = segments_.back();
  while (!places_.empty() && places_.back().number >= static_cast<std::uint32_t>(number)) places_.pop_back();
  const std::size_t begun = begin_record();
  places_.push_back(Place{static_cast<std::uint32_t>(number), static_cast<std::uint32_t>(message.size()),
                          segment.serial, segment.size + begun + frame_bytes + sent_head_bytes});
  put_integer(buffer_, static_cast<std::uint8_t>(Kind::sent));
  put_integer(buffer_, static_cast<std::uint32_t>(number));
  put_integer(buffer_, cause.sequence.raw());
  put_integer(buffer_, cause.index);
  buffer_.append(message);
  end_record(begun);
  ++segment.messages;
  next_sender_ = static_cast<std::uint32_t>(number) + 1;
  sender_unsaid_ = false;
  if (cause.sequence) cause_ = cause;
}

void SessionFile::set_next_sender(int number) {
  next_sender_ = static_cast<std::uint32_t>(number);
  sender_unsaid_ = true;
}

void SessionFile::set_expected(int number) {
  if (expected_ == static_cast<std::uint32_t>(number)) return;
  expected_ = static_cast<std::uint32_t>(number);
  put_number(static_cast<std::uint8_t>(Kind::expected), expected_);
}

void SessionFile::put_number(std::uint8_t kind, std::uint32_t number) {
  const std::size_t begun = begin_record();
  put_integer(buffer_, kind);
  put_integer(buffer_, number);
  end_record(begun);
}

// A head inside a segment: whatever stood before it no longer counts.
void SessionFile::reset() {
  next_sender_ = 1;
  expected_ = 1;
  sender_unsaid_ = false;
  places_.clear();
  put_head();
}

void SessionFile::begin_day(std::uint32_t day) {
  day_ = day;
  reset();
}

void SessionFile::skip_to(Cause cause) {
  PACE_CHECK(places_.empty() && next_sender_ == 1);
  cause_ = cause;
  put_head();
}

void SessionFile::drop_old() {
  while (segments_.size() > 1) {
    const Segment& oldest = segments_.front();
    const auto kept = std::find_if(places_.begin(), places_.end(),
                                   [&](const Place& place) { return place.segment != oldest.serial; });
    const auto in_oldest = static_cast<std::size_t>(kept - places_.begin());
    if (in_oldest != 0 && places_.size() - in_oldest < max_messages_) return;
    places_.erase(places_.begin(), kept);
    std::filesystem::remove(path_of(oldest.serial));
    ::close(oldest.descriptor);
    segments_.pop_front();
  }
}

bool SessionFile::read(int number, std::string& message) const {
  const auto place = std::lower_bound(places_.begin(), places_.end(), static_cast<std::uint32_t>(number),
                                      [](const Place& a, std::uint32_t b) { return a.number < b; });
  if (place == places_.end() || place->number != static_cast<std::uint32_t>(number)) return false;
  const auto segment =
      std::find_if(segments_.begin(), segments_.end(), [&](const Segment& s) { return s.serial == place->segment; });
  PACE_CHECK(segment != segments_.end());
  message.resize(place->length);
  if (place->offset >= segment->size) {  // not written yet
    message.assign(buffer_, place->offset - segment->size, place->length);
    return true;
  }
  const ssize_t n = ::pread(segment->descriptor, message.data(), place->length, static_cast<off_t>(place->offset));
  if (n != static_cast<ssize_t>(place->length)) fail("cannot read", path_of(place->segment));
  return true;
}

int SessionFile::next_stored(int number) const {
  const auto place = std::lower_bound(places_.begin(), places_.end(), static_cast<std::uint32_t>(number),
                                      [](const Place& a, std::uint32_t b) { return a.number < b; });
  return place == places_.end() ? next_sender() : static_cast<int>(place->number);
}

void SessionFile::flush() {
  if (sender_unsaid_) put_number(static_cast<std::uint8_t>(Kind::sender), next_sender_);
  sender_unsaid_ = false;
  if (buffer_.empty()) return;
  Segment& segment = segments_.back();
  // Always from the segment's known end: what an earlier, failed attempt left behind is written over.
  for (std::size_t done = 0; done < buffer_.size();) {
    const ssize_t n = ::pwrite(segment.descriptor, buffer_.data() + done, buffer_.size() - done,
                               static_cast<off_t>(segment.size + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) fail("cannot write", path_of(segment.serial));
    done += static_cast<std::size_t>(n);
  }
  if (sync_ && ::fdatasync(segment.descriptor) != 0) fail("cannot sync", path_of(segment.serial));
  segment.size += buffer_.size();
  buffer_.clear();
  if (segment.messages < std::max<std::size_t>(max_messages_ / 8, 1) && segment.size < max_segment_bytes) return;
  open_segment();
  drop_old();
}

}  // namespace pace
