#include "gateway/fix/block_desk.h"

#include <algorithm>

namespace pace::fix {

BlockState block_of(const ReportBlock& c, BrokerId broker, const ClientId& client_id) {
  return {.broker = broker,
          .client_id = client_id,
          .principal = c.principal,
          .instrument = c.instrument,
          .side = c.side,
          .price = c.price,
          .quantity = c.quantity,
          .counter_broker = c.counter_broker,
          .agreement = c.agreement};
}

BlockState BlockDesk::report(const BlockReported& e) {
  return standing_[e.block] = {.block = e.block,
                               .broker = e.broker,
                               .client_id = e.client_id,
                               .principal = e.principal,
                               .instrument = e.instrument,
                               .side = e.side,
                               .price = e.price,
                               .quantity = e.quantity,
                               .counter_broker = e.counter_broker,
                               .agreement = e.agreement};
}

BlockState BlockDesk::match(const Trade& trade, Side side, Timestamp time) {
  const TradeSide& leg = side == Side::buy ? trade.buy : trade.sell;
  const auto place = std::find_if(standing_.begin(), standing_.end(), [&](const auto& standing) {
    const BlockState& report = standing.second;
    return report.broker == leg.broker && report.client_id == leg.client_id && report.side == side;
  });
  BlockState done{.broker = leg.broker,
                  .client_id = leg.client_id,
                  .principal = leg.account,
                  .instrument = trade.instrument,
                  .side = side,
                  .price = trade.price,
                  .quantity = trade.quantity};
  if (place != standing_.end()) {
    done = place->second;
    standing_.erase(place);
  }
  done.trade = trade.trade;
  done.traded = time;
  done.fee = leg.fee;
  done.commission = leg.commission;
  traded_.push_back(done);
  return done;
}

BlockState BlockDesk::withdraw(const BlockWithdrawn& event) {
  BlockState gone{.block = event.block, .broker = event.broker, .client_id = event.client_id};
  if (const auto place = standing_.find(event.block); place != standing_.end()) {
    gone = place->second;
    standing_.erase(place);
  }
  return gone;
}

const BlockState* BlockDesk::find(BlockId block) const {
  const auto place = standing_.find(block);
  return place == standing_.end() ? nullptr : &place->second;
}

std::vector<BlockState> BlockDesk::of(BrokerId broker, bool traded) const {
  std::vector<BlockState> found;
  const auto take = [&](const BlockState& block) {
    if (block.broker == broker) found.push_back(block);
  };
  if (traded) {
    for (const BlockState& block : traded_) take(block);
  } else {
    for (const auto& [id, block] : standing_) take(block);
  }
  return found;
}

void BlockDesk::save(ByteWriter& out) const {
  out.put(static_cast<std::uint32_t>(standing_.size() + traded_.size()));
  for (const auto& [id, block] : standing_) encode_fields(out, block);
  for (const BlockState& block : traded_) encode_fields(out, block);
}

void BlockDesk::load(ByteReader& in) {
  for (auto n = in.get<std::uint32_t>(); in.ok() && n != 0; --n) {
    BlockState block;
    decode_fields(in, block);
    if (!in.ok()) return;
    if (block.trade) {
      traded_.push_back(block);
    } else {
      standing_[block.block] = block;
    }
  }
}

}  // namespace pace::fix
