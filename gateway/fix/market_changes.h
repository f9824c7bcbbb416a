// What changed in the public market between two tellings, as listeners of one instrument are to hear it.
// Thread rule: values; the gateway's strand.
#pragma once

#include <vector>

#include "gateway/market/market_board.h"

namespace pace::fix {

/// 279 MDUpdateAction.
enum class Update : char { made = '0', changed = '1', gone = '2' };

struct LevelChange {
  Update update{};
  Side side{};
  Price price;
  Level level;  ///< as it is now; nothing when it is gone
};

/// A trade that became public; of a trade that the authority broke, the number of what was undone.
struct PublicDeal {
  PublicTrade trade;
  TradeId undone;
};

/// The figures of one instrument that stand alone: each is told when it changes.
struct Figures {
  DayFigures day;
  AuctionIndicative call;
};

/// What happened to one instrument since it was told last.
struct InstrumentNews {
  std::vector<Price> bids, asks;  ///< levels that changed, some more than once
  std::vector<PublicDeal> deals;
  Figures before;
};

/// The part of the book that the listeners of one depth know: the best `depth` prices of each side, 0 all of them.
class BookView {
 public:
  BookView(const BoardInstrument& instrument, unsigned depth);
  /// Brings the view up to the book, and says what that changed. REQUIRES: `news` holds every level that changed since
  /// the last call.
  std::vector<LevelChange> follow(const BoardInstrument& instrument, const InstrumentNews& news);

 private:
  void follow_all(const Levels& book, const std::vector<Price>& touched, Side side, std::vector<LevelChange>& changes);
  void follow_best(const Levels& book, Side side, std::vector<LevelChange>& changes);
  Levels& known(Side side) { return side == Side::buy ? bids_ : asks_; }

  unsigned depth_;
  Levels bids_, asks_;
};

/// The best `depth` prices of a side, 0 all of them.
Levels best_of(const Levels& book, Side side, unsigned depth);

}  // namespace pace::fix
