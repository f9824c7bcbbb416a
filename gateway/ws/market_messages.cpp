#include "gateway/ws/market_messages.h"

#include <algorithm>
#include <boost/crc.hpp>

#include "engine/message/json.h"
#include "gateway/ws/json_out.h"

namespace pace {
namespace {

constexpr std::size_t checksum_depth = 10;

// Calls visit(price, level) for the best `most` levels of a side, best first.
template <class Visit>
void walk(const BoardInstrument& instrument, Side side, std::size_t most, Visit&& visit) {
  std::size_t n = 0;
  if (side == Side::sell) {
    for (auto at = instrument.asks.begin(); at != instrument.asks.end() && n < most; ++at, ++n)
      visit(at->first, at->second);
  } else {
    for (auto at = instrument.bids.rbegin(); at != instrument.bids.rend() && n < most; ++at, ++n)
      visit(at->first, at->second);
  }
}

void append_level(std::string& out, Price price, const Level& level) {
  if (out.back() != '[') out += ',';
  out += '[';
  json_value(out, price);
  out += ',';
  json_value(out, level.quantity);
  out += ',';
  json_value(out, level.orders);
  out += ']';
}

void append_changed(std::string& out, const Levels& levels, const std::vector<Price>& prices) {
  out += '[';
  for (const Price price : prices) {
    const auto found = levels.find(price);
    append_level(out, price, found == levels.end() ? Level{} : found->second);
  }
  out += ']';
}

void append_trade(std::string& out, const PublicTrade& trade) {
  if (out.back() != '[') out += ',';
  out += '{';
  JsonFields fields(out);
  fields.add("trade", trade.trade);
  fields.add_text("time", to_text(trade.time));
  fields.add("price", trade.price);
  fields.add("quantity", trade.quantity);
  if (trade.kind != TradeKind::block) fields.add("side", trade.aggressor);
  fields.add("kind", trade.kind);
  if (trade.corrects) fields.add("corrects", trade.corrects);
  out += '}';
}

std::string opened(std::string_view channel, std::string_view type, std::string_view symbol, Sequence sequence) {
  std::string out = "{";
  JsonFields fields(out);
  fields.add_text("channel", channel);
  if (!type.empty()) fields.add_text("type", type);
  if (!symbol.empty()) fields.add_text("symbol", symbol);
  fields.add("sequence", sequence);
  return out;
}

void append_mark(std::string& out, std::string_view name) {
  out += ",\"";
  out += name;
  out += "\":";
}

std::string finish_book(std::string out, const BoardInstrument& instrument) {
  append_mark(out, "checksum");
  return out + std::to_string(book_checksum(instrument)) + "}";
}

}  // namespace

std::string checksum_text(const BoardInstrument& instrument) {
  std::string text;
  for (const Side side : {Side::sell, Side::buy})
    walk(instrument, side, checksum_depth, [&](Price price, const Level& level) {
      json_value(text, price);
      json_value(text, level.quantity);
    });
  return text;
}

std::uint32_t book_checksum(const BoardInstrument& instrument) {
  const std::string text = checksum_text(instrument);
  boost::crc_32_type crc;
  crc.process_bytes(text.data(), text.size());
  return static_cast<std::uint32_t>(crc.checksum());
}

void append_levels(std::string& out, const BoardInstrument& instrument, Side side) {
  out += '[';
  walk(instrument, side, SIZE_MAX, [&](Price price, const Level& level) { append_level(out, price, level); });
  out += ']';
}

std::string book_snapshot(const BoardInstrument& instrument) {
  std::string out = opened("book", "snapshot", instrument.symbol.view(), instrument.book_sequence);
  append_mark(out, "bids");
  append_levels(out, instrument, Side::buy);
  append_mark(out, "asks");
  append_levels(out, instrument, Side::sell);
  return finish_book(std::move(out), instrument);
}

std::string book_delta(const BoardInstrument& instrument, const BoardChanges::Touched& touched) {
  std::string out = opened("book", "delta", instrument.symbol.view(), instrument.book_sequence);
  append_mark(out, "previous");
  json_value(out, touched.previous_book);
  append_mark(out, "bids");
  append_changed(out, instrument.bids, touched.bids);
  append_mark(out, "asks");
  append_changed(out, instrument.asks, touched.asks);
  return finish_book(std::move(out), instrument);
}

std::string ticker_message(const MarketBoard& board, const BoardInstrument& instrument) {
  std::string out = opened("ticker", "", instrument.symbol.view(), board.applied());
  out += ',';
  JsonFields fields(out);
  fields.add_text("time", to_text(board.time()));
  fields.add("last", instrument.day.last);
  fields.add("high", instrument.day.high);
  fields.add("low", instrument.day.low);
  fields.add("mean", instrument.day.mean());
  fields.add("volume", instrument.day.volume);
  fields.add("value", instrument.day.value);
  fields.add("reference", instrument.reference);
  fields.add("lower", instrument.lower);
  fields.add("upper", instrument.upper);
  fields.add("state", instrument.state);
  return out + "}";
}

std::string auction_message(const MarketBoard& board, const BoardInstrument& instrument) {
  std::string out = opened("auction", "", instrument.symbol.view(), board.applied());
  out += ',';
  JsonFields fields(out);
  fields.add("price", instrument.indicative.price);
  fields.add("volume", instrument.indicative.volume);
  fields.add("imbalance", instrument.indicative.imbalance);
  return out + "}";
}

void append_session(std::string& out, const MarketBoard& board) {
  JsonFields fields(out);
  fields.add("sequence", board.applied());
  fields.add_text("time", to_text(board.time()));
  fields.add("day", board.day());
  fields.add("phase", board.phase());
}

void append_instrument(std::string& out, const BoardInstrument& instrument) {
  out += '{';
  JsonFields fields(out);
  fields.add("instrument", instrument.instrument);
  fields.add("symbol", instrument.symbol);
  fields.add("kind", instrument.kind);
  fields.add("vintage", instrument.vintage);
  fields.add("state", instrument.state);
  fields.add("reference", instrument.reference);
  fields.add("lower", instrument.lower);
  fields.add("upper", instrument.upper);
  fields.add("last", instrument.day.last);
  out += '}';
}

std::string status_message(const MarketBoard& board) {
  std::string out = "{\"channel\":\"status\",";
  append_session(out, board);
  append_mark(out, "instruments");
  out += '[';
  for (const auto& [id, instrument] : board.instruments()) {
    if (out.back() != '[') out += ',';
    append_instrument(out, instrument);
  }
  return out + "]}";
}

std::string heartbeat_message(const MarketBoard& board) {
  std::string out = "{\"channel\":\"heartbeat\",";
  append_session(out, board);
  return out + "}";
}

void append_trades(std::string& out, const BoardInstrument& instrument, std::size_t limit) {
  out += '[';
  const std::size_t n = std::min(limit, instrument.trades.size());
  for (auto at = instrument.trades.end() - static_cast<std::ptrdiff_t>(n); at != instrument.trades.end(); ++at)
    append_trade(out, *at);
  out += ']';
}

std::string trades_snapshot(const MarketBoard& board, const BoardInstrument& instrument, std::size_t limit) {
  std::string out = opened("trades", "snapshot", instrument.symbol.view(), board.applied());
  append_mark(out, "trades");
  append_trades(out, instrument, limit);
  return out + "}";
}

std::vector<std::string> trade_items(const Entry& entry, InstrumentId instrument) {
  std::vector<std::string> items;
  for (const Event& event : entry.events) {
    const auto trade = public_trade(entry, event);
    if (!trade || trade->instrument != instrument) continue;
    std::string list = "[";
    append_trade(list, *trade);
    items.push_back(list.substr(1));
  }
  return items;
}

std::vector<std::string> trades_updates(const Entry& entry, InstrumentId instrument, std::string_view symbol) {
  MessageParts parts([&] {
    std::string out = opened("trades", "update", symbol, entry.sequence());
    append_mark(out, "trades");
    return out += '[';
  });
  for (const Event& event : entry.events) {
    const auto trade = public_trade(entry, event);
    if (!trade || trade->instrument != instrument) continue;
    append_trade(parts.next_item(trades_per_message), *trade);
  }
  return parts.finish();
}

}  // namespace pace
