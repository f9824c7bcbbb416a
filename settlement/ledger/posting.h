// The legs of each movement, double entry: what one holder loses others gain, per asset (rulebook 8). Plain values,
// made by pure functions that the ledger's tests and the PostgreSQL books share, so that both sides of a reconciliation
// follow one definition. Surrender and cancellation are accounts like any other; outside are only the bank's omnibus
// account, whose negative is the money inside, and issuance, whose negative is what was ever issued.
// Invariant: every function's legs sum to zero per asset.
// Thread rule: values.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "engine/base/ids.h"
#include "engine/base/units.h"

namespace pace {

/// Whose side of a movement: an account of the exchange, or one of the two outside.
enum class Holder : std::uint8_t { account, bank, issuance };

struct Leg {
  Holder holder{};
  AccountId account;        ///< of Holder::account, else 0
  InstrumentId instrument;  ///< 0: cash
  std::int64_t amount{};    ///< kilograms, or milli-fen; negative: given away
  bool operator==(const Leg&) const = default;
};

inline constexpr InstrumentId cash_asset{};

/// A trade with its fees, paid to the account `fees`, and its commissions, paid to the brokers' own accounts (0
/// without). A correction gives fees and commissions back: they are negative.
struct TradePosting {
  AccountId buyer, seller, fees, buy_member, sell_member;
  InstrumentId instrument;
  Quantity quantity;
  Cash value, buy_fee, sell_fee, buy_commission, sell_commission;
};

/// Units, cash, the buyer's fee, the seller's fee, the buyer's commission, the seller's: the giver's leg first, the
/// taker's behind it.
constexpr std::array<Leg, 12> legs_of(const TradePosting& t) {
  const auto account = Holder::account;
  return {Leg{account, t.seller, t.instrument, -t.quantity.raw()},
          Leg{account, t.buyer, t.instrument, t.quantity.raw()},
          Leg{account, t.buyer, cash_asset, -t.value.raw()},
          Leg{account, t.seller, cash_asset, t.value.raw()},
          Leg{account, t.buyer, cash_asset, -t.buy_fee.raw()},
          Leg{account, t.fees, cash_asset, t.buy_fee.raw()},
          Leg{account, t.seller, cash_asset, -t.sell_fee.raw()},
          Leg{account, t.fees, cash_asset, t.sell_fee.raw()},
          Leg{account, t.buyer, cash_asset, -t.buy_commission.raw()},
          Leg{account, t.buy_member, cash_asset, t.buy_commission.raw()},
          Leg{account, t.seller, cash_asset, -t.sell_commission.raw()},
          Leg{account, t.sell_member, cash_asset, t.sell_commission.raw()}};
}

constexpr std::array<Leg, 2> deposit_legs(AccountId to, Cash amount) {
  return {Leg{Holder::bank, {}, cash_asset, -amount.raw()}, Leg{Holder::account, to, cash_asset, amount.raw()}};
}
constexpr std::array<Leg, 2> withdrawal_legs(AccountId from, Cash amount) {
  return {Leg{Holder::account, from, cash_asset, -amount.raw()}, Leg{Holder::bank, {}, cash_asset, amount.raw()}};
}
/// A surcharge, or any payment inside.
constexpr std::array<Leg, 2> payment_legs(AccountId from, AccountId to, Cash amount) {
  return {Leg{Holder::account, from, cash_asset, -amount.raw()}, Leg{Holder::account, to, cash_asset, amount.raw()}};
}
constexpr std::array<Leg, 2> issue_legs(AccountId to, InstrumentId instrument, Quantity quantity) {
  return {Leg{Holder::issuance, {}, instrument, -quantity.raw()}, Leg{Holder::account, to, instrument, quantity.raw()}};
}
/// Surrender, cancellation, or any delivery without payment.
constexpr std::array<Leg, 2> delivery_legs(AccountId from, AccountId to, InstrumentId instrument, Quantity quantity) {
  return {Leg{Holder::account, from, instrument, -quantity.raw()},
          Leg{Holder::account, to, instrument, quantity.raw()}};
}

/// Per asset. For a movement's few legs; no allocation.
constexpr bool sums_to_zero(std::span<const Leg> legs) {
  for (const Leg& of : legs) {
    std::int64_t sum = 0;
    for (const Leg& leg : legs)
      if (leg.instrument == of.instrument && __builtin_add_overflow(sum, leg.amount, &sum)) return false;
    if (sum != 0) return false;
  }
  return true;
}

}  // namespace pace
