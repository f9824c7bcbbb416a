// What the market knows of an open order besides its place in the book, and the half cache line in which it is kept: in
// an array parallel to the order pool, by slot. A record outlives its order until the slot is taken again, so a sink of
// the book can still read it while the order goes.
// Thread rule: values, owned by the market.
#pragma once

#include <cstdint>

#include "engine/book/order.h"
#include "engine/exchange/prefunding.h"
#include "engine/message/types.h"

namespace pace {

/// An order as it is kept. Its owner stands in the book's node; who sent it under which id, in the remembered request,
/// which is carried over while the order lives; which mandate it is, in the register's list.
struct OrderRecord {
  Cash filled_value;
  std::uint32_t price_fen;
  std::uint32_t quantity_kg;
  std::uint32_t mandate;  ///< its slot in the register; 0: a member's own account, or a pool's many
  std::uint32_t request;  ///< Idempotency::Reference to the latest of the chain of replacements
  std::uint16_t instrument;
  Rates rates;
  /// What fits into a word: expiry in days since 1970 (27 bits), side (1), time in force (2), type (1), post-only (1).
  std::uint32_t terms;

  struct Terms {
    Date expiry;
    Side side;
    TimeInForce time_in_force;
    OrderType order_type;
    bool post_only;
  };
  void set_terms(const Terms& t) {
    terms = (static_cast<std::uint32_t>(t.expiry.raw()) & expiry_mask) | static_cast<std::uint32_t>(t.side) << 27 |
            static_cast<std::uint32_t>(t.time_in_force) << 28 | static_cast<std::uint32_t>(t.order_type) << 30 |
            static_cast<std::uint32_t>(t.post_only) << 31;
  }
  [[nodiscard]] Date expiry() const { return Date(static_cast<Date::Rep>(terms & expiry_mask)); }
  [[nodiscard]] Side side() const { return static_cast<Side>(terms >> 27 & 1); }
  [[nodiscard]] TimeInForce time_in_force() const { return static_cast<TimeInForce>(terms >> 28 & 3); }
  [[nodiscard]] OrderType order_type() const { return static_cast<OrderType>(terms >> 30 & 1); }
  [[nodiscard]] bool post_only() const { return terms >> 31 != 0; }
  [[nodiscard]] Price price() const { return Price(price_fen); }
  [[nodiscard]] Quantity quantity() const { return Quantity(quantity_kg); }
  /// Cash that `open` kilograms of this order hold, if it buys.
  [[nodiscard]] Cash hold(Quantity open) const { return held_per_kg(price(), rates) * open; }

 private:
  static constexpr std::uint32_t expiry_mask = (1u << 27) - 1;
};
static_assert(sizeof(OrderRecord) == 32, "with the book's node 64 bytes for a resting order");

/// The same put together.
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
  TimeInForce time_in_force;
  OrderType order_type;
  bool post_only;

  [[nodiscard]] Price price() const { return Price(price_fen); }
  /// Cash that `open` kilograms of this order hold, if it buys.
  [[nodiscard]] Cash hold(Quantity open) const { return held_per_kg(price(), rates) * open; }
  [[nodiscard]] Quantity quantity() const { return Quantity(quantity_kg); }
};
static_assert(book_max_price.raw() <= 0xffff'ffff && book_max_quantity.raw() <= 0xffff'ffff);

}  // namespace pace
