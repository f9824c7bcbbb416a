// The fast book and the plain one are given the same random orders of every kind; what they tell and what rests in them
// must be the same after every step.
#include <doctest/doctest.h>

#include <cstdlib>
#include <memory>
#include <optional>
#include <random>

#include "engine/book/book.h"
#include "tests/engine/book/plain_book.h"

namespace pace::test {
namespace {

constexpr std::uint32_t capacity = 150;
constexpr std::size_t instruments = 3;
constexpr Price reference{9'000};

// Two markets of three instruments each, side by side.
class Twins {
 public:
  explicit Twins(std::uint64_t seed) : random_(seed) {
    for (std::size_t i = 0; i < instruments; ++i) fast_.emplace_back(*pool_, window(i));
  }

  void step() {
    const std::size_t i = below(instruments);
    now_ = i;
    if (below(400) == 0) return switch_phase(i);
    if (below(2'000) == 0) fast_[i].move_window({Price(1 + below(20'000)), 4096});
    const std::uint64_t kind = below(100);
    if (kind < 55) return new_order(i);
    const auto resting = plain_[i].orders();
    if (resting.empty()) return;
    const PlainBook::Resting chosen = resting[below(resting.size())];
    if (kind < 75) return cancel(i, chosen.order.id);
    if (kind < 85) return reduce(i, chosen);
    replace(i, chosen.order);
  }

  // The same story, the same orders, and nothing of the fast book's own out of order.
  void compare() {
    REQUIRE(fast_story_ == plain_story_);
    fast_story_.clear();
    plain_story_.clear();
    if (in_call_[now_] && below(4) == 0) {
      const Price near = a_price();
      REQUIRE(fast_[now_].indicative(near) == plain_[now_].indicative(near));
    }
    fast_[now_].check(in_call_[now_]);
    const auto expected = plain_[now_].orders();
    std::size_t at = 0;
    bool same = true;
    fast_[now_].for_each_order([&](const RestingOrder& r) {
      same = same && at < expected.size() && same_order(r, expected[at]) && pool_->resting(r.order.id);
      ++at;
    });
    REQUIRE(same);
    REQUIRE(at == expected.size());
  }

  // As a snapshot does: the pool, then each book's orders in canonical order; then on with the copy.
  void save_and_load() {
    Bytes bytes;
    ByteWriter out(bytes);
    pool_->save(out);
    auto pool = std::make_unique<OrderPool>(capacity, instruments);
    ByteReader in(bytes);
    REQUIRE(pool->load(in));
    REQUIRE(in.done());
    std::vector<Book> books;
    for (std::size_t i = 0; i < instruments; ++i) {
      books.emplace_back(*pool, window(i));
      fast_[i].for_each_order([&](const RestingOrder& r) { REQUIRE(books[i].restore(r)); });
    }
    REQUIRE(pool->in_use() == pool_->in_use());
    Bytes again;
    ByteWriter out_again(again);
    pool->save(out_again);
    REQUIRE(again == bytes);
    fast_ = std::move(books);
    pool_ = std::move(pool);
  }

  [[nodiscard]] std::size_t trades() const { return trades_; }
  [[nodiscard]] std::size_t refused() const { return refused_; }

