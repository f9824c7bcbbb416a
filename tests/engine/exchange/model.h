// The trading rules once more, written from rulebook 7 in the plainest way: what an account holds in orders is summed
// up from its open orders, the best order is looked for among all, a call's price is tried fen by fen. It shares
// nothing with engine/exchange but the messages. model_test holds the exchange to it, step by step. It knows the world
// of world.h: orders of persons and members, pooled orders, block trades, sealed-bid auctions with what rolls over,
// broken trades, commissions, the circuit breaker, halts, standing, rules, money, the days. What the register decides
// about mandates it is told (told_mandate, told_revoked): those rules have tests of their own. Thread rule: values.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/message/events.h"
#include "tests/engine/exchange/model_stream.h"

namespace pace::test {

class Model {
 public:
  explicit Model(const World& world);

  /// The outcome's code; `deals()`, `cancels()` and `auctions()` say what else happened.
  Reject apply(const StampedCommand& command);
  /// In order: "BUYER SELLER 20kg@8000 fees 8 8 commissions 0 0", and " flagged" for a member's own account against its
  /// principal.
  [[nodiscard]] const std::vector<std::string>& deals() const { return deals_; }
  /// Sorted: "ID 20kg end_of_day".
  [[nodiscard]] std::vector<std::string> cancels() const;
  /// In order: "announced 1 300kg with 50kg @ 7000", "closed 1 280kg @ 8000 unsold 20kg", or "called off 1 …".
  [[nodiscard]] const std::vector<std::string>& auctions() const { return auctions_said_; }
  /// What a call would give now, "8000 20kg over -10kg"; empty: there is no call.
  [[nodiscard]] std::string indicative(InstrumentId instrument) const;

  void told_mandate(const GrantEntrustment& mandate);
  void told_revoked(EntrustmentId mandate);
  void told_order(const ClientId& id, OrderId order);

  /// As AskOrders lists them: "ID buy 8000 open/shown/quantity value".
  [[nodiscard]] std::vector<std::string> orders() const;
  struct Balance {
    std::int64_t cash, cash_held, units, units_held, sellable;
    bool operator==(const Balance&) const = default;
  };
  [[nodiscard]] Balance balance(AccountId account, InstrumentId instrument) const;
  [[nodiscard]] std::int64_t bought_today(AccountId account, InstrumentId instrument) const;
  [[nodiscard]] std::int64_t fees() const { return fees_; }
  [[nodiscard]] std::vector<OrderId> order_ids() const;

 private:
  struct Part {  // of an order, or the whole of it
    AccountId principal;
    EntrustmentId mandate;
    std::int64_t declared{}, filled{}, commission{}, due{};
    [[nodiscard]] std::int64_t open() const { return declared - filled; }
  };
  struct Stake {
    std::vector<Part> parts;  // those that are filled stay in it
    std::int64_t filled{};
  };
  struct Order {
    std::vector<ClientId> ids;  // the latest last
    OrderId number;
    BrokerId broker;
    InstrumentId instrument;
    Side side{};
    TimeInForce time_in_force{};
    SelfTrade self_trade{};
    bool post_only{}, pooled{};
    std::int64_t price{}, quantity{}, open{}, shown{}, display{}, value{}, rate{};
    std::uint64_t stake{};  // whose it is
    Date expiry;
    std::uint64_t arrival{};
    [[nodiscard]] std::int64_t hold_per_kg(std::int64_t commission) const {
      return price + (price * rate + 999) / 1000 + (price * commission + 999) / 1000;
    }
  };
  struct Block {  // a report; of `side` everything an order has
    BlockId id;
    Order side;
    BrokerId counter;
    Reference agreement;
  };
  struct Bid {  // sealed; of `side` everything an order has
    BidId id;
    Order side;
  };
  struct Auction {
    AuctionId id;
    AuctionKind kind{};
    Order listing;
    std::int64_t rolled_over{};
    Timestamp opens, closes;
    bool waiting{};
    std::vector<Bid> bids;  // in order of time
  };
  struct Unsold {  // of the authority's auctions: what so many later ones are to take
    InstrumentId instrument;
    std::int64_t left{}, auctions{};
  };
  struct Account {
    BrokerId member;  // of a member's own account
    bool person{};
    AccountStatus status{};
    std::int64_t cash{};
    std::map<InstrumentId, std::int64_t> units, bought_today;
  };
  struct Mandate {
    GrantEntrustment terms;
    bool revoked{};
    std::int64_t filled{};
  };
  struct Book {
    std::vector<Order> orders;  // in no order
    bool halted{}, breaking{};  // breaking: the circuit breaker's call
    Timestamp call_ends;
    std::vector<std::pair<std::int64_t, std::int64_t>> traded;  // when, and at what price; since the day or call began
    std::int64_t reference{}, lower{}, upper{};
  };
  struct Fill {  // that waits to be shared out
    Order buy, sell;
    std::int64_t price{}, quantity{};
  };
  struct Leg {  // of a trade
    AccountId account;
    EntrustmentId mandate;
    BrokerId broker;
    std::int64_t fee{}, commission{};
  };
  struct Done {
    Leg buy, sell;
    InstrumentId instrument;
    std::int64_t price{}, quantity{};
    Date day;
    bool broken{}, makes_price{true};
  };
  struct CallPrice {
    std::int64_t price{}, volume{}, imbalance{};
  };

