#include "gateway/fix/market_messages.h"

#include "gateway/fix/decimal.h"
#include "gateway/fix/fields.h"

namespace pace::fix {
namespace {

std::string sequence_text(Sequence sequence) {
  return std::to_string(sequence.raw());
}

/// Writes entries of one message: of a snapshot when there is no update action to say. They are there when it is gone.
class Entries {
 public:
  /// A snapshot's entries.
  explicit Entries(Outgoing& message) : message_(message), group_(message, 268) {}
  /// An update's.
  Entries(Outgoing& message, std::string_view symbol, Sequence sequence)
      : message_(message), group_(message, 268), symbol_(symbol), sequence_(sequence), of_update_(true) {}

  void level(Update update, Side side, Price price, const Level& level) {
    open(update, side == Side::buy ? EntryKind::bid : EntryKind::offer);
    put_price(price);
    if (update == Update::gone) return;
    message_.put(271, level.quantity.raw());
    message_.put(346, level.orders);
  }
  void deal(const PublicDeal& deal) {
    const PublicTrade& trade = deal.trade;
    open(deal.undone ? Update::gone : Update::made, EntryKind::trade, deal.undone ? deal.undone : trade.trade);
    put_price(trade.price);
    message_.put(271, trade.quantity.raw());
    const std::string time = fix_time_text(trade.time);
    message_.put(272, std::string_view(time).substr(0, 8));
    message_.put(273, std::string_view(time).substr(9));
    if (trade.kind == TradeKind::call) message_.put(277, 'E');
    message_.put(828, trade.kind == TradeKind::block ? '1' : '0');
  }
  /// A price that stands alone; 0: there is none.
  void figure(EntryKind kind, Price before, Price price) {
    if (price == before) return;
    open(price == Price{} ? Update::gone : Update::made, kind);
    if (price != Price{}) put_price(price);
  }
  void volume(Quantity before, Quantity quantity) {
    if (of_update_ && quantity == before) return;
    open(Update::made, EntryKind::volume);
    message_.put(271, quantity.raw());
  }
  void clearing(const AuctionIndicative& before, const AuctionIndicative& call) {
    const bool none = call.price == Price{};
    if (call.price == before.price && (none || call.volume == before.volume)) return;
    open(none ? Update::gone : Update::made, EntryKind::clearing);
    if (none) return;
    put_price(call.price);
    message_.put(271, call.volume.raw());
  }
  void imbalance(Quantity before, Quantity more_buyers) {
    if (more_buyers == before) return;
    const std::int64_t amount = more_buyers.raw();
    open(amount == 0 ? Update::gone : Update::made, EntryKind::imbalance);
    if (amount == 0) return;
    message_.put(271, amount < 0 ? -amount : amount);
    message_.put(277, amount > 0 ? 'P' : 'Q');
  }
  [[nodiscard]] bool empty() const { return group_.count() == 0; }
  void empty_book() {
    group_.entry();
    message_.put(269, 'J');
  }

 private:
  // An entry's fields have their order: 279 269 278 55 83 270 …
  void open(Update update, EntryKind kind, TradeId trade = {}) {
    group_.entry();
    if (of_update_) message_.put(279, static_cast<char>(update));
    message_.put(269, static_cast<char>(kind));
    if (trade) message_.put(278, trade.raw());
    if (!of_update_) return;
    message_.put(55, symbol_);
    message_.put(83, sequence_.raw());
  }
  void put_price(Price price) { message_.put(270, price_text(price)); }

