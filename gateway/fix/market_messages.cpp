#include "gateway/fix/market_messages.h"

#include "gateway/fix/decimal.h"
#include "gateway/fix/fields.h"

namespace pace::fix {
namespace {

const int snapshot_order[] = {269, 278, 270, 271, 272, 273, 277, 346, 828, 0};
const int update_order[] = {279, 269, 278, 55, 83, 270, 271, 272, 273, 277, 346, 828, 0};
const int symbol_order[] = {55, 107, 231, 460, 762, 15, 561, 0};

std::string sequence_text(Sequence sequence) {
  return std::to_string(sequence.raw());
}

/// Writes entries of one message: of a snapshot when there is no update action to say.
class Entries {
 public:
  /// A snapshot's entries.
  explicit Entries(FIX::Message& message) : message_(message) {}
  /// An update's.
  Entries(FIX::Message& message, std::string_view symbol, Sequence sequence)
      : message_(message), symbol_(symbol), sequence_(sequence), of_update_(true) {}

  void level(Update update, Side side, Price price, const Level& level) {
    FIX::Group entry = opened(update, side == Side::buy ? EntryKind::bid : EntryKind::offer);
    set(entry, 270, price_text(price));
    if (update != Update::gone) {
      set(entry, 271, level.quantity.raw());
      set(entry, 346, level.orders);
    }
    add(entry);
  }
  void deal(const PublicDeal& deal) {
    const PublicTrade& trade = deal.trade;
    FIX::Group entry = opened(deal.undone ? Update::gone : Update::made, EntryKind::trade);
    set(entry, 278, deal.undone ? deal.undone.raw() : trade.trade.raw());
    set(entry, 270, price_text(trade.price));
    set(entry, 271, trade.quantity.raw());
    const std::string time = fix_time_text(trade.time);
    set(entry, 272, time.substr(0, 8));
    set(entry, 273, time.substr(9));
    if (trade.kind == TradeKind::call) set(entry, 277, 'E');
    set(entry, 828, trade.kind == TradeKind::block ? '1' : '0');
    add(entry);
  }
  /// A price that stands alone; 0: there is none.
  void figure(EntryKind kind, Price before, Price price) {
    if (price == before) return;
    FIX::Group entry = opened(price == Price{} ? Update::gone : Update::made, kind);
    if (price != Price{}) set(entry, 270, price_text(price));
    add(entry);
  }
  void volume(Quantity before, Quantity quantity) {
    if (of_update_ && quantity == before) return;
    FIX::Group entry = opened(Update::made, EntryKind::volume);
    set(entry, 271, quantity.raw());
    add(entry);
  }
  void clearing(const AuctionIndicative& before, const AuctionIndicative& call) {
    const bool none = call.price == Price{};
    if (call.price == before.price && (none || call.volume == before.volume)) return;
    FIX::Group entry = opened(none ? Update::gone : Update::made, EntryKind::clearing);
    if (!none) set(entry, 270, price_text(call.price));
    if (!none) set(entry, 271, call.volume.raw());
    add(entry);
  }
  void imbalance(Quantity before, Quantity more_buyers) {
    if (more_buyers == before) return;
    const std::int64_t amount = more_buyers.raw();
    FIX::Group entry = opened(amount == 0 ? Update::gone : Update::made, EntryKind::imbalance);
    if (amount != 0) set(entry, 271, amount < 0 ? -amount : amount);
    if (amount != 0) set(entry, 277, amount > 0 ? 'P' : 'Q');
    add(entry);
  }
  [[nodiscard]] bool empty() const { return count_ == 0; }
  void empty_book() {
    FIX::Group entry(268, 269, snapshot_order);
    set(entry, 269, 'J');
    add(entry);
  }

 private:
  FIX::Group opened(Update update, EntryKind kind) const {
    FIX::Group entry = of_update_ ? FIX::Group(268, 279, update_order) : FIX::Group(268, 269, snapshot_order);
    set(entry, 269, static_cast<char>(kind));
    if (!of_update_) return entry;
    set(entry, 279, static_cast<char>(update));
    set(entry, 55, symbol_);
    set(entry, 83, sequence_text(sequence_));
    return entry;
  }
  void add(const FIX::Group& entry) {
    message_.addGroup(entry);
    ++count_;
  }

