// What listeners of a depth are told leads them to the book as it is, whatever happens in it.
#include <doctest/doctest.h>

#include <random>

#include "gateway/fix/market_changes.h"

namespace pace::fix {
namespace {

/// A listener that knows nothing but what it is told.
struct Client {
  Levels bids, asks;
  void hear(const std::vector<LevelChange>& changes) {
    for (const LevelChange& change : changes) {
      Levels& levels = change.side == Side::buy ? bids : asks;
      CHECK(levels.contains(change.price) == (change.update != Update::made));
      if (change.update == Update::gone) {
        levels.erase(change.price);
      } else {
        levels[change.price] = change.level;
      }
    }
  }
};

void change_some(std::mt19937& random, Levels& levels, std::vector<Price>& touched) {
  for (unsigned i = random() % 4; i != 0; --i) {
    const Price price(8000 + static_cast<std::int64_t>(random() % 12));
    touched.push_back(price);
    if (random() % 3 == 0) {
      levels.erase(price);
    } else {
      levels[price] = {Quantity(static_cast<std::int64_t>(random() % 3 + 1)),
                       1 + static_cast<std::uint32_t>(random() % 2)};
    }
  }
}

}  // namespace

TEST_CASE("fix market: what a listener of any depth is told leads it to the book as it is") {
  for (const unsigned depth : {0U, 1U, 3U, 50U}) {
    std::mt19937 random(depth + 1);
    BoardInstrument instrument;
    std::vector<Price> ignored;
    change_some(random, instrument.bids, ignored);
    BookView view(instrument, depth);
    Client client{best_of(instrument.bids, Side::buy, depth), best_of(instrument.asks, Side::sell, depth)};
    for (int turn = 0; turn < 2000; ++turn) {
      InstrumentNews news;
      change_some(random, instrument.bids, news.bids);
      change_some(random, instrument.asks, news.asks);
      client.hear(view.follow(instrument, news));
      REQUIRE(client.bids == best_of(instrument.bids, Side::buy, depth));
      REQUIRE(client.asks == best_of(instrument.asks, Side::sell, depth));
    }
  }
}

TEST_CASE("fix market: the best of a side are its highest bids and its lowest offers") {
  Levels levels;
  for (const int price : {10, 20, 30}) levels[Price(price)] = {Quantity(1), 1};
  CHECK(best_of(levels, Side::buy, 1).begin()->first == Price(30));
  CHECK(best_of(levels, Side::sell, 1).begin()->first == Price(10));
  CHECK(best_of(levels, Side::buy, 0).size() == 3);
  CHECK(best_of(levels, Side::sell, 9).size() == 3);
}

TEST_CASE("fix market: a level that came and went within a turn is not worth a word") {
  BoardInstrument instrument;
  for (const unsigned depth : {0U, 5U}) {
    BookView view(instrument, depth);
    CHECK(view.follow(instrument, {.bids = {Price(8000), Price(8000)}}).empty());
  }
}

}  // namespace pace::fix
