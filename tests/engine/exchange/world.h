// A small market for tests: two brokers, seven people, an allowance and a credit, spoken to through Exchange alone.
//
//   person  ann bo cy dan   entrusted to broker 1, each with 10,000.00 CNY, 1,200 kg allowances, 1,000 kg credits
//           eve             the same, entrusted to broker 2
//           fay             the same holdings, no broker at all after her credits were issued
//           guy             no money, no credits, broker 1
//   house1, house2          the brokers' own accounts, 10,000.00 CNY each, no units
//   instrument 1            PCA-2026, reference 80.00; half released, and so many weekly parts
//   instrument 2            PHCER-SUN-2026, reference 80.00; free to sell
//
// It begins on Monday 2026-09-07 at 08:00, before the opening. After every command Exchange::check() sums everything
// again: units and cash, holds against open orders, books uncrossed and in order of time, prices within the limits; and
// no order has traded beyond its own limit.
// What a test asks wrongly is an exception, so that the world serves outside doctest as well.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/exchange/exchange.h"

namespace pace::test {

struct Answered {
  Outcome outcome;
  Sequence repeats;
  std::vector<Event> events;
};

inline constexpr InstrumentId allowance{1}, credit{2};
inline constexpr Sender authority{Role::authority, 1}, registry{Role::registry_operator, 1},
    operators{Role::exchange_operator, 1}, bank{Role::bank, 1}, verifier{Role::verifier, 1}, broker1{Role::broker, 1},
    broker2{Role::broker, 2}, sequencer{Role::system, 0};

Capacity small_capacity();

class World {
 public:
  /// `log`: as record(), from the first command on.
  explicit World(const Capacity& capacity = small_capacity(), std::vector<StampedCommand>* log = nullptr);

  /// Under the next request id of the test's own ("t1", "t2" …), or a given one.
  Answered send(const Sender& sender, const Command& command);
  Answered send(const Sender& sender, const ClientId& request_id, const Command& command);
  /// As send(), and the command must be accepted.
  Answered must(const Sender& sender, const Command& command);
  /// The clock goes on to a local time: "2026-09-07T09:30", or "09:30" on the present day.
  Answered until(const std::string& local_time);

  [[nodiscard]] bool knows(const std::string& name) const { return accounts_.contains(name); }
  [[nodiscard]] AccountId account(const std::string& name) const { return accounts_.at(name); }
  /// The broker that trades for a person or house.
  [[nodiscard]] Sender broker_of(const std::string& name) const;
  [[nodiscard]] AccountView holdings(const std::string& name) const;
  [[nodiscard]] HoldingView holding(const std::string& name, InstrumentId instrument) const;
  [[nodiscard]] MarketView market() const;
  [[nodiscard]] std::vector<OrderView> orders(BrokerId broker = {}) const;
  [[nodiscard]] Bytes state() const;
  /// Takes the place of `other`, whose state the bytes are.
  [[nodiscard]] bool restore(const Bytes& bytes, const World& other);
  [[nodiscard]] Timestamp now() const { return now_; }
  [[nodiscard]] Exchange& exchange() { return exchange_; }
  /// Every command from now on is written down here as well. REQUIRES: `log` outlives the world, or is 0.
  void record(std::vector<StampedCommand>* log) { log_ = log; }

 private:
  struct Placed {
    Side side{};
    Price limit;
  };
  void check_trades(const std::vector<Event>& events);
  void open_person(const std::string& name, std::uint64_t serial, BrokerId broker);
  void deposit(const std::string& name, BrokerId broker, Cash amount);
  void issue_credits();

  Exchange exchange_;
  EventBuffer events_;
  std::vector<StampedCommand>* log_ = nullptr;
  Timestamp now_;
  std::uint64_t requests_ = 0;
  std::map<OrderId, Placed> placed_;
  std::map<std::string, AccountId> accounts_;
  std::uint64_t entrustments_ = 0;
};

/// A day's limit order of 20 kg credits by ann at 80.00, to change from.
NewOrder order(const World& world, const std::string& who, Side side, Quantity quantity, Price price);

}  // namespace pace::test
