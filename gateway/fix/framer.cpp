#include "gateway/fix/framer.h"

#include <algorithm>
#include <cstdint>

namespace pace::fix {
namespace {

constexpr std::string_view begin = "8=FIX";  // of every version: the session refuses those it does not speak
constexpr std::size_t max_begin_string = 16;
constexpr std::size_t max_length_digits = 9;
constexpr std::size_t trailer_bytes = 7;  // 10=xxx and the separator
constexpr char soh = '\001';

Frame hopeless(const char* problem) {
  return {FrameState::hopeless, 0, problem};
}
Frame garbled(std::size_t size, const char* problem) {
  return {FrameState::garbled, size, problem};
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// `trailer` is the seven bytes where the checksum must stand.
std::optional<unsigned> checksum_of(std::string_view trailer) {
  if (!trailer.starts_with("10=") || trailer[6] != soh) return std::nullopt;
  if (!std::all_of(trailer.begin() + 3, trailer.begin() + 6, is_digit)) return std::nullopt;
  return static_cast<unsigned>((trailer[3] - '0') * 100 + (trailer[4] - '0') * 10 + (trailer[5] - '0'));
}

unsigned sum_of(std::string_view bytes) {
  unsigned sum = 0;
  for (const char c : bytes) sum += static_cast<std::uint8_t>(c);
  return sum & 0xff;
}

// Something that does not begin as FIX: up to where FIX begins again.
Frame skip_noise(std::string_view bytes, std::size_t max_body) {
  const std::size_t next = bytes.find("\0018=FIX");
  if (next != std::string_view::npos) return garbled(next + 1, "does not begin with 8=FIX");
  if (bytes.size() > max_body || bytes.find(soh) == std::string_view::npos)
    return hopeless("does not begin with 8=FIX");
  return {};
}

// The length leads nowhere: up to the end of the next checksum, as other engines do.
Frame skip_wrong_length(std::string_view bytes, std::size_t end, std::size_t max_body) {
  const std::size_t checksum = bytes.find("\00110=", end - 1);
  const std::size_t stop = checksum == std::string_view::npos ? checksum : bytes.find(soh, checksum + 1);
  if (stop != std::string_view::npos) return garbled(stop + 1, "BodyLength (9) does not lead to the checksum");
  return bytes.size() > 2 * max_body ? hopeless("BodyLength (9) does not lead to the checksum") : Frame{};
}

}  // namespace

Frame next_frame(std::string_view bytes, std::size_t max_body) {
  if (const std::size_t seen = std::min(bytes.size(), begin.size()); bytes.substr(0, seen) != begin.substr(0, seen))
    return skip_noise(bytes, max_body);
  std::size_t at = bytes.substr(0, max_begin_string).find(soh);
  if (at == std::string_view::npos)
    return bytes.size() < max_begin_string ? Frame{} : hopeless("BeginString (8) has no end");
  if (bytes.size() < at + 3) return {};
  if (bytes.substr(at, 3) != "\0019=") return skip_wrong_length(bytes, at + 1, max_body);
  std::size_t body = 0;
  const std::size_t digits = at += 3;
  for (; at < bytes.size() && bytes[at] != soh; ++at) {
    if (!is_digit(bytes[at]) || at - digits >= max_length_digits) return hopeless("BodyLength (9) is not a number");
    body = body * 10 + static_cast<std::size_t>(bytes[at] - '0');
  }
  if (body > max_body) return hopeless("BodyLength (9) is above the limit");
  if (at == bytes.size()) return {};
  if (at == digits) return hopeless("BodyLength (9) is empty");
  const std::size_t end = at + 1 + body;
  if (bytes.size() < end + trailer_bytes) return {};
  const auto declared = checksum_of(bytes.substr(end, trailer_bytes));
  if (!declared || bytes[end - 1] != soh) return skip_wrong_length(bytes, end, max_body);
  if (*declared != sum_of(bytes.substr(0, end))) return garbled(end + trailer_bytes, "checksum (10) is wrong");
  return {FrameState::message, end + trailer_bytes};
}

std::optional<std::string_view> find_tag(std::string_view message, int tag) {
  const std::string key = std::to_string(tag) + "=";
  std::size_t at = 0;
  while (at < message.size()) {
    const std::size_t end = std::min(message.find('\001', at), message.size());
    const std::string_view field = message.substr(at, end - at);
    if (field.starts_with(key)) return field.substr(key.size());
    at = end + 1;
  }
  return std::nullopt;
}

}  // namespace pace::fix
