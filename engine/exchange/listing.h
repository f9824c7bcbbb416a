// An instrument as the market sees it: its book, its state, the day's reference price and limits, the day's trading.
// Thread rule: owned by the market.
#pragma once

#include "engine/book/book.h"
#include "engine/exchange/breaker.h"
#include "engine/message/types.h"

namespace pace {

struct Listing {
  Listing(OrderPool& pool, InstrumentId which, Price first_reference, std::uint64_t accounts)
      : id(which), reference(first_reference), bids(accounts), book(pool, window_around(first_reference)) {}

  InstrumentId id;
  InstrumentState state{};
  bool credit{};                  ///< not an allowance
  Price reference, lower, upper;  ///< in force since the day began (or since the listing)
  Timestamp call_ends;            ///< of a volatility call; 0 in every other state
  LimitWatch limit;
  Breaker breaker;
  Price last;      ///< 0 before the first trade
  Cash day_value;  ///< of the day's continuous trades, which make the next reference price
  Quantity day_volume;
  ZeroedArray<Quantity> bids;  ///< open to buy, by AccountIndex: counts towards the position limit
  Book book;

  /// Must an order that rests at this price be followed by the watch on the price limits?
  [[nodiscard]] bool watched(Side side, Price price) const {
    return limit.since != Timestamp{} || price == (side == Side::buy ? upper : lower);
  }
};

}  // namespace pace
