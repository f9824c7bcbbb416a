#include "gateway/fix/framer.h"

#include <algorithm>
#include <cstdint>

namespace pace::fix {
namespace {

constexpr std::string_view prefix = "8=FIX.4.4\0019=";
constexpr std::size_t max_length_digits = 9;
constexpr std::size_t trailer_bytes = 7;  // 10=xxx and the separator

Frame hopeless(const char* problem) {
  return {FrameState::hopeless, 0, problem};
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// `trailer` is the seven bytes where the checksum must stand.
std::optional<unsigned> checksum_of(std::string_view trailer) {
  if (!trailer.starts_with("10=") || trailer[6] != '\001') return std::nullopt;
  if (!std::all_of(trailer.begin() + 3, trailer.begin() + 6, is_digit)) return std::nullopt;
  return static_cast<unsigned>((trailer[3] - '0') * 100 + (trailer[4] - '0') * 10 + (trailer[5] - '0'));
}

unsigned sum_of(std::string_view bytes) {
  unsigned sum = 0;
  for (const char c : bytes) sum += static_cast<std::uint8_t>(c);
  return sum & 0xff;
}

}  // namespace

Frame next_frame(std::string_view bytes, std::size_t max_body) {
  const std::size_t seen = std::min(bytes.size(), prefix.size());
  if (bytes.substr(0, seen) != prefix.substr(0, seen)) return hopeless("does not begin with 8=FIX.4.4, 9=");
  if (seen < prefix.size()) return {};
  std::size_t body = 0, at = prefix.size();
  for (; at < bytes.size() && bytes[at] != '\001'; ++at) {
    if (!is_digit(bytes[at]) || at - prefix.size() >= max_length_digits)
      return hopeless("BodyLength (9) is not a number");
    body = body * 10 + static_cast<std::size_t>(bytes[at] - '0');
  }
  if (body > max_body) return hopeless("BodyLength (9) is above the limit");
  if (at == bytes.size()) return {};
  if (at == prefix.size()) return hopeless("BodyLength (9) is empty");
  const std::size_t end = at + 1 + body;
  if (bytes.size() < end + trailer_bytes) return {};
  const auto declared = checksum_of(bytes.substr(end, trailer_bytes));
  if (!declared || bytes[end - 1] != '\001') return hopeless("BodyLength (9) does not lead to the checksum");
  const bool good = *declared == sum_of(bytes.substr(0, end));
  return {good ? FrameState::message : FrameState::garbled, end + trailer_bytes, "checksum (10) is wrong"};
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
