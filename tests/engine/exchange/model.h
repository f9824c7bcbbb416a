// The trading rules once more, written from rulebook 7 in the plainest way: what an account holds in orders is summed
// up from its open orders, the best order is looked for among all, a call's price is tried fen by fen. It shares
// nothing with engine/exchange but the messages. model_test holds the exchange to it, step by step. It knows the world
// of world.h: orders of persons and members, halts, standing, rules, money, the days. What the register decides about
// mandates it is told (told_mandate, told_revoked): those rules have tests of their own. Thread rule: values.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/message/events.h"
#include "tests/engine/exchange/world.h"

namespace pace::test {

class Model {
 public:
  explicit Model(const World& world);

  /// The outcome's code; `deals()` and `cancels()` say what else happened.
  Reject apply(const StampedCommand& command);
  /// In order: "BUYER SELLER 20kg@8000 fees 8 8".
  [[nodiscard]] const std::vector<std::string>& deals() const { return deals_; }
  /// Sorted: "ID 20kg end_of_day".
  [[nodiscard]] std::vector<std::string> cancels() const;

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
  [[nodiscard]] std::int64_t fees() const { return fees_; }
  [[nodiscard]] std::vector<OrderId> order_ids() const;

 private:
  struct Order {
    std::vector<ClientId> ids;  // the latest last
    OrderId number;
    BrokerId broker;
    AccountId principal;
    InstrumentId instrument;
    Side side{};
    TimeInForce time_in_force{};
    SelfTrade self_trade{};
    bool post_only{};
    std::int64_t price{}, quantity{}, open{}, shown{}, display{}, value{}, rate{};
    EntrustmentId mandate;
    Date expiry;
    std::uint64_t arrival{};
    [[nodiscard]] std::int64_t hold() const { return open * (price + (price * rate + 999) / 1000); }
  };
  struct Account {
    BrokerId member;  // of a member's own account
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
    bool halted{};
    std::int64_t reference{}, lower{}, upper{};
  };

  Reject act(const StampedCommand& c, const NewOrder& command);
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
  void enter(Phase phase);
  void start_day();
  void set_limits(Book& book) const;

  // what an order must meet
  [[nodiscard]] Reject check_session(const Book& book) const;
  [[nodiscard]] Reject check_terms(const NewOrder& c) const;
  [[nodiscard]] Reject check_price(const Book& book, std::int64_t price) const;
  [[nodiscard]] Reject check_standing(AccountId account) const;
  [[nodiscard]] Reject check_mandate(const Order& order, EntrustmentId& found) const;
  [[nodiscard]] Reject check_bounds(const Mandate& mandate, const Order& order, std::int64_t more) const;
  [[nodiscard]] Reject check_units(const Order& order, std::int64_t more) const;
  [[nodiscard]] Reject check_position(const Order& order, std::int64_t more) const;
  [[nodiscard]] bool too_late_to_leave(Timestamp time) const;
  [[nodiscard]] std::int64_t unreleased(AccountId account, InstrumentId instrument) const;
  [[nodiscard]] std::int64_t mandate_used(EntrustmentId mandate) const;

  // what happens to it
  void execute(Book& book, Order order);
  bool match(Book& book, Order& taker, bool for_good);
  void rest(Book& book, Order order);
  void deal(Order& buy, Order& sell, std::int64_t price, std::int64_t quantity);
  void cancel(const Order& order, CancelReason reason);
  template <class ReasonOf>
  void sweep(ReasonOf&& reason_of);
  void uncross(Book& book);
  [[nodiscard]] std::pair<std::int64_t, std::int64_t> call_price(const Book& book) const;
  bool prevent_self_trades(Book& book, std::int64_t volume);

  static bool keeps(TimeInForce t) { return t == TimeInForce::day || t == TimeInForce::gtc; }
  static bool crosses(Side taker, std::int64_t limit, std::int64_t price) {
    return taker == Side::buy ? price <= limit : price >= limit;
  }
  static std::string name_of_order(const Order& order) { return std::string(order.ids.back().view()); }
  static Order* best(Book& book, Side side);
  static std::vector<Order*> sorted(Book& book, Side side);
  Order* find(const Sender& sender, OrderId number, const ClientId& id);
  [[nodiscard]] bool in_call() const { return is_call(phase_); }

  std::map<AccountId, Account> accounts_;
  std::map<EntrustmentId, Mandate> mandates_;
  std::map<InstrumentId, Book> books_;
  std::map<std::string, std::int64_t> rules_;
  Phase phase_ = Phase::closed;
  Timestamp now_, phase_ends_;
  Date day_;
  std::uint64_t arrivals_ = 0;
  std::int64_t fees_ = 0;
  std::vector<std::string> deals_, cancels_;
};

}  // namespace pace::test
