// Market data and the market's state as FIX messages: W X Y, y d, f h. docs/fix.md has the tags.
// Thread rule: pure functions.
#pragma once

#include <bitset>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/fix/market_changes.h"
#include "gateway/fix/outgoing.h"

namespace pace::fix {

/// 269 MDEntryType: those that we give. `clearing` is the price and volume that a call would give, FIX 5.0's code.
enum class EntryKind : char {
  bid = '0',
  offer = '1',
  trade = '2',
  high = '7',
  low = '8',
  mean = '9',
  imbalance = 'A',
  volume = 'B',
  clearing = 'Q'
};
constexpr std::string_view entry_kinds = "012789ABQ";
/// By place in entry_kinds.
using EntryKinds = std::bitset<entry_kinds.size()>;
constexpr bool has(const EntryKinds& kinds, EntryKind kind) {
  return kinds[entry_kinds.find(static_cast<char>(kind))];
}

/// W: all that the board knows of these kinds. `text` goes to 58.
void write_snapshot(Outgoing& message, std::string_view request, const MarketBoard& board,
                    const BoardInstrument& instrument, unsigned depth, const EntryKinds& kinds, std::string_view text);
/// X: the news of these kinds. False, and nothing to send, when there are none.
bool write_update(Outgoing& message, std::string_view request, const MarketBoard& board,
                  const BoardInstrument& instrument, const EntryKinds& kinds, const std::vector<LevelChange>& levels,
                  const InstrumentNews& news);
/// Y. `reason` 0: none of FIX's.
void write_market_reject(Outgoing& message, std::string_view request, char reason, std::string_view text);

/// f. `request` empty: nobody asked for just this.
void write_security_status(Outgoing& message, std::string_view request, const MarketBoard& board,
                           const BoardInstrument& instrument);
/// h.
void write_session_status(Outgoing& message, std::string_view request, const MarketBoard& board);

/// y: one part of a list. `total`: instruments in all its parts.
struct ListPart {
  std::vector<const BoardInstrument*> instruments;
  std::size_t total = 0;
  bool last = false;
};
void write_security_list(Outgoing& message, std::string_view request, std::string_view response, const ListPart& part);
/// y without instruments: 560 and why.
void write_no_securities(Outgoing& message, std::string_view request, std::string_view response, int result,
                         std::string_view text);
/// d. `instrument` null: there is none.
void write_security_definition(Outgoing& message, std::string_view request, std::string_view response,
                               std::string_view symbol, const BoardInstrument* instrument);

}  // namespace pace::fix
