// Who holds what: units per account and instrument, money per account, and what of it is held for open orders. Pure.
// Delivery versus payment happens here: settle() moves units, money and fees in one step (rulebook 8).
// Invariants, asserted: nothing is negative, held <= total; per instrument issued = sum of all totals (surrender and
// cancellation are accounts too); the legs of every movement sum to zero (settlement/ledger/posting.h).
// Thread rule: owned by the exchange's thread.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/date.h"
#include "engine/base/ids.h"
#include "engine/base/units.h"

namespace pace {

struct Holding {
  Quantity total;
  Quantity held;    ///< for open sell orders
  Quantity bought;  ///< on `bought_on`; locked that day (T+1); never more than total - held
  Date bought_on;
  bool operator==(const Holding&) const = default;
  /// Bought on this very day.
  [[nodiscard]] Quantity locked(Date today) const { return bought_on == today ? bought : Quantity{}; }
};
static_assert(sizeof(Holding) <= 32, "10 million principals with 4 instruments in 2 GiB");

struct Money {
  Cash total;
  Cash held;  ///< for open buy orders, fees included
  [[nodiscard]] Cash free() const { return total - held; }
  bool operator==(const Money&) const = default;
};

/// What one side of a trade pays its broker, to the broker's own account; most pay none.
struct Commission {
  Cash amount;
  AccountIndex member;
};

/// One trade as the ledger sees it. What was held for this fill is let go of now: `quantity` units of the seller, and
/// `buy_held` of the buyer's cash.
struct Settlement {
  AccountIndex buyer, seller;
  std::vector<Holding>* units = nullptr;  ///< the instrument's: Ledger::column()
  Quantity quantity;
  Cash value;  ///< price * quantity
  Cash buy_fee, sell_fee;
  Commission buy_commission, sell_commission;
  Cash buy_held;  ///< >= value + buy_fee + buy_commission
  Date day;
};

/// The opposite of a trade that is broken: `buyer` and `seller` are the broken trade's.
struct Reversal {
  AccountIndex buyer, seller;
  InstrumentId instrument;
  Quantity quantity;
  Cash value, buy_fee, sell_fee;
  Commission buy_commission, sell_commission;
  Date bought_on;  ///< today, when the trade is of today: its units leave the buyer's T+1 lock; else 0
};

class Ledger {
 public:
  using Column = std::vector<Holding>;  ///< by account; it reaches to its last holder

  /// `fees` is the account that receives exchange fees; it must be opened before the first settle().
  void open_account(AccountIndex account);        ///< REQUIRES: the next index in order (0, 1, 2 …)
  void list_instrument(InstrumentId instrument);  ///< REQUIRES: the next in order (1, 2, 3 …)
  void set_fee_account(AccountIndex fees) { fees_ = fees; }

  [[nodiscard]] const Holding& holding(AccountIndex account, InstrumentId instrument) const;
  [[nodiscard]] const Money& money(AccountIndex account) const;
  [[nodiscard]] Quantity issued(InstrumentId instrument) const;
  [[nodiscard]] std::size_t accounts() const { return money_.size(); }
  [[nodiscard]] std::size_t instruments() const { return holdings_.size(); }

  void issue(AccountIndex to, InstrumentId instrument, Quantity quantity);
  /// Surrender, cancellation or delivery without payment. What the giver bought today goes last.
  /// REQUIRES: quantity <= total - held of `from`.
  void move(AccountIndex from, AccountIndex to, InstrumentId instrument, Quantity quantity);
  /// REQUIRES: quantity <= total - held - locked today (the exchange checks it, rulebook 7, T+1).
  void hold_units(AccountIndex account, InstrumentId instrument, Quantity quantity);
  void release_units(AccountIndex account, InstrumentId instrument, Quantity quantity);
  /// The same for a caller that looks first and holds then: the account's place in the ledger, valid until the next
  /// account or instrument. What is not a hold must not be changed through it.
  [[nodiscard]] Holding& at(AccountIndex account, InstrumentId instrument);
  [[nodiscard]] Holding& at(AccountIndex account, Column& column);
  [[nodiscard]] Money& at(AccountIndex account);
  /// An instrument's units: it stays where it is, whatever is opened or listed later. REQUIRES: it is listed.
  [[nodiscard]] Column& column(InstrumentId instrument);
  static void hold(Holding& h, Quantity quantity);
  static void release(Holding& h, Quantity quantity);
  static void hold(Money& m, Cash amount);
  static void release(Money& m, Cash amount);

  /// Fetches what the account has of an instrument, and its money. REQUIRES: both exist.
  void fetch(AccountIndex account, InstrumentId instrument) const {
    __builtin_prefetch(holdings_[instrument.raw() - 1]->data() + account.raw(), 1);
    __builtin_prefetch(money_.data() + account.raw(), 1);
  }

  /// Money enters from and leaves to the bank, whose side is the omnibus account's negative.
  void deposit(AccountIndex account, Cash amount);
  void withdraw(AccountIndex account, Cash amount);
  void move_cash(AccountIndex from, AccountIndex to, Cash amount);
  void hold_cash(AccountIndex account, Cash amount);
  void release_cash(AccountIndex account, Cash amount);
  [[nodiscard]] Cash at_bank() const { return at_bank_; }

  /// Delivery versus payment, final. Proceeds can be used at once; the units are locked for `day`.
  void settle(const Settlement& s);

  /// Everything goes back as it came. What returns to the seller is not locked: it was not bought today.
  /// REQUIRES: the buyer has the units free, T+1 locks left aside; the seller and the members have their parts free.
  void reverse(const Reversal& r);

  /// Sums everything again; aborts when an invariant fell. For tests, snapshots and day ends.
  void check() const;
  /// Canonical: counts, money by account, then per instrument what is issued and the holdings that are not zero.
  void save(ByteWriter& out) const;
  /// Replaces everything. False when the bytes are not a sound ledger's; the ledger is then empty.
  [[nodiscard]] bool load(ByteReader& in);

 private:
  [[nodiscard]] Holding& new_holding(AccountIndex account, Column& column);
  [[nodiscard]] const Holding& no_holding(AccountIndex account) const;
  void pay(AccountIndex from, Commission commission);  // by value: no address of a settlement is taken
  [[nodiscard]] bool sound() const;
  [[nodiscard]] bool sound(std::size_t instrument) const;
  [[nodiscard]] bool read(ByteReader& in);
  [[nodiscard]] bool read_column(ByteReader& in);

  std::vector<std::unique_ptr<Column>> holdings_;  // by instrument
  std::vector<Money> money_;
  std::vector<Quantity> issued_;
  Cash at_bank_;
  AccountIndex fees_;
};

}  // namespace pace

#include "settlement/ledger/ledger_impl.h"
