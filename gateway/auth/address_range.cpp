#include "gateway/auth/address_range.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>

namespace pace {
namespace {

constexpr std::array<std::uint8_t, 12> mapped_prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned mapped_bits = 96;

/// IPv4 as the IPv6 address it maps to, so that one comparison serves both.
struct Address {
  std::array<std::uint8_t, 16> bytes{};
  bool v4 = false;
};

std::optional<Address> parse_address(std::string_view text) {
  const std::string zero_ended(text);
  Address out;
  if (inet_pton(AF_INET, zero_ended.c_str(), out.bytes.data() + mapped_prefix.size()) == 1) {
    std::copy(mapped_prefix.begin(), mapped_prefix.end(), out.bytes.begin());
    out.v4 = true;
    return out;
  }
  if (inet_pton(AF_INET6, zero_ended.c_str(), out.bytes.data()) != 1) return std::nullopt;
  out.v4 = std::equal(mapped_prefix.begin(), mapped_prefix.end(), out.bytes.begin());
  return out;
}

struct Range {
  Address from;
  unsigned bits;  ///< of the IPv6 form
};

bool bit(const Address& address, unsigned n) {
  return (address.bytes[n / 8] >> (7 - n % 8) & 1) != 0;
}

std::optional<Range> parse_range(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto from = parse_address(text.substr(0, slash));
  if (!from) return std::nullopt;
  if (slash == std::string_view::npos) return Range{*from, 128};
  const std::string_view digits = text.substr(slash + 1);
  unsigned bits = 0;
  const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (end.ec != std::errc{} || end.ptr != digits.data() + digits.size() || bits > (from->v4 ? 32u : 128u))
    return std::nullopt;
  const Range range{*from, from->v4 ? bits + mapped_bits : bits};
  for (unsigned n = range.bits; n < 128; ++n)
    if (bit(range.from, n)) return std::nullopt;
  return range;
}

}  // namespace

bool well_formed_range(std::string_view range) {
  return parse_range(range).has_value();
}

bool in_range(std::string_view address, std::string_view range) {
  const auto one = parse_address(address);
  const auto many = parse_range(range);
  if (!one || !many || one->v4 != many->from.v4) return false;
  for (unsigned n = 0; n < many->bits; ++n)
    if (bit(*one, n) != bit(many->from, n)) return false;
  return true;
}

}  // namespace pace
