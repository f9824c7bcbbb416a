// What the register and the bank do: mandates, standing of accounts, money.
#include "tests/scenario/verbs.h"

namespace pace::test {
namespace {

EntrustmentId mandate_id(Words& words) {
  return EntrustmentId(static_cast<std::uint64_t>(words.integer()));
}

std::string mandate(Story& story, Words& words) {
  GrantEntrustment m{.entrustment = mandate_id(words),
                     .principal = story.account(words.next("who entrusts")),
                     .broker = BrokerId(static_cast<std::uint32_t>(words.integer())),
                     .instruments = InstrumentClass::both,
                     .sides = Sides::both,
                     .start = local_date(story.world.now()),
                     .end = make_date(2027, 12, 31)};
  while (!words.done()) {
    if (words.take("buys"))
      m.sides = Sides::buy;
    else if (words.take("sells"))
      m.sides = Sides::sell;
    else if (words.take("floor"))
      m.floor = words.price();
    else if (words.take("ceiling"))
      m.ceiling = words.price();
    else if (words.take("each"))
      m.order_limit = words.kilograms();
    else if (words.take("total"))
      m.total_limit = words.kilograms();
    else if (words.take("fee"))
      m.fee = PerMille(words.integer());
    else if (words.take("from"))
      m.start = words.date();
    else if (words.take("until"))
      m.end = words.date();
    else
      m.mode = words.name_of_a<EntrustmentMode>("word for a mandate");
  }
  return story.send(registry, m);
}

// One meter, whose records are kilograms already. The register comes to know it with the first of them.
std::string records(Story& story, Words& words) {
  constexpr Sender meter{Role::data_source, 7};
  const Date ever = make_date(2030, 12, 31);
  story.world.send(authority, RegisterParty{meter, "METER", "Meter", {}});
  story.world.send(authority, RegisterFactor{FactorId(7), 1, "KG", 1, "KG", 1'000'000, make_date(2026, 1, 1), ever});
  SubmitEmission record{.principal = story.account(words.next("whose emissions")),
                        .source = meter.number,
                        .factor = FactorId(7),
                        .factor_version = 1,
                        .computed = words.kilograms()};
  record.device = Code(std::to_string(record.principal.raw()).c_str());
  if (!words.take("to")) throw Misread("a record says to which day: to 2026-08-31");
  record.period_to = words.date();
  record.period_from = make_date(year_of(record.period_to).raw(), 1, 1);
  record.activity_milli = record.computed.raw() * 1'000;
  record.nonce = record.principal.raw() << 20 | static_cast<std::uint64_t>(record.period_to.raw());
  return story.send(meter, record);
}

std::string revoke(Story& story, Words& words) {
  return story.send(registry, RevokeEntrustment{mandate_id(words)});
}

std::string status(Story& story, Words& words) {
  const AccountId account = story.account(words.next("whose account"));
  return story.send(registry, SetAccountStatus{account, words.name_of_a<AccountStatus>("status"), "story", {}});
}

std::string assess(Story& story, Words& words) {
  return story.send(authority, AssessCompliance{Year(static_cast<Year::Rep>(words.integer()))});
}

BrokerId broker_of(Story& story, const std::string& who) {
  return BrokerId(story.world.broker_of(who).number);
}

std::string deposit(Story& story, Words& words) {
  const std::string who = words.next("whose money");
  return story.send(bank, DepositCash{broker_of(story, who), story.account(who), words.yuan(), "story"});
}

std::string withdraw(Story& story, Words& words) {
  const std::string who = words.next("whose money");
  return story.send(bank, WithdrawCash{broker_of(story, who), story.account(who), words.yuan(), "story"});
}

}  // namespace

std::span<const Verb> register_verbs() {
  static constexpr Verb verbs[] = {
      {"mandate",
       "mandate NUMBER WHO BROKER [buys|sells] [floor 79.00] [ceiling 81.00] [each 80kg] [total 100kg] [fee 20] …",
       mandate},
      {"revoke", "revoke NUMBER", revoke},
      {"records", "records WHO 400kg to 2026-08-31", records},
      {"status", "status WHO open|frozen|surrender_only|closed", status},
      {"assess", "assess 2026", assess},
      {"deposit", "deposit WHO 100.00", deposit},
      {"withdraw", "withdraw WHO 100.00", withdraw},
  };
  return verbs;
}

}  // namespace pace::test
