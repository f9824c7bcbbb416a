// Small market stories as text, a line per order, with what must come of it behind two or more spaces:
//
//   bid  NAME ORDER 20kg @ 80.00 [ioc|fok|post] [shows 5kg] [newest|oldest|both|allow]
//   ask  …                          cancel ORDER      reduce ORDER 5kg      replace ORDER 10kg @ 81.00
//   call                            orders rest without matching from here on
//   indicative @ 80.00              the call as it stands, with this reference price
//   uncross @ 80.00                 trades the call; continuous from here on
//   book bids | book asks           the side, best first: ORDER 20kg, an iceberg's shown part and all of it 5/20kg
//
// What can come of it, in order: `fills ORDER 10kg @ 80.00` (resting order; in a call `TAKER+MAKER`), `refills ORDER
// 5kg`, `cancels ORDER 5kg` (self-trade prevention), `drops 5kg` (the rest of the new order), `refused`, `at PRICE KGkg
// imbalance KGkg`. A line without it says that nothing happened;
// a line that begins with it goes on with the line before.
#pragma once

#include <string_view>

namespace pace::test {

/// Plays the story and holds every line to what it says.
void check_scenario(std::string_view text);

}  // namespace pace::test
