#include "gateway/market/candles.h"

#include <algorithm>

namespace pace {
namespace {

constexpr std::int64_t second = 1'000'000'000;

Timestamp start_of(CandleWidth width, Timestamp time) {
  if (width == CandleWidth::day) return at(local_date(time), 0);
  constexpr std::array<std::int64_t, 3> seconds = {60, 300, 3600};
  const std::int64_t step = seconds[static_cast<std::size_t>(width)] * second;
  return Timestamp(time.raw() - time.raw() % step);
}

void add_to(std::deque<Candle>& row, Timestamp start, const PublicTrade& trade) {
  if (row.empty() || row.back().start < start) {
    row.push_back({start, trade.price, trade.price, trade.price, trade.price, Quantity{}, Cash{}, 0});
    if (row.size() > Candles::most) row.pop_front();
  }
  Candle& candle = row.back();
  candle.high = std::max(candle.high, trade.price);
  candle.low = std::min(candle.low, trade.price);
  candle.close = trade.price;
  candle.volume += trade.quantity;
  candle.value += trade.price * trade.quantity;
  ++candle.trades;
}

}  // namespace

void Candles::add(const PublicTrade& trade) {
  if (trade.kind != TradeKind::continuous && trade.kind != TradeKind::call) return;
  auto& row = rows_[trade.instrument];
  for (std::size_t width = 0; width < widths; ++width)
    add_to(row[width], start_of(static_cast<CandleWidth>(width), trade.time), trade);
}

std::vector<Candle> Candles::last(InstrumentId instrument, CandleWidth width, Timestamp before,
                                  std::size_t limit) const {
  const auto found = rows_.find(instrument);
  if (found == rows_.end()) return {};
  const std::deque<Candle>& row = found->second[static_cast<std::size_t>(width)];
  auto end = row.end();
  if (before.raw() != 0)
    end = std::lower_bound(row.begin(), row.end(), before, [](const Candle& c, Timestamp t) { return c.start < t; });
  const auto n = std::min<std::ptrdiff_t>(end - row.begin(), static_cast<std::ptrdiff_t>(limit));
  return {end - n, end};
}

}  // namespace pace
