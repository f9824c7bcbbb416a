// The straight way of plain orders and the general way are one rule: two markets get the same orders, but in the second
// nothing is plain. There each order says outright that it shows all of its quantity, and each cancel names its order
// by the id it was entered under. Outcomes, events and balances must not differ.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>

#include "tests/engine/exchange/world.h"

namespace pace::test {
namespace {

class Twins {
 public:
  explicit Twins(std::uint64_t seed) : random_(seed) {}

  void both_until(const std::string& time) {
    plain_.until(time);
    general_.until(time);
  }
  void enter() {
    static constexpr const char* names[] = {"ann", "bo", "cy", "dan", "eve", "fay", "guy", "house1"};
    const char* name = names[pick(0, 7)];
    NewOrder o = order(plain_, name, static_cast<Side>(pick(0, 1)), Quantity(pick(5, 300)), Price(pick(7'985, 8'015)));
    if (pick(0, 19) == 0) o.price = Price(pick(7'000, 9'000));
    if (pick(0, 39) == 0) o.price = Price(o.side == Side::buy ? 8'800 : 7'200);  // at the limit: watched while it stays
    if (pick(0, 19) == 0) o.quantity = Quantity(pick(0, 30'000));
    o.instrument = pick(0, 1) == 0 ? allowance : credit;
    o.time_in_force = static_cast<TimeInForce>(std::max<std::int64_t>(pick(-3, 2), 0));
    o.self_trade = static_cast<SelfTrade>(pick(0, 3));
    if (pick(0, 29) == 0) o.expiry = add_days(local_date(plain_.now()), static_cast<std::int32_t>(pick(-1, 40)));
    if (pick(0, 9) == 0) o.entrustment = EntrustmentId(static_cast<EntrustmentId::Rep>(pick(1, 8)));
    const Sender broker = pick(0, 29) != 0 ? plain_.broker_of(name) : broker2;
    NewOrder shown = o;
    shown.display = o.quantity;
    sent_.push_back({broker, "o" + std::to_string(sent_.size()), {}});
    const Answered a = plain_.send(broker, sent_.back().id.c_str(), o);
    Answered b = general_.send(broker, sent_.back().id.c_str(), shown);
    if (!b.events.empty())
      if (auto* accepted = std::get_if<OrderAccepted>(&b.events.front())) accepted->display = {};
    compare(a, b);
    if (!a.events.empty())
      if (const auto* accepted = std::get_if<OrderAccepted>(&a.events.front())) sent_.back().order = accepted->order;
  }
  void cancel() {
    if (sent_.empty()) return;
    const Sent& sent = sent_[sent_.size() - 1 -
                             static_cast<std::size_t>(
                                 pick(0, static_cast<std::int64_t>(std::min<std::size_t>(sent_.size(), 60)) - 1))];
    if (!sent.order) return;
    compare(plain_.send(sent.broker, CancelOrder{sent.order, {}}),
            general_.send(sent.broker, CancelOrder{{}, *ClientId::from(sent.id)}));
  }
  void check() {
    plain_.exchange().check();
    general_.exchange().check();
    CHECK(plain_.orders() == general_.orders());
    const auto balances = [](World& w) { return std::get<BalancesView>(w.exchange().answer(AskBalances{})).balances; };
    CHECK(balances(plain_) == balances(general_));
    CHECK(trades_ > 200);
    CHECK(rejects_ > 500);
    CHECK(cancels_ > 300);
  }
  std::int64_t pick(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(high - low + 1));
  }

 private:
  struct Sent {
    Sender broker;
    std::string id;
    OrderId order;
  };

  void compare(const Answered& a, const Answered& b) {
    REQUIRE(a.outcome == b.outcome);
    REQUIRE(a.events == b.events);
    rejects_ += !a.outcome.accepted();
    for (const Event& event : a.events) {
      trades_ += std::holds_alternative<Trade>(event);
      cancels_ += std::holds_alternative<OrderCancelled>(event);
    }
  }

  World plain_, general_;
  std::mt19937_64 random_;
  std::vector<Sent> sent_;
  std::uint64_t trades_ = 0, rejects_ = 0, cancels_ = 0;
};

}  // namespace

TEST_CASE("plain orders: go the straight way as they would go the general one") {
  Twins twins(11);
  for (const char* day : {"2026-09-07", "2026-09-08", "2026-09-09"})
    for (const char* time : {"T09:16", "T09:30", "T10:30", "T14:58"}) {
      twins.both_until(std::string(day) + time);
      for (int i = 0; i < 1'500; ++i) twins.pick(0, 3) != 0 ? twins.enter() : twins.cancel();
    }
  twins.check();
}

}  // namespace pace::test
