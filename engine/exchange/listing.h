// An instrument as the market sees it: its book, its state, the day's reference price and limits, the day's trading.
// Thread rule: owned by the market.
#pragma once

#include "engine/book/book.h"
#include "engine/exchange/breaker.h"
#include "engine/exchange/registrar_records.h"
#include "engine/message/types.h"
#include "settlement/ledger/ledger.h"

namespace pace {

struct Listing {
  /// REQUIRES: `ledger` outlives this.
  Listing(OrderPool& pool, Ledger& ledger, const Instrument& instrument, Price first_reference, std::uint64_t accounts)
      : id(instrument.id),
        credit(is_credit(instrument.kind)),
        reference(first_reference),
        units(&ledger.column(instrument.id)),
        bids(accounts),
        book(pool, window_around(first_reference)) {}

  InstrumentId id;
  InstrumentState state{};
  bool credit{};  ///< not an allowance
  /// Prices of plain orders: within the limits and not at them, while it trades continuously and no limit is watched.
  /// None (0) at any other time: then orders and cancels have more to look at.
  Price plain_from;
  std::uint64_t plain_prices = 0;
  Price reference, lower, upper;  ///< in force since the day began (or since the listing)
  Timestamp call_ends;            ///< of a volatility call; 0 in every other state
  LimitWatch limit;
  Breaker breaker;
  Price last;      ///< 0 before the first trade
  Cash day_value;  ///< of the day's continuous trades, which make the next reference price
  Quantity day_volume;
  Ledger::Column* units;
  ZeroedArray<Quantity> bids;  ///< open to buy, by AccountIndex: counts towards the position limit
  Book book;

  [[nodiscard]] bool takes_plain_orders_at(Price price) const {
    return static_cast<std::uint64_t>(price.raw()) - static_cast<std::uint64_t>(plain_from.raw()) < plain_prices;
  }
  void set_plain_prices(bool continuous) {
    const bool quiet = continuous && state == InstrumentState::trading && limit.since == Timestamp{};
    plain_from = lower + Price(1);
    plain_prices = quiet && plain_from < upper ? static_cast<std::uint64_t>((upper - plain_from).raw()) : 0;
  }
  /// Must an order that rests at this price be followed by the watch on the price limits?
  [[nodiscard]] bool watched(Side side, Price price) const {
    return limit.since != Timestamp{} || price == (side == Side::buy ? upper : lower);
  }
};

}  // namespace pace
