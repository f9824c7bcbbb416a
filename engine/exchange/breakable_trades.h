// The newest trades, as far as breaking one needs to know them (rulebook 7, trade break), and the numbering of all.
// A ring by trade number: writing one is one cache line on the way of a fill, the oldest is overwritten.
// Thread rule: owned by the market. Invariant: trades oldest() to newest() have their records.
#pragma once

#include <cstdint>

#include "engine/base/bytes.h"
#include "engine/base/check.h"
#include "engine/base/ids.h"
#include "engine/book/zeroed_array.h"
#include "engine/exchange/prefunding.h"
#include "engine/message/types.h"

namespace pace {

/// One side. Who its broker is follows from the mandate, or from whose own account it is.
struct BreakableSide {
  OrderId order;              ///< 0: no order of a book
  std::uint32_t mandate = 0;  ///< its slot in the register; 0: none
  AccountIndex account;
  Rates rates;
};

/// What traded.
struct BreakableTerms {
  InstrumentId instrument;
  Price price;  ///< at most book_max_price
  Quantity quantity;
  TradeKind kind{};
  Side aggressor{};
};

struct alignas(64) BreakableTrade {
 public:
  BreakableTrade() = default;
  BreakableTrade(const BreakableTerms& terms, const BreakableSide& buy, const BreakableSide& sell)
      : buy_order(buy.order),
        sell_order(sell.order),
        buy_mandate(buy.mandate),
        sell_mandate(sell.mandate),
        buyer(buy.account),
        seller(sell.account),
        quantity(terms.quantity),
        instrument(terms.instrument),
        price_fen(static_cast<std::uint32_t>(terms.price.raw())),
        buy_rates(buy.rates),
        sell_rates(sell.rates),
        kind(terms.kind),
        aggressor(terms.aggressor) {}

  [[nodiscard]] BreakableTerms terms() const { return {instrument, Price(price_fen), quantity, kind, aggressor}; }
  [[nodiscard]] BreakableSide buy() const { return {buy_order, buy_mandate, buyer, buy_rates}; }
  [[nodiscard]] BreakableSide sell() const { return {sell_order, sell_mandate, seller, sell_rates}; }
  [[nodiscard]] bool can_be_broken() const { return !broken && kind != TradeKind::correction; }
  void set_broken() { broken = true; }

 private:
  OrderId buy_order, sell_order;
  std::uint32_t buy_mandate = 0, sell_mandate = 0;
  AccountIndex buyer, seller;
  Quantity quantity;
  InstrumentId instrument;
  std::uint32_t price_fen{};
  Rates buy_rates, sell_rates;
  TradeKind kind{};
  Side aggressor{};
  bool broken{};

 public:
  PACE_FIELDS(BreakableTrade, buy_order, sell_order, buy_mandate, sell_mandate, buyer, seller, quantity, instrument,
              price_fen, buy_rates, sell_rates, kind, aggressor, broken);
};
static_assert(sizeof(BreakableTrade) == 64, "one cache line");

class BreakableTrades {
 public:
  /// How many trades are kept. REQUIRES: a power of two.
  explicit BreakableTrades(std::uint32_t capacity, bool touched = false) : mask_(capacity - 1), kept_(capacity) {
    PACE_CHECK(capacity != 0 && (capacity & mask_) == 0);
    if (touched) kept_.touch(0, capacity);
  }

  /// The next number of a trade, and its record.
  TradeId add(const BreakableTrade& trade) {
    kept_[newest_ & mask_] = trade;
    return TradeId(++newest_);
  }
  /// nullptr: there is no such trade, or it is too old.
  [[nodiscard]] BreakableTrade* find(TradeId trade) {
    return trade >= oldest() && trade.raw() <= newest_ ? &kept_[(trade.raw() - 1) & mask_] : nullptr;
  }
  [[nodiscard]] TradeId newest() const { return TradeId(newest_); }
  /// The oldest that can be broken; when there is none, the next that will be.
  [[nodiscard]] TradeId oldest() const { return TradeId(newest_ > mask_ ? newest_ - mask_ : 1); }

  /// Trades from here on are of the new day.
  void start_day() { before_today_ = newest_; }
  [[nodiscard]] bool of_today(TradeId trade) const { return trade.raw() > before_today_; }

  void save(ByteWriter& out) const;
  /// Into an empty one. False when the bytes are not trades of `accounts` accounts in `instruments` instruments under
  /// `mandates` mandates, or more of them than are kept here.
  [[nodiscard]] bool load(ByteReader& in, std::size_t accounts, std::size_t instruments, std::size_t mandates);

 private:
  std::uint64_t mask_;
  std::uint64_t newest_ = 0;
  std::uint64_t before_today_ = 0;
  ZeroedArray<BreakableTrade> kept_;
};

}  // namespace pace
