// Account numbers with two check digits, ISO 7064 MOD 97-10: a typing error is caught at the door, not in the ledger.
#pragma once

#include <cstdint>
#include <optional>

#include "engine/base/ids.h"

namespace pace {

/// The account number of a serial (1, 2, 3 …).
constexpr AccountId account_number(std::uint64_t serial) {
  return AccountId(serial * 100 + (98 - (serial * 100) % 97));
}

constexpr bool well_formed(AccountId account) {
  return account.raw() >= 100 && account.raw() % 97 == 1;
}

/// The serial of a well-formed number; nothing when the check digits do not fit.
constexpr std::optional<std::uint64_t> account_serial(AccountId account) {
  if (!well_formed(account)) return std::nullopt;
  return account.raw() / 100;
}

}  // namespace pace
