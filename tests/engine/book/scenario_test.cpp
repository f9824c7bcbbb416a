// Continuous trading, rulebook 7, as stories.
#include <doctest/doctest.h>

#include "tests/engine/book/scenario.h"

namespace pace::test {

TEST_CASE("book: best price fills first, then oldest") {
  check_scenario(R"(
    bid  ann  a1  20kg @ 80.00
    bid  bo   b1  20kg @ 80.00
    bid  cy   c1  10kg @ 81.00
    ask  dan  d1  20kg @ 80.00   fills  c1 10kg @ 81.00, a1 10kg @ 80.00
    book bids  a1 10kg, b1 20kg
    book asks  nobody
  )");
}

TEST_CASE("book: what does not fill rests at its own price") {
  check_scenario(R"(
    ask  ann  a1  10kg @ 80.00
    bid  bo   b1  30kg @ 80.50   fills  a1 10kg @ 80.00
    book bids  b1 20kg
    ask  cy   c1  10kg @ 80.51
    ask  dan  d1   5kg @ 80.40   fills  b1 5kg @ 80.50
    book bids  b1 15kg
    book asks  c1 10kg
  )");
}

TEST_CASE("book: an immediate order takes what is there and never rests") {
  check_scenario(R"(
    ask  ann  a1  10kg @ 80.00
    ask  bo   b1  10kg @ 82.00
    bid  cy   c1  30kg @ 81.00  ioc   fills a1 10kg @ 80.00  drops 20kg
    bid  cy   c2  30kg @ 81.00  ioc   drops 30kg
    book bids  nobody
    book asks  b1 10kg
  )");
}

TEST_CASE("book: fill-or-kill fills whole or not at all") {
  check_scenario(R"(
    ask  ann  a1  10kg @ 80.00
    ask  bo   b1  10kg @ 82.00  shows 3kg
    bid  cy   c1  11kg @ 81.00  fok   refused
    bid  cy   c2  21kg @ 82.00  fok   refused
    bid  cy   c3  20kg @ 82.00  fok   fills a1 10kg @ 80.00, b1 3kg @ 82.00 refills b1 3kg
                                      fills b1 3kg @ 82.00 refills b1 3kg fills b1 3kg @ 82.00
                                      refills b1 1kg fills b1 1kg @ 82.00
    book asks  nobody
  )");
}

TEST_CASE("book: fill-or-kill counts its own principal's orders as its mode treats them") {
  check_scenario(R"(
    ask  ann  a1  10kg @ 80.00
    ask  cy   c1  10kg @ 80.00
    ask  ann  a2  10kg @ 80.00
    bid  cy   c2  20kg @ 80.00  fok newest   refused
    bid  cy   c3  20kg @ 80.00  fok both     refused
    bid  cy   c4  21kg @ 80.00  fok oldest   refused
    bid  cy   c5  10kg @ 80.00  fok newest   fills a1 10kg @ 80.00
    bid  cy   c6  10kg @ 80.00  fok oldest   cancels c1 10kg  fills a2 10kg @ 80.00
  )");
}

TEST_CASE("book: fill-or-kill under cancel-newest does not count what lies behind an own order") {
  check_scenario(R"(
    ask  ann  a1  10kg @ 80.00  shows 4kg
    ask  cy   c1  10kg @ 80.00
    bid  cy   c2   5kg @ 80.00  fok newest   refused
    bid  cy   c3   4kg @ 80.00  fok newest   fills a1 4kg @ 80.00  refills a1 4kg
    book asks  c1 10kg, a1 4/6kg
  )");
}

TEST_CASE("book: a post-only order is refused when it would trade") {
  check_scenario(R"(
    ask  ann  a1  10kg @ 80.00
    bid  bo   b1  10kg @ 80.00  post   refused
    bid  bo   b2  10kg @ 79.99  post
    ask  ann  a2  10kg @ 79.99  post   refused
    book bids  b2 10kg
  )");
}

TEST_CASE("book: each refill of an iceberg goes behind the queue of its price") {
  check_scenario(R"(
    ask  ann  a1  25kg @ 80.00  shows 10kg
    ask  bo   b1  10kg @ 80.00
    bid  cy   c1  15kg @ 80.00   fills a1 10kg @ 80.00  refills a1 10kg  fills b1 5kg @ 80.00
    book asks  b1 5kg, a1 10/15kg
    bid  cy   c2  20kg @ 80.00   fills b1 5kg @ 80.00, a1 10kg @ 80.00  refills a1 5kg  fills a1 5kg @ 80.00
    book asks  nobody
  )");
}

TEST_CASE("book: an iceberg that trades on entry shows its part of what rests") {
  check_scenario(R"(
    ask  ann  a1  12kg @ 80.00
    bid  bo   b1  30kg @ 80.00  shows 10kg   fills a1 12kg @ 80.00
    book bids  b1 10/18kg
    ask  ann  a2   3kg @ 80.00   fills b1 3kg @ 80.00
    reduce b1 9kg
    book bids  b1 7/9kg
    reduce b1 4kg
    book bids  b1 4kg
  )");
}

TEST_CASE("book: reducing keeps priority, replacing loses it") {
  check_scenario(R"(
    bid  ann  a1  20kg @ 80.00
    bid  bo   b1  20kg @ 80.00
    reduce a1 5kg
    book bids  a1 5kg, b1 20kg
    replace a1 6kg @ 80.00
    book bids  b1 20kg, a1 6kg
    ask  cy   c1  10kg @ 81.00
    replace b1 15kg @ 81.00   fills c1 10kg @ 81.00
    book bids  b1 5kg, a1 6kg
    cancel b1
    book bids  a1 6kg
  )");
}

TEST_CASE("book: self-trade prevention cancels the newest, the oldest or both") {
  check_scenario(R"(
    ask  ann  a1  10kg @ 80.00
    bid  ann  a2   4kg @ 80.00  newest   drops 4kg
    book asks  a1 10kg
    bid  ann  a3   4kg @ 80.00  both     cancels a1 10kg  drops 4kg
    book asks  nobody
    ask  ann  a4  10kg @ 80.00
    bid  ann  a5   4kg @ 80.00  oldest   cancels a4 10kg
    book bids  a5 4kg
    ask  ann  a6   3kg @ 80.00  allow    fills a5 3kg @ 80.00
    book bids  a5 1kg
  )");
}

TEST_CASE("book: self-trade prevention holds after partial fills") {
  check_scenario(R"(
    ask  bo   b1   5kg @ 79.00
    ask  ann  a1  10kg @ 80.00
    ask  bo   b2   5kg @ 81.00
    bid  ann  a2  20kg @ 81.00  newest   fills b1 5kg @ 79.00  drops 15kg
    ask  bo   b3   5kg @ 79.00
    bid  ann  a3  20kg @ 81.00  oldest   fills b3 5kg @ 79.00  cancels a1 10kg  fills b2 5kg @ 81.00
    book bids  a3 10kg
    book asks  nobody
  )");
}

TEST_CASE("book: after a partial fill both go under cancel-both") {
  check_scenario(R"(
    bid  bo   b1   5kg @ 80.00
    bid  ann  a1  10kg @ 80.00  shows 3kg
    bid  bo   b2   5kg @ 80.00
    ask  ann  a2  20kg @ 79.00  both   fills b1 5kg @ 80.00  cancels a1 10kg  drops 15kg
    book bids  b2 5kg
    book asks  nobody
  )");
}

TEST_CASE("book: prices far from the market keep their order") {
  check_scenario(R"(
    bid  ann  a1  10kg @ 0.01
    bid  bo   b1  10kg @ 79.00
    ask  cy   c1  10kg @ 42949672.94
    ask  dan  d1  10kg @ 90.00
    ask  eve  e1  10kg @ 9000.00
    ask  eve  e2  10kg @ 400.00
    book asks  d1 10kg, e2 10kg, e1 10kg, c1 10kg
    bid  fay  f1  35kg @ 42949672.94   fills d1 10kg @ 90.00, e2 10kg @ 400.00, e1 10kg @ 9000.00, c1 5kg @ 42949672.94
    ask  fay  f2  15kg @ 0.01          fills b1 10kg @ 79.00, a1 5kg @ 0.01
    book bids  a1 5kg
    book asks  c1 5kg
  )");
}

}  // namespace pace::test
