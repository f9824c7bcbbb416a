// The accounts that exist from genesis, under fixed numbers: the registry opens them before the first command, so that
// books, audit and exports know them without asking. Rulebook 2. Serials below `first_open_serial` are kept for more.
#pragma once

#include <array>

#include "engine/base/account_number.h"
#include "engine/message/types.h"

namespace pace {

inline constexpr AccountId authority_account = account_number(1);     ///< issues; receives surcharges
inline constexpr AccountId reserve_account = account_number(2);       ///< stability reserve of each vintage
inline constexpr AccountId auction_account = account_number(3);       ///< paid pool, until it is auctioned
inline constexpr AccountId surrender_account = account_number(4);     ///< surrendered units end here
inline constexpr AccountId cancellation_account = account_number(5);  ///< cancelled units end here
inline constexpr AccountId fee_account = account_number(6);           ///< the exchange's fees

struct SpecialAccount {
  AccountId account;
  AccountKind kind;
};
/// In order of their AccountIndex: 0, 1, 2 …
inline constexpr std::array<SpecialAccount, 6> special_accounts{{
    {authority_account, AccountKind::authority},
    {reserve_account, AccountKind::reserve},
    {auction_account, AccountKind::auction},
    {surrender_account, AccountKind::surrender},
    {cancellation_account, AccountKind::cancellation},
    {fee_account, AccountKind::fee},
}};

/// The lowest serial that OpenAccount and RegisterBroker take.
inline constexpr std::uint64_t first_open_serial = 101;

}  // namespace pace
