// IP addresses a login may come from: one ("192.0.2.7"), or a range in CIDR form ("10.1.0.0/16", "2001:db8::/32").
// An IPv4 address that arrives over IPv6 ("::ffff:192.0.2.7") is the IPv4 address. Thread rule: pure functions.
#pragma once

#include <string_view>

namespace pace {

/// An address, or an address and a length whose host bits are zero.
[[nodiscard]] bool well_formed_range(std::string_view range);
/// False when either is not well formed or they are of two families.
[[nodiscard]] bool in_range(std::string_view address, std::string_view range);

}  // namespace pace
