// Continuous trading: matching, order types, replace, self-trade prevention. Rulebook 7.
#include <doctest/doctest.h>

#include "tests/engine/exchange/scenario.h"

using pace::test::check_scenario;

TEST_CASE("continuous: best price fills first, then oldest, at the resting price") {
  check_scenario(R"(
    time 09:30
    bid ann a1 20kg @ 80.00 => rests 20kg
    bid bo  b1 20kg @ 80.00 => rests 20kg
    bid cy  c1 10kg @ 81.00 => rests 10kg
    ask dan d1 20kg @ 80.00 => fills c1 10kg @ 81.00, fills a1 10kg @ 80.00
    book bids a1 10kg, b1 20kg
    book asks none
  )");
}

TEST_CASE("continuous: what does not fill rests") {
  check_scenario(R"(
    time 09:30
    ask ann a1 20kg @ 80.00 => rests 20kg
    bid bo  b1 50kg @ 80.50 => fills a1 20kg @ 80.00, rests 30kg
    book bids b1 30kg
  )");
}

TEST_CASE("continuous: delivery versus payment, fees to the milli-fen, price improvement comes back") {
  check_scenario(R"(
    time 09:30
    ask ann a1 100kg @ 80.00
    bid bo  b1 100kg @ 82.00 => fills a1 100kg @ 80.00
    units ann 900kg
    units bo 1100kg
    money ann 10007.96
    money bo 9991.96
    free bo 9991.96
  )");
}

TEST_CASE("continuous: IOC takes what is there and leaves") {
  check_scenario(R"(
    time 09:30
    ask ann a1 20kg @ 80.00
    bid bo b1 50kg @ 80.00 ioc => fills a1 20kg @ 80.00, cancels b1 30kg ioc_remainder
    bid bo b2 50kg @ 80.00 ioc => cancels b2 50kg ioc_remainder
    book bids none
    free bo 9998.39
  )");
}

TEST_CASE("continuous: FOK fills whole or not at all") {
  check_scenario(R"(
    time 09:30
    ask ann a1 20kg @ 80.00
    ask cy  c1 20kg @ 80.50
    bid bo b1 50kg @ 80.50 fok => cancels b1 50kg fok_unfilled
    book asks a1 20kg, c1 20kg
    bid bo b2 40kg @ 80.50 fok => fills a1 20kg @ 80.00, fills c1 20kg @ 80.50
  )");
}

TEST_CASE("continuous: a market order is bounded by the fifth opposite price level") {
  check_scenario(R"(
    time 09:30
    ask ann a1 10kg @ 80.00
    ask ann a2 10kg @ 80.10
    ask ann a3 10kg @ 80.20
    ask ann a4 10kg @ 80.30
    ask ann a5 10kg @ 80.40
    ask ann a6 10kg @ 80.50
    bid bo b1 100kg market => fills a1 10kg @ 80.00, fills a2 10kg @ 80.10, fills a3 10kg @ 80.20, fills a4 10kg @ 80.30, fills a5 10kg @ 80.40, cancels b1 50kg ioc_remainder
    book asks a6 10kg
    ask bo b2 10kg market => reject no_opposite_price
    bid bo b3 20kg market fok => cancels b3 20kg fok_unfilled
  )");
}

TEST_CASE("continuous: post-only never takes") {
  check_scenario(R"(
    time 09:30
    ask ann a1 20kg @ 80.00
    bid bo b1 20kg @ 80.00 post => reject post_only_would_trade
    bid bo b2 20kg @ 79.99 post => rests 20kg
    replace bo b2 b3 20kg @ 80.00 => reject post_only_would_trade
    book bids b2 20kg
  )");
}

TEST_CASE("continuous: an iceberg shows its display quantity and each refill loses time priority") {
  check_scenario(R"(
    time 09:30
    ask ann a1 50kg @ 80.00 show 20kg => rests 50kg shows 20kg
    ask cy  c1 20kg @ 80.00 => rests 20kg
    bid bo  b1 30kg @ 80.00 => fills a1 20kg @ 80.00, refills a1 30kg shows 20kg, fills c1 10kg @ 80.00
    bid bo  b2 20kg @ 80.00 => fills c1 10kg @ 80.00, fills a1 10kg @ 80.00
    book asks a1 20kg
  )");
}

