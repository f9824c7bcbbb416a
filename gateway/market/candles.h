// What an instrument's trades made of each minute, five minutes, hour and exchange-local day: first, highest, lowest
// and last price, and how much. Blocks, sealed-bid auctions and corrections are in no candle, as in no day's figures.
// Thread rule: a value; one thread owns it. Invariants: candles stand in order of time, none is empty, and no more than
// `most` of each width are kept.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "gateway/market/market_board.h"

namespace pace {

enum class CandleWidth : std::uint8_t { minute, five_minutes, hour, day };
PACE_ENUM_NAMES(CandleWidth, "1m", "5m", "1h", "1d");

struct Candle {
  Timestamp start;
  Price open, high, low, close;
  Quantity volume;
  Cash value;
  std::uint32_t trades = 0;
  PACE_FIELDS(Candle, start, open, high, low, close, volume, value, trades);
};

class Candles {
 public:
  static constexpr std::size_t most = 5'000;

  /// REQUIRES: trades come in the order of the log. One that goes into no candle changes nothing.
  void add(const PublicTrade& trade);
  /// The last `limit` that start before `before` (0: now), oldest first.
  [[nodiscard]] std::vector<Candle> last(InstrumentId instrument, CandleWidth width, Timestamp before,
                                         std::size_t limit) const;

 private:
  static constexpr std::size_t widths = EnumNames<CandleWidth>::names.size();
  std::map<InstrumentId, std::array<std::deque<Candle>, widths>> rows_;
};

}  // namespace pace
