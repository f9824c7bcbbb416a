// The obvious book: maps of lists, nothing clever, written from the rulebook and not from the fast one. The twin test
// holds the two to the same fills in the same order.
#pragma once

#include <functional>
#include <list>
#include <map>
#include <optional>
#include <vector>

#include "engine/book/order.h"

namespace pace::test {

/// What a book told its sink, in one shape so that two books' stories compare.
struct Happening {
  enum class Kind : std::uint8_t { fill, refill, prevented } kind{};
  OrderId order, taker;
  Side side{};
  Price price;
  Quantity quantity, open, taker_open;
  bool operator==(const Happening&) const = default;
};
using Story = std::vector<Happening>;

/// In tests a pooled order's owner number has a bit for each of its principals, who are the accounts 0 to 30.
constexpr AccountIndex pool_of(std::uint32_t principals) {
  return AccountIndex(pooled_owner_bit | principals);
}
constexpr bool share_principal(AccountIndex one, AccountIndex other) {
  const auto principals = [](AccountIndex owner) {
    return is_pooled(owner) ? owner.raw() & ~pooled_owner_bit : 1u << owner.raw();
  };
  return (principals(one) & principals(other)) != 0;
}

/// A sink that writes the story down.
struct Recorder {
  Story& story;
  [[nodiscard]] bool share_principal(AccountIndex one, AccountIndex other) const {
    return test::share_principal(one, other);
  }
  void filled(const Fill& f) {
    story.push_back(
        {Happening::Kind::fill, f.maker, f.taker, f.taker_side, f.price, f.quantity, f.maker_open, f.taker_open});
  }
  void refilled(const RestingOrder& r) {
    story.push_back({.kind = Happening::Kind::refill,
                     .order = r.order.id,
                     .side = r.order.side,
                     .price = r.order.price,
                     .quantity = r.shown,
                     .open = r.order.open});
  }
  void prevented(OrderId order, Quantity open) {
    story.push_back({.kind = Happening::Kind::prevented, .order = order, .open = open});
  }
};

class PlainBook {
 public:
  struct Resting {
    Order order;
    Quantity shown;
    std::uint64_t age;
  };
  using Queue = std::list<Resting>;

  Entered enter(Order order, Story& story);
  Entered take(Order order, Story& story);
  void rest(const Order& order);
  Quantity cancel(OrderId id);
  Order withdraw(OrderId id);
  void reduce(OrderId id, Quantity open);
  [[nodiscard]] bool can_fill(Order order) const;
  [[nodiscard]] bool would_trade(Side side, Price price) const;
  [[nodiscard]] std::optional<Price> nth_price(Side side, std::size_t n) const;
  [[nodiscard]] AuctionPrice indicative(Price reference) const;
  AuctionPrice uncross(Price reference, Story& story);
  /// Buy side first, best price first, oldest first.
  [[nodiscard]] std::vector<Resting> orders() const;

 private:
  [[nodiscard]] Resting* find(OrderId id);
  Resting remove(OrderId id);
  [[nodiscard]] Resting* best(Side side);
  [[nodiscard]] bool reaches(const Order& order, Price price) const;
  bool prevent_in_call(Story& story);

  std::map<Price, Queue> bids_, asks_;
  std::uint64_t next_age_ = 1;
};

}  // namespace pace::test
