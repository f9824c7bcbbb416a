// The public stream messages, as gateway/ws/README.md describes them: made once, shared by every reader.
// Thread rule: functions without shared state; a board is read on the thread that owns it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/market/market_board.h"

namespace pace {

/// One text frame, shared by all who get it.

/// Most trades or fills in one message; more go into further messages of the same sequence, all but the last marked
/// "more":true.
inline constexpr std::size_t trades_per_message = 500;

/// CRC-32 (IEEE 802.3) over the best ten asks, then the best ten bids, each as the digits of its price and of its
/// quantity.
std::uint32_t book_checksum(const BoardInstrument& instrument);
/// The text the checksum is taken over.
std::string checksum_text(const BoardInstrument& instrument);

std::string book_snapshot(const BoardInstrument& instrument);
std::string book_delta(const BoardInstrument& instrument, const BoardChanges::Touched& touched);
std::string ticker_message(const MarketBoard& board, const BoardInstrument& instrument);
std::string auction_message(const MarketBoard& board, const BoardInstrument& instrument);
std::string status_message(const MarketBoard& board);
std::string heartbeat_message(const MarketBoard& board);
/// The last `limit` trades. `sequence` is the board's, so that a client can resume from it.
std::string trades_snapshot(const MarketBoard& board, const BoardInstrument& instrument, std::size_t limit);
/// The trades of one entry in one instrument; none when it has none. Needs no board: a replay makes the same bytes.
std::vector<std::string> trades_updates(const Entry& entry, InstrumentId instrument, std::string_view symbol);
/// The same trades one by one, {"trade":…}.
std::vector<std::string> trade_items(const Entry& entry, InstrumentId instrument);
/// [{"trade":…},…], newest last: for REST too.
void append_trades(std::string& out, const BoardInstrument& instrument, std::size_t limit);
/// [[price,quantity,orders],…], best first.
void append_levels(std::string& out, const BoardInstrument& instrument, Side side);
/// {"instrument":1,"symbol":…,"state":…,"reference":…,…}: one row of the instrument list.
void append_instrument(std::string& out, const BoardInstrument& instrument);
/// "sequence":…,"time":"…","day":"…","phase":"…"
void append_session(std::string& out, const MarketBoard& board);

}  // namespace pace
