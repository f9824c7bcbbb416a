// Block trades: what the two sides report, and take back. Reports are numbered from 1, in order of acceptance.
#include "tests/scenario/verbs.h"

namespace pace::test {
namespace {

std::string report(Story& story, Words& words) {
  const std::string who = words.next("who reports");
  const ClientId id = words.id();
  ReportBlock c{.principal = story.account(who), .instrument = credit, .agreement = "deal"};
  Sender sender = story.world.broker_of(who);
  const bool buys = words.take("buys");
  if (!buys && !words.take("sells")) throw Misread("a block's side is 'buys' or 'sells'");
  c.side = buys ? Side::buy : Side::sell;
  c.quantity = words.kilograms();
  while (!words.done()) {
    if (words.take("of"))
      c.instrument = instrument(words);
    else if (words.take("@"))
      c.price = words.price();
    else if (words.take("with"))
      c.counter_broker = BrokerId(static_cast<std::uint32_t>(words.integer()));
    else if (words.take("through"))
      sender.number = static_cast<std::uint32_t>(words.integer());
    else if (words.take("deal"))
      c.agreement = Reference::from(words.next("the deal's reference")).value();
    else
      break;
  }
  return story.send(sender, id, c);
}

std::string withdraw(Story& story, Words& words) {
  const std::string who = words.next("whose report");
  return story.send(story.world.broker_of(who), WithdrawBlock{BlockId(static_cast<std::uint64_t>(words.integer()))});
}

}  // namespace

std::span<const Verb> block_verbs() {
  static constexpr Verb verbs[] = {
      {"block", "block WHO ID buys|sells 100kg [of PCA] @ 80.00 with BROKER [deal REFERENCE] [through BROKER]", report},
      {"withdraw-block", "withdraw-block WHO NUMBER", withdraw},
  };
  return verbs;
}

}  // namespace pace::test
