// What the market knows of an open order besides its place in the book: one cache line, in an array parallel to the
// order pool, by slot. A record outlives its order until the slot is taken again, so a sink of the book can still read
// it while the order goes.
// Thread rule: values, owned by the market.
#pragma once

#include <cstdint>

#include "engine/book/order.h"
#include "engine/exchange/prefunding.h"
#include "engine/message/types.h"

namespace pace {

struct OpenOrder {
  ClientId client_id;  ///< the latest of the chain of replacements
  BrokerId broker;
  AccountIndex principal;
  InstrumentId instrument;
  std::uint32_t price_fen;    ///< a market order's bound
  std::uint32_t quantity_kg;  ///< total, fills included
  EntrustmentId entrustment;  ///< 0 for a member's own account
  Cash filled_value;
  Date expiry;  ///< GTC: last trading day
  Rates rates;  ///< in force when it took its place: what it holds, and what it will pay
  Side side;
  TimeInForce time_in_force : 4;
  OrderType order_type : 3;
  bool post_only : 1;

  [[nodiscard]] Price price() const { return Price(price_fen); }
  /// Cash that `open` kilograms of this order hold, if it buys.
  [[nodiscard]] Cash hold(Quantity open) const { return held_per_kg(price(), rates) * open; }
  [[nodiscard]] Quantity quantity() const { return Quantity(quantity_kg); }
};
static_assert(sizeof(OpenOrder) == 64, "one cache line");
static_assert(book_max_price.raw() <= 0xffff'ffff && book_max_quantity.raw() <= 0xffff'ffff);

}  // namespace pace
