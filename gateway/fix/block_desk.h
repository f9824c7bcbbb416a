// Block trades as the event feed tells them: reports that stand, and the day's trades. Part of the order desk, which
// saves it. Thread rule: one thread. Invariant: bounded by the exchange's own capacity for blocks of a day.
#pragma once

#include <map>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/message/entry.h"

namespace pace::fix {

/// One member's side of a block trade.
struct BlockState {
  BlockId block;  ///< 0: never taken
  BrokerId broker;
  ClientId client_id;  ///< TradeReportID of the report
  AccountId principal;
  InstrumentId instrument;
  Side side{};
  Price price;
  Quantity quantity;
  BrokerId counter_broker;
  Reference agreement;
  TradeId trade;  ///< 0: not matched yet
  Timestamp traded;
  Cash fee, commission;
  PACE_FIELDS(BlockState, block, broker, client_id, principal, instrument, side, price, quantity, counter_broker,
              agreement, trade, traded, fee, commission);
};
BlockState block_of(const ReportBlock& command, BrokerId broker, const ClientId& client_id);

class BlockDesk {
 public:
  BlockState report(const BlockReported& event);
  /// The side that now trades. REQUIRES: a Trade of kind block.
  BlockState match(const Trade& trade, Side side, Timestamp time);
  BlockState withdraw(const BlockWithdrawn& event);
  void start_day() { traded_.clear(); }

  [[nodiscard]] const BlockState* find(BlockId block) const;
  /// The broker's: those that stand, or those that traded today.
  [[nodiscard]] std::vector<BlockState> of(BrokerId broker, bool traded) const;

  void save(ByteWriter& out) const;
  void load(ByteReader& in);

 private:
  std::map<BlockId, BlockState> standing_;
  std::vector<BlockState> traded_;
};

}  // namespace pace::fix
