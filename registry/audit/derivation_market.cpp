// What happens outside the book, block trades, sealed-bid auctions and the splits of pooled orders, and what the
// rulebook tells or flags to operator and authority.
#include <algorithm>

#include "registry/audit/derivation.h"

namespace pace::audit {
namespace {

/// Of a trade or auction that there is; empty for none.
template <class Id>
std::string number_or_empty(Id id) {
  return id ? std::to_string(id.raw()) : std::string();
}

}  // namespace

// --- pooled orders ---------------------------------------------------------------------------------------------------

void Derivation::pool_shares(const OrderAccepted& order) {
  const auto* const pool = std::get_if<NewPooledOrder>(&entry_->stamped.request.command);
  if (pool == nullptr || order.principal) return;
  std::uint32_t place = 0;
  for (const PoolShare& share : pool->split) {
    begin(Table::pool_shares) << order.order << order.broker << order.client_id << ++place << share.principal
                              << share.quantity;
    row_.end();
  }
}

// --- block trades ----------------------------------------------------------------------------------------------------

void Derivation::block_row(std::string_view event, const BlockReported& e, TradeId trade, std::string_view reason) {
  begin(Table::blocks) << event << e.block << e.broker << e.client_id << e.principal << e.instrument << e.side
                       << e.price << e.quantity << e.counter_broker << e.agreement << number_or_empty(trade) << reason;
  row_.end();
}

void Derivation::on(const BlockReported& e) {
  block_row("reported", e, {}, "");
  reports_[e.block] = e;
}

void Derivation::block_traded(const Trade& trade) {
  for (const TradeSide* side : {&trade.buy, &trade.sell}) {
    const auto report = std::find_if(reports_.begin(), reports_.end(), [&](const auto& waiting) {
      const BlockReported& r = waiting.second;
      return r.broker == side->broker && r.client_id == side->client_id && r.principal == side->account;
    });
    if (report == reports_.end()) {
      state_.breach(entry_->sequence(), "block trade " + std::to_string(trade.trade.raw()) + " without a report");
      continue;
    }
    block_row("traded", report->second, trade.trade, "");
    reports_.erase(report);
  }
}

void Derivation::on(const BlockWithdrawn& e) {
  const auto report = reports_.find(e.block);
  if (report == reports_.end())
    return state_.breach(entry_->sequence(), "block report " + std::to_string(e.block.raw()) + " did not stand");
  block_row("withdrawn", report->second, {}, name_of(e.reason));
  reports_.erase(report);
}

void Derivation::on(const BlockPublished& e) {
  begin(Table::blocks) << "published" << Empty{4} << e.instrument << "" << e.price << e.quantity << Empty{2} << e.trade
                       << "";
  row_.end();
}

// --- sealed-bid auctions ---------------------------------------------------------------------------------------------

void Derivation::on(const AuctionAnnounced& e) {
  const Request& request = entry_->stamped.request;
  const BrokerId broker(request.sender.role == Role::broker ? request.sender.number : 0);
  begin(Table::auctions) << "announced" << e.auction << e.kind << e.instrument << e.seller << number_or_empty(broker)
                         << request.request_id << e.quantity << e.rolled_over << e.reserve_price << e.opens << e.closes
                         << Empty{3};
  row_.end();
}

// What closes an auction says its trades first and then whose they were.
void Derivation::bids_won(AuctionId auction) {
  for (const Trade& trade : std::exchange(won_, {})) {
    const auto bid = bids_.find({auction, trade.buy.broker, trade.buy.client_id});
    if (bid == bids_.end()) {
      state_.breach(entry_->sequence(), "auction trade " + std::to_string(trade.trade.raw()) + " without a bid");
      continue;
    }
    bid_row("won", bid->second, trade.price, trade.quantity, trade.trade, "");
    if (trade.buy.open == Quantity{}) bids_.erase(bid);
  }
}

void Derivation::on(const AuctionClosed& e) {
  bids_won(e.auction);
  begin(Table::auctions) << (e.cancelled ? "cancelled" : "closed") << e.auction << e.kind << e.instrument << Empty{8}
                         << e.price << e.volume << e.unsold;
  row_.end();
}

void Derivation::bid_row(std::string_view event, const BidAccepted& e, Price price, Quantity quantity, TradeId trade,
                         std::string_view reason) {
  begin(Table::bids) << event << e.auction << e.bid << e.broker << e.client_id << e.principal << price << quantity
                     << number_or_empty(trade) << reason;
  row_.end();
}

void Derivation::on(const BidAccepted& e) {
  bid_row("accepted", e, e.price, e.quantity, {}, "");
  bids_[{e.auction, e.broker, e.client_id}] = e;
}

void Derivation::on(const BidWithdrawn& e) {
  bids_won(e.auction);
  const auto bid = bids_.find({e.auction, e.broker, e.client_id});
  if (bid == bids_.end())
    return state_.breach(entry_->sequence(), "bid " + std::to_string(e.bid.raw()) + " did not stand");
  bid_row("withdrawn", bid->second, bid->second.price, e.open, {}, name_of(e.reason));
  bids_.erase(bid);
}

// --- alerts ----------------------------------------------------------------------------------------------------------

RowBuilder& Derivation::alert(std::string_view name, std::string_view rule, InstrumentId instrument) {
  return begin(Table::alerts) << name << rule << number_or_empty(instrument);
}

void Derivation::flag_own_trade(const Trade& e) {
  const auto own = members_.find(e.buy.broker);
  const bool buys = own != members_.end() && own->second == e.buy.account;
  alert("own_against_principal", "7 self-trade", e.instrument)
      << (buys ? e.sell : e.buy).account << e.buy.broker << e.trade << Empty{4};
  row_.end();
}

void Derivation::on(const InstrumentStateChanged& e) {
  constexpr std::string_view rules[] = {"7", "7 operator", "7 circuit breaker"};  // trading: what was before it is over
  alert(name_of(e.state), rules[static_cast<std::size_t>(e.state)], e.instrument) << Empty{6} << e.reason;
  row_.end();
}

void Derivation::on(const LimitAlert& e) {
  alert("limit_alert", "7 circuit breaker", e.instrument) << Empty{3} << e.price << "" << e.since << "";
  row_.end();
}

void Derivation::on(const LargeHolder& e) {
  alert("large_holder", "7 large holder", e.instrument) << e.account << Empty{2} << e.position << e.limit << Empty{2};
  row_.end();
}

void Derivation::on(const KillSwitchSet& e) {
  alert(e.active ? "suspended" : "readmitted", "7 operator", {}) << "" << e.broker << Empty{4} << e.reason;
  row_.end();
}

void Derivation::on(const StabilityTriggered& e) {
  alert("stability_triggered", "7 stability reserve", {}) << Empty{3} << e.price << e.mean << e.month << "";
  row_.end();
}

}  // namespace pace::audit
