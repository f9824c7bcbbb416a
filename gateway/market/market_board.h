// The public market as the gateway knows it: price levels, last trades, the day's figures, session and limits. A
// projection of the event log, changed at entry boundaries only. Nothing here names an account or a broker.
// Thread rule: one thread owns it (the io thread). Invariants: a level is the sum of the shown parts of the orders at
// its price, and has at least one order; `applied` is the last entry that is in.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/message/entry.h"
#include "engine/message/queries.h"

namespace pace {

struct Level {
  Quantity quantity;
  std::uint32_t orders = 0;
  bool operator==(const Level&) const = default;
};
/// Best price first when walked in market order (bids from the end, asks from the beginning).
using Levels = std::map<Price, Level>;

struct PublicTrade {
  Sequence sequence;  ///< when it became public
  Timestamp time;     ///< when it was made
  InstrumentId instrument;
  TradeId trade;
  Price price;
  Quantity quantity;
  Side aggressor{};  ///< of a block: none
  TradeKind kind{};
  TradeId corrects;  ///< of a correction: the trade that is undone
};
/// What the event tells the public of a trade. A block's own Trade is for its brokers, BlockPublished for everybody; of
/// a sealed-bid auction only the result is public. A correction is as public as what it undoes was. Rulebook 7.
[[nodiscard]] std::optional<PublicTrade> public_trade(const Entry& entry, const Event& event);

/// The trading day's figures of one instrument, of what traded in the book: no block, no sealed-bid auction, and no
/// trade that was broken on its own day. `last` stays: it was seen and acted on (docs/decisions/0020).
struct DayFigures {
  Price last, high, low;  ///< last: also of an earlier day; high and low 0 before the day's first trade
  Quantity volume;
  Cash value;
  std::map<Price, Quantity> at;  ///< what stands traded at each price

  void add(Price price, Quantity quantity);
  /// Without effect when so much does not stand at the price: the trade was before what the board knows.
  void take_back(Price price, Quantity quantity);
  /// Volume-weighted price, rounded down to the fen; 0 before the day's first trade.
  [[nodiscard]] Price mean() const;
};

struct BoardInstrument {
  InstrumentId instrument;
  Symbol symbol;
  InstrumentKind kind{};
  Year vintage;
  InstrumentState state{};
  Price reference, lower, upper;
  Levels bids, asks;
  Sequence book_sequence;  ///< last entry that changed the book; 0: none since the start
  DayFigures day;
  AuctionIndicative indicative;
  std::deque<PublicTrade> trades;  ///< newest last
};

/// What one entry changed.
struct BoardChanges {
  struct Touched {
    InstrumentId instrument;
    Sequence previous_book;         ///< book_sequence before this entry
    std::vector<Price> bids, asks;  ///< levels that changed, each once
    bool trades = false, ticker = false, auction = false;
  };
  std::vector<Touched> touched;  ///< each instrument once
  bool status = false;           ///< phase, day, limits, halts or listing
};

class MarketBoard {
 public:
  static constexpr std::size_t kept_trades = 1000;

  /// The state as the engine answered it. The board then stands at orders.as_of; `market` may be newer: the entries
  /// between are applied again and end in the same place.
  void start(const MarketView& market, const OrdersView& orders);
  /// An entry before the start, oldest first: only the trades and the day's figures are taken.
  void recall(const Entry& entry);
  /// The next entry. Entries at or before `applied` change nothing. The answer is good until the next call.
  const BoardChanges& apply(const Entry& entry);

  [[nodiscard]] Sequence applied() const { return applied_; }
  [[nodiscard]] Timestamp time() const { return time_; }
  [[nodiscard]] Date day() const { return day_; }
  [[nodiscard]] Phase phase() const { return phase_; }
  [[nodiscard]] const std::map<InstrumentId, BoardInstrument>& instruments() const { return instruments_; }
  [[nodiscard]] const BoardInstrument* find(InstrumentId instrument) const;
  [[nodiscard]] const BoardInstrument* find(std::string_view symbol) const;

 private:
  struct Resting {
    InstrumentId instrument;
    Side side{};
    Price price;
    Quantity open, shown;
  };

  BoardInstrument* listed(InstrumentId instrument);
  BoardChanges::Touched& touch(const BoardInstrument& instrument);
  void change_level(const Resting& order, Quantity shown, std::int32_t orders);
  void put(OrderId id, const Resting& order);
  void take(OrderId id);
  void fill(const TradeSide& side, const Trade& trade);
  void add_trade(const PublicTrade& trade);
  void take_back(const Entry& entry);
  void start_day(Date day);

  void on(const Event& event);
  void on(const OrderReplaced& event);
  void on_market(const Event& event);

  Sequence applied_;
  Timestamp time_;
  Date day_;
  Phase phase_{};
  std::map<InstrumentId, BoardInstrument> instruments_;
  std::map<Symbol, InstrumentId> by_symbol_;
  std::unordered_map<OrderId, Resting> resting_;
  BoardChanges changes_;
};

}  // namespace pace
