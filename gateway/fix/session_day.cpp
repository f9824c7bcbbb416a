#include "gateway/fix/session_day.h"

#include <array>

namespace pace::fix {
namespace {

constexpr std::int64_t day_s = 86'400;

// Seconds since 1970, rounded down.
std::int64_t seconds(Timestamp time) {
  constexpr std::int64_t ns = 1'000'000'000;
  return time.raw() / ns - (time.raw() % ns < 0 ? 1 : 0);
}

std::optional<std::int32_t> parse_time(std::string_view text) {
  if (text.size() != 8 || text[2] != ':' || text[5] != ':') return std::nullopt;
  std::array<std::int32_t, 3> parts{};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const char tens = text[i * 3], ones = text[i * 3 + 1];
    if (tens < '0' || tens > '5' || ones < '0' || ones > '9') return std::nullopt;
    parts[i] = (tens - '0') * 10 + (ones - '0');
  }
  if (parts[0] > 23) return std::nullopt;
  return parts[0] * 3600 + parts[1] * 60 + parts[2];
}

std::string time_text(std::int32_t second) {
  std::string out;
  for (const std::int32_t part : {second / 3600, second / 60 % 60, second % 60}) {
    if (!out.empty()) out += ':';
    out += static_cast<char>('0' + part / 10);
    out += static_cast<char>('0' + part % 10);
  }
  return out;
}

}  // namespace

std::optional<SessionDay> SessionDay::from(std::string_view text) {
  SessionDay day;
  if (text.empty()) return day;
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto start = parse_time(text.substr(0, dash)), end = parse_time(text.substr(dash + 1));
  if (!start || !end || *start == *end) return std::nullopt;
  day.ends_ = true;
  day.start_s_ = *start;
  day.end_s_ = *end;
  return day;
}

bool SessionDay::open(Timestamp now) const {
  if (!ends_) return true;
  const auto since_start = ((seconds(now) - start_s_) % day_s + day_s) % day_s;
  return since_start < (end_s_ - start_s_ + day_s) % day_s;
}

std::uint32_t SessionDay::number(Timestamp now) const {
  if (!ends_) return 0;
  return static_cast<std::uint32_t>((seconds(now) - end_s_ + day_s) / day_s);
}

std::string SessionDay::text() const {
  return ends_ ? time_text(start_s_) + " to " + time_text(end_s_) + " UTC" : "at all times";
}

}  // namespace pace::fix