  Reject act(const StampedCommand& c, const NewOrder& command);
  Reject act(const StampedCommand& c, const NewPooledOrder& command);
  Reject act(const StampedCommand& c, const ReportBlock& command);
  Reject act(const StampedCommand& c, const WithdrawBlock& command);
  Reject act(const StampedCommand& c, const BreakTrade& command);
  Reject act(const StampedCommand& c, const AnnounceAuction& command);
  Reject act(const StampedCommand& c, const BidAuction& command);
  Reject act(const StampedCommand& c, const WithdrawBid& command);
  Reject act(const StampedCommand& c, const CancelAuction& command);
  Reject act(const StampedCommand& c, const CancelOrder& command);
  Reject act(const StampedCommand& c, const ReplaceOrder& command);
  Reject act(const StampedCommand& c, const MassCancel& command);
  Reject act(const StampedCommand& c, const HaltInstrument& command);
  Reject act(const StampedCommand& c, const ResumeInstrument& command);
  Reject act(const StampedCommand& c, const SetAccountStatus& command);
  Reject act(const StampedCommand& c, const ActivateRules& command);
  Reject act(const StampedCommand& c, const DepositCash& command);
  Reject act(const StampedCommand& c, const WithdrawCash& command);
  template <class C>
  Reject act(const StampedCommand&, const C&) {
    return Reject::none;
  }

  // the clock
  void pass_time(Timestamp to);
  void pass_due(Timestamp to);
  void end_break(Book& book);
  void enter(Phase phase);
  void start_day();
  void set_limits(Book& book) const;

  // what an order must meet
  [[nodiscard]] Reject check_session(const Book& book) const;
  [[nodiscard]] Reject check_terms(const Book& book, const NewOrder& c, bool member) const;
  [[nodiscard]] Reject check_order(Book& book, const NewOrder& c, bool member, Order& order) const;
  [[nodiscard]] Reject check_price(const Book& book, std::int64_t price) const;
  [[nodiscard]] Reject check_standing(AccountId account) const;
  struct Days {  // when a mandate must be in force
    Date today, until;
  };
  /// For a principal's part of an order: standing, mandate, and what it must have. Sets mandate and commission.
  [[nodiscard]] Reject check_part(const Order& order, Part& part) const {
    return check_part(order, part, {day_, day_});
  }
  [[nodiscard]] Reject check_part(const Order& order, Part& part, Days days) const;
  [[nodiscard]] Reject check_mandate(const Order& order, Part& part, Days days) const;
  [[nodiscard]] Reject check_bounds(const Mandate& mandate, const Order& order, std::int64_t quantity,
                                    std::int64_t more) const;
  [[nodiscard]] Reject check_units(const Order& order, AccountId principal, std::int64_t more) const;
  [[nodiscard]] Reject check_position(const Order& order, AccountId principal, std::int64_t more) const;
  [[nodiscard]] bool call_ending() const;
  [[nodiscard]] bool too_late_to_leave(const Book& book) const;
  [[nodiscard]] std::int64_t unreleased(AccountId account, InstrumentId instrument) const;
  [[nodiscard]] std::int64_t mandate_used(EntrustmentId mandate) const;
  [[nodiscard]] Order order_of(const StampedCommand& c, const NewOrder& n) const;

  // what happens to it
  void execute(Book& book, Order order);
  void trade(Book& book, Order order);
  void trade_to_bound(Book& book, Order order);
  bool match(Book& book, Order& taker, bool for_good);
  [[nodiscard]] bool can_fill(const Book& book, const Order& order);
  void rest(Book& book, Order order);
  void deal(Order& buy, Order& sell, std::int64_t price, std::int64_t quantity);
  void share_out();
  void settle(const Order& buy, Part& buyer, const Order& sell, Part& seller, std::int64_t price,
              std::int64_t quantity);
  void cancel(const Order& order, CancelReason reason);
  template <class ReasonOf>
  void sweep(ReasonOf&& reason_of);
  template <class Goes>
  void sweep_blocks(CancelReason reason, Goes&& goes);
  void uncross(Book& book);
  [[nodiscard]] CallPrice call_price(const Book& book) const;
  bool prevent_self_trade(Book& book);
  [[nodiscard]] std::pair<std::int64_t, std::int64_t> breaker_bounds(const Book& book) const;
  [[nodiscard]] bool breaker_allows(const Book& book, std::int64_t price) const;
  void begin_break(Book& book);

