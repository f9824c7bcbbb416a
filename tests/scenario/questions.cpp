// Questions: what stands in the book, and what people have.
#include "tests/scenario/verbs.h"

namespace pace::test {
namespace {

// Best first, then oldest.
std::string book(Story& story, Words& words) {
  const std::string side = words.next("bids or asks");
  if (side != "bids" && side != "asks") throw Misread("'" + side + "' is neither bids nor asks");
  const InstrumentId asked = words.take("of") ? instrument(words) : credit;
  std::string said;
  for (const OrderView& o : story.world.orders())
    if (o.instrument == asked && (o.side == Side::buy) == (side == "bids"))
      append(said, std::string(o.client_id.view()) + " " + text(o.open));
  return said.empty() ? "none" : said;
}

HoldingView holding(Story& story, Words& words) {
  const std::string who = words.next("whose units");
  (void)story.account(who);
  return story.world.holding(who, words.take("of") ? instrument(words) : credit);
}

AccountView money(Story& story, Words& words) {
  const std::string who = words.next("whose money");
  (void)story.account(who);
  return story.world.holdings(who);
}

InstrumentView listed(Story& story, Words& words) {
  const InstrumentId asked = words.take("of") ? instrument(words) : credit;
  return story.world.market().instruments.at(asked.raw() - 1);
}

}  // namespace

std::span<const Verb> questions() {
  static constexpr Verb verbs[] = {
      {"book", "book bids|asks [of PCA]", book},
      {"units", "units WHO [of PCA]", [](Story& s, Words& w) { return text(holding(s, w).total); }},
      {"sellable", "sellable WHO [of PCA]", [](Story& s, Words& w) { return text(holding(s, w).sellable); }},
      {"money", "money WHO", [](Story& s, Words& w) { return text(money(s, w).cash); }},
      {"free", "free WHO",
       [](Story& s, Words& w) {
         const AccountView account = money(s, w);
         return text(account.cash - account.cash_held);
       }},
      {"phase", "phase", [](Story& s, Words&) { return std::string(name_of(s.world.market().phase)); }},
      {"reference", "reference [of PCA]", [](Story& s, Words& w) { return text(listed(s, w).reference); }},
      {"limits", "limits [of PCA]",
       [](Story& s, Words& w) {
         const InstrumentView l = listed(s, w);
         return text(l.lower) + " to " + text(l.upper);
       }},
  };
  return verbs;
}

}  // namespace pace::test
