// Call auctions: the opening and the closing call. Rulebook 7.
#include <doctest/doctest.h>

#include "tests/engine/exchange/scenario.h"

using pace::test::check_scenario;

TEST_CASE("call: orders rest, the indicative price follows every change, one price for all at the end") {
  check_scenario(R"(
    time 09:15
    bid ann a1 20kg @ 81.00 => rests 20kg, indicates nothing
    ask bo  b1 30kg @ 80.00 => rests 30kg, indicates 20kg @ 80.00 short 10kg
    bid cy  c1 20kg @ 80.50 => rests 20kg, indicates 30kg @ 80.00 over 10kg
    cancel cy c1 => cancels c1 20kg requested, indicates 20kg @ 80.00 short 10kg
    bid cy  c2 10kg @ 80.50 => rests 10kg, indicates 30kg @ 80.00
    replace cy c2 c3 20kg @ 80.50 => replaces c2 20kg @ 80.50 behind, rests 20kg, indicates 30kg @ 80.00 over 10kg
    time 09:25 => trades a1 b1 20kg @ 80.00, trades c3 b1 10kg @ 80.00, uncrosses 30kg @ 80.00
    book bids c3 10kg
    units ann 1020kg
    free ann 9998.39
  )");
}

TEST_CASE("call: only limit orders that can rest are taken") {
  check_scenario(R"(
    time 09:15
    bid ann a1 20kg market => reject order_type_not_in_call
    bid ann a2 20kg @ 80.00 ioc => reject order_type_not_in_call
    bid ann a3 20kg @ 80.00 fok => reject order_type_not_in_call
    bid ann a4 20kg @ 80.00 post => reject order_type_not_in_call
    bid ann a5 20kg @ 80.00 gtc => rests 20kg, indicates nothing
  )");
}

TEST_CASE("call: nobody leaves in the last 60 seconds, the operator's mass cancel apart") {
  check_scenario(R"(
    time 09:15
    bid ann a1 20kg @ 80.00
    time 2026-09-07 09:23:59
    replace ann a1 a2 30kg @ 80.00
    time 2026-09-07 09:24:00
    cancel ann a1 => reject call_auction_no_cancel
    replace ann a1 a3 40kg @ 80.00 => reject call_auction_no_cancel
    bid bo b1 20kg @ 80.00 => rests 20kg, indicates nothing
    time 09:25
    cancel ann a1 => cancels a2 30kg requested
  )");
}

TEST_CASE("call: an iceberg takes part with all of its quantity") {
  check_scenario(R"(
    time 09:15
    ask ann a1 100kg @ 80.00 show 10kg => rests 100kg shows 10kg, indicates nothing
    bid bo  b1 60kg @ 80.00 => rests 60kg, indicates 60kg @ 80.00 short 40kg
    time 09:25 => trades b1 a1 60kg @ 80.00, uncrosses 60kg @ 80.00
    book asks a1 40kg
  )");
}

TEST_CASE("call: a principal does not meet itself; the rest trades as if it had never come") {
  check_scenario(R"(
    time 09:15
    ask ann a1 20kg @ 80.00
    bid ann a2 20kg @ 80.00 => rests 20kg, indicates 20kg @ 80.00
    bid bo  b1 10kg @ 80.00
    time 09:25 => cancels a2 20kg self_trade, trades b1 a1 10kg @ 80.00, uncrosses 10kg @ 80.00
    book asks a1 10kg
  )");
}

TEST_CASE("closing call: it uncrosses at 15:00, and the day ends") {
  check_scenario(R"(
    time 13:00
    bid ann a1 20kg @ 79.00 => rests 20kg
    time 14:57
    ask bo b1 30kg @ 79.00 gtc => rests 30kg, indicates 20kg @ 79.00 short 10kg
    bid cy c1 20kg @ 78.00 => rests 20kg, indicates 20kg @ 79.00 short 10kg
    time 15:00 => trades a1 b1 20kg @ 79.00, uncrosses 20kg @ 79.00, cancels c1 20kg end_of_day
    book bids none
    book asks b1 10kg
    bid cy c2 20kg @ 78.00 => reject market_closed
    cancel bo b1 => cancels b1 10kg requested
  )");
}

TEST_CASE("halt: an instrument halted through the end of a call is uncrossed when it resumes") {
  check_scenario(R"(
    time 09:15
    bid ann a1 20kg @ 80.00
    ask bo  b1 20kg @ 80.00
    halt => halted
    time 09:30 =>
    resume => trading, trades a1 b1 20kg @ 80.00, uncrosses 20kg @ 80.00
  )");
}
