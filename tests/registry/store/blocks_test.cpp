#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "registry/store/blocks.h"

namespace pace {
namespace {

constexpr InstrumentId pca{1};
constexpr AccountId ann{101};
constexpr AccountId bo{102};
constexpr AccountId cy{103};

}  // namespace

TEST_CASE("blocks: issues number on, transfers take the lowest serials and split the last block") {
  BlockBook book;
  book.issue(Sequence(1), pca, ann, Quantity(100));
  book.issue(Sequence(1), pca, bo, Quantity(50));
  book.issue(Sequence(2), pca, ann, Quantity(10));
  REQUIRE(book.move(Sequence(3), pca, ann, cy, Quantity(105)));
  const std::vector<BlockMove> moves{{Sequence(1), pca, 1, 100, {}, ann},
                                     {Sequence(1), pca, 101, 150, {}, bo},
                                     {Sequence(2), pca, 151, 160, {}, ann},
                                     {Sequence(3), pca, 1, 100, ann, cy},
                                     {Sequence(3), pca, 151, 155, ann, cy}};
  CHECK(book.moves() == moves);
  const std::vector<SerialBlock> blocks{{pca, 156, 160, ann, Sequence(2)},
                                        {pca, 101, 150, bo, Sequence(1)},
                                        {pca, 1, 100, cy, Sequence(3)},
                                        {pca, 151, 155, cy, Sequence(3)}};
  CHECK(book.changed() == blocks);
  CHECK(book.issued().at(pca) == Quantity(160));
}

TEST_CASE("blocks: a transfer beyond what is there moves nothing") {
  BlockBook book;
  book.issue(Sequence(1), pca, ann, Quantity(100));
  CHECK_FALSE(book.move(Sequence(2), pca, ann, bo, Quantity(101)));
  CHECK_FALSE(book.move(Sequence(2), pca, cy, bo, Quantity(1)));
  CHECK(book.moves().size() == 1);
  CHECK(book.changed() == std::vector<SerialBlock>{{pca, 1, 100, ann, Sequence(1)}});
}

TEST_CASE("blocks: what was loaded and not touched is not written back") {
  BlockBook book;
  book.load({pca, 1, 10, ann, Sequence(1)});
  book.load({pca, 21, 30, ann, Sequence(1)});
  REQUIRE(book.move(Sequence(5), pca, ann, bo, Quantity(10)));
  CHECK(book.changed() == std::vector<SerialBlock>{{pca, 1, 10, bo, Sequence(5)}});
}

TEST_CASE("blocks: a transfer to oneself changes nothing") {
  BlockBook book;
  book.load({pca, 1, 10, ann, Sequence(1)});
  REQUIRE(book.move(Sequence(5), pca, ann, ann, Quantity(4)));
  CHECK(book.changed().empty());
}

}  // namespace pace
