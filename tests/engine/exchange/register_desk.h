// A small register for tests, spoken to through Registrar alone: two brokers, five adults, a minor's guardian among
// them.
//
//   ann bo cy dan eve     adults, serials 101 to 105, entrusted to broker 1 for everything, all of 2025 to 2029
//   house1 house2         the brokers' own accounts, serials 111 and 112
//   instruments           1 PCA-2025, 2 PCA-2026, 3 PCA-2027, 4 PHCER-SUN-2026 (offset), 5 PHCER-DAM-2026 (no offset)
//   caps                  2025: 6,200 kg, 2026: 6,000 kg, 2027: 5,820 kg; nothing to the reserve, so five adults get
//                         1,200 kg for 2026 and 1,164 kg for 2027
// Every accepted or rejected command is followed by the invariants of register and ledger.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "engine/base/account_number.h"
#include "engine/exchange/registrar.h"
#include "engine/message/special_accounts.h"
#include "tests/reached_rejects.h"

namespace pace::test {

inline constexpr AccountId ann = account_number(101), bo = account_number(102), cy = account_number(103),
                           dan = account_number(104), eve = account_number(105), house1 = account_number(111),
                           house2 = account_number(112);
inline constexpr InstrumentId pca25{1}, pca26{2}, pca27{3}, sun26{4}, dam26{5};
inline constexpr Sender broker1{Role::broker, 1}, broker2{Role::broker, 2}, verifier1{Role::verifier, 1},
    source1{Role::data_source, 1}, authority1{Role::authority, 1};

class Desk {
 public:
  Desk();

  template <class C>
  Outcome send(const C& command, Sender sender = authority1) {
    events_.clear();
    const Outcome outcome = registrar.apply(command, {sender, now_}, events_);
    if (!outcome.accepted()) CHECK(events_.count() == 0);
    reached(outcome.code);
    check();
    return outcome;
  }
  template <class C>
  void must(const C& command, Sender sender = authority1) {
    const Outcome outcome = send(command, sender);
    REQUIRE_MESSAGE(outcome.accepted(), to_text(outcome));
  }
  /// The clock goes on to a local date, and what is due happens.
  void on(const std::string& date);
  [[nodiscard]] Date today() const { return local_date(now_); }

  /// Events of the last command or of the last move of the clock.
  [[nodiscard]] std::vector<Event> events() const { return events_.decode(); }
  template <class E>
  [[nodiscard]] std::vector<E> events_of() const {
    std::vector<E> found;
    for (const Event& event : events())
      if (const E* e = std::get_if<E>(&event)) found.push_back(*e);
    return found;
  }

  [[nodiscard]] AccountIndex at(AccountId id) const { return registrar.find(id); }
  [[nodiscard]] std::int64_t units(AccountId id, InstrumentId instrument) const;
  [[nodiscard]] std::int64_t cash(AccountId id) const { return ledger.money(at(id)).total.raw(); }
  void move(AccountId from, AccountId to, InstrumentId instrument, std::int64_t kg);
  void give(AccountId to, InstrumentId instrument, std::int64_t kg);
  /// A verified record of this much, by data source 1.
  void emit(AccountId person, std::int32_t year, std::int64_t kg);
  void check() const;

  Ledger ledger;
  Registrar registrar;

 private:
  Timestamp now_;
  EventBuffer events_;
  std::uint64_t nonce_ = 0;
};

OpenAccount adult(AccountId account);
/// Everything, both sides, no bounds, 2025 to 2029.
GrantEntrustment mandate(std::uint64_t id, AccountId principal, BrokerId broker);
SubmitEmission record(AccountId person, Date from, Date to, std::int64_t kg, std::uint64_t nonce);

}  // namespace pace::test
