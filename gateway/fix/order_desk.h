// What the event feed says about brokers' orders, folded into the state that reports are written from: members,
// symbols, orders with their fills. A pure function of the feed, so a restart that reads on from a saved state gives
// the same reports, with the same ExecIDs, as if nothing had happened. Thread rule: one thread. Invariant: a live
// order's filled + open is its quantity; value is the sum of price * quantity over its fills.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/message/entry.h"
#include "gateway/fix/block_desk.h"
#include "gateway/fix/session_file.h"

namespace pace::fix {

enum class OrderEnd : std::uint8_t { live, filled, cancelled, expired, rejected };

struct OrderState {
  OrderId order;  ///< 0: never accepted
  BrokerId broker;
  ClientId client_id;         ///< of the order, or of its newest replacement
  AccountId principal;        ///< 0: pooled
  EntrustmentId entrustment;  ///< 0: pooled, or the broker's own account
  bool own = false;           ///< the broker's own account
  TraderCode trader;          ///< who entered the order, or replaced it last, as the member says
  bool pooled = false;
  InstrumentId instrument;
  Side side{};
  OrderType order_type{};
  TimeInForce time_in_force{};
  Price price;
  Quantity quantity, display, filled, open;
  Cash value;
  std::uint8_t end = 0;  ///< OrderEnd
  PACE_FIELDS(OrderState, order, broker, client_id, principal, entrustment, own, trader, pooled, instrument, side,
              order_type, time_in_force, price, quantity, display, filled, open, value, end);
  [[nodiscard]] OrderEnd state() const { return static_cast<OrderEnd>(end); }
};

struct Member {
  BrokerId broker;
  Code code;
  AccountId own_account;
  PACE_FIELDS(Member, broker, code, own_account);
};

enum class ReportKind : std::uint8_t {
  accepted,
  trade,
  trade_cancelled,
  cancelled,
  replaced,
  rejected,
  cancel_refused,
  mass_cancel,
  block_reported,
  block_withdrawn,
  block_refused,
  block_traded,
  block_broken
};

/// One message to one broker. Only what the kind needs is set.
struct Report {
  ReportKind kind{};
  Cause cause;  ///< entry, and place among its reports: the ExecID
  Timestamp time;
  OrderState order;    ///< as it is after what is reported
  ClientId client_id;  ///< the request this answers, else the order's
  ClientId original;   ///< the order's ClOrdID before a cancel or replace
  TradeId trade;
  TradeId broken;  ///< trade_cancelled, block_broken: the trade that `trade` undid
  Price last_price;
  Quantity last_quantity;
  Cash fee, commission;
  bool own_against_principal = false;  ///< trade: its member stood on both sides, for its own account on one
  CancelReason reason{};
  Outcome outcome;
  bool of_replace = false;     ///< cancel_refused
  bool of_withdrawal = false;  ///< block_refused
  BlockState block;            ///< of the block kinds
  MassCancel scope;            ///< mass_cancel
  std::uint32_t affected = 0;
};

class OrderDesk {
 public:
  /// Calls `sink` for every report of the entry, in order. REQUIRES: the entry after position().
  void apply(const Entry& entry, const std::function<void(const Report&)>& sink);
  [[nodiscard]] Sequence position() const { return position_; }

  /// By code of the member (SenderCompID).
  [[nodiscard]] const std::map<std::string_view, const Member*>& by_code() const { return by_code_; }
  [[nodiscard]] const Member* member(BrokerId broker) const;
  /// 0 when no such instrument is listed.
  [[nodiscard]] InstrumentId instrument(std::string_view symbol) const;
  /// "[N/A]" for an instrument that is not listed.
  [[nodiscard]] std::string_view symbol(InstrumentId instrument) const;
  /// A live order, or one that ended today; by its current ClOrdID or its id.
  [[nodiscard]] const OrderState* find(BrokerId broker, const ClientId& client_id) const;
  [[nodiscard]] const OrderState* find(OrderId order) const;
  /// The broker's live orders, by id.
  [[nodiscard]] std::vector<OrderId> open_orders(BrokerId broker) const;
  [[nodiscard]] const BlockDesk& blocks() const { return blocks_; }

  void save(ByteWriter& out) const;
  /// False when the bytes are not a state of this version.
  [[nodiscard]] bool load(BytesView bytes);

 private:
  struct Key {
    BrokerId broker;
    ClientId client_id;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const;
  };
  /// An order in its place, which it keeps, and its neighbours in the list that it stands in.
  using Place = std::uint32_t;
  static constexpr Place nowhere = 0xffffffff;
  struct Kept {
    OrderState order;
    Place before = nowhere, after = nowhere;
  };
  struct List {
    Place first = nowhere, last = nowhere;
    std::size_t size = 0;
  };
  struct Turn;
  void take_command(const Entry& entry);
  void take(Turn& turn, const Event& event);
  void on(Turn& turn, const OrderAccepted& event);
  void on(Turn& turn, const Trade& event);
  void on(Turn& turn, const OrderCancelled& event);
  void on(Turn& turn, const OrderReplaced& event);
  void on(Turn& turn, const BlockReported& event);
  void on(Turn& turn, const BlockWithdrawn& event);
  void correct_side(Turn& turn, const Trade& event, TradeId broken, Side side);
  void trade_side(Turn& turn, const Trade& event, Side side);
  void block_side(Turn& turn, const Trade& event, Side side);
  void correct_block(Turn& turn, const Trade& event, TradeId broken, Side side);
  void answer_command(Turn& turn);
  void answer_order(Turn& turn);
  void answer_block(Turn& turn);
  void refuse_cancel(Turn& turn, OrderId order, const ClientId& original, bool replace);
  [[nodiscard]] const OrderState* referenced(BrokerId broker, OrderId order, const ClientId& original) const;
  OrderState& enter(const OrderState& order);
  OrderState& known(const OrderState& otherwise);
  void add_member(const Member& member);
  void add_instrument(InstrumentId instrument, const Symbol& symbol);
  Place place_of(OrderId order) const;
  void append(List& list, Place place);
  void remove(List& list, Place place);
  void end(OrderState& order, OrderEnd how);
  void forget_oldest_ended();

  Sequence position_;
  std::map<BrokerId, Member> members_;
  std::map<std::string_view, const Member*> by_code_;
  std::map<InstrumentId, Symbol> symbols_;
  std::map<std::string_view, InstrumentId> by_symbol_;
  std::deque<Kept> kept_;
  std::vector<Place> free_;
  boost::unordered_flat_map<OrderId, Place, std::hash<OrderId>> orders_;
  boost::unordered_flat_map<Key, Place, KeyHash> by_client_id_;
  std::map<BrokerId, List> live_;
  List ended_;  // oldest first; kept for status requests until the next trading day or the cap
  BlockDesk blocks_;
};

}  // namespace pace::fix
