// Market stories that a rule-maker can read, told to the market of world.h. One line, one command; what it brings about
// stands behind "=>", in order, each thing with a comma between. Without "=>" it must only be accepted.
//
//   time 09:30                                 the clock goes on (also "2026-09-08 09:30"); "=>" takes what happens
//   then bid ann a1 20kg @ 80.00 => rests 20kg      ann buys under the order id a1 ask bo b1 20kg @ 80.00
//   gtc|ioc|fok|post|market|show 10kg|until 2026-09-10|oldest|both|allow|of PCA cancel ann a1 => cancels a1 20kg
//   requested replace ann a1 a2 30kg @ 81.00 => replaces a1 30kg @ 81.00 behind, rests 30kg halt, resume of the credit
//   book bids a1 10kg, b1 20kg                 orders of the credit, best first; "book bids none"
//   units ann 980kg, sellable ann 960kg, money ann 9999.00, free ann 9000.00
//
// Said of orders: rests 20kg [shows 10kg], fills b1 10kg @ 80.00 (the other side's id), cancels a1 10kg REASON,
// replaces a1 20kg @ 80.00 keeps|behind, refills b1 20kg shows 10kg, reject CODE. Of calls: indicates 20kg @ 80.00
// [over 10kg|short 10kg], indicates nothing, trades a1 b1 10kg @ 80.00 (buyer first), uncrosses 20kg @ 80.00.
#pragma once

#include <string>

namespace pace::test {

void check_scenario(const std::string& text);

}  // namespace pace::test