 private:
  // Instrument 2 trades far outside its window: the map of far prices does the work.
  static PriceWindow window(std::size_t i) { return {Price(i == 2 ? 1'000'000 : 6'000), 4096}; }
  std::uint64_t below(std::uint64_t n) { return random_() % n; }

  Price a_price() {
    if (below(500) == 0)
      return Price(static_cast<std::int64_t>(below(2) ? book_max_price.raw() - static_cast<std::int64_t>(below(3))
                                                      : 1 + static_cast<std::int64_t>(below(3))));
    if (below(20) == 0) return Price(static_cast<std::int64_t>(4'000 + below(10'000)));
    return reference + Price(static_cast<std::int64_t>(below(31)) - 15);
  }
  Quantity a_quantity() {
    return Quantity(static_cast<std::int64_t>(below(50) == 0 ? below(4'000'000'000) + 1 : below(60) + 1));
  }

  Order an_order() {
    const auto owner = static_cast<std::uint32_t>(below(6));
    Order order{.owner = below(40) == 0 ? pool_of(1u << owner | 1u << below(6)) : AccountIndex(owner),
                .side = static_cast<Side>(below(2)),
                .self_trade = static_cast<SelfTrade>(below(4)),
                .price = a_price(),
                .open = a_quantity()};
    if (below(4) == 0 && order.open < Quantity(100)) order.display = Quantity(static_cast<std::int64_t>(below(12) + 1));
    return order;
  }

  void new_order(std::size_t i) {
    if (pool_->full()) {
      ++refused_;
      return;
    }
    Order order = an_order();
    const std::uint64_t how = below(11);
    if (!in_call_[i]) {
      const std::optional<Price> fifth = fast_[i].nth_price(opposite(order.side), 5);
      REQUIRE(fifth == plain_[i].nth_price(opposite(order.side), 5));
      if (how == 2) {  // market, bounded
        if (!fifth) return;
        order.price = *fifth;
      }
      REQUIRE(fast_[i].would_trade(order.side, order.price) == plain_[i].would_trade(order.side, order.price));
      if (how == 0 && fast_[i].would_trade(order.side, order.price)) return;  // post-only
      const bool fills = fast_[i].can_fill(order, fast_sink_);
      REQUIRE(fills == plain_[i].can_fill(order));
      if (how == 1 && !fills) return;  // FOK
    }
    order.id = pool_->acquire();
    if (in_call_[i]) {
      fast_[i].rest(order);
      plain_[i].rest(order);
    } else if (how <= 3) {
      same(fast_[i].take(order, fast_sink_), plain_[i].take(order, plain_story_));
      if (how == 1) REQUIRE(fast_story_.back().taker_open == Quantity{});
    } else {
      same(fast_[i].enter(order, fast_sink_), plain_[i].enter(order, plain_story_));
    }
    count_trades();
  }

  void cancel(std::size_t i, OrderId id) {
    const Quantity open = pool_->open(id);
    REQUIRE(fast_[i].cancel(id) == open);
    REQUIRE(plain_[i].cancel(id) == open);
    REQUIRE_FALSE(pool_->resting(id));
  }

  void reduce(std::size_t i, const PlainBook::Resting& chosen) {
    if (chosen.order.open == Quantity(1)) return;
    const Quantity open{static_cast<std::int64_t>(below(static_cast<std::uint64_t>(chosen.order.open.raw() - 1)) + 1)};
    fast_[i].reduce(chosen.order.id, open);
    plain_[i].reduce(chosen.order.id, open);
  }

  void replace(std::size_t i, const Order& chosen) {
    Order order = fast_[i].withdraw(chosen.id);
    const bool iceberg = order.display > Quantity{};
    REQUIRE(order.open == plain_[i].withdraw(chosen.id).open);
    REQUIRE_FALSE(pool_->resting(chosen.id));
    order.price = a_price();
    order.open = iceberg ? Quantity(static_cast<std::int64_t>(1 + below(80))) : a_quantity();
    if (in_call_[i]) {
      fast_[i].rest(order);
      plain_[i].rest(order);
    } else {
      same(fast_[i].enter(order, fast_sink_), plain_[i].enter(order, plain_story_));
    }
    count_trades();
  }

  void switch_phase(std::size_t i) {
    in_call_[i] = !in_call_[i];
    if (in_call_[i]) return;
    const Price near = reference + Price(static_cast<std::int64_t>(below(21)) - 10);
    REQUIRE(fast_[i].uncross(near, fast_sink_) == plain_[i].uncross(near, plain_story_));
    count_trades();
  }

  static bool same_order(const RestingOrder& r, const PlainBook::Resting& e) {
    return r.order.id == e.order.id && r.order.owner == e.order.owner && r.order.side == e.order.side &&
           r.order.self_trade == e.order.self_trade && r.order.price == e.order.price && r.order.open == e.order.open &&
           r.order.display == e.order.display && r.shown == e.shown;
  }
  static void same(const Entered& a, const Entered& b) {
    REQUIRE(a.open == b.open);
    REQUIRE(a.rested == b.rested);
    REQUIRE(a.self_trade == b.self_trade);
  }
  void count_trades() {
    for (const Happening& h : fast_story_) trades_ += h.kind == Happening::Kind::fill;
  }

  std::mt19937_64 random_;
  std::unique_ptr<OrderPool> pool_ = std::make_unique<OrderPool>(capacity, instruments);
  std::vector<Book> fast_;
  std::array<PlainBook, instruments> plain_;
  std::array<bool, instruments> in_call_{};
  Story fast_story_, plain_story_;
  Recorder fast_sink_{fast_story_};
  std::size_t now_ = 0, trades_ = 0, refused_ = 0;
};

// PACE_TWIN_STEPS in the environment asks for a longer run.
std::size_t steps() {
  const char* asked = std::getenv("PACE_TWIN_STEPS");
  return asked != nullptr ? std::strtoull(asked, nullptr, 10) : 1'000'000;
}

}  // namespace

TEST_CASE("book: tells the same story as the plain book over random flows") {
  std::size_t trades = 0, refused = 0;
  for (const std::uint64_t seed : {1, 2, 3, 4}) {
    CAPTURE(seed);
    Twins twins(seed);
    for (std::size_t i = 0; i < steps() / 4; ++i) {
      CAPTURE(i);
      twins.step();
      twins.compare();
      if (i % 5'000 == 4'999) twins.save_and_load();
    }
    trades += twins.trades();
    refused += twins.refused();
  }
  // The flow is worth something only if it trades a lot and fills the pool now and then.
  CHECK(trades > steps() / 5);
  CHECK(refused > 0);
}

}  // namespace pace::test
