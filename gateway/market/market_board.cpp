#include "gateway/market/market_board.h"

#include <algorithm>

namespace pace {
namespace {

void add_once(std::vector<Price>& prices, Price price) {
  if (std::find(prices.begin(), prices.end(), price) == prices.end()) prices.push_back(price);
}

const TradeBroken* broken_in(const Entry& entry) {
  for (const Event& event : entry.events)
    if (const auto* broken = std::get_if<TradeBroken>(&event)) return broken;
  return nullptr;
}

}  // namespace

std::optional<PublicTrade> public_trade(const Entry& entry, const Event& event) {
  const Sequence now = entry.sequence();
  if (const auto* block = std::get_if<BlockPublished>(&event))
    return PublicTrade{now, block->time,     block->instrument, block->trade, block->price, block->quantity,
                       {},  TradeKind::block};
  const auto* trade = std::get_if<Trade>(&event);
  if (trade == nullptr || trade->kind == TradeKind::block || trade->kind == TradeKind::auction) return std::nullopt;
  PublicTrade told{now,          entry.stamped.time, trade->instrument, trade->trade,
                   trade->price, trade->quantity,    trade->aggressor,  trade->kind};
  if (trade->kind != TradeKind::correction) return told;
  const TradeBroken* const broken = broken_in(entry);
  const bool sealed =
      broken == nullptr || broken->kind == TradeKind::auction || (broken->kind == TradeKind::block && broken->same_day);
  if (sealed) return std::nullopt;
  told.corrects = broken->trade;
  return told;
}

Price DayFigures::mean() const {
  return volume.raw() == 0 ? Price{} : Price(value.raw() / volume.raw());
}

void DayFigures::add(Price price, Quantity quantity) {
  at[price] += quantity;
  high = at.rbegin()->first;
  low = at.begin()->first;
  volume += quantity;
  value += price * quantity;
}

void DayFigures::take_back(Price price, Quantity quantity) {
  const auto stands = at.find(price);
  if (stands == at.end() || stands->second < quantity) return;
  stands->second -= quantity;
  if (stands->second == Quantity{}) at.erase(stands);
  high = at.empty() ? Price{} : at.rbegin()->first;
  low = at.empty() ? Price{} : at.begin()->first;
  volume -= quantity;
  value -= price * quantity;
}

const BoardInstrument* MarketBoard::find(InstrumentId instrument) const {
  const auto found = instruments_.find(instrument);
  return found == instruments_.end() ? nullptr : &found->second;
}

const BoardInstrument* MarketBoard::find(std::string_view symbol) const {
  const auto wanted = Symbol::from(symbol);
  const auto found = wanted ? by_symbol_.find(*wanted) : by_symbol_.end();
  return found == by_symbol_.end() ? nullptr : find(found->second);
}

BoardInstrument* MarketBoard::listed(InstrumentId instrument) {
  const auto found = instruments_.find(instrument);
  return found == instruments_.end() ? nullptr : &found->second;
}

void MarketBoard::start(const MarketView& market, const OrdersView& orders) {
  applied_ = orders.as_of;
  time_ = market.time;
  day_ = market.day;
  phase_ = market.phase;
  for (const InstrumentView& view : market.instruments) {
    BoardInstrument& instrument = instruments_[view.instrument];
    instrument.instrument = view.instrument;
    instrument.symbol = view.symbol;
    by_symbol_[view.symbol] = view.instrument;
    instrument.kind = view.kind;
    instrument.vintage = view.vintage;
    instrument.state = view.state;
    instrument.reference = view.reference;
    instrument.lower = view.lower;
    instrument.upper = view.upper;
    instrument.day.last = view.last;
  }
  for (const OrderView& order : orders.orders)
    put(order.order, {order.instrument, order.side, order.price, order.open, order.shown});
  changes_ = {};
}

BoardChanges::Touched& MarketBoard::touch(const BoardInstrument& instrument) {
  for (BoardChanges::Touched& touched : changes_.touched)
    if (touched.instrument == instrument.instrument) return touched;
  return changes_.touched.emplace_back(BoardChanges::Touched{instrument.instrument, instrument.book_sequence});
}

void MarketBoard::change_level(const Resting& order, Quantity shown, std::int32_t orders) {
  BoardInstrument* instrument = listed(order.instrument);
  if (instrument == nullptr) return;
  BoardChanges::Touched& touched = touch(*instrument);
  const bool bid = order.side == Side::buy;
  Levels& levels = bid ? instrument->bids : instrument->asks;
  Level& level = levels[order.price];
  level.quantity += shown;
  level.orders += static_cast<std::uint32_t>(orders);
  if (level.orders == 0) levels.erase(order.price);
  add_once(bid ? touched.bids : touched.asks, order.price);
}

// Entered, refilled or moved: what was there under this id goes first.
void MarketBoard::put(OrderId id, const Resting& order) {
  take(id);
  resting_.emplace(id, order);
  change_level(order, order.shown, 1);
}

void MarketBoard::take(OrderId id) {
  const auto found = resting_.find(id);
  if (found == resting_.end()) return;
  change_level(found->second, -found->second.shown, -1);
  resting_.erase(found);
}

// Only the resting side of a trade is in the book; in a call auction both are. In continuous trading the shown part is
// what trades, and a refill (OrderRested) follows when it is used up; a call takes the hidden part first.
void MarketBoard::fill(const TradeSide& side, const Trade& trade) {
  if (trade.kind == TradeKind::correction) return;  // its orders stand as they stood
  const auto found = resting_.find(side.order);
  if (found == resting_.end()) return;
  if (side.open.raw() == 0) return take(side.order);
  Resting& order = found->second;
  const Quantity gone = trade.kind == TradeKind::call ? order.shown - std::min(order.shown, side.open)
                                                      : std::min(order.shown, trade.quantity);
  change_level(order, -gone, 0);
  order.shown -= gone;
  order.open = side.open;
}

void MarketBoard::add_trade(const PublicTrade& trade) {
  BoardInstrument* instrument = listed(trade.instrument);
  if (instrument == nullptr) return;
  instrument->trades.push_back(trade);
  if (instrument->trades.size() > kept_trades) instrument->trades.pop_front();
  BoardChanges::Touched& touched = touch(*instrument);
  touched.trades = true;
  if (trade.kind == TradeKind::block || trade.kind == TradeKind::correction) return;
  instrument->day.last = trade.price;
  instrument->day.add(trade.price, trade.quantity);
  touched.ticker = true;
}

// A trade of the book that is broken on its own day leaves the day's figures.
void MarketBoard::take_back(const Entry& entry) {
  const TradeBroken* const broken = broken_in(entry);
  if (broken == nullptr || !broken->same_day) return;
  if (broken->kind != TradeKind::continuous && broken->kind != TradeKind::call) return;
  for (const Event& event : entry.events) {
    const auto* opposite = std::get_if<Trade>(&event);
    BoardInstrument* instrument = opposite == nullptr ? nullptr : listed(opposite->instrument);
    if (instrument == nullptr || opposite->trade != broken->opposite) continue;
    instrument->day.take_back(opposite->price, opposite->quantity);
    touch(*instrument).ticker = true;
  }
}

void MarketBoard::start_day(Date day) {
  day_ = day;
  for (auto& [id, instrument] : instruments_) {
    instrument.day = DayFigures{.last = instrument.day.last};
    instrument.indicative = {};
    touch(instrument).ticker = true;
  }
}

void MarketBoard::recall(const Entry& entry) {
  const Date today = day_;
  for (const Event& event : entry.events) {
    if (const auto trade = public_trade(entry, event)) add_trade(*trade);
    if (const auto* started = std::get_if<TradingDayStarted>(&event)) start_day(started->day);
  }
  take_back(entry);
  day_ = today;
  changes_ = {};
}

void MarketBoard::on(const OrderReplaced& event) {
  const auto found = resting_.find(event.order);
  if (found == resting_.end()) return;
  // Priority lost: it leaves and enters again (fills first, then OrderRested). Kept: smaller, in its place.
  if (!event.priority_kept) return take(event.order);
  Resting order = found->second;
  order.price = event.price;
  order.open = event.open;
  order.shown = std::min(order.shown, event.open);
  put(event.order, order);
}

void MarketBoard::on_market(const Event& event) {
  if (const auto* phase = std::get_if<PhaseChanged>(&event)) {
    phase_ = phase->phase;
    changes_.status = true;
  } else if (const auto* started = std::get_if<TradingDayStarted>(&event)) {
    start_day(started->day);
    changes_.status = true;
  } else if (const auto* state = std::get_if<InstrumentStateChanged>(&event)) {
    if (BoardInstrument* instrument = listed(state->instrument)) {
      instrument->state = state->state;
      touch(*instrument).ticker = true;
    }
    changes_.status = true;
  } else if (const auto* limits = std::get_if<ReferencePriceSet>(&event)) {
    if (BoardInstrument* instrument = listed(limits->instrument)) {
      instrument->reference = limits->reference;
      instrument->lower = limits->lower;
      instrument->upper = limits->upper;
      touch(*instrument).ticker = true;
    }
    changes_.status = true;
  }
}

void MarketBoard::on(const Event& event) {
  if (const auto* rested = std::get_if<OrderRested>(&event)) {
    put(rested->order, {rested->instrument, rested->side, rested->price, rested->open, rested->shown});
  } else if (const auto* trade = std::get_if<Trade>(&event)) {
    fill(trade->buy, *trade);
    fill(trade->sell, *trade);
  } else if (const auto* cancelled = std::get_if<OrderCancelled>(&event)) {
    take(cancelled->order);
  } else if (const auto* replaced = std::get_if<OrderReplaced>(&event)) {
    on(*replaced);
  } else if (const auto* indicative = std::get_if<AuctionIndicative>(&event)) {
    if (BoardInstrument* instrument = listed(indicative->instrument)) {
      instrument->indicative = *indicative;
      touch(*instrument).auction = true;
    }
  } else if (const auto* uncrossed = std::get_if<AuctionUncrossed>(&event)) {
    if (BoardInstrument* instrument = listed(uncrossed->instrument)) {
      instrument->indicative = {uncrossed->instrument, uncrossed->price, uncrossed->volume, Quantity{}};
      touch(*instrument).auction = true;
    }
  } else {
    on_market(event);
  }
}

const BoardChanges& MarketBoard::apply(const Entry& entry) {
  changes_.touched.clear();
  changes_.status = false;
  if (entry.sequence() <= applied_) return changes_;
  applied_ = entry.sequence();
  time_ = std::max(time_, entry.stamped.time);
  const Command& command = entry.stamped.request.command;
  if (const auto* list = std::get_if<ListInstrument>(&command); list && entry.outcome.accepted() && !entry.repeats) {
    BoardInstrument& instrument = instruments_[list->instrument];
    instrument.instrument = list->instrument;
    instrument.symbol = list->symbol;
    by_symbol_[list->symbol] = list->instrument;
    instrument.kind = list->kind;
    instrument.vintage = list->vintage;
    if (instrument.reference.raw() == 0) instrument.reference = list->reference_price;
    changes_.status = true;
  }
  // A simulated clock was moved; on a real one time passes without a word.
  if (const auto* advance = std::get_if<AdvanceTime>(&command); advance && advance->to.raw() != 0)
    changes_.status = true;
  for (const Event& event : entry.events) {
    on(event);
    if (const auto trade = public_trade(entry, event)) add_trade(*trade);
  }
  take_back(entry);
  for (const BoardChanges::Touched& touched : changes_.touched)
    if (!touched.bids.empty() || !touched.asks.empty()) listed(touched.instrument)->book_sequence = applied_;
  return changes_;
}

}  // namespace pace