TEST_CASE("replace: less keeps priority, more or another price loses it") {
  check_scenario(R"(
    time 09:30
    bid ann a1 30kg @ 80.00
    bid bo  b1 30kg @ 80.00
    replace ann a1 a2 20kg @ 80.00 => replaces a1 20kg @ 80.00 keeps
    book bids a2 20kg, b1 30kg
  )");
}

TEST_CASE("replace: the order takes the replacement's id, and any id of the chain finds it") {
  check_scenario(R"(
    time 09:30
    bid ann a1 30kg @ 80.00
    bid bo  b1 30kg @ 80.00
    replace ann a1 a2 40kg @ 80.00 => replaces a1 40kg @ 80.00 behind, rests 40kg
    book bids b1 30kg, a2 40kg
    replace ann a2 a3 40kg @ 81.00 => replaces a2 40kg @ 81.00 behind, rests 40kg
    book bids a3 40kg, b1 30kg
    cancel ann a1 => cancels a3 40kg requested
    cancel ann a3 => reject unknown_order
    free ann 10000.00
  )");
}

TEST_CASE("replace: quantities count fills, and a replacement may trade at once") {
  check_scenario(R"(
    time 09:30
    ask ann a1 30kg @ 81.00
    bid bo  b1 10kg @ 81.00 => fills a1 10kg @ 81.00
    bid cy  c1 20kg @ 80.00
    replace ann a1 a2 10kg @ 81.00 => reject replace_below_filled
    replace ann a1 a4 30kg @ 81.00 => reject replace_changes_nothing
    replace ann a1 a3 40kg @ 80.00 => replaces a1 30kg @ 80.00 behind, fills c1 20kg @ 80.00, rests 10kg
    sellable ann 960kg
  )");
}

TEST_CASE("self-trade: cancel newest keeps what rests, also after partial fills") {
  check_scenario(R"(
    time 09:30
    ask bo  b1 10kg @ 80.00
    ask ann a1 20kg @ 80.00
    bid ann a2 50kg @ 80.00 => fills b1 10kg @ 80.00, cancels a2 40kg self_trade
    book asks a1 20kg
    book bids none
  )");
}

TEST_CASE("self-trade: cancel oldest goes on, cancel both leaves nothing") {
  check_scenario(R"(
    time 09:30
    ask ann a1 20kg @ 80.00
    ask bo  b1 10kg @ 80.00
    bid ann a2 30kg @ 80.00 oldest => cancels a1 20kg self_trade, fills b1 10kg @ 80.00, rests 20kg
    ask ann a3 10kg @ 80.00 both => cancels a2 20kg self_trade, cancels a3 10kg self_trade
    book asks none
    book bids none
    sellable ann 1000kg
  )");
}

TEST_CASE("self-trade: allowed on request; a broker's own account and its principal may meet") {
  check_scenario(R"(
    time 09:30
    ask ann a1 20kg @ 80.00
    bid ann a2 20kg @ 80.00 allow => fills a1 20kg @ 80.00
    units ann 1000kg
    sellable ann 980kg
    ask ann a3 20kg @ 80.00
    bid house1 h1 20kg @ 80.00 => fills a3 20kg @ 80.00
    units house1 20kg
  )");
}

TEST_CASE("halt: no order enters, cancels do, and resuming goes on with the book as it was") {
  check_scenario(R"(
    time 09:30
    ask ann a1 20kg @ 80.00
    halt => halted
    halt =>
    bid bo b1 20kg @ 80.00 => reject instrument_halted
    replace ann a1 a2 10kg @ 80.00 => reject instrument_halted
    resume => trading
    bid bo b2 10kg @ 80.00 => fills a1 10kg @ 80.00
    halt => halted
    cancel ann a1 => cancels a1 10kg requested
  )");
}