  // sealed-bid auctions
  [[nodiscard]] Reject check_sale(const AnnounceAuction& command) const;
  [[nodiscard]] Reject check_bid(const BidAuction& command, const Auction& auction) const;
  [[nodiscard]] Reject check_bidder(const BidAuction& command, const Auction& auction) const;
  [[nodiscard]] std::int64_t rule_price(InstrumentId instrument) const;
  [[nodiscard]] std::int64_t promised(InstrumentId instrument) const;
  std::int64_t roll_over(InstrumentId instrument, std::int64_t room);
  void close(std::size_t auction);
  void call_off(std::size_t auction);
  void finish(std::size_t auction, CancelReason reason, std::int64_t price, std::int64_t sold);
  void close_waiting();
  template <class Goes>
  void sweep_auctions(CancelReason reason, Goes&& goes);
  [[nodiscard]] bool is_open(const Auction& auction) const { return auction.opens <= now_ && now_ < auction.closes; }

  // who is in an order
  [[nodiscard]] const std::vector<Part>& parts(const Order& order) const { return stakes_.at(order.stake).parts; }
  template <class Is>
  [[nodiscard]] bool any_part(const Order& order, Is&& is) const;
  [[nodiscard]] bool share_principal(const Order& one, const Order& other) const;
  /// visit(order, part) for every open part of every order and block report.
  template <class Visit>
  void for_each_open(Visit&& visit) const;

  static bool keeps(TimeInForce t) { return t == TimeInForce::day || t == TimeInForce::gtc; }
  static bool crosses(Side taker, std::int64_t limit, std::int64_t price) {
    return taker == Side::buy ? price <= limit : price >= limit;
  }
  static std::string name_of_order(const Order& order) { return std::string(order.ids.back().view()); }
  static Order* best(Book& book, Side side);
  static std::vector<Order*> sorted(Book& book, Side side);
  Order* find(const Sender& sender, OrderId number, const ClientId& id);
  [[nodiscard]] bool in_call(const Book& book) const { return is_call(phase_) || book.breaking; }
  static std::string said(const std::string& buyer, const std::string& seller, const Done& trade);

  std::map<AccountId, Account> accounts_;
  std::map<EntrustmentId, Mandate> mandates_;
  std::map<InstrumentId, Book> books_;
  std::map<std::string, std::int64_t> rules_;
  std::map<std::uint64_t, Stake> stakes_;
  std::vector<Block> blocks_;      // reports that wait, the oldest first
  std::vector<Auction> auctions_;  // announced and not over, by number
  std::vector<Unsold> unsold_;     // the oldest first
  std::vector<Done> done_;         // every trade
  std::vector<Fill> fills_;        // of pooled orders, at one price
  Phase phase_ = Phase::closed;
  Timestamp now_, phase_ends_;
  Date day_;
  std::uint64_t arrivals_ = 0, last_stake_ = 0, last_block_ = 0, last_bid_ = 0;
  std::uint32_t last_auction_ = 0;
  std::int64_t fees_ = 0;
  std::vector<std::string> deals_, cancels_, auctions_said_;
};

template <class ReasonOf>
void Model::sweep(ReasonOf&& reason_of) {
  for (auto& [id, book] : books_)
    for (std::size_t i = 0; i < book.orders.size();) {
      if (const std::optional<CancelReason> reason = reason_of(book, book.orders[i]))
        cancel(book.orders[i], *reason);
      else
        ++i;
    }
}

template <class Goes>
void Model::sweep_blocks(CancelReason reason, Goes&& goes) {
  std::erase_if(blocks_, [&](const Block& block) {
    if (!goes(block)) return false;
    cancels_.push_back(name_of_order(block.side) + " block " + std::string(name_of(reason)));
    return true;
  });
}

// Bids first, then what principals sell. The authority's auctions stay.
template <class Goes>
void Model::sweep_auctions(CancelReason reason, Goes&& goes) {
  for (Auction& auction : auctions_)
    std::erase_if(auction.bids, [&](const Bid& bid) {
      const Part& part = parts(bid.side).front();
      if (!goes(part)) return false;
      cancels_.push_back(name_of_order(bid.side) + " bid " + std::to_string(part.open()) + "kg " +
                         std::string(name_of(reason)));
      return true;
    });
  for (std::size_t i = 0; i < auctions_.size();)
    if (auctions_[i].kind == AuctionKind::one_sided && goes(parts(auctions_[i].listing).front()))
      call_off(i);
    else
      ++i;
}

template <class Is>
bool Model::any_part(const Order& order, Is&& is) const {
  for (const Part& part : parts(order))
    if (part.open() > 0 && is(part)) return true;
  return false;
}

template <class Visit>
void Model::for_each_open(Visit&& visit) const {
  const auto all_of = [&](const Order& order) {
    for (const Part& part : parts(order))
      if (part.open() > 0) visit(order, part);
  };
  for (const auto& [id, book] : books_)
    for (const Order& order : book.orders) all_of(order);
  for (const Block& block : blocks_) all_of(block.side);
  for (const Auction& auction : auctions_) {
    all_of(auction.listing);
    for (const Bid& bid : auction.bids) all_of(bid.side);
  }
}

}  // namespace pace::test
