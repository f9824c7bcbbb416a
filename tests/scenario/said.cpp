#include "tests/scenario/said.h"

#include "tests/scenario/words.h"

namespace pace::test {
namespace {

std::string text(const ClientId& id) {
  return std::string(id.view());
}

// Of a principal's mandate, not of a line.
bool automatic(const ClientId& id) {
  return id.view().starts_with("auto-");
}

struct Said {
  OrderNames& names;
  const ClientId& about;

  template <class E>
  std::string operator()(const E&) const {
    return {};
  }
  std::string operator()(const OrderAccepted& e) const {
    names[e.order] = e.client_id;
    if (!automatic(e.client_id)) return {};
    return (e.side == Side::buy ? "bids " : "offers ") + text(e.client_id) + " " + at(e.quantity, e.price);
  }
  std::string operator()(const OrderRested& e) const {
    if (automatic(names[e.order])) return {};  // said when it was entered, and never an iceberg
    const std::string shows = e.shown == e.open ? "" : " shows " + test::text(e.shown);
    if (names[e.order] == about) return "rests " + test::text(e.open) + shows;
    return "refills " + text(names[e.order]) + " " + test::text(e.open) + shows;
  }
  std::string operator()(const Trade& e) const {
    const std::string what = at(e.quantity, e.price) + (e.own_against_principal ? " flagged" : "");
    if (e.kind == TradeKind::correction) return "gives back " + what;
    if (e.kind != TradeKind::continuous)
      return "trades " + text(e.buy.client_id) + " " + text(e.sell.client_id) + " " + what;
    const TradeSide& other = e.aggressor == Side::buy ? e.sell : e.buy;
    return "fills " + text(other.client_id) + " " + what;
  }
  std::string operator()(const OrderCancelled& e) const {
    return "cancels " + text(e.client_id) + " " + test::text(e.open) + " " + std::string(name_of(e.reason));
  }
  std::string operator()(const OrderReplaced& e) const {
    names[e.order] = e.client_id;
    return "replaces " + text(e.old_client_id) + " " + at(e.open, e.price) + (e.priority_kept ? " keeps" : " behind");
  }
  std::string operator()(const AuctionIndicative& e) const {
    if (e.volume == Quantity{}) return "indicates nothing";
    const std::string rest = e.imbalance > Quantity{}   ? " over " + test::text(e.imbalance)
                             : e.imbalance < Quantity{} ? " short " + test::text(-e.imbalance)
                                                        : "";
    return "indicates " + at(e.volume, e.price) + rest;
  }
  std::string operator()(const BlockReported& e) const { return "reports " + at(e.quantity, e.price); }
  std::string operator()(const BlockWithdrawn& e) const {
    return "withdraws " + text(e.client_id) + " " + std::string(name_of(e.reason));
  }
  std::string operator()(const BlockPublished& e) const { return "publishes " + at(e.quantity, e.price); }
  std::string operator()(const AuctionAnnounced& e) const {
    const std::string rolled = e.rolled_over > Quantity{} ? " with " + test::text(e.rolled_over) + " rolled over" : "";
    return "announces " + at(e.quantity, e.reserve_price) + rolled;
  }
  std::string operator()(const BidAccepted& e) const { return "bids " + at(e.quantity, e.price); }
  std::string operator()(const BidWithdrawn& e) const {
    return "withdraws " + text(e.client_id) + " " + test::text(e.open) + " " + std::string(name_of(e.reason));
  }
  std::string operator()(const AuctionClosed& e) const {
    const std::string sold = e.volume > Quantity{} ? " " + at(e.volume, e.price) : "";
    const std::string unsold = e.unsold > Quantity{} ? " unsold " + test::text(e.unsold) : "";
    return (e.cancelled ? "calls off" : "closes") + sold + unsold;
  }
  std::string operator()(const StabilityTriggered& e) const {
    return "triggers " + to_text(e.month).substr(0, 7) + " " + test::text(e.price) + " over " + test::text(e.mean);
  }
  std::string operator()(const AuctionUncrossed& e) const { return "uncrosses " + at(e.volume, e.price); }
  std::string operator()(const LargeHolder& e) const {
    return "large holder " + test::text(e.position) + " of " + test::text(e.limit);
  }
  std::string operator()(const LimitAlert& e) const {
    return "alerts " + test::text(e.price) + " since " + to_text(e.since).substr(11, 8);
  }
  std::string operator()(const TradeBroken& e) const {
    return "breaks " + std::to_string(e.trade.raw()) + " by " + std::to_string(e.opposite.raw());
  }
  std::string operator()(const KillSwitchSet& e) const {
    return (e.active ? "suspends " : "readmits ") + std::to_string(e.broker.raw());
  }
  std::string operator()(const InstrumentStateChanged& e) const { return std::string(name_of(e.state)); }
};

}  // namespace

std::string what_is_said(const Event& event, OrderNames& names, const ClientId& about) {
  return std::visit(Said{names, about}, event);
}

}  // namespace pace::test
