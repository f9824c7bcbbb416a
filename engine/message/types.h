// The small values that messages are made of: enumerations with their names, and who speaks.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/date.h"
#include "engine/base/fixed_string.h"
#include "engine/base/ids.h"
#include "engine/base/units.h"
#include "engine/message/fields.h"

namespace pace {

/// ClOrdID of FIX, or any request's own id: the sender's choice, unique per sender and trading day.
using ClientId = FixedString<20>;
using Symbol = FixedString<24>;
/// A member's own short code of a person who enters orders: who that is stays in the member's records.
using TraderCode = FixedString<8>;
/// Short code of a member, source, region or methodology.
using Code = FixedString<16>;
/// Name of a rulebook parameter.
using RuleName = FixedString<40>;
/// Reference to a document, decision or bank line.
using Reference = FixedString<32>;
/// SHA-256 or an Ed25519 public key.
using Bytes32 = std::array<std::uint8_t, 32>;
/// Ed25519 signature.
using Bytes64 = std::array<std::uint8_t, 64>;

// Enumerations start at 0 and are dense; the names are what JSON, CSV and text say. Values are frozen by golden files.
template <class E>
struct EnumNames;  // static constexpr std::array<std::string_view, N> names

#define PACE_ENUM_NAMES(Enum, ...)                                                \
  template <>                                                                     \
  struct EnumNames<Enum> {                                                        \
    static constexpr auto names = std::to_array<std::string_view>({__VA_ARGS__}); \
  }

template <class E>
concept NamedEnum = requires {
  EnumNames<E>::names;
};

template <NamedEnum E>
constexpr std::string_view name_of(E value) {
  const auto i = static_cast<std::size_t>(value);
  return i < EnumNames<E>::names.size() ? EnumNames<E>::names[i] : std::string_view("?");
}
template <NamedEnum E>
constexpr std::optional<E> enum_from(std::string_view name) {
  for (std::size_t i = 0; i < EnumNames<E>::names.size(); ++i)
    if (EnumNames<E>::names[i] == name) return static_cast<E>(i);
  return std::nullopt;
}

/// Rulebook 0, who does what. `system` is the sequencer itself (time passing).
enum class Role : std::uint8_t {
  system,
  exchange_operator,
  registry_operator,
  authority,
  verifier,
  data_source,
  bank,
  broker
};
PACE_ENUM_NAMES(Role, "system", "operator", "registry", "authority", "verifier", "data_source", "bank", "broker");

/// Who sends a command: a role, and which broker, verifier, source or person it is. Set by the edge that
/// authenticated the sender, never taken from the message.
struct Sender {
  Role role{};
  std::uint32_t number{};
  PACE_FIELDS(Sender, role, number);
  auto operator<=>(const Sender&) const = default;
};

enum class Side : std::uint8_t { buy, sell };
PACE_ENUM_NAMES(Side, "buy", "sell");
constexpr Side opposite(Side side) {
  return side == Side::buy ? Side::sell : Side::buy;
}

enum class OrderType : std::uint8_t { limit, market };
PACE_ENUM_NAMES(OrderType, "limit", "market");

enum class TimeInForce : std::uint8_t { day, gtc, ioc, fok };
PACE_ENUM_NAMES(TimeInForce, "day", "gtc", "ioc", "fok");

/// Self-trade prevention, rulebook 7. `allow` is for the exchange's own benchmarks and members' books under waiver.
enum class SelfTrade : std::uint8_t { cancel_newest, cancel_oldest, cancel_both, allow };
PACE_ENUM_NAMES(SelfTrade, "cancel_newest", "cancel_oldest", "cancel_both", "allow");

enum class InstrumentKind : std::uint8_t { allowance, phcer, ccer };
PACE_ENUM_NAMES(InstrumentKind, "allowance", "phcer", "ccer");
constexpr bool is_credit(InstrumentKind kind) {
  return kind != InstrumentKind::allowance;
}

/// Market phase of the trading day, rulebook 7.
enum class Phase : std::uint8_t { closed, opening_call, pre_open, morning, lunch, afternoon, closing_call };
PACE_ENUM_NAMES(Phase, "closed", "opening_call", "pre_open", "morning", "lunch", "afternoon", "closing_call");
constexpr bool is_continuous(Phase phase) {
  return phase == Phase::morning || phase == Phase::afternoon;
}
constexpr bool is_call(Phase phase) {
  return phase == Phase::opening_call || phase == Phase::closing_call;
}

/// `volatility_call`: the circuit breaker's call; orders rest, they match when it ends.
enum class InstrumentState : std::uint8_t { trading, halted, volatility_call };
PACE_ENUM_NAMES(InstrumentState, "trading", "halted", "volatility_call");

/// How a trade came about. Rulebook 7. `correction`: the opposite of a trade that was broken.
enum class TradeKind : std::uint8_t { continuous, call, block, auction, correction };
PACE_ENUM_NAMES(TradeKind, "continuous", "call", "block", "auction", "correction");

/// Sealed-bid auctions: one seller's own, the authority's from the paid pool, the authority's from the reserve.
enum class AuctionKind : std::uint8_t { one_sided, authority, reserve };
PACE_ENUM_NAMES(AuctionKind, "one_sided", "authority", "reserve");
/// `waiting`: its time is over, but its instrument is halted or the market may not open; it closes when that ends.
enum class AuctionState : std::uint8_t { announced, open, waiting, closed, cancelled };
PACE_ENUM_NAMES(AuctionState, "announced", "open", "waiting", "closed", "cancelled");

enum class AccountKind : std::uint8_t {
  person,
  minor,
  broker_own,
  authority,
  reserve,
  auction,
  surrender,
  cancellation,
  fee
};
PACE_ENUM_NAMES(AccountKind, "person", "minor", "broker_own", "authority", "reserve", "auction", "surrender",
                "cancellation", "fee");

enum class AccountStatus : std::uint8_t { open, frozen, surrender_only, closed };
PACE_ENUM_NAMES(AccountStatus, "open", "frozen", "surrender_only", "closed");

enum class EntrustmentMode : std::uint8_t { instruction, auto_sell, auto_comply, discretionary };
PACE_ENUM_NAMES(EntrustmentMode, "instruction", "auto_sell", "auto_comply", "discretionary");

/// Which instruments or sides an entrustment covers.
enum class InstrumentClass : std::uint8_t { allowances, credits, both };
PACE_ENUM_NAMES(InstrumentClass, "allowances", "credits", "both");
enum class Sides : std::uint8_t { buy, sell, both };
PACE_ENUM_NAMES(Sides, "buy", "sell", "both");

enum class CancelReason : std::uint8_t {
  requested,
  ioc_remainder,
  fok_unfilled,
  self_trade,
  end_of_day,
  expired,
  entrustment_revoked,
  mass_cancel,
  post_only_would_trade,
  disconnect,
  operator_action,
  price_limit,  ///< a GTC order outside the new day's limits
  kill_switch,
  auction_cancelled,
  outbid  ///< a bid that won nothing when its auction closed
};
PACE_ENUM_NAMES(CancelReason, "requested", "ioc_remainder", "fok_unfilled", "self_trade", "end_of_day", "expired",
                "entrustment_revoked", "mass_cancel", "post_only_would_trade", "disconnect", "operator_action",
                "price_limit", "kill_switch", "auction_cancelled", "outbid");

enum class EmissionStatus : std::uint8_t { received, provisional, verified, disputed, reversed };
PACE_ENUM_NAMES(EmissionStatus, "received", "provisional", "verified", "disputed", "reversed");

enum class ApplicationStatus : std::uint8_t { applied, stated, issued, refused };
PACE_ENUM_NAMES(ApplicationStatus, "applied", "stated", "issued", "refused");

/// UK ETS compliance statuses: A surrendered enough, B not enough, C a due year has no figure.
enum class ComplianceStatus : std::uint8_t { A, B, C, excluded, not_applicable };
PACE_ENUM_NAMES(ComplianceStatus, "A", "B", "C", "excluded", "not_applicable");

/// What is left over at the end of a compliance year, rulebook 9.
enum class Banking : std::uint8_t { limited, unlimited, none };
PACE_ENUM_NAMES(Banking, "limited", "unlimited", "none");

/// Why units left circulation.
enum class CancellationReason : std::uint8_t { not_banked, penalty_deduction, voluntary, life_event };
PACE_ENUM_NAMES(CancellationReason, "not_banked", "penalty_deduction", "voluntary", "life_event");

}  // namespace pace
