// What an edge may ask of the state, and the answers: plain values, as of one sequence number. Questions change
// nothing, so they do not stand in the log.
#pragma once

#include <functional>
#include <variant>
#include <vector>

#include "engine/message/types.h"

namespace pace {

struct InstrumentView {
  InstrumentId instrument;
  Symbol symbol;
  InstrumentKind kind{};
  Year vintage;
  ProjectId project;
  InstrumentState state{};
  Price reference, lower, upper;
  Price last;  ///< 0 before the first trade
  Quantity issued, surrendered, cancelled;
  PACE_FIELDS(InstrumentView, instrument, symbol, kind, vintage, project, state, reference, lower, upper, last, issued,
              surrendered, cancelled);
};
struct BrokerView {
  BrokerId broker;
  Code code;
  std::string title;
  AccountId own_account;
  PACE_FIELDS(BrokerView, broker, code, title, own_account);
};
/// A verifier or data source with its public key.
struct PartyView {
  Sender party;
  Code code;
  Bytes32 public_key{};
  PACE_FIELDS(PartyView, party, code, public_key);
};
/// The market's state: session, instruments, members.
struct MarketView {
  Sequence as_of;
  Timestamp time;
  Date day;
  Phase phase{};
  std::vector<InstrumentView> instruments;
  std::vector<BrokerView> brokers;
  std::vector<PartyView> parties;
  PACE_FIELDS(MarketView, as_of, time, day, phase, instruments, brokers, parties);
};

/// An open order with its fills so far.
struct OrderView {
  OrderId order;
  BrokerId broker;
  ClientId client_id;
  AccountId principal;
  EntrustmentId entrustment;
  InstrumentId instrument;
  Side side{};
  OrderType order_type{};
  TimeInForce time_in_force{};
  Price price;
  Quantity quantity;  ///< total, fills included
  Quantity open, shown;
  Cash filled_value;  ///< sum of price * quantity of its fills
  PACE_FIELDS(OrderView, order, broker, client_id, principal, entrustment, instrument, side, order_type, time_in_force,
              price, quantity, open, shown, filled_value);
};
struct OrdersView {
  Sequence as_of;
  std::vector<OrderView> orders;  ///< by instrument, side, price, time
  PACE_FIELDS(OrdersView, as_of, orders);
};

struct HoldingView {
  InstrumentId instrument;
  Quantity total, held, bought_today, unreleased;
  Quantity sellable;
  PACE_FIELDS(HoldingView, instrument, total, held, bought_today, unreleased, sellable);
};
struct AccountView {
  Sequence as_of;
  AccountId account;
  AccountKind kind{};
  AccountStatus status{};
  RegionId region;
  Cash cash, cash_held;
  std::vector<HoldingView> holdings;  ///< where total or held is not 0
  std::vector<BrokerId> brokers;  ///< who may see it: brokers with a mandate in force; of an own account, its broker
  PACE_FIELDS(AccountView, as_of, account, kind, status, region, cash, cash_held, holdings, brokers);
};

/// Every balance that is not 0: what the books are reconciled with. Instrument 0 is cash (milli-fen).
struct Balance {
  AccountId account;
  InstrumentId instrument;
  std::int64_t amount{};
  PACE_FIELDS(Balance, account, instrument, amount);
};
struct BalancesView {
  Sequence as_of;
  Date day;
  Cash at_bank;                   ///< omnibus: sum of all cash
  std::vector<Balance> balances;  ///< by account, then instrument
  PACE_FIELDS(BalancesView, as_of, day, at_bank, balances);
};
/// SHA-256 over the bytes of Exchange::save.
struct DigestView {
  Sequence as_of;
  Bytes32 digest{};
  PACE_FIELDS(DigestView, as_of, digest);
};

/// A sealed-bid auction as everybody may see it: no seller, no bid.
struct AuctionView {
  AuctionId auction;
  AuctionKind kind{};
  InstrumentId instrument;
  AuctionState state{};
  Quantity quantity, rolled_over;
  Price reserve_price;
  Timestamp opens, closes;
  Price price;  ///< of a closed one; 0: nothing was sold
  Quantity volume, unsold;
  PACE_FIELDS(AuctionView, auction, kind, instrument, state, quantity, rolled_over, reserve_price, opens, closes, price,
              volume, unsold);
};
/// Auctions that are announced or open, and the results of the last ones, by number.
struct AuctionsView {
  Sequence as_of;
  bool reserve_for_sale{};  ///< the stability rule has triggered
  std::vector<AuctionView> auctions;
  PACE_FIELDS(AuctionsView, as_of, reserve_for_sale, auctions);
};

struct AskMarket {};
struct AskBalances {};
struct AskDigest {};
/// Broker 0: every open order.
struct AskOrders {
  BrokerId broker;
};
struct AskAccount {
  AccountId account;
};
struct AskAuctions {};
using Question = std::variant<AskMarket, AskOrders, AskAccount, AskBalances, AskDigest, AskAuctions>;
/// monostate: there is no such account or broker; or no digest could be made (memory is short).
using Answer =
    std::variant<std::monostate, MarketView, OrdersView, AccountView, BalancesView, DigestView, AuctionsView>;

}  // namespace pace
