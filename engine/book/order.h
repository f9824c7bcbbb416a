// What goes into a book and what comes out of it, as plain values.
// Thread rule: values, no shared state.
#pragma once

#include <cstdint>

#include "engine/base/ids.h"
#include "engine/base/units.h"
#include "engine/message/types.h"

namespace pace {

// A resting order is 32 bytes with 32-bit price and quantity; whoever feeds a book refuses what does not fit.
inline constexpr Price book_max_price{0xffff'fffe};
inline constexpr Quantity book_max_quantity{0xffff'ffff};

/// An owner with this bit is no account but a pooled order: whether it has a principal in common with another owner,
/// only the book's sink knows.
inline constexpr std::uint32_t pooled_owner_bit = 0x8000'0000;
constexpr bool is_pooled(AccountIndex owner) {
  return (owner.raw() & pooled_owner_bit) != 0;
}

/// An order that holds a slot of the pool (OrderPool::acquire) and is not resting.
struct Order {
  OrderId id;
  AccountIndex owner;  ///< the principal: self-trade prevention compares it
  Side side{};
  SelfTrade self_trade{};
  Price price;       ///< 1 … book_max_price
  Quantity open;     ///< 1 … book_max_quantity
  Quantity display;  ///< iceberg: shown at a time; 0 (or >= open): all of it
};

/// An order as it rests in a book.
struct RestingOrder {
  Order order;            ///< `open` is all of it, shown and hidden
  Quantity shown;         ///< 1 … open; what the market sees
  std::uint64_t arrival;  ///< time priority: among orders of one price and side the lower fills first
};

/// One trade. In a call auction the taker is the order that arrived later.
struct Fill {
  OrderId maker, taker;
  Side taker_side{};
  Price price;
  Quantity quantity;
  Quantity maker_open, taker_open;  ///< left of each after this fill, hidden part included
};

/// What became of an order given to Book::enter, take or rest.
struct Entered {
  Quantity open;      ///< not filled. It rests, or it is cancelled and the caller reports that
  bool rested{};      ///< otherwise its slot has been released
  bool self_trade{};  ///< the remainder was cancelled by self-trade prevention
};

/// What a call offers at one price.
struct Offer {
  Price at;
  Quantity demand, supply;  ///< bids at this price and above; asks at this price and below
};

/// One price for a whole call auction. Rulebook 7.
struct AuctionPrice {
  Price price;         ///< 0: nothing would trade
  Quantity volume;     ///< traded at that price
  Quantity imbalance;  ///< buy minus sell at that price
  bool operator==(const AuctionPrice&) const = default;
};

}  // namespace pace