  Outgoing& message_;
  Outgoing::Group group_;
  std::string symbol_;
  Sequence sequence_;
  bool of_update_ = false;
};

void write_figures(Entries& entries, const Figures& before, const Figures& now, const EntryKinds& kinds) {
  if (has(kinds, EntryKind::high)) entries.figure(EntryKind::high, before.day.high, now.day.high);
  if (has(kinds, EntryKind::low)) entries.figure(EntryKind::low, before.day.low, now.day.low);
  if (has(kinds, EntryKind::mean)) entries.figure(EntryKind::mean, before.day.mean(), now.day.mean());
  if (has(kinds, EntryKind::volume)) entries.volume(before.day.volume, now.day.volume);
  if (has(kinds, EntryKind::clearing)) entries.clearing(before.call, now.call);
  if (has(kinds, EntryKind::imbalance)) entries.imbalance(before.call.imbalance, now.call.imbalance);
}

/// 326: what can be done with the instrument now.
int trading_status(const BoardInstrument& instrument, Phase phase) {
  constexpr int halt = 2, price_indication = 5, ready = 17, not_available = 18;
  if (instrument.state == InstrumentState::halted) return halt;
  if (instrument.state == InstrumentState::volatility_call || is_call(phase)) return price_indication;
  return is_continuous(phase) ? ready : not_available;
}

/// 340.
char session_status(Phase phase) {
  switch (phase) {
    case Phase::closed:
      return '3';
    case Phase::opening_call:
    case Phase::pre_open:
      return '4';
    case Phase::morning:
    case Phase::afternoon:
      return '2';
    case Phase::lunch:
      return '1';
    case Phase::closing_call:
      return '5';
  }
  return '0';
}

void put_instrument(Outgoing& message, const BoardInstrument& instrument) {
  constexpr int commodity = 2;
  message.put(55, instrument.symbol.view());
  message.put(107, name_of(instrument.kind) == "allowance" ? "personal carbon allowance" : "carbon credit");
  message.put(231, "0.001");  // a quantity is kilograms, a price is for a tonne
  message.put(460, commodity);
  message.put(762, name_of(instrument.kind));
}

}  // namespace

void write_snapshot(Outgoing& message, std::string_view request, const MarketBoard& board,
                    const BoardInstrument& instrument, unsigned depth, const EntryKinds& kinds, std::string_view text) {
  message.begin("W");
  message.put(262, request);
  message.put(55, instrument.symbol.view());
  message.put(83, sequence_text(board.applied()));
  message.put(60, fix_time_text(board.time()));
  message.put_text(58, text);
  Entries entries(message);
  if (has(kinds, EntryKind::bid)) {
    const Levels bids = best_of(instrument.bids, Side::buy, depth);
    for (auto at = bids.rbegin(); at != bids.rend(); ++at)
      entries.level(Update::made, Side::buy, at->first, at->second);
  }
  if (has(kinds, EntryKind::offer))
    for (const auto& [price, level] : best_of(instrument.asks, Side::sell, depth))
      entries.level(Update::made, Side::sell, price, level);
  if (has(kinds, EntryKind::trade) && !instrument.trades.empty()) entries.deal({instrument.trades.back(), {}});
  write_figures(entries, {}, {instrument.day, instrument.indicative}, kinds);
  if (entries.empty()) entries.empty_book();
}

bool write_update(Outgoing& message, std::string_view request, const MarketBoard& board,
                  const BoardInstrument& instrument, const EntryKinds& kinds, const std::vector<LevelChange>& levels,
                  const InstrumentNews& news) {
  message.begin("X");
  message.put(262, request);
  Entries entries(message, instrument.symbol.view(), board.applied());
  for (const LevelChange& change : levels)
    if (has(kinds, change.side == Side::buy ? EntryKind::bid : EntryKind::offer))
      entries.level(change.update, change.side, change.price, change.level);
  if (has(kinds, EntryKind::trade))
    for (const PublicDeal& deal : news.deals) entries.deal(deal);
  write_figures(entries, news.before, {instrument.day, instrument.indicative}, kinds);
  return !entries.empty();
}

void write_market_reject(Outgoing& message, std::string_view request, char reason, std::string_view text) {
  message.begin("Y");
  message.put(262, request);
  if (reason != 0) message.put(281, reason);
  message.put_text(58, text);
}

void write_security_status(Outgoing& message, std::string_view request, const MarketBoard& board,
                           const BoardInstrument& instrument) {
  message.begin("f");
  message.put_text(324, request);
  message.put(55, instrument.symbol.view());
  message.put(326, trading_status(instrument, board.phase()));
  message.put(625, name_of(board.phase()));
  message.put(83, sequence_text(board.applied()));
  message.put(60, fix_time_text(board.time()));
  if (instrument.day.last != Price{}) message.put(31, price_text(instrument.day.last));
  if (instrument.reference != Price{}) message.put(1150, price_text(instrument.reference));
  if (instrument.upper != Price{}) {
    message.put(1148, price_text(instrument.lower));
    message.put(1149, price_text(instrument.upper));
  }
  message.put(58, name_of(instrument.state));
}

void write_session_status(Outgoing& message, std::string_view request, const MarketBoard& board) {
  message.begin("h");
  message.put(335, request);
  message.put(336, fix_date_text(board.day()));
  message.put(625, name_of(board.phase()));
  message.put(340, session_status(board.phase()));
  message.put(60, fix_time_text(board.time()));
}

void write_security_list(Outgoing& message, std::string_view request, std::string_view response, const ListPart& part) {
  constexpr int valid = 0;
  message.begin("y");
  message.put(320, request);
  message.put(322, response);
  message.put(560, valid);
  message.put(393, part.total);
  message.put(893, part.last ? 'Y' : 'N');
  Outgoing::Group symbols(message, 146);
  for (const BoardInstrument* instrument : part.instruments) {
    symbols.entry();
    put_instrument(message, *instrument);
    message.put(15, "CNY");
    message.put(561, "1");
  }
}

void write_no_securities(Outgoing& message, std::string_view request, std::string_view response, int result,
                         std::string_view text) {
  message.begin("y");
  message.put(320, request);
  message.put(322, response);
  message.put(560, result);
  message.put_text(58, text);
}

void write_security_definition(Outgoing& message, std::string_view request, std::string_view response,
                               std::string_view symbol, const BoardInstrument* instrument) {
  constexpr int as_is = 1, none_matches = 5;
  message.begin("d");
  message.put(320, request);
  message.put(322, response);
  message.put(323, instrument != nullptr ? as_is : none_matches);
  if (instrument != nullptr) {
    put_instrument(message, *instrument);
    message.put(15, "CNY");
    return;
  }
  message.put(55, symbol);
  message.put(58, "no instrument of this symbol is listed; SecurityListRequest (x) gives all");
}

}  // namespace pace::fix
