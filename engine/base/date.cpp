#include "engine/base/date.h"

namespace pace {
namespace {

void append_padded(std::string& out, std::int64_t value, int width) {
  std::string digits = std::to_string(value);
  for (int i = static_cast<int>(digits.size()); i < width; ++i) out += '0';
  out += digits;
}

// Reads exactly `width` digits at `from`, or -1.
std::int32_t digits_at(std::string_view text, std::size_t from, std::size_t width) {
  if (from + width > text.size()) return -1;
  std::int32_t value = 0;
  for (std::size_t i = from; i < from + width; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

}  // namespace

std::string to_text(Date date) {
  const CivilDate c = civil(date);
  std::string out;
  append_padded(out, c.year, 4);
  out += '-';
  append_padded(out, c.month, 2);
  out += '-';
  append_padded(out, c.day, 2);
  return out;
}

std::string to_text(Timestamp time) {
  const Date date = local_date(time);
  std::int64_t rest = time.raw() - at(date, 0).raw();
  std::string out = to_text(date);
  out += 'T';
  append_padded(out, rest / 3'600'000'000'000, 2);
  out += ':';
  append_padded(out, rest / 60'000'000'000 % 60, 2);
  out += ':';
  append_padded(out, rest / 1'000'000'000 % 60, 2);
  out += '.';
  append_padded(out, rest % 1'000'000'000, 9);
  return out + "+08:00";
}

std::optional<Date> parse_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const std::int32_t y = digits_at(text, 0, 4), m = digits_at(text, 5, 2), d = digits_at(text, 8, 2);
  if (y < 1900 || m < 1 || m > 12 || d < 1) return std::nullopt;
  const Date date = make_date(y, m, d);
  const CivilDate back = civil(date);
  if (back.month != m || back.day != d) return std::nullopt;
  return date;
}

// Nanoseconds since 1970 in 64 bits end in the years 1677 and 2262.
constexpr Date first_instant_day = make_date(1678, 1, 1), last_instant_day = make_date(2261, 12, 31);

std::optional<Timestamp> parse_local_time(std::string_view text) {
  const std::optional<Date> date = parse_date(text.substr(0, 10));
  if (!date || *date < first_instant_day || *date > last_instant_day) return std::nullopt;
  if (text.size() == 10) return at(*date, 0);
  if ((text.size() != 16 && text.size() != 19) || text[10] != 'T' || text[13] != ':') return std::nullopt;
  if (text.size() == 19 && text[16] != ':') return std::nullopt;
  const std::int32_t h = digits_at(text, 11, 2), m = digits_at(text, 14, 2);
  const std::int32_t s = text.size() == 19 ? digits_at(text, 17, 2) : 0;
  if (h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 59) return std::nullopt;
  return at(*date, hms(h, m, s));
}

}  // namespace pace
