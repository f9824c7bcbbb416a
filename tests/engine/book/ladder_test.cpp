#include "engine/book/ladder.h"

#include <doctest/doctest.h>

#include <iterator>
#include <random>
#include <set>

namespace pace {

TEST_CASE("ladder: best, worse and better are those of an ordered set, in the window and out of it") {
  for (const Side side : {Side::buy, Side::sell}) {
    std::mt19937_64 random(3);
    LinkMemory memory(500, 1);
    Ladder ladder(side, memory, {Price(50'000), 1 << 16});
    const auto level = [&](Ladder::Key key) -> Link& { return memory.first()[ladder.level(key)]; };
    std::set<Ladder::Key> marked;
    // Prices in clusters of different width, so that every layer of the bitmap and the map are crossed.
    const auto a_price = [&] {
      const std::int64_t widths[] = {40, 5'000, 65'536, 4'294'967'294};
      const std::int64_t width = widths[random() % 4];
      const std::int64_t low = width > 300'000 ? 1 : 50'000;
      return Price(low + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(width)));
    };
    for (int i = 0; i < 60'000; ++i) {
      if (i % 10'000 == 9'999) {
        for (const Ladder::Key key : marked) {
          level(key) = {0, 0};
          ladder.clear(key);
        }
        marked.clear();
        ladder.move_window({Price(static_cast<std::int64_t>(1 + random() % 100'000)), 1 << 15});
      }
      const Price price = a_price();
      const Ladder::Key key = ladder.key(price);
      REQUIRE(ladder.price(key) == price);
      const auto at = marked.upper_bound(key);
      if (marked.count(key) != 0) {
        const auto self = marked.find(key);
        REQUIRE(ladder.worse(key) == (at == marked.end() ? Ladder::none : *at));
        REQUIRE(ladder.better(key) == (self == marked.begin() ? Ladder::none : *std::prev(self)));
        REQUIRE(level(key).next == key % 1'000'000 + 1);
        REQUIRE(ladder.open(key) == Quantity(key));
        REQUIRE(ladder.open_at(key) == Quantity(key));
        level(key) = {0, 0};
        ladder.clear(key);
        marked.erase(key);
        REQUIRE(ladder.open_at(key) == Quantity{});
      } else if (marked.size() < 400) {
        REQUIRE(level(key).next == 0);
        level(key) = {key % 1'000'000 + 1, 1};
        ladder.mark(key);
        ladder.open(key) = Quantity(key);
        marked.insert(key);
      } else {
        const Ladder::Key gone = at == marked.end() ? *marked.begin() : *at;
        level(gone) = {0, 0};
        ladder.clear(gone);
        marked.erase(gone);
      }
      REQUIRE(ladder.best() == (marked.empty() ? Ladder::none : *marked.begin()));
    }
    std::size_t walked = 0;
    for (Ladder::Key key = ladder.best(); key != Ladder::none; key = ladder.worse(key)) ++walked;
    CHECK(walked == marked.size());
  }
}

TEST_CASE("ladder: a higher price is better for buyers, a lower one for sellers") {
  for (const Side side : {Side::buy, Side::sell}) {
    LinkMemory memory(10, 1);
    Ladder ladder(side, memory, window_around(Price(8'000)));
    for (const std::int64_t price : std::initializer_list<std::int64_t>{8'000, 8'100, 1, 4'000'000'000}) {
      memory.first()[ladder.level(ladder.key(Price(price)))] = {1, 1};
      ladder.mark(ladder.key(Price(price)));
    }
    CHECK(ladder.price(ladder.best()) == Price(side == Side::buy ? 4'000'000'000 : 1));
  }
}

TEST_CASE("ladder: the window around a reference holds far more than the day's price limits") {
  for (const std::int64_t reference :
       {std::int64_t{1}, std::int64_t{9'749}, std::int64_t{130'000}, book_max_price.raw()}) {
    const PriceWindow window = window_around(Price(reference));
    CHECK(window.levels % 4096 == 0);
    CHECK(window.low >= Price(1));
    CHECK(window.low.raw() + window.levels - 1 <= book_max_price.raw());
    if (reference > 200'000) continue;
    CHECK(window.low.raw() <= reference - reference / 8);
    CHECK(window.low.raw() + window.levels - 1 >= reference + reference / 8);
  }
}

}  // namespace pace
