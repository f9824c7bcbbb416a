// Names of things: each kind of id is a type of its own, comparable and hashable, with no arithmetic.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace pace {

template <class Tag, class Rep_>
class Id {
 public:
  using Rep = Rep_;
  constexpr Id() = default;
  constexpr explicit Id(Rep value) : value_(value) {}
  [[nodiscard]] constexpr Rep raw() const { return value_; }
  constexpr auto operator<=>(const Id&) const = default;
  /// Zero names nothing.
  constexpr explicit operator bool() const { return value_ != 0; }

 private:
  Rep value_{};
};

/// Place in the one log; the first command is 1.
using Sequence = Id<struct SequenceTag, std::uint64_t>;
/// Pseudonymous account number: serial * 100 + two check digits (engine/base/account_number.h). What the world sees.
using AccountId = Id<struct AccountIdTag, std::uint64_t>;
/// Dense place of an account in the exchange's tables, in order of opening. Never leaves the process.
using AccountIndex = Id<struct AccountIndexTag, std::uint32_t>;
using BrokerId = Id<struct BrokerIdTag, std::uint32_t>;
using InstrumentId = Id<struct InstrumentIdTag, std::uint32_t>;
using ProjectId = Id<struct ProjectIdTag, std::uint32_t>;
/// Exchange-assigned: slot and generation, below 2^53 so that JSON readers keep it exact.
using OrderId = Id<struct OrderIdTag, std::uint64_t>;
using TradeId = Id<struct TradeIdTag, std::uint64_t>;
using EntrustmentId = Id<struct EntrustmentIdTag, std::uint64_t>;
using EmissionId = Id<struct EmissionIdTag, std::uint64_t>;
using FactorId = Id<struct FactorIdTag, std::uint32_t>;
using ApplicationId = Id<struct ApplicationIdTag, std::uint32_t>;
/// A sealed-bid auction and a bid in it, a reported side of a block trade: numbered by the exchange, from 1.
using AuctionId = Id<struct AuctionIdTag, std::uint32_t>;
using BidId = Id<struct BidIdTag, std::uint64_t>;
using BlockId = Id<struct BlockIdTag, std::uint64_t>;
using RegionId = Id<struct RegionIdTag, std::uint32_t>;

constexpr Sequence next(Sequence s) {
  return Sequence(s.raw() + 1);
}

}  // namespace pace

template <class Tag, class Rep>
struct std::hash<pace::Id<Tag, Rep>> {
  std::size_t operator()(pace::Id<Tag, Rep> id) const noexcept { return std::hash<Rep>{}(id.raw()); }
};
