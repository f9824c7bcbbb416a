#include "gateway/fix/decimal.h"

#include <algorithm>
#include <cstdint>

namespace pace::fix {
namespace {

constexpr std::size_t max_digits = 15;

std::optional<std::int64_t> parse_digits(std::string_view text) {
  if (text.empty() || text.size() > max_digits) return std::nullopt;
  std::int64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

void append_padded(std::string& out, std::int64_t value, std::size_t width) {
  const std::string digits = std::to_string(value);
  out.append(width - std::min(width, digits.size()), '0');
  out += digits;
}

// value / 10^decimals, all decimals shown.
std::string scaled_text(std::int64_t value, std::size_t decimals) {
  std::int64_t scale = 1;
  for (std::size_t i = 0; i < decimals; ++i) scale *= 10;
  std::string out = value < 0 ? "-" : "";
  const std::int64_t whole = value / scale, part = value % scale;
  out += std::to_string(whole < 0 ? -whole : whole);
  out += '.';
  append_padded(out, part < 0 ? -part : part, decimals);
  return out;
}

}  // namespace

std::optional<Price> parse_price(std::string_view text) {
  const std::size_t point = text.find('.');
  if (point == std::string_view::npos || text.size() - point != 3) return std::nullopt;
  const auto whole = parse_digits(text.substr(0, point));
  const auto part = parse_digits(text.substr(point + 1));
  if (!whole || !part) return std::nullopt;
  return Price(*whole * 100 + *part);
}

std::string price_text(Price price) {
  return scaled_text(price.raw(), 2);
}

std::optional<Quantity> parse_quantity(std::string_view text) {
  const auto value = parse_digits(text);
  if (!value) return std::nullopt;
  return Quantity(*value);
}

std::string cash_text(Cash cash) {
  return scaled_text(cash.raw(), 5);
}

std::string average_price_text(Cash value, Quantity quantity) {
  if (quantity <= Quantity{}) return "0";
  // milli-fen / kg is fen per tonne; times 10^4 is the sixth decimal of CNY per tonne.
  const std::int64_t micro = muldiv_half_up(value.raw(), 10'000, quantity.raw());
  std::string text = scaled_text(micro, 6);
  for (int cut = 0; cut < 4 && text.back() == '0'; ++cut) text.pop_back();
  return text;
}

std::optional<Date> parse_fix_date(std::string_view text) {
  if (text.size() != 8) return std::nullopt;
  return parse_date(std::string(text.substr(0, 4)) + "-" + std::string(text.substr(4, 2)) + "-" +
                    std::string(text.substr(6, 2)));
}

std::string fix_date_text(Date day) {
  const CivilDate date = civil(day);
  std::string out;
  append_padded(out, date.year, 4);
  append_padded(out, date.month, 2);
  append_padded(out, date.day, 2);
  return out;
}

std::string fix_time_text(Timestamp time) {
  const FixTime text = fix_time(time);
  return {text.data(), text.size()};
}

FixTime fix_time(Timestamp time) {
  std::int64_t ms = time.raw() / 1'000'000;
  if (time.raw() < 0 && time.raw() % 1'000'000 != 0) --ms;
  constexpr std::int64_t day_ms = 86'400'000;
  std::int64_t day = ms / day_ms, rest = ms % day_ms;
  if (rest < 0) rest += day_ms, --day;
  const CivilDate date = civil(Date(static_cast<std::int32_t>(day)));
  FixTime text;
  const auto digits = [&](std::size_t at, std::size_t width, std::int64_t value) {
    for (; width != 0; --width, value /= 10) text[at + width - 1] = static_cast<char>('0' + value % 10);
  };
  digits(0, 4, date.year);
  digits(4, 2, date.month);
  digits(6, 2, date.day);
  text[8] = '-';
  digits(9, 2, rest / 3'600'000);
  text[11] = ':';
  digits(12, 2, rest / 60'000 % 60);
  text[14] = ':';
  digits(15, 2, rest / 1000 % 60);
  text[17] = '.';
  digits(18, 3, rest % 1000);
  return text;
}

}  // namespace pace::fix
