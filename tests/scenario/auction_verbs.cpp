// Sealed-bid auctions. Auctions and bids are numbered from 1, in order of acceptance.
#include "tests/scenario/verbs.h"

namespace pace::test {
namespace {

Timestamp time_of(Story& story, Words& words) {
  std::string when = words.next("a time (14:00, or 2026-09-08T14:00)");
  if (when.size() < 10) when = to_text(local_date(story.world.now())) + "T" + when;
  const auto time = parse_local_time(when);
  if (!time) throw Misread("'" + when + "' is no time");
  return *time;
}

std::string announce(Story& story, Words& words) {
  const std::string who = words.next("who sells: somebody, authority or reserve");
  const ClientId id = words.id();
  AnnounceAuction c{.instrument = credit, .quantity = words.kilograms()};
  Sender sender = authority;
  if (who == "authority" || who == "reserve") {
    c.kind = who == "reserve" ? AuctionKind::reserve : AuctionKind::authority;
  } else {
    c.seller = story.account(who);
    sender = story.world.broker_of(who);
  }
  while (!words.done()) {
    if (words.take("of"))
      c.instrument = instrument(words);
    else if (words.take("@"))
      c.reserve_price = words.price();
    else if (words.take("opens"))
      c.opens = time_of(story, words);
    else if (words.take("closes"))
      c.closes = time_of(story, words);
    else if (words.take("through"))
      sender.number = static_cast<std::uint32_t>(words.integer());
    else
      break;
  }
  return story.send(sender, id, c);
}

std::string bid(Story& story, Words& words) {
  const std::string who = words.next("who bids");
  const ClientId id = words.id();
  const AuctionId auction(static_cast<std::uint32_t>(words.integer()));
  const Quantity quantity = words.kilograms();
  if (!words.take("@")) throw Misread("a bid names its price: @ 80.00");
  const BidAuction c{auction, story.account(who), words.price(), quantity};
  Sender sender = story.world.broker_of(who);
  if (words.take("through")) sender.number = static_cast<std::uint32_t>(words.integer());
  return story.send(sender, id, c);
}

std::string withdraw(Story& story, Words& words) {
  const std::string who = words.next("whose bid");
  return story.send(story.world.broker_of(who), WithdrawBid{BidId(static_cast<std::uint64_t>(words.integer()))});
}

std::string cancel(Story& story, Words& words) {
  return story.send(operators, CancelAuction{AuctionId(static_cast<std::uint32_t>(words.integer())), "story"});
}

// Next year's allowance: 8,000 kg, of which a pool of so many kilograms is the authority's to auction.
std::string list_next(Story& story, Words& words) {
  const std::int64_t pool = words.kilograms().raw();
  story.world.must(authority, ActivateRules{"next", "", {{"paid_pool_permille", pool / 8}}});
  story.world.must(operators,
                   ListInstrument{next_allowance, "PCA-2027", InstrumentKind::allowance, Year(2027), {}, Price(8000)});
  story.world.must(authority, SetCap{Year(2027), Quantity(8'000)});
  story.world.must(authority, RunAllocation{Year(2027)});
  return story.send(authority, ReleaseAllocation{Year(2027)});
}

std::string state_of(Story& story, Words& words) {
  const AuctionId asked(static_cast<std::uint32_t>(words.integer()));
  const auto view = std::get<AuctionsView>(story.world.exchange().answer(AskAuctions{}));
  for (const AuctionView& auction : view.auctions) {
    if (auction.auction != asked) continue;
    const std::string sold = auction.volume > Quantity{} ? " " + at(auction.volume, auction.price) : "";
    return std::string(name_of(auction.state)) + sold;
  }
  return "none";
}

}  // namespace

std::span<const Verb> auction_verbs() {
  static constexpr Verb verbs[] = {
      {"auction", "auction WHO|authority|reserve ID 300kg [of PCA] [@ 75.00] [opens TIME] closes TIME [through 2]",
       announce},
      {"sealed-bid", "sealed-bid WHO ID AUCTION 100kg @ 80.00 [through 2]", bid},
      {"withdraw-bid", "withdraw-bid WHO NUMBER", withdraw},
      {"cancel-auction", "cancel-auction NUMBER", cancel},
      {"list-next", "list-next 2000kg", list_next},
      {"auction-state", "auction-state NUMBER", state_of},
  };
  return verbs;
}

}  // namespace pace::test
