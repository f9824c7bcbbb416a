// What members do: enter, replace and cancel orders.
#include "tests/scenario/verbs.h"

namespace pace::test {
namespace {

// Of a new order or a pooled one.
template <class Order>
void read_option(Order& o, Words& words) {
  if (words.take("of"))
    o.instrument = instrument(words);
  else if (words.take("@"))
    o.price = words.price();
  else if (words.take("show"))
    o.display = words.kilograms();
  else if (words.take("until"))
    o.expiry = words.date();
  else if (words.take("market"))
    o.order_type = OrderType::market;
  else if (words.take("post"))
    o.post_only = true;
  else if (words.take("oldest"))
    o.self_trade = SelfTrade::cancel_oldest;
  else if (words.take("both"))
    o.self_trade = SelfTrade::cancel_both;
  else if (words.take("allow"))
    o.self_trade = SelfTrade::allow;
  else
    o.time_in_force = words.name_of_a<TimeInForce>("word for an order");
}

std::string enter(Story& story, Words& words, Side side) {
  const std::string who = words.next("who orders");
  const ClientId id = words.id();
  NewOrder o{.principal = story.account(who), .instrument = credit, .side = side, .quantity = words.kilograms()};
  Sender sender = story.world.broker_of(who);
  while (!words.done()) {
    if (words.take("through"))
      sender.number = static_cast<std::uint32_t>(words.integer());
    else
      read_option(o, words);
  }
  return story.send(sender, id, o);
}

Sender broker(const std::string& who) {
  if (who != "broker1" && who != "broker2") throw Misread("'" + who + "' is neither broker1 nor broker2");
  return who == "broker2" ? broker2 : broker1;
}

std::string enter_pool(Story& story, Words& words, Side side) {
  const Sender sender = broker(words.next("whose pool: broker1 or broker2"));
  const ClientId id = words.id();
  NewPooledOrder o{.instrument = credit, .side = side};
  for (bool more = words.take("for"); more; more = words.take("and")) {
    const AccountId principal = story.account(words.next("a principal"));
    o.split.push_back({principal, words.kilograms()});
  }
  while (!words.done()) read_option(o, words);
  return story.send(sender, id, o);
}

std::string cancel_pool(Story& story, Words& words) {
  const Sender sender = broker(words.next("whose pool: broker1 or broker2"));
  return story.send(sender, CancelOrder{{}, words.id()});
}

std::string replace_pool(Story& story, Words& words) {
  const Sender sender = broker(words.next("whose pool: broker1 or broker2"));
  const ClientId before = words.id(), id = words.id();
  const Quantity quantity = words.kilograms();
  if (!words.take("@")) throw Misread("a replacement names its price: @ 80.00");
  return story.send(sender, id, ReplaceOrder{{}, before, words.price(), quantity});
}

std::string cancel(Story& story, Words& words) {
  const std::string who = words.next("whose order");
  return story.send(story.world.broker_of(who), CancelOrder{{}, words.id()});
}

std::string replace(Story& story, Words& words) {
  const std::string who = words.next("whose order");
  const ClientId before = words.id(), id = words.id();
  const Quantity quantity = words.kilograms();
  if (!words.take("@")) throw Misread("a replacement names its price: @ 80.00");
  return story.send(story.world.broker_of(who), id, ReplaceOrder{{}, before, words.price(), quantity});
}

std::string mass_cancel(Story& story, Words& words) {
  const std::string who = words.next("who cancels: broker1, broker2 or operator");
  MassCancel command{.side = Sides::both, .reason = CancelReason::mass_cancel};
  Sender sender = who == "broker2" ? broker2 : broker1;
  if (who == "operator") {
    sender = operators;
    command.reason = CancelReason::operator_action;
  } else if (who != "broker1" && who != "broker2") {
    throw Misread("'" + who + "' is neither broker1, broker2 nor operator");
  }
  while (!words.done()) {
    if (words.take("bids"))
      command.side = Sides::buy;
    else if (words.take("asks"))
      command.side = Sides::sell;
    else if (words.take("for"))
      command.principal = story.account(words.next("for whom"));
    else if (words.take("through"))
      command.broker = BrokerId(static_cast<std::uint32_t>(words.integer()));
    else if (words.take("of"))
      command.instrument = instrument(words);
    else if (words.take("disconnected"))
      command.reason = CancelReason::disconnect;
    else
      break;
  }
  return story.send(sender, command);
}

}  // namespace

std::span<const Verb> order_verbs() {
  static constexpr Verb verbs[] = {
      {"bid", "bid WHO ID 20kg [of PCA] [@ 80.00] [OPTION …]",
       [](Story& story, Words& words) { return enter(story, words, Side::buy); }},
      {"ask", "ask WHO ID 20kg [of PCA] [@ 80.00] [OPTION …]",
       [](Story& story, Words& words) { return enter(story, words, Side::sell); }},
      {"pool-bid", "pool-bid broker1 ID for WHO 100kg [and WHO 50kg …] [of PCA] [@ 80.00] [OPTION …]",
       [](Story& story, Words& words) { return enter_pool(story, words, Side::buy); }},
      {"pool-ask", "pool-ask broker1 ID for WHO 100kg [and WHO 50kg …] [of PCA] [@ 80.00] [OPTION …]",
       [](Story& story, Words& words) { return enter_pool(story, words, Side::sell); }},
      {"pool-cancel", "pool-cancel broker1 ID", cancel_pool},
      {"pool-replace", "pool-replace broker1 ID NEWID 30kg @ 81.00", replace_pool},
      {"cancel", "cancel WHO ID", cancel},
      {"replace", "replace WHO ID NEWID 30kg @ 81.00", replace},
      {"mass-cancel",
       "mass-cancel broker1|broker2|operator [bids|asks] [for WHO] [of PCA|of SUN] [through 2] [disconnected]",
       mass_cancel},
  };
  return verbs;
}

}  // namespace pace::test