  FIX::Message& message_;
  std::string symbol_;
  Sequence sequence_;
  bool of_update_ = false;
  std::size_t count_ = 0;
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

void set_instrument(FIX::FieldMap& fields, const BoardInstrument& instrument) {
  constexpr int commodity = 2;
  set(fields, 55, instrument.symbol.view());
  set(fields, 107, name_of(instrument.kind) == "allowance" ? "personal carbon allowance" : "carbon credit");
  set(fields, 231, "0.001");  // a quantity is kilograms, a price is for a tonne
  set(fields, 460, commodity);
  set(fields, 762, name_of(instrument.kind));
}

}  // namespace

void write_snapshot(FIX::Message& message, std::string_view request, const MarketBoard& board,
                    const BoardInstrument& instrument, unsigned depth, const EntryKinds& kinds, std::string_view text) {
  set_type(message, "W");
  set(message, 262, request);
  set(message, 55, instrument.symbol.view());
  set(message, 83, sequence_text(board.applied()));
  set(message, 60, fix_time_text(board.time()));
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
  set_text(message, 58, text);
}

bool write_update(FIX::Message& message, std::string_view request, const MarketBoard& board,
                  const BoardInstrument& instrument, const EntryKinds& kinds, const std::vector<LevelChange>& levels,
                  const InstrumentNews& news) {
  set_type(message, "X");
  set(message, 262, request);
  Entries entries(message, instrument.symbol.view(), board.applied());
  for (const LevelChange& change : levels)
    if (has(kinds, change.side == Side::buy ? EntryKind::bid : EntryKind::offer))
      entries.level(change.update, change.side, change.price, change.level);
  if (has(kinds, EntryKind::trade))
    for (const PublicDeal& deal : news.deals) entries.deal(deal);
  write_figures(entries, news.before, {instrument.day, instrument.indicative}, kinds);
  return !entries.empty();
}

void write_market_reject(FIX::Message& message, std::string_view request, char reason, std::string_view text) {
  set_type(message, "Y");
  set(message, 262, request);
  if (reason != 0) set(message, 281, reason);
  set_text(message, 58, text);
}

void write_security_status(FIX::Message& message, std::string_view request, const MarketBoard& board,
                           const BoardInstrument& instrument) {
  set_type(message, "f");
  set_text(message, 324, request);
  set(message, 55, instrument.symbol.view());
  set(message, 326, trading_status(instrument, board.phase()));
  set(message, 625, name_of(board.phase()));
  set(message, 83, sequence_text(board.applied()));
  set(message, 60, fix_time_text(board.time()));
  if (instrument.day.last != Price{}) set(message, 31, price_text(instrument.day.last));
  if (instrument.reference != Price{}) set(message, 1150, price_text(instrument.reference));
  if (instrument.upper != Price{}) {
    set(message, 1148, price_text(instrument.lower));
    set(message, 1149, price_text(instrument.upper));
  }
  set(message, 58, name_of(instrument.state));
}

void write_session_status(FIX::Message& message, std::string_view request, const MarketBoard& board) {
  set_type(message, "h");
  set(message, 335, request);
  set(message, 336, fix_date_text(board.day()));
  set(message, 625, name_of(board.phase()));
  set(message, 340, session_status(board.phase()));
  set(message, 60, fix_time_text(board.time()));
}

void write_security_list(FIX::Message& message, std::string_view request, std::string_view response,
                         const ListPart& part) {
  constexpr int valid = 0;
  set_type(message, "y");
  set(message, 320, request);
  set(message, 322, response);
  set(message, 560, valid);
  set(message, 393, part.total);
  set(message, 893, part.last ? 'Y' : 'N');
  for (const BoardInstrument* instrument : part.instruments) {
    FIX::Group group(146, 55, symbol_order);
    set_instrument(group, *instrument);
    set(group, 15, "CNY");
    set(group, 561, "1");
    message.addGroup(group);
  }
}

void write_no_securities(FIX::Message& message, std::string_view request, std::string_view response, int result,
                         std::string_view text) {
  set_type(message, "y");
  set(message, 320, request);
  set(message, 322, response);
  set(message, 560, result);
  set_text(message, 58, text);
}

void write_security_definition(FIX::Message& message, std::string_view request, std::string_view response,
                               std::string_view symbol, const BoardInstrument* instrument) {
  constexpr int as_is = 1, none_matches = 5;
  set_type(message, "d");
  set(message, 320, request);
  set(message, 322, response);
  set(message, 323, instrument != nullptr ? as_is : none_matches);
  if (instrument != nullptr) {
    set_instrument(message, *instrument);
    set(message, 15, "CNY");
    return;
  }
  set(message, 55, symbol);
  set(message, 58, "no instrument of this symbol is listed; SecurityListRequest (x) gives all");
}

}  // namespace pace::fix
