// Call auctions, rulebook 7: greatest volume, then least imbalance, then nearest the reference price.
#include <doctest/doctest.h>

#include "tests/engine/book/scenario.h"

namespace pace::test {

TEST_CASE("auction: the price with the greatest volume") {
  check_scenario(R"(
    call
    bid  ann  a1  30kg @ 82.00
    bid  bo   b1  20kg @ 81.00
    ask  cy   c1  25kg @ 80.00
    ask  dan  d1  25kg @ 81.00
    book bids  a1 30kg, b1 20kg
    indicative @ 80.00   at 81.00 50kg imbalance 0kg
    uncross @ 80.00   fills c1+a1 25kg @ 81.00, d1+a1 5kg @ 81.00, d1+b1 20kg @ 81.00  at 81.00 50kg imbalance 0kg
    book bids  nobody
    book asks  nobody
  )");
}

TEST_CASE("auction: of equal volumes the least imbalance") {
  check_scenario(R"(
    call
    bid  ann  a1  30kg @ 82.00
    bid  bo   b1  10kg @ 81.00
    ask  cy   c1  30kg @ 80.00
    indicative @ 82.50   at 82.00 30kg imbalance 0kg
    indicative @ 80.00   at 81.01 30kg imbalance 0kg
    uncross @ 82.00   fills c1+a1 30kg @ 82.00  at 82.00 30kg imbalance 0kg
    book bids  b1 10kg
  )");
}

TEST_CASE("auction: of equal imbalances the nearest to the reference, also between two orders' prices") {
  check_scenario(R"(
    call
    bid  ann  a1  10kg @ 84.00
    ask  cy   c1  10kg @ 80.00
    indicative @ 81.37   at 81.37 10kg imbalance 0kg
    indicative @ 79.00   at 80.00 10kg imbalance 0kg
    indicative @ 99.00   at 84.00 10kg imbalance 0kg
    indicative @ 84.00   at 84.00 10kg imbalance 0kg
  )");
}

TEST_CASE(
    "auction: where buyers are too many on one side of the reference and sellers on the other, the reference wins") {
  check_scenario(R"(
    call
    bid  ann  a1  10kg @ 82.00
    bid  bo   b1   5kg @ 80.00
    ask  cy   c1  10kg @ 80.00
    ask  dan  d1   5kg @ 82.00
    indicative @ 81.00   at 81.00 10kg imbalance 0kg
    indicative @ 80.00   at 80.01 10kg imbalance 0kg
    indicative @ 82.00   at 81.99 10kg imbalance 0kg
  )");
}

TEST_CASE("auction: a surplus that is the same at every price leaves it to the reference") {
  check_scenario(R"(
    call
    bid  ann  a1  15kg @ 82.00
    ask  cy   c1  10kg @ 80.00
    ask  dan  d1   5kg @ 83.00
    indicative @ 79.00   at 80.00 10kg imbalance 5kg
    indicative @ 90.00   at 82.00 10kg imbalance 5kg
    bid  eve  e1   2kg @ 81.00
    ask  fay  f1   2kg @ 81.00
    indicative @ 81.00   at 81.01 12kg imbalance 3kg
  )");
}

TEST_CASE("auction: nothing crosses, nothing trades") {
  check_scenario(R"(
    call
    indicative @ 80.00   at 0.00 0kg imbalance 0kg
    bid  ann  a1  10kg @ 79.99
    ask  cy   c1  10kg @ 80.00
    indicative @ 80.00   at 0.00 0kg imbalance 0kg
    uncross @ 80.00   at 0.00 0kg imbalance 0kg
    book bids  a1 10kg
    book asks  c1 10kg
  )");
}

TEST_CASE("auction: one price for all, the surplus served by price, then time") {
  check_scenario(R"(
    call
    bid  ann  a1  10kg @ 81.00
    bid  bo   b1  10kg @ 85.00
    bid  cy   c1  10kg @ 81.00
    ask  dan  d1  15kg @ 80.00
    uncross @ 81.00   fills d1+b1 10kg @ 81.00, d1+a1 5kg @ 81.00  at 81.00 15kg imbalance 15kg
    book bids  a1 5kg, c1 10kg
    ask  dan  d2   5kg @ 81.00   fills a1 5kg @ 81.00
  )");
}

TEST_CASE("auction: an iceberg gives all it has in its turn and refills nothing") {
  check_scenario(R"(
    call
    ask  ann  a1  30kg @ 80.00  shows 5kg
    ask  bo   b1  10kg @ 80.00
    bid  cy   c1  28kg @ 80.00
    indicative @ 80.00   at 80.00 28kg imbalance -12kg
    uncross @ 80.00   fills c1+a1 28kg @ 80.00  at 80.00 28kg imbalance -12kg
    book asks  a1 2kg, b1 10kg
  )");
}

TEST_CASE("auction: self-trade prevention cancels before anything trades, and the price is found anew") {
  // With ann on both sides 82.00 would trade most; her newer order goes, and the reference decides again.
  check_scenario(R"(
    call
    bid  ann  a1  50kg @ 82.00
    bid  bo   b1  10kg @ 81.00
    ask  cy   c1  10kg @ 80.00
    ask  ann  a2  40kg @ 82.00  newest
    indicative @ 81.00   at 82.00 50kg imbalance 0kg
    uncross @ 81.00   cancels a2 40kg  fills c1+a1 10kg @ 81.01  at 81.01 10kg imbalance 40kg
    book bids  a1 40kg, b1 10kg
    book asks  nobody
  )");
  check_scenario(R"(
    call
    bid  ann  a1  10kg @ 82.00
    bid  bo   b1  10kg @ 81.00
    ask  ann  a2  10kg @ 80.00  oldest
    uncross @ 80.00   cancels a1 10kg  fills a2+b1 10kg @ 80.00  at 80.00 10kg imbalance 0kg
  )");
  check_scenario(R"(
    call
    ask  ann  a1  10kg @ 80.00
    ask  bo   b1  10kg @ 80.50
    bid  ann  a2  10kg @ 82.00  both
    bid  cy   c1   4kg @ 81.00
    uncross @ 80.00   cancels a2 10kg, a1 10kg  fills c1+b1 4kg @ 80.50  at 80.50 4kg imbalance -6kg
    book asks  b1 6kg
  )");
}

TEST_CASE("auction: an order that goes gives back what it was paired with, and the pairs behind it are found anew") {
  // ann's bid would take cy's offer before it meets her own; without it cy's bid comes to cy's offer, and goes as well.
  check_scenario(R"(
    call
    ask  cy   c1  10kg @ 80.00
    ask  ann  a1  10kg @ 80.00
    bid  ann  a2  20kg @ 82.00  newest
    bid  cy   c2  10kg @ 81.00  newest
    bid  bo   b1  10kg @ 80.50
    uncross @ 80.00   cancels a2 20kg, c2 10kg  fills b1+c1 10kg @ 80.00  at 80.00 10kg imbalance -10kg
    book bids  nobody
    book asks  a1 10kg
  )");
}

TEST_CASE("auction: who does not cross its own order stays, whatever went before") {
  check_scenario(R"(
    call
    ask  ann  a1  10kg @ 80.00
    bid  ann  a2  10kg @ 82.00  newest
    bid  ann  a3  10kg @ 79.00  newest
    uncross @ 80.00   cancels a2 10kg  at 0.00 0kg imbalance 0kg
    book bids  a3 10kg
    book asks  a1 10kg
  )");
}

}  // namespace pace::test
