#include "gateway/fix/market_changes.h"

#include <iterator>

namespace pace::fix {

Levels best_of(const Levels& book, Side side, unsigned depth) {
  if (depth == 0 || book.size() <= depth) return book;
  const auto n = static_cast<std::ptrdiff_t>(depth);
  return side == Side::buy ? Levels(std::prev(book.end(), n), book.end())
                           : Levels(book.begin(), std::next(book.begin(), n));
}

BookView::BookView(const BoardInstrument& instrument, unsigned depth)
    : depth_(depth),
      bids_(best_of(instrument.bids, Side::buy, depth)),
      asks_(best_of(instrument.asks, Side::sell, depth)) {}

std::vector<LevelChange> BookView::follow(const BoardInstrument& instrument, const InstrumentNews& news) {
  std::vector<LevelChange> changes;
  if (depth_ == 0) {
    follow_all(instrument.bids, news.bids, Side::buy, changes);
    follow_all(instrument.asks, news.asks, Side::sell, changes);
  } else {
    if (!news.bids.empty()) follow_best(instrument.bids, Side::buy, changes);
    if (!news.asks.empty()) follow_best(instrument.asks, Side::sell, changes);
  }
  return changes;
}

// Level by level as they were touched: a deep book costs no more than what changed in it.
void BookView::follow_all(const Levels& book, const std::vector<Price>& touched, Side side,
                          std::vector<LevelChange>& changes) {
  Levels& have = known(side);
  for (const Price price : touched) {
    const auto now = book.find(price);
    const auto before = have.find(price);
    if (now == book.end()) {
      if (before == have.end()) continue;
      changes.push_back({Update::gone, side, price, {}});
      have.erase(before);
    } else if (before == have.end()) {
      changes.push_back({Update::made, side, price, now->second});
      have.emplace(price, now->second);
    } else if (before->second != now->second) {
      changes.push_back({Update::changed, side, price, now->second});
      before->second = now->second;
    }
  }
}

// What leaves the best prices is gone for these listeners, what moves up among them is made.
void BookView::follow_best(const Levels& book, Side side, std::vector<LevelChange>& changes) {
  Levels& have = known(side);
  Levels now = best_of(book, side, depth_);
  for (const auto& [price, level] : have)
    if (!now.contains(price)) changes.push_back({Update::gone, side, price, {}});
  for (const auto& [price, level] : now) {
    const auto before = have.find(price);
    if (before == have.end()) {
      changes.push_back({Update::made, side, price, level});
    } else if (before->second != level) {
      changes.push_back({Update::changed, side, price, level});
    }
  }
  have = std::move(now);
}

}  // namespace pace::fix
